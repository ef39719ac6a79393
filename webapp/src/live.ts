// The socket of a page, by the npm `phoenix` client: its token, its way back after a break, and the line that tells of it.

import { Socket } from "phoenix";
import { the } from "./page";
import { fetchToken, NONE } from "./token";
import { type Payload, Topic } from "./topic";

// How often a server that is away is asked for. The client's own way back waits for up to five seconds.
const FIRST_POLL_MS = 200;
const MOST_POLL_MS = 1_000;
const NEVER_MS = 2 ** 31 - 1;

export class Live {
  readonly #user: string;
  readonly #topics: Topic[] = [];
  readonly #socket: Socket;
  /** `user:<id>`, by which a socket that stays for long is told of fresh tokens. */
  readonly own: Topic;
  #token = NONE;
  #fetching: Promise<boolean> | undefined;
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
    if (this.#returning || ["open", "connecting"].includes(this.#socket.connectionState())) return;
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

  /** False where none is to be had at the moment. Whoever asks while one is fetched waits for that. */
  async #freshToken(): Promise<boolean> {
    if (Date.now() < this.#token.renewAt) return true;
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<boolean> {
    try {
      this.#token = await fetchToken(this.#user);
    } catch {
      return false;
    }
    window.setTimeout(() => void this.#renew(), this.#token.renewAt - Date.now());
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

async function isThere(): Promise<boolean> {
  try {
    return (await fetch("/healthz", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
