// What flags.ts decides, against the vectors that the server's code made.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { bucketOf, evaluate, murmur3 } from "../build/flags.js";

const vectors = JSON.parse(readFileSync(new URL("../generated/flag_vectors.json", import.meta.url), "utf8"));

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
    assert.deepEqual(evaluate(vectors.flags[flag], vectors.actors[actor]), expected, `flag ${flag}, actor ${actor}`);
});
