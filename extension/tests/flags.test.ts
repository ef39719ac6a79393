// What flags.ts decides, against the vectors that the server's code made.

import assert from "node:assert/strict";
import { test } from "node:test";

import vectors from "../generated/flag_vectors.json";
import { type Actor, bucketOf, evaluate, type Flag, murmur3 } from "../src/flags";

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
