// What a test needs of the npm `phoenix` client, as it comes: the socket, and every push as a promise.

import { Socket } from "phoenix";
import WebSocket from "ws";

// ws is a browser's WebSocket but for its own names, and Node 20 has none of its own.
globalThis.WebSocket = WebSocket;

const [url, token] = process.argv.slice(2);

export const say = (line) => console.log(JSON.stringify(line));

export function connect(options = { authToken: token }) {
  const socket = new Socket(`${url.replace("http", "ws")}/socket`, options);
  socket.connect();
  return socket;
}

export function settled(push) {
  return new Promise((resolve, reject) => {
    push
      .receive("ok", resolve)
      .receive("error", (reason) => reject(new Error(JSON.stringify(reason))))
      .receive("timeout", () => reject(new Error("timeout")));
  });
}

export const joined = (channel) => settled(channel.join());
export const asked = (channel, event, payload) => settled(channel.push(event, payload));
export const pushed = (channel, event) => new Promise((resolve) => channel.on(event, resolve));
