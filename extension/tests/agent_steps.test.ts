// How far a remark has come, and what became of the last one.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Shown, ShownNote } from "../src/bridge";
import { NOTHING_SHOWN } from "../src/offscreen/board";
import { lastOutcome, stageOf, steps } from "../src/popup/agent_steps";
import { aNote } from "./a_note";

const agent = (...names: string[]): Shown => ({
  ...NOTHING_SHOWN,
  session: { agent: names } as unknown as NonNullable<Shown["session"]>,
});
const after = (remark: object): Shown => ({
  ...NOTHING_SHOWN,
  notes: { n: { ...aNote(5), id: "n", text: "Too long." } as unknown as ShownNote },
  remarks: [{ remark_id: "r", at: 0, ...remark }],
});

test("the furthest stage is the one, as remarks may overlap", () => {
  assert.equal(stageOf(agent("idle")), -1);
  assert.equal(stageOf(agent("transcribing")), 1);
  assert.equal(stageOf(agent("transcribing", "structuring")), 2);
  assert.equal(stageOf(agent("confirming")), 3);
  const speaking = { ...agent(), microphone: { ...NOTHING_SHOWN.microphone, speech_since: 5 } };
  assert.equal(stageOf(speaking), 0);
});

test("what is behind is done, what is ahead is next", () => {
  assert.deepEqual(
    steps(agent("structuring")).map(({ state }) => state),
    ["done", "done", "now", "next"],
  );
});

test("who spoke hears what became of it", () => {
  assert.equal(lastOutcome(NOTHING_SHOWN), null);
  assert.equal(lastOutcome(after({ note_id: "n" })), "Noted: Too long.");
  assert.equal(lastOutcome(after({ note_id: "n", amended: true })), "Mended: Too long.");
  assert.equal(lastOutcome(after({ command: "scratch_that" })), "Heard the command: scratch that.");
  assert.equal(
    lastOutcome(after({ refused: "low_confidence" })),
    "No note was made: it was not sure enough that it was meant.",
  );
  assert.equal(lastOutcome(after({ refused: "some_new_reason" })), "No note was made: some new reason.");
});
