/** A note for tests: at a frame of 24 a second, with what the test cares for. */

import type { Note } from "../src/ui/note";

export function aNote(frame: number, more: Partial<Note> = {}): Note {
  return {
    id: `note-${String(frame).padStart(5, "0")}`,
    text: "Please make the intro shorter.",
    category: "pacing",
    confidence: 0.75,
    frame_in: frame,
    frame_out: null,
    rate: { num: 24, den: 1 },
    media_ms: Math.ceil((frame * 1000) / 24),
    status: "firmed",
    version: 1,
    ...more,
  };
}
