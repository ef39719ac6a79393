// A channel of the socket, and what is asked on it: what had no answer before a break is asked again after it.

import type { Channel } from "phoenix";

export type Payload = Record<string, unknown>;

// Changes that wait for a connection; whoever has made so many should look at the page.
const MOST_WAITING = 50;
const ANSWER_WITHIN_MS = 10_000;
const UNMATCHED = "unmatched topic";

/** The server will not, and says why. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: Payload,
  ) {
    super(message);
  }
}

interface Ask {
  event: string;
  payload: Payload;
  sent: boolean;
  done: (reply: Payload) => void;
  failed: (refused: Refused) => void;
}

/** Every change that is asked for carries an id of its own, so that it is not made twice. */
export class Topic {
  readonly #channel: Channel;
  readonly #tell: () => void;
  readonly #asks: Ask[] = [];
  isJoined = false;
  wasJoined = false;
  isOff = false;

  constructor(channel: Channel, joined: (reply: Payload) => void, tell: () => void) {
    this.#channel = channel;
    this.#tell = tell;
    channel.onError(() => this.#break());
    channel.onClose(() => location.reload()); // it is not theirs any more, and the page says so
    this.#joined = (reply) => {
      this.isJoined = this.wasJoined = true;
      joined(reply);
      this.#pump();
      tell();
    };
  }

  readonly #joined: (reply: Payload) => void;

  get channel(): Channel {
    return this.#channel;
  }

  get waiting(): number {
    return this.#asks.filter((ask) => "request_id" in ask.payload || ask.event === "create_note").length;
  }

  join(): void {
    this.#channel
      .join()
      .receive("ok", (reply: Payload) => this.#joined(reply))
      .receive("error", (error: Payload) => {
        if (error["code"] === "unavailable") this.isOff = true;
        if (error["code"] === "not_found") location.reload(); // it was taken away during a break
        this.#tell();
      });
  }

  on<T>(event: string, hear: (payload: T) => void): void {
    this.#channel.on(event, hear);
  }

  ask(event: string, payload: Payload): Promise<Payload> {
    return new Promise((done, failed) => {
      if (this.#asks.length >= MOST_WAITING) {
        failed(new Refused("rate_limited", "Too much waits for the connection already. This was not kept.", {}));
        return;
      }
      this.#asks.push({ event, payload, sent: false, done, failed });
      this.#pump();
      this.#tell();
    });
  }

  #break(): void {
    this.isJoined = false;
    for (const ask of this.#asks) ask.sent = false;
    this.#tell();
  }

  #pump(): void {
    if (!this.isJoined) return;
    for (const ask of this.#asks.filter((each) => !each.sent)) this.#send(ask);
  }

  #send(ask: Ask): void {
    ask.sent = true;
    this.#channel
      .push(ask.event, ask.payload, ANSWER_WITHIN_MS)
      .receive("ok", (reply: Payload) => {
        this.#drop(ask);
        ask.done(reply);
      })
      .receive("error", (error: Payload) => this.#refused(ask, error))
      .receive("timeout", () => {
        ask.sent = false;
        this.#pump();
      });
  }

  #refused(ask: Ask, error: Payload): void {
    const { code, message, ...details } = error as { code?: string; message?: string } & Payload;
    const wait = details["retry_after_ms"];
    if (code === "rate_limited" && typeof wait === "number") {
      window.setTimeout(() => {
        ask.sent = false;
        this.#pump();
      }, wait);
      return;
    }
    if (details["reason"] === UNMATCHED && !this.isJoined) {
      ask.sent = false; // the channel ended while this was on its way, and the next join asks it again
      return;
    }
    this.#drop(ask);
    ask.failed(new Refused(code ?? "internal", message ?? "Something went wrong here.", details));
  }

  #drop(ask: Ask): void {
    const place = this.#asks.indexOf(ask);
    if (place >= 0) this.#asks.splice(place, 1);
    this.#tell();
  }
}
