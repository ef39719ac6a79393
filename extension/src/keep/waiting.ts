/**
 * What was said or written and the server does not have yet. It is on the device's disk before it is sent, goes out in
 * the order in which it was made, and leaves when the server answers. Made twice it is the same, by its own id.
 */

import type {
  CreateNoteOn,
  DeleteNote,
  MergeNotes,
  TranscriptFinal,
  UndoNote,
  UpdateNote,
  VideoDetected,
} from "../../generated/channels";
import type { Database } from "./database";

/** A reviewer makes a few hundred remarks a day. Beyond this nothing more is taken, and the person is told. */
export const MOST_WAITING = 5_000;
/** Transcripts are answered when their remark is settled, which may take a model seconds; so many are on their way. */
const UNDERWAY = 8;
/** What the server could not take now, without saying when. */
const AGAIN_MS = 2_000;

export type Thing =
  | {
      readonly kind: "transcript";
      readonly session: string;
      readonly video_id: string;
      readonly payload: TranscriptFinal;
    }
  /** With `page` the server has not said yet which video that is; `video_id` is empty. */
  | { readonly kind: "note"; readonly video_id: string; readonly payload: CreateNoteOn; readonly page?: VideoDetected }
  | {
      readonly kind: "edit";
      readonly video_id: string | null;
      readonly change:
        | { readonly event: "update_note"; readonly payload: UpdateNote }
        | { readonly event: "delete_note"; readonly payload: DeleteNote }
        | { readonly event: "undo"; readonly payload: UndoNote }
        | { readonly event: "merge_notes"; readonly payload: MergeNotes };
    };

export interface Item {
  readonly order: number;
  readonly made_at: number;
  readonly user_id: string | null;
  readonly thing: Thing;
}

/** `later`: it stays, and is tried again after so many ms, or when `drain` is called again. */
export type Outcome =
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "refused"; readonly error: Error }
  | { readonly kind: "later"; readonly after_ms: number | null };

export interface Waits {
  send(item: Item): Promise<Outcome>;
  changed(items: readonly Item[], draining: boolean): void;
  settled(item: Item, outcome: Exclude<Outcome, { kind: "later" }>): void;
}

export class Full extends Error {}

export class Waiting {
  private readonly underway = new Set<number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = true;

  private constructor(
    private readonly database: Database,
    private items: Item[],
    private readonly waits: Waits,
  ) {}

  static async open(database: Database, waits: Waits): Promise<Waiting> {
    const waiting = new Waiting(database, await database.all<Item>("waiting"), waits);
    waits.changed(waiting.items, false);
    return waiting;
  }

  get all(): readonly Item[] {
    return this.items;
  }

  /** Once it returns the thing outlives the browser. Raises Full. */
  async add(thing: Thing, user_id: string | null, made_at = Date.now()): Promise<Item> {
    if (this.items.length >= MOST_WAITING) throw new Full(`${MOST_WAITING} things wait already`);
    const kept = { made_at, user_id, thing };
    const order = (await this.database.put("waiting", kept)) as number;
    const item = { ...kept, order };
    this.items.push(item);
    this.tell();
    this.pump();
    return item;
  }

  /** The server is there: whatever waits goes out. */
  drain(): void {
    this.stopped = false;
    this.pump();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** A review's events were numbered anew; words name the event that they were said at. */
  async renumber(session: string, renamed: ReadonlyMap<number, number>): Promise<void> {
    for (const item of this.items) {
      const { thing } = item;
      if (thing.kind !== "transcript" || thing.session !== session) continue;
      const segment = renamed.get(thing.payload.segment ?? -1);
      if (segment === undefined) continue;
      const mended = { ...item, thing: { ...thing, payload: { ...thing.payload, segment } } };
      this.items = this.items.map((each) => (each.order === item.order ? mended : each));
      await this.database.put("waiting", mended);
    }
  }

  private pump(): void {
    if (this.stopped) return;
    for (const item of this.items) {
      if (this.underway.has(item.order)) continue;
      if (!this.mayGo(item)) return;
      this.underway.add(item.order);
      void this.send(item);
    }
  }

  /** In order: nothing overtakes, and only words follow words without waiting for their answer. */
  private mayGo(item: Item): boolean {
    if (this.underway.size === 0) return true;
    const words = this.items
      .filter(({ order }) => this.underway.has(order))
      .every(({ thing }) => thing.kind === "transcript");
    return words && item.thing.kind === "transcript" && this.underway.size < UNDERWAY;
  }

  private async send(item: Item): Promise<void> {
    const outcome = await this.waits.send(item).catch((error: Error): Outcome => ({ kind: "refused", error }));
    this.underway.delete(item.order);
    if (outcome.kind === "later") {
      this.again(outcome.after_ms);
      return;
    }
    this.items = this.items.filter(({ order }) => order !== item.order);
    await this.database.delete("waiting", item.order);
    this.waits.settled(item, outcome);
    this.tell();
    this.pump();
  }

  private again(after_ms: number | null): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), after_ms ?? AGAIN_MS);
  }

  private tell(): void {
    this.waits.changed(this.items, !this.stopped && this.items.length > 0);
  }
}
