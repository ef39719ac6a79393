// The lower end of every port, for tests of screens: shows what it is told, answers as it is told, remembers what it
// was asked. Driven by messages with `to: "fake"` from any page of the extension.

let shown = null;
let number = 0;
let answers = {};
let heard = [];
const ports = new Map();

chrome.runtime.onConnect.addListener((port) => {
  if (!port.name.startsWith("lossy:")) return;
  const role = port.sender.url.startsWith(chrome.runtime.getURL("")) ? port.name.slice(6) : "content";
  ports.set(port, role);
  port.onDisconnect.addListener(() => ports.delete(port));
  port.onMessage.addListener((up) => {
    const { command, report, id } = up;
    heard.push({ role, ...(command ? { command } : { report }) });
    if (command) port.postMessage({ kind: "reply", id, reply: answers[command.name] ?? { ok: true, value: null } });
  });
  if (shown) port.postMessage({ kind: "snapshot", number, shown });
});

const TOLD = {
  show({ value }) {
    shown = value;
    for (const port of ports.keys()) port.postMessage({ kind: "snapshot", number, shown });
  },
  patch({ value }) {
    const { notes, ...members } = value;
    const kept = { ...shown.notes };
    for (const id of notes?.drop ?? []) delete kept[id];
    for (const note of notes?.put ?? []) kept[note.id] = note;
    shown = { ...shown, ...members, notes: kept };
    number += 1;
    for (const port of ports.keys()) port.postMessage({ kind: "patch", number, patch: value });
  },
  answer({ value }) {
    answers = value;
  },
  content({ value }) {
    for (const [port, role] of ports) if (role === "content") port.postMessage(value);
  },
  heard() {
    const all = heard;
    heard = [];
    return all;
  },
};

chrome.runtime.onMessage.addListener((message, _sender, respond) => {
  if (message?.to !== "fake") return false;
  respond(TOLD[message.name](message) ?? null);
  return false;
});
