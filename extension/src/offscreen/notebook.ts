/** The notes of one video as the server tells of them: the first page, what changed since, and everything live. */

import type { Counts, NoteGone, NoteTold, VideoNotesJoined } from "../../generated/channels";
import type { Patch, ShownNote } from "../bridge";
import type { TypedChannel } from "./channel";
import type { Connection } from "./connection";

type Event = "update_note" | "delete_note" | "undo" | "merge_notes";

/** As many as the protocol lets a page have; a panel shows the film's notes at once. */
const PAGE = 500;

export class Notebook {
  private readonly channel: TypedChannel<"notes:video:<video>">;
  private readonly notes = new Map<string, NoteTold>();
  private version: string | null = null;
  private cursor: string | null = null;
  private counts: Counts | null = null;

  constructor(
    readonly video_id: string,
    connection: Connection,
    private readonly show: (patch: Patch) => void,
  ) {
    const payload = () => ({ version: this.version });
    this.channel = connection.channel("notes:video:<video>", `notes:video:${video_id}`, payload, {
      joined: (reply) => void this.joined(reply),
      refused: () => undefined, // the flag is off, or nobody is signed in; both are shown elsewhere
    });
    this.channel.on("note_created", (note) => this.put([note]));
    this.channel.on("note_updated", (note) => this.put([note]));
    this.channel.on("note_deleted", (gone) => this.drop([gone]));
    this.channel.on("video_summary", ({ video_id: _video, ...counts }) => this.show({ counts }));
  }

  get isJoined(): boolean {
    return this.channel.joined;
  }

  has(note_id: string): boolean {
    return this.notes.has(note_id);
  }

  /** Raises Refused, Unanswered. */
  change(event: Event, payload: never): Promise<unknown> {
    return this.channel.ask(event, payload);
  }

  async more(): Promise<void> {
    if (this.cursor === null) return;
    const page = await this.channel.ask("get_notes", { cursor: this.cursor, limit: PAGE });
    this.cursor = page.cursor;
    this.put(page.notes);
    this.show({ notes_complete: page.cursor === null });
  }

  leave(): void {
    this.channel.leave();
  }

  private async joined(reply: VideoNotesJoined): Promise<void> {
    if (reply.whole) this.notes.clear();
    if (reply.whole) this.show({ notes: { put: [], drop: [], all: true } });
    this.drop(reply.deleted);
    this.put(reply.notes);
    this.counts = reply.counts;
    this.show({ counts: this.counts, notes_complete: reply.cursor === null || !reply.whole });
    this.cursor = reply.whole ? reply.cursor : this.cursor;
    if (!reply.whole) await this.rest(reply);
    this.version = reply.version;
  }

  /** What changed while it was away came in pages: the later ones. */
  private async rest({ cursor: first, version }: VideoNotesJoined): Promise<void> {
    const since = this.version;
    for (let cursor = first; cursor !== null && since !== null; ) {
      const page = await this.channel.ask("get_changes", { version: since, cursor });
      this.drop(page.deleted);
      this.put(page.notes);
      cursor = page.cursor;
    }
    this.version = version;
  }

  /** Of two changes the later one may come first; the version tells. */
  private put(notes: readonly NoteTold[]): void {
    const newer = notes.filter(({ id, version }) => version >= (this.notes.get(id)?.version ?? 0));
    for (const note of newer) this.notes.set(note.id, note);
    if (newer.length > 0) this.show({ notes: { put: newer as readonly ShownNote[], drop: [] } });
  }

  private drop(gone: readonly NoteGone[]): void {
    const ids = gone.filter(({ id, version }) => version >= (this.notes.get(id)?.version ?? 0)).map(({ id }) => id);
    for (const id of ids) this.notes.delete(id);
    if (ids.length > 0) this.show({ notes: { put: [], drop: ids } });
  }
}
