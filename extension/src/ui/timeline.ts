/** Where the markers of a timeline are. Markers too near each other to be told apart, or hit, become one. */

import type { Note } from "./note";

export interface Marker<N extends Note = Note> {
  /** From 0 to 1 along the film. */
  readonly at: number;
  readonly notes: readonly N[];
}

/** A pointer hits no less than this; two markers nearer than it are one. */
export const MARKER_PX = 12;

/** Notes in the order of the film. Without a length, the last note is the end of what is known. */
export function markersOf<N extends Note>(
  notes: readonly N[],
  durationMs: number | null,
  widthPx: number,
): Marker<N>[] {
  const length = Math.max(durationMs ?? 0, notes.at(-1)?.media_ms ?? 0, 1);
  const nearest = widthPx > 0 ? MARKER_PX / widthPx : 0;
  const markers: { at: number; notes: N[] }[] = [];
  for (const note of notes) {
    const at = note.media_ms / length;
    const last = markers.at(-1);
    if (last !== undefined && at - last.at < nearest) last.notes.push(note);
    else markers.push({ at, notes: [note] });
  }
  return markers;
}

/** Where in the film a pointer is, in ms. */
export function timeAt(x: number, widthPx: number, durationMs: number): number {
  return Math.round(Math.min(1, Math.max(0, x / Math.max(1, widthPx))) * durationMs);
}
