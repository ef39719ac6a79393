/** A channel of the npm client with the types of the server's table. */

import type { Channel, Socket } from "phoenix";
import type { ErrorCode, Topics } from "../../generated/channels";

export type Kind = keyof Topics;
export type Events<K extends Kind> = Topics[K]["events"];
export type Pushes<K extends Kind> = Topics[K]["pushes"];
type Asking<K extends Kind, E extends keyof Events<K>> = Events<K>[E] extends { payload: infer P } ? P : never;
type Answer<K extends Kind, E extends keyof Events<K>> = Events<K>[E] extends { reply: infer R } ? R : never;

/** The npm client's own time-out of a push. */
const ANSWER_MS = 10_000;

/** The server answered, and said no. `details` is its whole answer. */
export class Refused extends Error {
  readonly code: ErrorCode;

  constructor(readonly details: Readonly<Record<string, unknown>>) {
    super(String(details.message ?? details.reason ?? "The server refused it."));
    this.code = (details.code ?? "internal") as ErrorCode;
  }
}

/** There was no answer: the connection went, or it took too long. It may have arrived or not. */
export class Unanswered extends Error {}

export interface Joining<K extends Kind> {
  /** At every join, the first and those after a break. */
  joined(reply: Topics[K]["join"]["reply"]): void;
  /** The npm client tries again by itself, until `leave`. */
  refused(refused: Refused): void;
  /** It went; the npm client joins again. */
  lost?(): void;
  /** The server ended it, and it is not joined again. */
  closed?(): void;
}

export class TypedChannel<K extends Kind> {
  private readonly channel: Channel;
  private left = false;
  private readonly waiting = new Set<() => void>();

  constructor(
    socket: Socket,
    readonly kind: K,
    readonly topic: string,
    payload: () => Topics[K]["join"]["payload"],
    joining: Joining<K>,
  ) {
    this.channel = socket.channel(topic, payload as () => object);
    this.channel.onError(() => {
      this.forgetWaiting();
      joining.lost?.();
    });
    this.channel.onClose(() => {
      this.forgetWaiting();
      if (!this.left) joining.closed?.();
    });
    this.channel
      .join()
      .receive("ok", (reply) => joining.joined(reply))
      .receive("error", (reply) => joining.refused(new Refused(reply ?? {})));
  }

  get joined(): boolean {
    return this.channel.state === "joined";
  }

  on<P extends keyof Pushes<K> & string>(event: P, take: (payload: Pushes<K>[P]) => void): void {
    this.channel.on(event, take);
  }

  /** Raises Refused, Unanswered. Nothing is buffered: what cannot be sent now is the caller's to keep. */
  ask<E extends keyof Events<K> & string>(event: E, payload: Asking<K, E>, timeout = ANSWER_MS): Promise<Answer<K, E>> {
    return this.send(event, payload as object, timeout) as Promise<Answer<K, E>>;
  }

  /** A binary message, which the npm client sends as it is. */
  askBinary(event: string, payload: ArrayBuffer, timeout = ANSWER_MS): Promise<unknown> {
    return this.send(event, payload, timeout);
  }

  leave(): void {
    this.left = true;
    this.forgetWaiting();
    this.channel.leave();
  }

  private send(event: string, payload: object, timeout: number): Promise<unknown> {
    if (!this.joined) return Promise.reject(new Unanswered(`${this.topic} is not joined`));
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Unanswered(`${this.topic} went`));
      this.waiting.add(gone);
      const settle = (act: () => void) => {
        this.waiting.delete(gone);
        act();
      };
      this.channel
        .push(event, payload, timeout)
        .receive("ok", (reply) => settle(() => resolve(reply)))
        .receive("error", (reply) => settle(() => reject(new Refused(reply ?? {}))))
        .receive("timeout", () => settle(() => reject(new Unanswered(`${event} had no answer`))));
    });
  }

  /** The npm client never tells a push that its connection went; its time-out would come seconds later. */
  private forgetWaiting(): void {
    for (const gone of this.waiting) gone();
    this.waiting.clear();
  }
}
