// Which notes are shown, in which order, and which is under the playhead.

import assert from "node:assert/strict";
import { test } from "node:test";

import { EVERYTHING, isNarrowed, shown, underPlayhead } from "../src/ui/filter";
import { aNote } from "./a_note";

const NOTES = [
  aNote(240, { text: "Couleur trop froide, r\u00E9sum\u00E9", category: "color" }),
  aNote(24, { text: "Logo too early", status: "ghost" }),
  aNote(48, { status: "deleted" }),
  aNote(96, { frame_out: 120 }),
];

const frames = (notes: readonly { frame_in: number }[]): number[] => notes.map(({ frame_in }) => frame_in);

test("in the order of the film, without those deleted", () => {
  assert.deepEqual(frames(shown(NOTES, EVERYTHING)), [24, 96, 240]);
  assert.equal(isNarrowed(EVERYTHING), false);
});

test("two at one frame keep their order whatever order they came in", () => {
  const [one, other] = [aNote(5, { id: "a" }), aNote(5, { id: "b" })];
  assert.deepEqual(shown([other, one], EVERYTHING), [one, other]);
});

test("by kind and by state", () => {
  assert.deepEqual(frames(shown(NOTES, { ...EVERYTHING, category: "pacing" })), [24, 96]);
  assert.deepEqual(frames(shown(NOTES, { ...EVERYTHING, category: "pacing", status: "ghost" })), [24]);
});

test("every word must be there, in any order, case and accent", () => {
  assert.deepEqual(frames(shown(NOTES, { ...EVERYTHING, text: " EARLY logo " })), [24]);
  assert.deepEqual(frames(shown(NOTES, { ...EVERYTHING, text: "resume" })), [240]);
  assert.deepEqual(frames(shown(NOTES, { ...EVERYTHING, text: "color" })), [240], "a kind is a word too");
  assert.deepEqual(shown(NOTES, { ...EVERYTHING, text: "logo late" }), []);
});

test("under the playhead is the note whose frames it is in, else the last it has passed", () => {
  const notes = shown(NOTES, EVERYTHING);
  assert.equal(underPlayhead(notes, 10), null);
  assert.equal(underPlayhead(notes, 110)?.frame_in, 96);
  assert.equal(underPlayhead(notes, 200)?.frame_in, 96);
  assert.equal(underPlayhead(notes, null), null);
});
