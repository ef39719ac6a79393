/** Asks for the microphone: an offscreen document cannot prompt, and a person is to see who asks. */

export {}; // a module, whose names are its own

const status = document.querySelector("#status");

async function ask(): Promise<void> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of stream.getTracks()) track.stop();
    if (status) status.textContent = "Lossy may hear you. This page can be closed.";
  } catch (error) {
    if (status) status.textContent = `The microphone was not allowed (${(error as DOMException).name}).`;
  }
}

document.querySelector("#ask")?.addEventListener("click", () => void ask());
