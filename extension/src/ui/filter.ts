/** Which notes a person wants to see. Searching here is by the letters as they stand; the server's search knows more. */

import { type Category, inFilmOrder, type Note, type Status } from "./note";

export interface Filter {
  readonly text: string;
  readonly category: Category | null;
  readonly status: Status | null;
}

export const EVERYTHING: Filter = { text: "", category: null, status: null };

export function isNarrowed(filter: Filter): boolean {
  return filter.text.trim() !== "" || filter.category !== null || filter.status !== null;
}

/** In the order of the film, without those deleted. Every word of the text must be there, in any order and case. */
export function shown<N extends Note>(notes: Iterable<N>, filter: Filter): N[] {
  const words = folded(filter.text).split(/\s+/).filter(Boolean);
  return [...notes].filter((note) => fits(note, filter, words)).sort(inFilmOrder);
}

function fits(note: Note, filter: Filter, words: readonly string[]): boolean {
  if (note.status === "deleted") return false;
  if (filter.category !== null && note.category !== filter.category) return false;
  if (filter.status !== null && note.status !== filter.status) return false;
  const text = words.length > 0 ? folded(`${note.text} ${note.category}`) : "";
  return words.every((word) => text.includes(word));
}

/** Accents do not matter to who searches: "resume" finds "résumé". */
function folded(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();
}

/** The note whose frames the playhead is in, or else the last one it has passed. */
export function underPlayhead<N extends Note>(notes: readonly N[], frame: number | null): N | null {
  if (frame === null) return null;
  const passed = notes.filter((note) => note.frame_in <= frame);
  return passed.findLast((note) => frame <= (note.frame_out ?? note.frame_in)) ?? passed.at(-1) ?? null;
}
