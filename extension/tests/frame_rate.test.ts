// The rate of a film, from the times of its frames.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameTimes, rateOf } from "../src/content/frame_rate";

const RATES = [
  [24000, 1001],
  [24, 1],
  [25, 1],
  [30000, 1001],
  [30, 1],
  [50, 1],
  [60000, 1001],
  [60, 1],
] as const;

const times = (num: number, den: number, seconds: number, round = (time: number) => time): number[] =>
  Array.from({ length: Math.floor((seconds * num) / den) }, (_, frame) => round((frame * den) / num));
/** As WebM has them. */
const toMs = (time: number): number => Math.round(time * 1000) / 1000;

test("told apart after three seconds, exact or in whole milliseconds", () => {
  for (const [num, den] of RATES) {
    assert.deepEqual(rateOf(times(num, den, 3)), { num, den }, `${num}/${den}`);
    assert.deepEqual(rateOf(times(num, den, 4, toMs)), { num, den }, `${num}/${den} in ms`);
  }
});

test("frames that were not shown are no matter", () => {
  const some = times(24, 1, 8).filter((_, index) => index % 5 !== 3 && index % 7 !== 2);
  assert.deepEqual(rateOf(some), { num: 24, den: 1 });
});

test("too little says nothing, and no known rate is none", () => {
  assert.equal(rateOf(times(24, 1, 2)), null);
  assert.equal(rateOf(times(17, 1, 9)), null);
});

test("a rate that frames contradict is given up", () => {
  const seen = new FrameTimes();
  for (const time of times(25, 1, 3)) seen.add(time);
  assert.deepEqual(seen.rate, { num: 25, den: 1 });
  for (const time of times(50, 1, 6).slice(150)) seen.add(time);
  assert.deepEqual(seen.rate, { num: 50, den: 1 });
  seen.forget();
  assert.equal(seen.rate, null);
});
