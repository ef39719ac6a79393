// The notes of a video as this page knows them, and which of them are shown in which order. No page, no socket.

export interface Note {
  id: string;
  author_id: string;
  text: string;
  category: string;
  confidence: number;
  frame_in: number;
  frame_out: number | null;
  status: string;
  transcript: string;
  created_at: number;
  updated_at: number;
  version: number;
}

export interface Gone {
  id: string;
  version: number;
}

export interface Filters {
  text: string;
  category: string;
  status: string;
  author: string;
  order: string;
}

type Key = (note: Note) => number;

const DESCENDING: Record<string, Key> = {
  newest: (note) => note.created_at,
  updated: (note) => note.updated_at,
};

export class Book {
  readonly #notes = new Map<string, Note>();
  // Versions of those that were deleted: what is told of them later may be of before.
  readonly #gone = new Map<string, number>();
  /** Ids of the notes that the server has found by their words; null where nobody looks for any. */
  found: Set<string> | null = null;

  /** True where it is news: of two tidings of a note the one with the higher version is later. */
  take(note: Note): boolean {
    const known = Math.max(this.#notes.get(note.id)?.version ?? 0, this.#gone.get(note.id) ?? 0);
    if (note.version <= known) return false;
    this.#gone.delete(note.id);
    this.#notes.set(note.id, note);
    return true;
  }

  drop(gone: Gone): boolean {
    const note = this.#notes.get(gone.id);
    this.#gone.set(gone.id, Math.max(gone.version, this.#gone.get(gone.id) ?? 0));
    if (!note || note.version > gone.version) return false;
    return this.#notes.delete(gone.id);
  }

  clear(): void {
    this.#notes.clear();
    this.#gone.clear();
  }

  get(id: string | null): Note | undefined {
    return id === null ? undefined : this.#notes.get(id);
  }

  all(): Note[] {
    return [...this.#notes.values()];
  }

  shown(filters: Filters): Note[] {
    const { category, status, author } = filters;
    const fits = (note: Note) =>
      (!category || note.category === category) &&
      (!status || note.status === status) &&
      (!author || note.author_id === author) &&
      (!this.found || this.found.has(note.id));
    return this.all().filter(fits).sort(comparison(filters.order));
  }
}

function comparison(order: string): (one: Note, other: Note) => number {
  const key = DESCENDING[order];
  const byId = (one: Note, other: Note) => (one.id < other.id ? -1 : 1);
  if (key) return (one, other) => key(other) - key(one) || byId(other, one);
  return (one, other) => one.frame_in - other.frame_in || byId(one, other);
}
