// Whether the microphone may be heard and can be.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Seen, STATE_WORDS, stateOf } from "../src/pages/permission_state";

const SEEN: Seen = { permission: "granted", devices: 1, grantedBefore: false, error: null };
const state = (part: Partial<Seen>): string => stateOf({ ...SEEN, ...part });

test("asked, denied, revoked, unplugged", () => {
  assert.equal(state({}), "granted");
  assert.equal(state({ permission: "prompt" }), "unasked");
  assert.equal(state({ permission: "prompt", error: "NotAllowedError" }), "denied");
  assert.equal(state({ permission: "denied" }), "denied");
  assert.equal(state({ permission: "denied", grantedBefore: true }), "revoked");
  assert.equal(state({ devices: 0 }), "unplugged");
  assert.equal(state({ error: "NotFoundError" }), "unplugged");
  assert.equal(state({ error: "NotReadableError" }), "busy");
});

test("each says what to do", () => {
  for (const words of Object.values(STATE_WORDS)) assert.ok(words.title && words.what && words.todo);
});
