/** A note as the screens show it: the fields of NoteTold that they read, and what only this device knows of it. */

export const CATEGORIES = [
  "pacing",
  "audio",
  "color",
  "graphics",
  "framing",
  "continuity",
  "performance",
  "story",
  "praise",
  "question",
  "general",
] as const;
export type Category = (typeof CATEGORIES)[number];

export const STATUSES = ["ghost", "firmed", "queued", "posting", "posted", "failed", "deleted"] as const;
export type Status = (typeof STATUSES)[number];

export interface Rate {
  readonly num: number;
  readonly den: number;
}

export interface Note {
  readonly id: string;
  readonly text: string;
  readonly category: Category;
  readonly confidence: number;
  readonly frame_in: number;
  readonly frame_out: number | null;
  readonly rate: Rate;
  readonly media_ms: number;
  readonly status: Status;
  readonly version: number;
}

/** What a status is called on a screen. A ghost that waits is "unconfirmed": it says what there is to do. */
export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  ghost: "unconfirmed",
  firmed: "confirmed",
  queued: "waiting to post",
  posting: "posting",
  posted: "posted",
  failed: "not posted",
  deleted: "deleted",
};

/** As in the film; two at one frame in the order they were made, which their version 7 or derived ids keep stable. */
export function inFilmOrder(left: Note, right: Note): number {
  return left.frame_in - right.frame_in || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
}

/** What may be done to a note: the columns of its chart that a person can reach by hand. */
export function mayConfirm(note: Note): boolean {
  return note.status === "ghost";
}

export function mayPost(note: Note): boolean {
  return note.status === "ghost" || note.status === "firmed" || note.status === "failed";
}

export function mayChange(note: Note): boolean {
  return note.status !== "posting" && note.status !== "deleted";
}
