/** Asks for the microphone: an offscreen document cannot prompt, and a person is to see who asks. */

import { signal } from "@preact/signals";
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { openLink } from "./link";
import "./pages/permission.css";
import { type Seen, STATE_WORDS, type State, stateOf } from "./pages/permission_state";

/** On this device, so that "not any more" can be told from "not yet". */
const GRANTED_BEFORE = "microphone-granted-before";

const state = signal<State | null>(null);
const stream = signal<MediaStream | null>(null);
const link = openLink("permission", { shown: () => undefined });

async function look(error: string | null = null): Promise<void> {
  const { state: permission } = await navigator.permissions.query({ name: "microphone" as PermissionName });
  const devices = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "audioinput").length;
  const seen: Seen = { permission, devices, grantedBefore: localStorage.getItem(GRANTED_BEFORE) !== null, error };
  const next = stateOf(seen);
  if (next === "granted") localStorage.setItem(GRANTED_BEFORE, "yes");
  state.value = next;
  if (next !== "granted") letGo();
  else if (stream.value === null) await open();
}

async function ask(): Promise<void> {
  state.value = "asking";
  await open();
}

async function open(): Promise<void> {
  try {
    const opened = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of opened.getTracks()) track.addEventListener("ended", () => void look());
    stream.value = opened;
    await look();
    void link.ask({ name: "retry" });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    await look(error.name);
  }
}

function letGo(): void {
  for (const track of stream.value?.getTracks() ?? []) track.stop();
  stream.value = null;
}

function Permission() {
  if (state.value === null) return null;
  const { title, what, todo, button } = STATE_WORDS[state.value];
  return (
    <main>
      <h1>{title}</h1>
      <div role="status">
        <p>{what}</p>
        <p class="second">{todo}</p>
      </div>
      {state.value === "granted" && stream.value !== null && <Level stream={stream.value} />}
      {button !== null && (
        <button type="button" class="main" onClick={() => void ask()}>
          {button}
        </button>
      )}
      <p class="second">
        <a href="privacy.html">What leaves this browser</a>
      </p>
    </main>
  );
}

/** How loud it is, so that a person sees which microphone it is that hears. Drawn past the framework, 60 times a second. */
function Level({ stream: heard }: { stream: MediaStream }) {
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 1024 });
    context.createMediaStreamSource(heard).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let frame = requestAnimationFrame(function draw() {
      analyser.getFloatTimeDomainData(samples);
      const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      if (bar.current !== null) bar.current.style.width = `${Math.min(100, 100 * Math.sqrt(loudest))}%`;
      frame = requestAnimationFrame(draw);
    });
    return () => {
      cancelAnimationFrame(frame);
      void context.close();
    };
  }, [heard]);
  const [track] = heard.getAudioTracks();
  return (
    <div class="level">
      <div aria-hidden="true">
        <i ref={bar} />
      </div>
      <p class="second">{track?.label ?? ""}</p>
    </div>
  );
}

async function watch(): Promise<void> {
  const status = await navigator.permissions.query({ name: "microphone" as PermissionName });
  status.addEventListener("change", () => void look());
  navigator.mediaDevices.addEventListener("devicechange", () => void look());
  addEventListener("pagehide", letGo);
  // Back from the browser's own settings, of which some versions tell nothing.
  addEventListener("focus", () => state.value !== "asking" && void look());
  await look();
}

render(<Permission />, document.body);
void watch();
