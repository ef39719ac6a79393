// Events that must not be lost, and ids.

import assert from "node:assert/strict";
import { test } from "node:test";

import { CRITICAL, Critical } from "../src/keep/critical";
import { uuid7 } from "../src/keep/ids";

function with_(count: number): Critical {
  const critical = new Critical();
  for (let n = 1; n <= count; n += 1) critical.add({ kind: n % 2 ? "speech_start" : "speech_end", at: n });
  return critical;
}

test("numbers are dense and leave with their answer", () => {
  const critical = with_(4);
  critical.acceptedThrough(3);
  assert.deepEqual(critical.unanswered(), { skipped: null, events: [{ kind: "speech_end", at: 4, seq: 4 }] });
  critical.acceptedThrough(2);
  assert.equal(critical.held, 1);
});

test("beyond the bound the oldest goes, and its number is reported", () => {
  const critical = with_(CRITICAL + 3);
  assert.deepEqual(critical.unanswered().skipped, { from: 1, to: 3 });
  assert.equal(critical.unanswered().events[0]?.seq, 4);
  critical.acceptedThrough(3);
  assert.equal(critical.unanswered().skipped, null);
});

test("what is skipped begins after what was accepted", () => {
  const critical = with_(2);
  critical.acceptedThrough(2);
  for (let n = 0; n < CRITICAL + 5; n += 1) critical.add({ kind: "speech_start", at: n });
  assert.deepEqual(critical.unanswered().skipped, { from: 3, to: 7 });
  assert.equal(critical.lastKnown("s", "live").first_seq, 3);
});

test("a client that lost its memory counts on from what the server has", () => {
  const critical = new Critical();
  critical.acceptedThrough(41);
  assert.equal(critical.add({ kind: "speech_start", at: 1 }).seq, 42);
});

test("a reset numbers anew what is held, and says which is which", () => {
  const critical = with_(5);
  critical.acceptedThrough(3);
  assert.deepEqual(
    [...critical.renumber(10)],
    [
      [4, 11],
      [5, 12],
    ],
  );
  assert.equal(critical.add({ kind: "speech_start", at: 9 }).seq, 13);
});

test("it says of itself what it holds", () => {
  const critical = with_(2);
  assert.deepEqual(critical.lastKnown("s", "live recording"), {
    session_id: "s",
    state: "live recording",
    seq: 2,
    first_seq: 1,
    accepted_through: 0,
  });
  critical.acceptedThrough(2);
  assert.equal(critical.lastKnown("s", "").first_seq, null);
});

test("what is kept comes back as it was", () => {
  const critical = with_(CRITICAL + 2);
  critical.acceptedThrough(1);
  const kept = JSON.parse(JSON.stringify(critical.keep()));
  assert.deepEqual(Critical.of(kept).unanswered(), critical.unanswered());
});

test("ids are of version 7 and sort by time", () => {
  const random = new Uint8Array(16).fill(0xff);
  const id = uuid7(1_700_000_000_000, random);
  assert.match(id, /^018bcfe5-6800-7fff-bfff-f{12}$/);
  assert.ok(uuid7(1_700_000_000_001, new Uint8Array(16)) > id);
});
