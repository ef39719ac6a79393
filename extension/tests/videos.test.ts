// Which video of a page is meant.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Candidate, choose } from "../src/content/videos";

const PLAIN: Candidate = {
  touchedAt: 0,
  selector: Number.POSITIVE_INFINITY,
  playing: false,
  aloud: false,
  visiblePx: 100_000,
  width: 640,
};
const among = (...parts: Partial<Candidate>[]): number => choose(parts.map((part) => ({ ...PLAIN, ...part })));

test("the one that was touched last", () => {
  assert.equal(among({ playing: true, aloud: true }, { touchedAt: 5 }, { touchedAt: 9 }), 2);
});

test("then the one that the platform names", () => {
  assert.equal(among({ playing: true }, { selector: 1 }, { selector: 0 }), 2);
});

test("then the one that plays aloud, then the one that plays", () => {
  assert.equal(among({ visiblePx: 900_000 }, { playing: true }, { playing: true, aloud: true }), 2);
  assert.equal(among({ visiblePx: 900_000 }, { playing: true }), 1);
});

test("then the one of which most is seen, then the first", () => {
  assert.equal(among({}, { visiblePx: 200_000 }), 1);
  assert.equal(among({}, {}), 0);
});

test("what cannot be seen, or is tiny, is none", () => {
  assert.equal(among({ touchedAt: 9, visiblePx: 0 }, {}), 1);
  assert.equal(among({ width: 120, playing: true, aloud: true }), -1);
  assert.equal(choose([]), -1);
});
