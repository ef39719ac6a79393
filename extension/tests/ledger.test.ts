// What has left the browser is counted by what is in it.

import assert from "node:assert/strict";
import { test } from "node:test";

import channels from "../generated/channels.json";
import { counted, emptyLedger, kindOf, readLedger } from "../src/ui/ledger";

test("every kind adds up by itself", () => {
  const one = counted(emptyLedger(5), "transcript_final", 200);
  const two = counted(counted(one, "transcript_partial", 50), "audio", 3_000);
  assert.deepEqual(two.sums.words, { count: 2, bytes: 250 });
  assert.deepEqual(two.sums.sound, { count: 1, bytes: 3_000 });
  assert.equal(two.since, 5);
  assert.equal(kindOf("constructor"), "connection");
});

test("what the page reads is what was written, and a new kind begins at nothing", () => {
  const kept = new Map([["ledger", JSON.stringify({ since: 7, sums: { words: { count: 1, bytes: 2 } } })]]);
  const storage = { getItem: (key: string) => kept.get(key) ?? null } as unknown as Storage;
  const ledger = readLedger(storage, 99);
  assert.equal(ledger.since, 7);
  assert.deepEqual(ledger.sums.words, { count: 1, bytes: 2 });
  assert.deepEqual(ledger.sums.sound, { count: 0, bytes: 0 });
});

/** Questions, and answers to the server: they keep a connection and its lists up, and have nothing of the person in them. */
const UPKEEP = ["ack", "follow", "get_changes", "get_notes", "list_videos", "ping", "refresh_token", "update_settings"];

test("every event of the wire is of a kind, or known to be upkeep", () => {
  const events = Object.values(channels.topics).flatMap((topic) => Object.keys(topic.events ?? {}));
  const upkeep = new Set(events.filter((name) => kindOf(name) === "connection"));
  assert.deepEqual([...upkeep].sort(), UPKEEP);
});
