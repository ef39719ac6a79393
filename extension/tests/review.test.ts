// A review that comes back: what was missed is taken in, and the picture that comes last has the last word.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pause, SessionStatus, VoiceJoined } from "../generated/channels";
import type { Session } from "../src/bridge";
import { Review } from "../src/offscreen/review";

const OWNER = { device: "device", tab: "tab-7" };
const STATUS: SessionStatus = { active: ["observing"], agent: [], owner: OWNER, paused: null, kept: 0, ignored: {} };

function stage() {
  const told: Session[] = [];
  const pushed = new Map<string, (payload: never) => void>();
  let joined: (reply: VoiceJoined) => void = () => undefined;
  const channel = {
    joined: true,
    on: (event: string, take: (payload: never) => void) => void pushed.set(event, take),
    ask: async () => ({ accepted_through: 0 }),
    leave: () => undefined,
  };
  const connection = {
    advertise: () => undefined,
    doubt: async () => undefined,
    channel: (_kind: string, _topic: string, _payload: unknown, joining: { joined(reply: VoiceJoined): void }) => {
      joined = joining.joined;
      return channel;
    },
  };
  const watching = { status: (session: Session) => void told.push(session), ready: () => undefined };
  const about = { session: "s", video_id: "v", tab_id: 7 };
  const database = { put: async () => "s" };
  const review = new Review(about, connection as never, "device", database as never, watching as never, null);
  const back = (session: Partial<SessionStatus>, ...missed: Partial<SessionStatus>[]) => {
    const pushes = missed.map((status, at) => ({
      event: "voice_status",
      payload: { ...STATUS, ...status, push_epoch: 1, push_seq: at + 1 },
    }));
    const reply = { pushes, session: { ...STATUS, ...session, max_recording_ms: 60_000 }, reset: null };
    joined({ ...reply, accepted_through: 0, push_epoch: 1, push_seq: missed.length, heartbeat_ms: 1e9 } as never);
  };
  const push = (push_seq: number, status: Partial<SessionStatus>) =>
    pushed.get("voice_status")?.({ ...STATUS, ...status, push_epoch: 1, push_seq } as never);
  const pauses = () => told.splice(0).map(({ paused }) => paused?.by ?? null);
  return { review, back, push, pauses, told };
}

const by = (reason: string): Pause => ({ at: 1, by: reason });

test("a microphone that was lost and is had again turns nothing off", (t) => {
  const { review, back, pauses } = stage();
  t.after(() => review.leave());
  back({}, { paused: by("context"), owner: null }, {});
  assert.deepEqual(pauses(), [null, null, null]);
});

test("one that another tab has turns it off", (t) => {
  const { review, back, pauses, told } = stage();
  t.after(() => review.leave());
  back({ paused: by("context"), owner: { device: "device", tab: "tab-8" } }, { paused: by("context"), owner: null });
  assert.equal(told.at(-1)?.mine, false);
  assert.deepEqual(pauses(), ["context", "context"]);
});

test("who paused before the break is paused after it", (t) => {
  const { review, back, pauses } = stage();
  t.after(() => review.leave());
  back({ paused: by("person") }, { paused: by("context"), owner: null }, { paused: by("person") });
  assert.deepEqual(pauses(), ["person", "person", "person"]);
});

test("a pause that is told as it happens counts at once", (t) => {
  const { review, back, push, pauses } = stage();
  t.after(() => review.leave());
  back({});
  push(1, { paused: by("context"), owner: null });
  push(1, { paused: null });
  assert.deepEqual(pauses(), [null, "context"]);
});
