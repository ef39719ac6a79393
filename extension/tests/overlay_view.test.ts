// What is laid over a player.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Shown, ShownNote } from "../src/bridge";
import { GHOST_MS, overlayView, REACTIONS, reactionText } from "../src/content/overlay_view";
import { NOTHING_SHOWN } from "../src/offscreen/board";
import { aNote } from "./a_note";

const NOW = 1_000_000;
const SESSION = { mine: true, active: ["listening"], agent: [], paused: null } as unknown as NonNullable<
  Shown["session"]
>;

function shown(notes: readonly ReturnType<typeof aNote>[], more: Partial<Shown> = {}): Shown {
  const account = { user_id: "u", device_id: "d", email: null };
  const byId = Object.fromEntries(notes.map((note) => [note.id, note as unknown as ShownNote]));
  return { ...NOTHING_SHOWN, account, session: SESSION, notes: byId, ...more };
}

test("nothing without a review or notes, and nothing for who is not signed in", () => {
  const none = shown([], { session: null });
  assert.equal(overlayView(none, new Map(), 640, NOW), null);
  assert.equal(overlayView(shown([aNote(5)], { account: null }), new Map(), 640, NOW), null);
  assert.notEqual(overlayView(shown([aNote(5)], { session: null }), new Map(), 640, NOW), null);
});

test("a note lies over the film from when it came, for as long as it takes to read", () => {
  const notes = [aNote(5), aNote(6), aNote(7), aNote(8), aNote(9)];
  const ages = [GHOST_MS, 400, 300, 200, 100];
  const arrivals = new Map(notes.map(({ id }, index) => [id, NOW - (ages[index] ?? 0)]));
  const ghosts = overlayView(shown(notes), arrivals, 640, NOW)?.ghosts ?? [];
  assert.deepEqual(
    ghosts.map(({ frame_in }) => frame_in),
    [7, 8, 9],
    "the oldest has gone, and of the rest the last three are shown",
  );
  assert.equal(overlayView(shown(notes), new Map(), 640, NOW)?.ghosts.length, 0, "what was there at first is no news");
});

test("what is being heard is shown where it is heard", () => {
  const hearing = { remark_id: null, text: "the logo", stage: "speaking" } as const;
  assert.equal(overlayView(shown([], { hearing }), new Map(), 640, NOW)?.hearing, "the logo");
  const elsewhere = { ...SESSION, mine: false };
  assert.equal(overlayView(shown([], { hearing, session: elsewhere }), new Map(), 640, NOW)?.hearing, null);
});

test("a reaction has words beside its picture", () => {
  for (const reaction of REACTIONS) assert.match(reactionText(reaction), /\w/);
});
