// Where a remark begins and ends.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Endpointer, type Heard } from "../src/hear/endpoint";
import { Adaptive, Fixed } from "../src/hear/patience";
import { describe, FRAME_MS, FRAME_SAMPLES, pitchOf, QUARTERS, SAMPLE_RATE, type Sound } from "../src/hear/sound";

interface Part {
  readonly ms: number;
  readonly probability: number;
  readonly loudness?: number;
  readonly pitch?: number;
}

const speech = (ms: number, pitch = 120): Part => ({ ms, probability: 0.95, loudness: -25, pitch });
const silence = (ms: number): Part => ({ ms, probability: 0.02, loudness: -70 });

function sounds(...parts: Part[]): Sound[] {
  const made: Sound[] = [];
  for (const { ms, probability, loudness = -70, pitch } of parts)
    for (let frame = 0; frame < Math.round(ms / FRAME_MS); frame += 1)
      made.push({
        at: made.length * FRAME_MS,
        probability,
        loudness,
        quarters: Array(QUARTERS).fill(loudness),
        pitch: pitch ?? null,
      });
  return made;
}

function heard(endpointer: Endpointer, ...parts: Part[]): (Heard & { known: number })[] {
  return sounds(...parts).flatMap((sound) => {
    const told = endpointer.hear(sound);
    return told === null ? [] : [{ ...told, known: sound.at + FRAME_MS }];
  });
}

test("one remark has one beginning and one end, at the edges of the sound", () => {
  const [start, end, ...more] = heard(new Endpointer(new Fixed(600)), silence(640), speech(1280), silence(960));
  assert.deepEqual(more, []);
  assert.equal(start?.kind, "start");
  assert.equal(start?.at, 640);
  assert.equal(end?.kind, "end");
  assert.equal(end?.at, 640 + 1280);
  assert.ok((end?.known ?? 0) - (end?.at ?? 0) >= 600);
});

test("one frame alone is a click and no remark", () => {
  assert.deepEqual(heard(new Endpointer(new Fixed(600)), silence(320), speech(32), silence(960)), []);
});

test("an onset is where the sound rises out of the room, before the detector is sure", () => {
  const whisper = { ms: 96, probability: 0.2, loudness: -40 };
  const [start] = heard(new Endpointer(new Fixed(600)), silence(640), whisper, speech(320));
  assert.equal(start?.at, 640);
});

test("in a noise that hides the onset it is said to be less sure", () => {
  const noise = { ms: 640, probability: 0.1, loudness: -26 };
  const [start] = heard(new Endpointer(new Fixed(600)), silence(64), noise, speech(320));
  assert.ok(start?.kind === "start" && start.uncertainty_ms >= 100);
});

test("a voice that has fallen is waited for less than one that stops level", () => {
  const wait = (...parts: Part[]) => {
    const told = heard(new Endpointer(new Adaptive()), silence(640), ...parts, silence(1600)).at(-1);
    return (told?.known ?? 0) - (told?.at ?? 0);
  };
  const fallen = wait(speech(1280, 130), speech(192, 95));
  const level = wait(speech(640, 130));
  assert.ok(fallen < 300, `${fallen}`);
  assert.ok(level > 600, `${level}`);
});

test("a voice that hesitates and goes on makes one remark", () => {
  const told = heard(
    new Endpointer(new Adaptive()),
    silence(640),
    speech(640),
    silence(640),
    speech(640),
    silence(1600),
  );
  assert.deepEqual(
    told.map(({ kind }) => kind),
    ["start", "end"],
  );
});

test("a speaker whose pauses are long is waited for longer, within bounds", () => {
  const patience = new Adaptive();
  const pausing = {
    silence_ms: 400,
    speech_ms: 600,
    recent: sounds(speech(320, 120), silence(96)),
    silent_frames: 3,
    room_db: -70,
    pitch: 120,
    loudness: -25,
  };
  const before = patience.needed(pausing);
  for (let n = 0; n < 10; n += 1) patience.wentOn(1100);
  assert.ok(patience.needed(pausing) > before);
  for (let n = 0; n < 30; n += 1) patience.wentOn(300);
  assert.ok(patience.needed(pausing) < before);
  for (let n = 0; n < 30; n += 1) patience.wentOn(5000);
  assert.ok(patience.needed(pausing) <= 1200);
});

test("who always ends level is waited for less once that is known", () => {
  const patience = new Adaptive();
  const wait = () => {
    const told = heard(new Endpointer(patience), silence(640), speech(1280, 130), silence(1600)).at(-1);
    patience.wentOn(2000);
    return (told?.known ?? 0) - (told?.at ?? 0);
  };
  const waits = Array.from({ length: 6 }, wait);
  assert.ok((waits[0] ?? 0) > 550, `${waits}`);
  assert.ok((waits[5] ?? 0) < (waits[0] ?? 0) - 50, `${waits}`);
});

test("a voice is measured by what it said before too: a remark may lie low as a whole", () => {
  const last = (...parts: Part[]) => {
    const told = heard(new Endpointer(new Adaptive()), silence(640), ...parts, silence(1600)).at(-1);
    return (told?.known ?? 0) - (told?.at ?? 0);
  };
  const low = speech(960, 100);
  assert.ok(last(low) > 550);
  assert.ok(last(speech(3200, 150), silence(1600), low) < 300);
});

test("cut ends what is open at its last speech", () => {
  const endpointer = new Endpointer(new Fixed(600));
  heard(endpointer, silence(640), speech(320), silence(96));
  assert.equal(endpointer.cut()?.at, 960);
  assert.equal(endpointer.cut(), null);
});

test("pitch is that of the tone, and a hiss has none", () => {
  const tone = (hz: number) =>
    Float32Array.from({ length: 2 * FRAME_SAMPLES }, (_, n) => 0.3 * Math.sin((2 * Math.PI * hz * n) / SAMPLE_RATE));
  for (const hz of [80, 120, 220, 350]) {
    const sound = tone(hz);
    const pitch = pitchOf(sound.slice(FRAME_SAMPLES), sound.slice(0, FRAME_SAMPLES));
    assert.ok(pitch !== null && Math.abs(12 * Math.log2(pitch / hz)) < 0.5, `${hz}: ${pitch}`);
  }
  let state = 1;
  const hiss = Float32Array.from({ length: FRAME_SAMPLES }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return state / 2 ** 32;
  });
  assert.equal(pitchOf(hiss, hiss.slice().reverse()), null);
});

test("loudness is in decibels below full scale", () => {
  const half = new Float32Array(FRAME_SAMPLES).fill(0.5);
  assert.ok(Math.abs(describe(0, 0, half, half).loudness + 6.02) < 0.01);
  assert.equal(describe(0, 0, new Float32Array(FRAME_SAMPLES), half).loudness, -90);
});
