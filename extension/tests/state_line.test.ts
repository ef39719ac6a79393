// The line that says in words what the session does.

import assert from "node:assert/strict";
import { test } from "node:test";

import { changesAt, type Facts, stateLine } from "../src/ui/state_line";

const NOW = 1_000_000;
const SESSION = {
  id: "s",
  video_id: "v",
  active: ["live", "listening", "observing"],
  agent: ["listening"],
  owner: { tab: "t", device: "d" },
  mine: true,
  paused: null,
  kept: 0,
  ignored: {},
  decision: null,
  reason: null,
};
const FACTS: Facts = {
  connection: { phase: "online", since: 0, server: "https://lossy.example", version: 2 },
  microphone: { permission: "granted", phase: "listening", name: null, speech_since: null },
  recogniser: { phase: "ready", model: "m", device: "wasm", progress: 1, why: null },
  session: SESSION,
  video: {
    video_id: "v",
    tab_id: 1,
    platform: "youtube",
    title: "",
    url: "",
    rate: "24",
    duration_ms: 1000,
    playing: false,
    media_ms: 0,
    as_of: 0,
    playback_rate: 1,
  },
  hearing: null,
  queue: { notes: 0, transcripts: 0, events: 0, since: null, draining: false },
};

const words = (facts: Partial<Facts>, now = NOW): string => stateLine({ ...FACTS, ...facts }, now).words;
const gap = (ms: number, phase: "offline" | "connecting" = "offline"): Facts["connection"] => ({
  ...FACTS.connection,
  phase,
  since: NOW - ms,
});
const speaking = (ms: number): Facts["microphone"] => ({
  ...FACTS.microphone,
  phase: "speech",
  speech_since: NOW - ms,
});

test("a review in words", () => {
  assert.equal(words({}), "Listening");
  assert.equal(words({ microphone: speaking(4_200) }), "Recording 0:04");
  assert.equal(words({ hearing: { remark_id: null, text: "", stage: "transcribing" } }), "Thinking");
  assert.equal(words({ session: { ...SESSION, agent: ["structuring"] } }), "Thinking");
  assert.equal(words({ session: { ...SESSION, paused: { at: 0, by: "person" } } }), "Paused");
  assert.equal(words({ session: { ...SESSION, paused: { at: 0, by: "silence" } } }), "Paused after a long silence");
  assert.equal(words({ session: null }), "Ready");
  assert.equal(words({ video: null }), "No video on this page");
});

test("another tab has the microphone, and a press takes it", () => {
  const line = stateLine({ ...FACTS, session: { ...SESSION, mine: false } }, NOW);
  assert.equal(line.words, "Another tab has the microphone");
  assert.equal(line.button?.command, "claim");
  assert.equal(
    words({ session: { ...SESSION, mine: false }, microphone: speaking(1) }),
    "Another tab has the microphone",
  );
});

test("a short gap is no news, a longer one is, and from 30 s on it says what waits", () => {
  assert.equal(words({ connection: gap(2_900) }), "Listening");
  assert.equal(words({ connection: gap(3_000, "connecting") }), "Reconnecting");
  assert.equal(words({ connection: gap(29_999) }), "Reconnecting");
  assert.equal(words({ connection: gap(30_000) }), "Offline, what you say is kept");
  const queue = { ...FACTS.queue, notes: 2, transcripts: 1 };
  assert.equal(words({ connection: gap(30_000), queue }), "Offline, 3 notes waiting");
  assert.equal(words({ connection: gap(30_000), queue: { ...queue, notes: 0 } }), "Offline, 1 note waiting");
  assert.equal(words({ connection: gap(40_000), microphone: speaking(4_000) }), "Recording 0:04, offline");
});

test("what a person has to see to goes first", () => {
  const signedOut = { ...FACTS.connection, phase: "signed_out" as const };
  assert.equal(words({ connection: signedOut, microphone: speaking(9) }), "Not signed in");
  const denied = { ...FACTS.microphone, permission: "denied" as const };
  assert.equal(words({ microphone: denied, connection: gap(60_000) }), "The microphone is not allowed");
  assert.equal(words({ microphone: { ...FACTS.microphone, phase: "lost" } }), "The microphone was unplugged");
  assert.equal(words({ microphone: { ...FACTS.microphone, phase: "missing" } }), "No microphone found");
  assert.equal(words({ recogniser: { ...FACTS.recogniser, phase: "unset" } }), "No speech model");
  assert.equal(
    words({ recogniser: { ...FACTS.recogniser, phase: "loading", progress: 0.416 } }),
    "Loading the speech model, 42 %",
  );
});

test("the accent is for what is recorded alone", () => {
  assert.equal(stateLine({ ...FACTS, microphone: speaking(1) }, NOW).tone, "live");
  assert.equal(stateLine(FACTS, NOW).tone, "still");
});

test("it knows when it changes by itself", () => {
  assert.equal(changesAt(FACTS, NOW), null);
  assert.equal(changesAt({ ...FACTS, microphone: speaking(4_200) }, NOW), NOW + 800);
  assert.equal(changesAt({ ...FACTS, connection: gap(1_000) }, NOW), NOW + 2_000);
  assert.equal(changesAt({ ...FACTS, connection: gap(3_000) }, NOW), NOW + 27_000);
  assert.equal(changesAt({ ...FACTS, connection: gap(30_000) }, NOW), null);
});
