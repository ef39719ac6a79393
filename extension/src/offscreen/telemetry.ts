/**
 * What is measured, sent now and then in batches, when nothing of the person's waits. It is nobody's concern whether
 * that works: what fails is tried again ever more seldom, and nothing is shown of it.
 */

import { type EventName, type Measured, RULES } from "../../generated/telemetry";
import type { Measurements } from "../keep/measured";
import { Refused, type TypedChannel } from "./channel";

type Line = Pick<TypedChannel<"telemetry:<device>">, "joined" | "ask" | "leave">;

/** Of one message; a hundred are the server's bound. */
export const BATCH = 50;
/** Events come in bunches; whoever looks at them does so later. */
const GATHER_MS = 10_000;
/** After a break the review comes first. */
const AFTER_JOIN_MS = 2_000;
const NEXT_MS = 250;
const BUSY_MS = 2_000;
const AGAIN_MS = [5_000, 15_000, 60_000, 300_000];
const MINUTE_MS = 60_000;

export interface TelemetryLines {
  /** A channel that is being joined; null where nobody is known. */
  join(watching: { joined(): void; refused(): void }): Line | null;
  /** Whether words or notes are waiting or on their way: they go first. */
  busy(): boolean;
  now(): number;
  /** 0 to 1. */
  luck(): number;
}

export class Telemetry {
  private line: Line | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending = false;
  private failed = 0;
  private readonly families = new Map<string, { minute: number; count: number }>();

  constructor(
    private readonly kept: Measurements,
    private readonly lines: TelemetryLines,
    private wanted: boolean,
  ) {}

  measure<N extends EventName>(name: N, fields: Measured[N]): void {
    const { sampling } = RULES[name];
    if (!this.wanted || this.lines.luck() >= sampling) return;
    if (!this.hasRoom(name)) {
      void this.kept.drop();
      return;
    }
    void this.kept.add({ name, at: Math.round(this.lines.now()), fields });
    this.timer ??= this.later(GATHER_MS);
  }

  /** As the server's flag and the user's own settings have it. */
  want(wanted: boolean): void {
    this.wanted = wanted;
    if (!wanted) {
      this.leave();
      void this.kept.clear();
    } else if (this.line === null) this.join();
  }

  /** Another socket, or none: what is kept stays. */
  leave(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.line?.leave();
    this.line = null;
  }

  join(): void {
    this.leave();
    if (!this.wanted) return;
    this.line = this.lines.join({
      joined: () => this.soon(AFTER_JOIN_MS),
      refused: () => this.leave(), // another start of the extension, or another answer of the flag, asks again
    });
  }

  private hasRoom(name: EventName): boolean {
    const family = name.split(".")[1] ?? name;
    const minute = Math.floor(this.lines.now() / MINUTE_MS);
    const last = this.families.get(family);
    const count = last?.minute === minute ? last.count : 0;
    if (count >= RULES[name].rate) return false;
    this.families.set(family, { minute, count: count + 1 });
    return true;
  }

  private soon(after_ms: number): void {
    clearTimeout(this.timer);
    this.timer = this.later(after_ms);
  }

  private later(after_ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.timer = undefined;
      void this.send();
    }, after_ms);
  }

  private async send(): Promise<void> {
    const { line, kept, lines } = this;
    if (line === null || !line.joined || this.sending || kept.count === 0) return;
    if (lines.busy()) return this.soon(BUSY_MS);
    const events = kept.first(BATCH);
    this.sending = true;
    try {
      await line.ask("events", { events: events.map((event) => ({ ...event })), dropped: kept.dropped });
      await kept.taken(events);
      this.failed = 0;
      if (kept.count > 0) this.soon(NEXT_MS);
    } catch (error) {
      if (error instanceof Refused && error.code === "invalid") await kept.refused(events);
      this.soon(this.wait(error));
    } finally {
      this.sending = false;
    }
  }

  private wait(error: unknown): number {
    const wait = AGAIN_MS[Math.min(this.failed, AGAIN_MS.length - 1)] as number;
    this.failed += 1;
    if (!(error instanceof Refused) || error.code !== "rate_limited") return wait;
    return Math.max(wait, Number(error.details.retry_after_ms));
  }
}
