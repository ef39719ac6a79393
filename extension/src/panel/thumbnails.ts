/** What the frames of notes looked like, kept on this device alone: in IndexedDB, by note, the oldest going first. */

import { signal } from "@preact/signals";
import type { Reply, Shown, ShownNote } from "../bridge";

/** At some 10 kB a picture, 4 MB. */
const MOST = 400;
/** A content script keeps its pictures for half a minute; older than this a note is only asked for in vain. */
const FRESH_MS = 60_000;
const DATABASE = "thumbnails";
const STORE = "pictures";

interface Kept {
  readonly note_id: string;
  readonly image: string;
  readonly at: number;
}

type Capture = (media_ms: number) => Promise<Reply>;

export class Thumbnails {
  readonly #pictures = signal<ReadonlyMap<string, string>>(new Map());
  /** False until those of before are read: a list that is shown earlier would grow under the pointer. */
  readonly ready = signal(false);
  readonly #asked = new Set<string>();
  readonly #database: Promise<IDBDatabase>;

  constructor(private readonly capture: Capture) {
    this.#database = opened();
    void this.#load().finally(() => {
      this.ready.value = true;
    });
  }

  of(note: ShownNote): string | null {
    return this.#pictures.value.get(note.id) ?? null;
  }

  /** Whether there is one, or one was asked for. */
  expects(note: ShownNote): boolean {
    return this.#asked.has(note.id) || this.of(note) !== null;
  }

  /** Asks for the pictures of notes that have just been made. */
  see(shown: Shown | null, now: number): void {
    for (const note of Object.values(shown?.notes ?? {})) {
      const fresh = now - note.created_at < FRESH_MS && note.status !== "deleted";
      if (!fresh || this.#asked.has(note.id) || this.#pictures.peek().has(note.id)) continue;
      this.#asked.add(note.id);
      void this.#ask(note, now);
    }
  }

  async #ask(note: ShownNote, at: number): Promise<void> {
    const reply = await this.capture(note.media_ms);
    const image = reply.ok ? imageIn(reply.value) : null;
    if (image === null) return;
    this.#pictures.value = new Map(this.#pictures.value).set(note.id, image);
    await this.#keep({ note_id: note.id, image, at });
  }

  async #load(): Promise<void> {
    const store = (await this.#database).transaction(STORE).objectStore(STORE);
    const kept = (await done(store.getAll())) as Kept[];
    const known = kept.map(({ note_id, image }) => [note_id, image] as const);
    this.#pictures.value = new Map([...known, ...this.#pictures.value]);
  }

  async #keep(picture: Kept): Promise<void> {
    const store = (await this.#database).transaction(STORE, "readwrite").objectStore(STORE);
    await done(store.put(picture));
    const over = (await done(store.count())) - MOST;
    if (over <= 0) return;
    const oldest = await done(store.index("at").getAllKeys(null, over));
    for (const key of oldest) store.delete(key);
  }
}

function imageIn(value: unknown): string | null {
  return typeof value === "string" && value.startsWith("data:image/") ? value : null;
}

async function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE, { keyPath: "note_id" }).createIndex("at", "at");
  };
  return done(request);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
