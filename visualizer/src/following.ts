/** A session that runs on another server, from the journal: what came since is asked for again and again. */

import type { TraceStep } from "./document.js";
import { ask } from "./server.js";
import type { Held } from "./trace.js";

export interface Since {
  readonly here: boolean;
  readonly node: string | null;
  readonly url: string | null;
  readonly ended: boolean;
  readonly last: number;
  readonly behind_ms: number | null;
  readonly steps: readonly TraceStep[];
}

export interface Listener {
  /** The entry after which the next steps are wanted. */
  known(): number;
  heard(since: Since): void;
  lost(words: string): void;
}

const LOOK_MS = 1_000;
/** What lives on the server that is asked is pushed; it is looked after for the day that another one has it. */
const LOOK_AFTER_MS = 5_000;

/** The sessions that other servers hold. */
export async function elsewhere(): Promise<readonly Held[]> {
  return ((await ask("GET", "/api/chart-sessions")) as { sessions: Held[] }).sessions;
}

export class Following {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private round = 0;

  /** One session at a time, until it has ended. */
  start(session: string, listener: Listener): void {
    this.stop();
    const round = this.round;
    const look = async (): Promise<void> => {
      const wait = await this.look(session, listener, () => round === this.round);
      if (wait !== null && round === this.round) this.timer = setTimeout(() => void look(), wait);
    };
    void look();
  }

  /** How long it is until the next look; null: never. */
  private async look(session: string, listener: Listener, isAsked: () => boolean): Promise<number | null> {
    const after = listener.known();
    try {
      const since = (await ask("GET", `/api/chart-sessions/${session}/steps?after=${after}`)) as Since;
      if (!isAsked()) return null;
      listener.heard(since);
      const reached = since.steps.at(-1)?.n ?? after;
      if (since.ended && reached >= since.last) return null;
      return since.here ? LOOK_AFTER_MS : reached < since.last ? 0 : LOOK_MS;
    } catch (error) {
      if (isAsked()) listener.lost(error instanceof Error ? error.message : String(error));
      return LOOK_AFTER_MS;
    }
  }

  stop(): void {
    this.round += 1;
    clearTimeout(this.timer);
  }
}
