/**
 * What has left this browser, counted on this device: how many messages and how many bytes, by what is in them. Whoever
 * sends something says so here; the privacy page shows it.
 */

export const KINDS = ["words", "notes", "moments", "videos", "sound", "pictures", "figures", "connection"] as const;
export type Kind = (typeof KINDS)[number];

export interface Sum {
  readonly count: number;
  readonly bytes: number;
}

export interface Ledger {
  /** When counting began, ms since the epoch. */
  readonly since: number;
  readonly sums: Readonly<Record<Kind, Sum>>;
}

/** By the name of the event; whatever is not named keeps a connection up and has nothing of the person in it. */
const KIND_OF: Readonly<Record<string, Kind>> = {
  transcript_partial: "words",
  transcript_final: "words",
  create_note: "notes",
  update_note: "notes",
  delete_note: "notes",
  undo: "notes",
  merge_notes: "notes",
  enrich_note: "notes",
  refine_note: "notes",
  refine_note_with_vision: "notes",
  queue_posting: "notes",
  voice_event: "moments",
  command: "moments",
  skipped: "moments",
  set_timestamp: "moments",
  video_detected: "videos",
  video_context: "videos",
  update_video_context: "videos",
  claim: "videos",
  release: "videos",
  queue_video: "videos",
  update_video_status: "videos",
  audio: "sound",
  frame_embedding: "pictures",
  events: "figures",
};

export function kindOf(event: string): Kind {
  return Object.hasOwn(KIND_OF, event) ? (KIND_OF[event] ?? "connection") : "connection";
}

export function emptyLedger(since: number): Ledger {
  const sums = Object.fromEntries(KINDS.map((kind) => [kind, { count: 0, bytes: 0 }])) as Record<Kind, Sum>;
  return { since, sums };
}

export function counted(ledger: Ledger, event: string, bytes: number): Ledger {
  const kind = kindOf(event);
  const sum = ledger.sums[kind];
  return { ...ledger, sums: { ...ledger.sums, [kind]: { count: sum.count + 1, bytes: sum.bytes + bytes } } };
}

const KEY = "ledger";
/** A counter that is written at every message would cost more than the message. */
const WRITE_MS = 1_000;

/** As it was written last; a device that never sent anything has an empty one from now on. */
export function readLedger(storage: Storage, now: number): Ledger {
  const empty = emptyLedger(now);
  const kept = JSON.parse(storage.getItem(KEY) ?? "null") as Partial<Ledger> | null;
  return { since: kept?.since ?? now, sums: { ...empty.sums, ...kept?.sums } };
}

/** Adds up in memory and writes once a second: a crash forgets a second of counts and no more. */
export class LedgerBook {
  #ledger: Ledger;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly storage: Storage,
    now: number,
  ) {
    this.#ledger = readLedger(storage, now);
  }

  add(event: string, bytes: number): void {
    this.#ledger = counted(this.#ledger, event, bytes);
    this.#timer ??= setTimeout(() => this.#write(), WRITE_MS);
  }

  #write(): void {
    this.#timer = null;
    this.storage.setItem(KEY, JSON.stringify(this.#ledger));
  }
}
