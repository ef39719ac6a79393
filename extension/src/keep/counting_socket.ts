/** A WebSocket that counts what it sends, for the privacy page: there is no other way out to the server. */

import type { LedgerBook } from "../ui/ledger";

/** The event of a frame of version 2: `[join_ref, ref, topic, event, payload]`. */
const EVENT = /^\[(?:null|"[^"]*"),(?:null|"[^"]*"),"[^"]*","([^"]*)"/;
/** What goes in binary frames, and nothing else does. */
const BINARY = "audio";

export function countingSocket(book: LedgerBook): typeof WebSocket {
  return class extends WebSocket {
    override send(data: Parameters<WebSocket["send"]>[0]): void {
      super.send(data);
      if (typeof data === "string") book.add(EVENT.exec(data)?.[1] ?? "", new TextEncoder().encode(data).length);
      else book.add(BINARY, data instanceof Blob ? data.size : data.byteLength);
    }
  };
}
