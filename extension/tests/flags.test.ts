// What flags.ts decides, against the vectors that the server's code made.

import assert from "node:assert/strict";
import { test } from "node:test";

import vectors from "../generated/flag_vectors.json";
import { type Actor, bucketOf, evaluate, type Flag, murmur3 } from "../src/flags";
import { offeredBy } from "../src/offscreen/offered";

const flags: readonly Flag[] = vectors.flags as never;
const actors: readonly Actor[] = vectors.actors;

test("hashes", () => {
  assert.ok(vectors.hashes.length > 0);
  for (const { text, hash } of vectors.hashes) assert.equal(murmur3(new TextEncoder().encode(text)), hash, text);
});

test("buckets", () => {
  assert.ok(vectors.buckets.length > 0);
  for (const { key, actor, bucket } of vectors.buckets) assert.equal(bucketOf(key, actor), bucket, `${key}/${actor}`);
});

test("evaluations", () => {
  assert.ok(vectors.evaluations.length > 0);
  for (const { flag, actor, ...expected } of vectors.evaluations)
    assert.deepEqual(evaluate(flags[flag] as Flag, actors[actor] as Actor), expected, `flag ${flag}, actor ${actor}`);
});

test("reviews are offered in version 2, else in 1, else not at all; a flag that is not told is on", () => {
  const told = (voice_session?: boolean, v1_fallback?: boolean) =>
    Object.fromEntries(
      Object.entries({ voice_session, v1_fallback })
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, { value: value as boolean, variant: "off", reason: "DEFAULT" } as const]),
    );
  assert.deepEqual([told(), told(true, false), told(false), told(false, true), told(false, false)].map(offeredBy), [
    2,
    2,
    1,
    1,
    null,
  ]);
});
