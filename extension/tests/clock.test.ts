// Times as a player shows them, and frames within them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { clock, frameAt, msOf, placeOf, rateText, spokenPlace } from "../src/ui/clock";

const RATES = [
  [24, 1],
  [24000, 1001],
  [25, 1],
  [30000, 1001],
  [60000, 1001],
] as const;

test("a clock is a player's", () => {
  assert.equal(clock(0), "0:00");
  assert.equal(clock(134_999), "2:14");
  assert.equal(clock(3_734_000), "1:02:14");
  assert.equal(clock(-5), "0:00");
});

test("a place is the second the player shows, and the frame within it", () => {
  assert.deepEqual(placeOf(53, { num: 24, den: 1 }), { clock: "0:02", frame: "05" });
  assert.deepEqual(placeOf(24, { num: 24000, den: 1001 }), { clock: "0:01", frame: "00" });
  assert.deepEqual(placeOf(23, { num: 24000, den: 1001 }), { clock: "0:00", frame: "23" });
});

test("every frame has a place of its own, and counts up within its second", () => {
  for (const [num, den] of RATES) {
    let before = { clock: "", frame: "" };
    for (let frame = 0; frame < 4000; frame += 1) {
      const place = placeOf(frame, { num, den });
      assert.notDeepEqual(place, before);
      if (place.clock === before.clock) assert.equal(Number(place.frame), Number(before.frame) + 1);
      else assert.equal(place.frame, "00");
      before = place;
    }
  }
});

test("a seek to a frame's time is in that frame", () => {
  for (const [num, den] of RATES)
    for (let frame = 0; frame < 4000; frame += 7) assert.equal(frameAt(msOf(frame, { num, den }), { num, den }), frame);
});

test("said aloud", () => {
  assert.equal(spokenPlace(24 * 134 + 7, { num: 24, den: 1 }), "2 minutes 14 seconds, frame 7");
  assert.equal(spokenPlace(24 * 61, { num: 24, den: 1 }), "1 minute 1 second, frame 0");
  assert.equal(spokenPlace(3, { num: 24, den: 1 }), "the start, frame 3");
  assert.equal(rateText({ num: 30000, den: 1001 }), "29.97");
});
