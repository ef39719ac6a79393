/** What is laid over a player, made of what there is to be seen. Pure. */

import type { Shown, ShownNote } from "../bridge";
import { EVERYTHING, shown as shownNotes } from "../ui/filter";
import { type StateLine, stateLine } from "../ui/state_line";
import { type Marker, markersOf } from "../ui/timeline";

/** A new note stays over the picture for as long as it takes to read two lines. */
export const GHOST_MS = 6_000;
const MOST_GHOSTS = 3;

export interface OverlayView {
  readonly line: StateLine;
  readonly count: number;
  /** Notes that have just been made, the latest last. */
  readonly ghosts: readonly ShownNote[];
  /** What is understood of the remark being spoken. */
  readonly hearing: string | null;
  readonly markers: readonly Marker[];
}

/** When each note was first seen here; those that were there at first were never new. */
export type Arrivals = ReadonlyMap<string, number>;

/** Null where nothing is to be laid over the player: no review of it is on, and it has no notes. */
export function overlayView(shown: Shown, arrivals: Arrivals, widthPx: number, now: number): OverlayView | null {
  const notes = shownNotes(Object.values(shown.notes), EVERYTHING);
  if (shown.account === null || (shown.session === null && notes.length === 0)) return null;
  return {
    line: stateLine(shown, now),
    count: notes.length,
    ghosts: notes
      .filter((note) => now - (arrivals.get(note.id) ?? Number.NEGATIVE_INFINITY) < GHOST_MS)
      .sort((one, other) => (arrivals.get(one.id) ?? 0) - (arrivals.get(other.id) ?? 0))
      .slice(-MOST_GHOSTS),
    hearing: shown.session?.mine && shown.hearing?.text ? shown.hearing.text : null,
    markers: markersOf(notes, shown.video?.duration_ms ?? null, widthPx),
  };
}

/** Reactions of one press. The words are in the note too: a file for an editor's tool shows no picture. */
export const REACTIONS = [
  { emoji: "\u{1F44D}", text: "Good", category: "praise" },
  { emoji: "\u2753", text: "Not clear", category: "question" },
  { emoji: "\u2702\uFE0F", text: "Too long", category: "pacing" },
  { emoji: "\u{1F50A}", text: "Sound", category: "audio" },
  { emoji: "\u{1F3A8}", text: "Color", category: "color" },
] as const;

export function reactionText(reaction: (typeof REACTIONS)[number]): string {
  return `${reaction.emoji} ${reaction.text}`;
}
