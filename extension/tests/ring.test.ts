// The sound of late, and when it was heard.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SoundClock } from "../src/hear/clock";
import { SoundRing } from "../src/hear/ring";
import { FRAME_MS, FRAME_SAMPLES } from "../src/hear/sound";

const frame = (value: number) => new Float32Array(FRAME_SAMPLES).fill(value);

test("a stretch is cut out in whole frames", () => {
  const ring = new SoundRing(10_000);
  for (let n = 0; n < 20; n += 1) ring.add(n * FRAME_MS, frame(n));
  const sound = ring.between(2 * FRAME_MS, 5 * FRAME_MS);
  assert.deepEqual(
    [0, 1, 2].map((n) => sound[n * FRAME_SAMPLES]),
    [2, 3, 4],
  );
  assert.equal(sound.length, 3 * FRAME_SAMPLES);
});

test("what is too old is not held", () => {
  const ring = new SoundRing(10 * FRAME_MS);
  for (let n = 0; n < 100; n += 1) ring.add(n * FRAME_MS, frame(n));
  assert.equal(ring.between(0, 100 * FRAME_MS).length, 10 * FRAME_SAMPLES);
});

test("a frame that comes late was heard when the others were", () => {
  const clock = new SoundClock(20);
  assert.equal(clock.at(1, 51_000), 50_980);
  assert.equal(clock.at(2, 52_300), 51_980);
  assert.equal(clock.at(3, 52_995), 52_975);
});

test("clocks that drift apart are followed", () => {
  const clock = new SoundClock(0);
  for (let n = 0; n <= 60; n += 1) clock.at(n, 1_000_000 + n * 1001);
  assert.ok(Math.abs(clock.at(61, 1_000_000 + 61 * 1001) - (1_000_000 + 61 * 1001)) <= 21);
});
