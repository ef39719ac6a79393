/** What waits for the server, as it is seen: counts, notes that stand in for it, and what became of each. */

import type { NoteTold, TranscriptFinal } from "../../generated/channels";
import type { ShownNote } from "../bridge";
import type { Database } from "../keep/database";
import { Full, type Item, type Outcome, type Thing, Waiting } from "../keep/waiting";
import { type Board, Failed, faultOf } from "./board";
import { Refused } from "./channel";
import type { Place } from "./listening";
import { asNote, type Lines, send } from "./sending";

/** How long a person waits for the server's word on an edit before they are told that it waits. */
const EDIT_MS = 5_000;
/** What a page does not say of its film. */
const USUAL_RATE = "25";

type Final = Exclude<Outcome, { kind: "later" }>;

export class Backlog {
  private waiting: Waiting | null = null;
  private readonly answers = new Map<number, (outcome: Final) => void>();

  constructor(
    private readonly board: Board,
    private readonly lines: Lines,
    private readonly held: () => number,
  ) {}

  async open(database: Database): Promise<void> {
    this.waiting = await Waiting.open(database, {
      send: (item) => send(item, this.lines),
      changed: (items, draining) => this.changed(items, draining),
      settled: (item, outcome) => this.settled(item, outcome),
    });
  }

  get all(): readonly Item[] {
    return this.waiting?.all ?? [];
  }

  drain(): void {
    this.waiting?.drain();
  }

  stop(): void {
    this.waiting?.stop();
  }

  renumber(session: string, renamed: ReadonlyMap<number, number>): void {
    void this.waiting?.renumber(session, renamed);
  }

  waitsFor(session: string): boolean {
    return this.all.some(({ thing }) => thing.kind === "transcript" && thing.session === session);
  }

  /** The words of a remark, on disk before they are sent. */
  async say({ review, player }: Place, words: TranscriptFinal): Promise<void> {
    if (review !== null) {
      const { session, video_id } = review.about;
      await this.keep({ kind: "transcript", session, video_id, payload: words });
      return;
    }
    if (words.text.trim() === "") return;
    const { url, title, rate = USUAL_RATE, duration_ms } = player.video;
    const page = { url, title: title || url, rate, ...(duration_ms === undefined ? {} : { duration_ms }) };
    await this.keep({ kind: "note", video_id: "", payload: asNote("", words), page });
  }

  /** The server's answer; or `{queued: true}` where it waits. Raises Failed. */
  async change(thing: Thing): Promise<unknown> {
    const item = await this.keep(thing);
    if (!this.lines.online) return { queued: true };
    const outcome = await new Promise<Final | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), EDIT_MS);
      this.answers.set(item.order, (told) => {
        clearTimeout(timer);
        resolve(told);
      });
    });
    if (outcome === null) return { queued: true };
    if (outcome.kind === "done") return outcome.value;
    const code = outcome.error instanceof Refused ? outcome.error.code : "internal";
    throw new Failed(faultOf(code, outcome.error.message, { kept: textOf(thing) }));
  }

  export(): string {
    return JSON.stringify({
      format: 1,
      made_at: Date.now(),
      things: this.all.map(({ made_at, thing }) => ({ made_at, thing })),
    });
  }

  /** Raises Failed where the text is none of ours. Things keep their ids, so what is there already stays one. */
  async import(text: string): Promise<number> {
    const things = imported(text);
    for (const { thing, made_at } of things) await this.waiting?.add(thing, this.lines.user_id, made_at);
    return things.length;
  }

  /** What waits of a film, as notes to be seen: nobody is to wonder whether they were heard. */
  notes(video_id: string | null, rate: string): ShownNote[] {
    return this.all.flatMap(({ thing }) => {
      if (thing.kind === "edit" || thing.video_id !== video_id) return [];
      const note = thing.kind === "note" ? thing.payload : asNote(thing.video_id, thing.payload);
      return note.text === "" ? [] : [standIn(note, rate, this.lines.user_id ?? "")];
    });
  }

  private async keep(thing: Thing): Promise<Item> {
    if (this.waiting === null) throw new Error("not open yet");
    try {
      return await this.waiting.add(thing, this.lines.user_id);
    } catch (error) {
      const message = error instanceof Full ? error.message : `This device could not keep it: ${String(error)}`;
      const fault = faultOf("too_large", message, { kept: textOf(thing), remedy: "retry" });
      this.board.fail(fault);
      throw new Failed(fault);
    }
  }

  private changed(items: readonly Item[], draining: boolean): void {
    const transcripts = items.filter(({ thing }) => thing.kind === "transcript").length;
    const since = items[0]?.made_at ?? null;
    const queue = { transcripts, notes: items.length - transcripts, events: this.held(), since, draining };
    const { video } = this.board.shown;
    const put = this.lines.online ? [] : this.notes(video?.video_id ?? null, video?.rate ?? USUAL_RATE);
    this.board.show(put.length > 0 ? { queue, notes: { put, drop: [] } } : { queue });
  }

  private settled(item: Item, outcome: Final): void {
    const { thing, order } = item;
    // What stood in for words goes; a note that was typed has the same id on the server, and stays.
    if (thing.kind !== "edit" && this.board.shown.notes[thing.payload.id]?.waiting)
      this.board.show({ notes: { put: [], drop: [thing.payload.id] } });
    const answer = this.answers.get(order);
    this.answers.delete(order);
    if (answer !== undefined) answer(outcome);
    else if (outcome.kind === "refused")
      this.board.fail(faultOf("invalid", outcome.error.message, { kept: textOf(thing) }));
  }
}

function textOf(thing: Thing): string | null {
  if (thing.kind !== "edit") return thing.payload.text;
  return thing.change.event === "update_note" ? (thing.change.payload.text ?? null) : null;
}

function imported(text: string): { made_at: number; thing: Thing }[] {
  try {
    const { format, things } = JSON.parse(text) as { format: number; things: { made_at: number; thing: Thing }[] };
    if (format === 1 && things.every(({ thing }) => ["transcript", "note", "edit"].includes(thing.kind))) return things;
  } catch {
    // Not JSON, or nothing like it: said below.
  }
  throw new Failed(faultOf("invalid", "This is no file of things that wait."));
}

function standIn(note: ReturnType<typeof asNote>, rate: string, author_id: string): ShownNote {
  const [num = 25, den = 1] = rate.split("/").map(Number);
  const media_ms = note.media_ms ?? 0;
  const at = note.at ?? Date.now();
  const told: NoteTold = {
    ...{ id: note.id, video_id: note.video_id, session_id: null, author_id, text: note.text, transcript: note.text },
    ...{ category: note.category ?? "general", confidence: 1 },
    frame_in: Math.floor((media_ms * num) / (1000 * den)),
    frame_out: null,
    rate: { num, den },
    ...{ media_ms, onset_uncertainty_ms: 0, status: "ghost", provenance: {}, version: 1 },
    ...{ created_at: at, updated_at: at },
  };
  return { ...told, waiting: true };
}
