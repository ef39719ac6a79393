// The socket of a page, by the npm `phoenix` client: its token, its way back after a break, and what waits meanwhile.

import { type Channel, Socket } from "phoenix";
import { newId } from "./ids";
import { the } from "./page";

export type Payload = Record<string, unknown>;

// A token lives for a quarter of an hour; it is changed while there is time to try again.
const TOKEN_LEFT_MS = 5 * 60_000;
// How often a server that is away is asked for. The client's own way back waits for up to five seconds.
const FIRST_POLL_MS = 200;
const MOST_POLL_MS = 1_000;
const NEVER_MS = 2 ** 31 - 1;
// Changes that wait for a connection; whoever has made so many should look at the page.
const MOST_WAITING = 50;
const ANSWER_WITHIN_MS = 10_000;

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

interface Token {
  token: string;
  expires_at: number;
}

interface Ask {
  event: string;
  payload: Payload;
  sent: boolean;
  done: (reply: Payload) => void;
  failed: (refused: Refused) => void;
}

export class Live {
  readonly #user: string;
  readonly #topics: Topic[] = [];
  readonly #socket: Socket;
  /** `user:<id>`, by which a socket that stays for long is told of fresh tokens. */
  readonly own: Topic;
  #token: Token = { token: "", expires_at: 0 };
  #returning = false;

  constructor(user: string, joined: (reply: Payload) => void = () => undefined) {
    this.#user = user;
    this.#socket = new Socket("/socket", {
      reconnectAfterMs: () => NEVER_MS,
      heartbeatIntervalMs: 20_000,
    });
    this.#socket.onClose(() => void this.#comeBack());
    window.addEventListener("online", () => void this.#comeBack());
    this.own = this.topic(`user:${user}`, () => ({}), joined);
  }

  /** Joined now, and again after each break. `params` are those of each join. */
  topic(name: string, params: () => Payload, joined: (reply: Payload) => void): Topic {
    const channel = this.#socket.channel(name, () => ({ ...params(), token: this.#token.token }));
    const topic = new Topic(channel, joined, () => this.#tell());
    channel.onError(() => void this.#comeBack()); // one whose heartbeat stays without an answer says no more than that
    this.#topics.push(topic);
    return topic;
  }

  async open(): Promise<void> {
    this.#tell();
    await this.#comeBack();
    for (const topic of this.#topics) topic.join();
  }

  async #comeBack(): Promise<void> {
    if (this.#returning || this.#socket.isConnected()) return;
    this.#returning = true;
    this.#tell();
    let wait = FIRST_POLL_MS;
    while (!((await isThere()) && (await this.#freshToken()))) {
      await new Promise((done) => setTimeout(done, wait * (0.5 + Math.random() / 2)));
      wait = Math.min(wait * 2, MOST_POLL_MS);
    }
    this.#returning = false;
    this.#socket.disconnect(() => this.#socket.connect()); // it goes on holding to the connection that broke
  }

  /** False where none is to be had at the moment. */
  async #freshToken(): Promise<boolean> {
    if (this.#token.expires_at - Date.now() > TOKEN_LEFT_MS) return true;
    try {
      this.#token = await fetchToken(this.#user);
    } catch {
      return false;
    }
    window.setTimeout(() => void this.#renew(), Math.max(1_000, this.#token.expires_at - Date.now() - TOKEN_LEFT_MS));
    return true;
  }

  /** Every channel takes the new one at its next join; a socket stays by being told on `user:<id>`. */
  async #renew(): Promise<void> {
    if (!(await this.#freshToken())) {
      window.setTimeout(() => void this.#renew(), MOST_POLL_MS * 10);
      return;
    }
    void this.own.ask("refresh_token", { token: this.#token.token }).catch(() => undefined);
  }

  #tell(): void {
    const state = the("#state");
    const waiting = this.#topics.reduce((sum, topic) => sum + topic.waiting, 0);
    const off = this.#topics.some((topic) => topic.isOff);
    const live = this.#topics.length > 0 && this.#topics.every((topic) => topic.isJoined);
    const words = live ? "Live" : off ? "Not live: reload to see what is new" : this.#lost(waiting);
    state.classList.toggle("live", live);
    state.classList.toggle("lost", !live && words.startsWith("Connection lost"));
    if (state.textContent !== words) state.textContent = words;
  }

  #lost(waiting: number): string {
    if (!this.#topics.some((topic) => topic.wasJoined)) return "Connecting";
    const kept = waiting === 1 ? ", one change waits" : waiting ? `, ${waiting} changes wait` : "";
    return `Connection lost${kept}. Trying again`;
  }
}

/** A channel, and what is asked on it. What had no answer is asked again after a break: it carries its own id. */
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
    this.#drop(ask);
    ask.failed(new Refused(code ?? "internal", message ?? "Something went wrong here.", details));
  }

  #drop(ask: Ask): void {
    const place = this.#asks.indexOf(ask);
    if (place >= 0) this.#asks.splice(place, 1);
    this.#tell();
  }
}

async function isThere(): Promise<boolean> {
  try {
    return (await fetch("/healthz", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

/** Of this browser, which is a device of its user's. One that was revoked comes back under another id. */
async function fetchToken(user: string): Promise<Token> {
  const key = `lossy.device.${user}`;
  const device_id = localStorage.getItem(key) ?? newId();
  localStorage.setItem(key, device_id);
  const response = await fetch("/api/auth/extension_token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ device_id, name: "Web pages" }),
  });
  if (response.status === 401) location.assign("/sign-in");
  if (response.status === 403) localStorage.removeItem(key);
  if (!response.ok) throw new Error(`${response.status}`);
  return (await response.json()) as Token;
}

export function deviceOf(user: string): string | null {
  return localStorage.getItem(`lossy.device.${user}`);
}
