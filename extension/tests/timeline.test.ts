// What somebody saw at an instant.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { FrameSample } from "../src/bridge";
import { Timeline } from "../src/video/timeline";

const FRAME_MS = 40;

function playing(from: number, media_ms: number, frames: number, playback_rate = 1): FrameSample[] {
  return Array.from({ length: frames }, (_, n) => ({
    shown_at: from + (n * FRAME_MS) / playback_rate,
    media_s: (media_ms + n * FRAME_MS) / 1000,
    playback_rate,
  }));
}

const event = (
  kind: "play" | "pause" | "seeking" | "seeked" | "tick",
  at: number,
  media_ms: number,
  playing = true,
) => ({
  name: "player" as const,
  player: 1,
  event: kind,
  at,
  media_s: media_ms / 1000,
  playback_rate: 1,
  playing,
});

const sharp = (at: number) => ({ at, uncertainty_ms: 0 });

test("the frame on the screen is the last one shown", () => {
  const timeline = new Timeline();
  timeline.frames(playing(1000, 0, 50));
  assert.equal(timeline.at(sharp(1000))?.media_ms, 0);
  assert.equal(timeline.at(sharp(1039))?.media_ms, 0);
  assert.equal(timeline.at(sharp(1040))?.media_ms, 40);
  assert.equal(timeline.at(sharp(1999))?.media_ms, 960);
});

test("nothing is known of a player that said nothing", () => {
  assert.equal(new Timeline().at(sharp(1000)), null);
});

test("the doubt about the onset is as long in the film as its rate makes it", () => {
  const timeline = new Timeline();
  timeline.frames(playing(0, 0, 100, 2));
  const seen = timeline.at({ at: 500, uncertainty_ms: 50 });
  assert.equal(seen?.media_ms, 1000);
  assert.equal(seen?.uncertainty_ms, (50 + 17) * 2);
  assert.equal(seen?.split, false);
});

test("a paused player shows its frame, and there is no doubt about it", () => {
  const timeline = new Timeline();
  timeline.frames(playing(0, 0, 26));
  timeline.player(event("pause", 1010, 1000, false));
  assert.deepEqual(timeline.at({ at: 9_000, uncertainty_ms: 80 }), { media_ms: 1000, uncertainty_ms: 0, split: false });
});

test("until the first new frame after a seek the old one is seen", () => {
  const timeline = new Timeline();
  timeline.frames(playing(0, 0, 26));
  timeline.player(event("seeking", 1020, 60_000));
  timeline.frames(playing(1200, 60_000, 10));
  assert.equal(timeline.at(sharp(1010))?.media_ms, 1000);
  assert.equal(timeline.at(sharp(1150))?.media_ms, 1000);
  assert.equal(timeline.at(sharp(1200))?.media_ms, 60_000);
});

test("an onset that a seek is nearer to than its doubt is split", () => {
  const timeline = new Timeline();
  timeline.frames(playing(0, 0, 26));
  timeline.player(event("seeking", 1020, 60_000));
  timeline.frames(playing(1100, 60_000, 10));
  assert.equal(timeline.at({ at: 1080, uncertainty_ms: 50 })?.split, true);
  assert.equal(timeline.at({ at: 1080, uncertainty_ms: 10 })?.split, false);
});

test("a remark that goes on over a seek lasts until it", () => {
  const timeline = new Timeline();
  timeline.frames(playing(0, 0, 26));
  timeline.player(event("seeking", 1000, 60_000));
  timeline.frames(playing(1100, 60_000, 50));
  assert.equal(timeline.span(sharp(600), 2500)?.duration_ms, 400);
});

test("of a paused film no time goes by while somebody speaks", () => {
  const timeline = new Timeline();
  timeline.player(event("pause", 0, 5000, false));
  assert.deepEqual(timeline.span(sharp(100), 3000), {
    onset: { media_ms: 5000, uncertainty_ms: 0, split: false },
    duration_ms: 0,
  });
});

test("where frames are not told it is reckoned by the rate, and said to be less sure", () => {
  const timeline = new Timeline();
  timeline.player(event("play", 0, 10_000));
  const seen = timeline.at(sharp(500));
  assert.equal(seen?.media_ms, 10_500);
  assert.ok((seen?.uncertainty_ms ?? 0) > 40);
});

test("a hidden tab's gap is bridged and never runs past the next frame", () => {
  const timeline = new Timeline();
  timeline.frames(playing(0, 0, 5));
  timeline.frames(playing(3000, 2900, 5));
  assert.equal(timeline.at(sharp(2000))?.media_ms, 2000);
  assert.equal(timeline.at(sharp(2999))?.media_ms, 2900);
});

test("samples that come late are put where they belong", () => {
  const timeline = new Timeline();
  const samples = playing(0, 0, 10);
  timeline.frames(samples.slice(5));
  timeline.frames(samples.slice(0, 5));
  assert.equal(timeline.at(sharp(100))?.media_ms, 80);
});

test("it holds a minute and a half, whatever the frame rate", () => {
  const timeline = new Timeline();
  for (let second = 0; second < 300; second += 1) timeline.frames(playing(second * 1000, second * 1000, 25));
  assert.equal(timeline.at(sharp(295_000))?.media_ms, 295_000);
  assert.ok((timeline.at(sharp(10_000))?.media_ms ?? 0) >= 200_000);
});

test("the player's clock does not stand in for a frame that is told", () => {
  const timeline = new Timeline();
  timeline.player(event("tick", 90, 95));
  timeline.frames(playing(0, 0, 10));
  assert.deepEqual(timeline.at(sharp(100)), { media_ms: 80, uncertainty_ms: 17, split: false });
});

test("a seek of a player that stands still shows one frame and goes on standing", () => {
  const timeline = new Timeline();
  timeline.player(event("pause", 0, 5000, false));
  timeline.player(event("seeking", 1000, 9000, false));
  timeline.player(event("seeked", 1050, 9000, false));
  timeline.frames(playing(1060, 8960, 1));
  assert.equal(timeline.at(sharp(5000))?.media_ms, 8960);
});
