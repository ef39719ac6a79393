// The checks of checks.mjs with one version of the npm client, all at once; a line for each with what came of it.
// node conformance.mjs PACKAGE URL TOKENS, where TOKENS is JSON: {good, other, expired, revoked, device, user}
//
// A check that needs something of the server prints {do: …}.

import WebSocket from "ws";

const [packageName, url, tokens] = process.argv.slice(2);
const { Presence, Socket } = await import(packageName);
const { checks } = await import("./checks.mjs");

// Longer than anything here takes on a busy machine.
const PATIENCE_MS = 15_000;
const AT_ONCE = () => 20;

const say = (line) => console.log(JSON.stringify(line));
const server = (what) => say({ do: what });

const given = JSON.parse(tokens);
const isOld = packageName.includes("1.7");

// How a client of that version brings its token.
const withToken = (token) => (isOld ? { params: { token } } : { authToken: token });

function open(options = {}) {
  const socket = new Socket(`${url.replace("http", "ws")}/socket`, {
    transport: WebSocket,
    reconnectAfterMs: AT_ONCE,
    rejoinAfterMs: AT_ONCE,
    ...withToken(given.good),
    ...options,
  });
  const opened = Object.assign(socket, { frames: [], codes: [] });
  socket.onMessage((message) => {
    opened.frames.push(message);
    return message;
  });
  socket.onClose((event) => opened.codes.push(event.code));
  socket.connect();
  return opened;
}

const client = { Presence, Socket, WebSocket, given, isOld, open, server, url, withToken };

async function run(name, check) {
  const sockets = [];
  const kept = { ...client, open: (options) => sockets[sockets.push(open(options)) - 1] };
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("it takes too long")), PATIENCE_MS));
  try {
    await Promise.race([check(kept), late]);
    say({ check: name, ok: true });
  } catch (error) {
    say({ check: name, ok: false, why: String(error.stack) });
  }
  for (const socket of sockets) socket.disconnect();
}

const last = "4 a deploy closes with 1012, and the client is back as soon as /healthz answers";
await Promise.all(Object.entries(checks).map(([name, check]) => name !== last && run(name, check)));
await run(last, checks[last]);
say({ done: Object.keys(checks).length });
process.exit(0);
