// Where the markers of a timeline are.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MARKER_PX, markersOf, timeAt } from "../src/ui/timeline";
import { aNote } from "./a_note";

test("notes that could not be told apart are one marker, and none is lost", () => {
  const notes = [aNote(0), aNote(24), aNote(240), aNote(480)];
  const markers = markersOf(notes, 20_000, 320);
  assert.deepEqual(
    markers.map((marker) => marker.notes.length),
    [1, 1, 1, 1],
  );
  assert.deepEqual(
    markers.map(({ at }) => at),
    [0, 0.05, 0.5, 1],
  );
  const narrow = markersOf(notes, 20_000, 100);
  assert.deepEqual(
    narrow.map((marker) => marker.notes.length),
    [2, 1, 1],
  );
});

test("two markers are never nearer than a pointer can tell", () => {
  const notes = Array.from({ length: 300 }, (_, index) => aNote(index * 3));
  const markers = markersOf(notes, null, 328);
  assert.equal(
    markers.reduce((sum, marker) => sum + marker.notes.length, 0),
    300,
  );
  for (const [index, marker] of markers.entries()) {
    const before = markers[index - 1];
    if (before !== undefined) assert.ok((marker.at - before.at) * 328 >= MARKER_PX);
  }
});

test("without a length the last note is the end", () => {
  assert.equal(markersOf([aNote(24), aNote(48)], null, 320).at(-1)?.at, 1);
  assert.deepEqual(markersOf([], null, 320), []);
});

test("a pointer beside the line is at its end", () => {
  assert.equal(timeAt(-4, 320, 10_000), 0);
  assert.equal(timeAt(160, 320, 10_000), 5_000);
  assert.equal(timeAt(400, 320, 10_000), 10_000);
});
