/** What the panel shows and does, without how it looks. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Command, Fault, Reply, Shown, ShownNote } from "../bridge";
import { frameAt, msOf } from "../ui/clock";
import { EVERYTHING, type Filter, shown as filtered, underPlayhead } from "../ui/filter";
import type { Act } from "../ui/keyboard";
import { type Live, playheadOf } from "../ui/live";
import { mayChange, mayConfirm, mayPost } from "../ui/note";

/** What was just done, and how `u` takes it back. */
export interface Done {
  readonly words: string;
  readonly note_id: string | null;
}

/** What each part of the panel is given. */
export interface PartProps {
  readonly model: PanelModel;
}

/** Fields that a key leads to; the panel has them. */
export interface Fields {
  search(): void;
  type(): void;
  /** At once, or the next key would find the focus elsewhere; nothing where the row is not there. */
  row(id: string): void;
}

const OF_NOTE = ["seek", "edit", "confirm", "delete", "post"] as const;
type OfNote = (typeof OF_NOTE)[number];

function isOfNote(act: Act): act is OfNote {
  return (OF_NOTE as readonly Act[]).includes(act);
}

export class PanelModel {
  readonly filter: Signal<Filter> = signal(EVERYTHING);
  readonly chosen: Signal<string | null> = signal(null);
  readonly editing: Signal<string | null> = signal(null);
  readonly done: Signal<Done | null> = signal(null);
  readonly fault: Signal<Fault | null> = signal(null);
  readonly shortcuts = signal(false);
  readonly shown: ReadonlySignal<Shown | null>;
  readonly notes: ReadonlySignal<readonly ShownNote[]>;
  readonly visible: ReadonlySignal<readonly ShownNote[]>;
  readonly playhead: ReadonlySignal<number | null>;
  readonly current: ReadonlySignal<string | null>;

  readonly #ways: Readonly<Record<Exclude<Act, OfNote>, () => void>> = {
    next: () => this.#move(1),
    previous: () => this.#move(-1),
    undo: () => this.undo(),
    search: () => this.fields.search(),
    type: () => this.fields.type(),
    pause: () => void this.ask({ name: "toggle_microphone" }),
    shortcuts: () => {
      this.shortcuts.value = !this.shortcuts.value;
    },
    leave: () => this.#leave(),
  };

  constructor(
    readonly live: Live,
    private readonly fields: Fields,
  ) {
    this.shown = live.shown;
    this.notes = computed(() => filtered(Object.values(this.shown.value?.notes ?? {}), EVERYTHING));
    this.visible = computed(() => filtered(this.notes.value, this.filter.value));
    this.playhead = computed(() => (this.shown.value === null ? null : playheadOf(this.shown.value, live.now.value)));
    this.current = computed(() => {
      const rate = this.notes.value[0]?.rate;
      const at = this.playhead.value;
      return at === null || rate === undefined
        ? null
        : (underPlayhead(this.notes.value, frameAt(at, rate))?.id ?? null);
    });
  }

  /** The reply, and a fault shown where it is one. */
  async ask(command: Command): Promise<Reply> {
    const reply = await this.live.ask(command);
    if (!reply.ok) this.fault.value = reply.fault;
    return reply;
  }

  act(act: Act): void {
    const note = this.#chosen();
    if (isOfNote(act)) {
      if (note !== null) this.do(act, note);
      return;
    }
    this.#ways[act]();
  }

  /** What is done to one note. What its status does not allow is not done. */
  do(act: OfNote, note: ShownNote): void {
    this.chosen.value = note.id;
    if (act === "seek") void this.ask({ name: "seek", media_ms: msOf(note.frame_in, note.rate) });
    if (act === "edit" && mayChange(note)) this.editing.value = note.id;
    if (act === "confirm" && mayConfirm(note)) void this.ask({ name: "confirm", note_id: note.id });
    if (act === "delete" && mayChange(note)) void this.#delete(note);
    if (act === "post" && mayPost(note)) void this.#post(note);
  }

  undo(): void {
    const note_id = this.done.value?.note_id ?? this.chosen.value;
    if (note_id === null) return;
    this.done.value = null;
    this.chosen.value = note_id;
    void this.ask({ name: "undo_note", note_id });
  }

  /** Answers whether the words are taken: if not, they stay in the field. */
  async save(note: ShownNote, text: string, category: ShownNote["category"]): Promise<boolean> {
    const same = text === note.text && category === note.category && !mayConfirm(note);
    const changes = { text, ...(category !== note.category && { category }) };
    const version = note.version;
    const reply = same || (await this.ask({ name: "update_note", note_id: note.id, version, ...changes })).ok;
    if (!reply) return false;
    this.editing.value = null;
    if (!same) this.done.value = { words: "Saved", note_id: note.id };
    this.fields.row(note.id);
    return true;
  }

  leaveEditing(note: ShownNote): void {
    this.editing.value = null;
    this.fields.row(note.id);
  }

  async type(text: string): Promise<boolean> {
    const at = this.playhead.value;
    const place = at === null ? {} : { media_ms: Math.round(at) };
    return (await this.ask({ name: "create_note", text, ...place })).ok;
  }

  async #delete(note: ShownNote): Promise<void> {
    const rows = this.visible.value;
    const index = rows.findIndex(({ id }) => id === note.id);
    const next = rows[index + 1] ?? rows[index - 1] ?? null;
    const reply = await this.ask({ name: "delete_note", note_id: note.id });
    if (!reply.ok) return;
    this.done.value = { words: "Note deleted", note_id: note.id };
    if (this.chosen.value === note.id) this.#choose(next);
  }

  async #post(note: ShownNote): Promise<void> {
    const reply = await this.ask({ name: "post", note_id: note.id });
    if (reply.ok) this.done.value = { words: "Waiting to be posted", note_id: note.id };
  }

  /** From the one that is chosen, or else from where the film is. */
  #move(by: 1 | -1): void {
    const rows = this.visible.value;
    const from = this.chosen.value ?? this.current.value;
    const index = rows.findIndex(({ id }) => id === from);
    const isStart = this.chosen.value === null || index === -1;
    this.#choose(rows[isStart ? Math.max(0, index) : Math.min(rows.length - 1, Math.max(0, index + by))] ?? null);
  }

  #choose(note: ShownNote | null): void {
    this.chosen.value = note?.id ?? null;
    if (note !== null) this.fields.row(note.id);
  }

  #chosen(): ShownNote | null {
    return this.visible.value.find(({ id }) => id === this.chosen.value) ?? null;
  }

  #leave(): void {
    if (this.shortcuts.value) this.shortcuts.value = false;
    else if (this.fault.value !== null) this.fault.value = null;
    else if (document.activeElement instanceof HTMLElement && document.activeElement !== document.body)
      document.activeElement.blur();
    else this.done.value = null;
  }
}
