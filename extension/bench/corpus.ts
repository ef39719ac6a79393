// Spoken remarks with their truth, made by espeak-ng: when each begins and ends, and where its speaker looks for a word.

import { execFileSync } from "node:child_process";

import { SAMPLE_RATE } from "../src/hear/sound";

export interface Truth {
  readonly from: number;
  readonly to: number;
  readonly hesitations: readonly { readonly at: number; readonly ms: number }[];
}

export interface Recording {
  readonly voice: string;
  readonly samples: Float32Array;
  readonly remarks: readonly Truth[];
}

const SENTENCES = [
  "The logo comes in too early.",
  "Please make the intro shorter.",
  "Colour is off here.",
  "Hold this frame a little longer please.",
  "Scratch that.",
  "The music is too loud under her voice.",
  "Fade it out.",
  "Can we see the product before the title.",
  "I like this shot a lot.",
  "There is a boom in the top left corner.",
  "Cut two seconds earlier so that the door is still closed.",
  "Why is he looking at the camera.",
  "The subtitle has a typing mistake.",
  "Too dark.",
  "Use the other take where she laughs.",
  "This feels slow, maybe lose the second half.",
  "The skin tones turn green when they walk past the window.",
  "Add a beat before the punch line.",
  "Nice.",
  "The lower third stays on screen for too long.",
];

/** Numbers that are the same in every run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** `noise_db`: of the room, below full scale. `hesitating`: the share of remarks whose speaker stops within them. */
export function recording(voice: string, seed: number, noise_db: number, hesitating: number): Recording {
  const next = random(seed);
  const parts: Float32Array[] = [];
  const remarks: Truth[] = [];
  let now = 0;
  const add = (part: Float32Array) => {
    parts.push(part);
    now += part.length;
  };
  for (const sentence of SENTENCES) {
    add(new Float32Array(Math.round((1.2 + 1.8 * next()) * SAMPLE_RATE)));
    const spoken = say(voice, sentence, 130 + Math.round(60 * next()));
    const from = (now / SAMPLE_RATE) * 1000;
    const hesitations: { at: number; ms: number }[] = [];
    const place = next() < hesitating ? quietest(spoken) : null;
    if (place === null) add(spoken);
    else {
      // Pauses within speech are lognormal; so are these: half of them are longer than 450 ms, one in six than 740.
      const ms = 450 * Math.exp(0.5 * normal(next));
      add(faded(spoken.slice(0, place)));
      hesitations.push({ at: (now / SAMPLE_RATE) * 1000, ms });
      add(new Float32Array(Math.round((ms / 1000) * SAMPLE_RATE)));
      add(spoken.slice(place));
    }
    remarks.push({ from, to: (now / SAMPLE_RATE) * 1000, hesitations });
  }
  add(new Float32Array(2 * SAMPLE_RATE));
  const samples = joined(parts);
  const level = 10 ** (noise_db / 20);
  for (let index = 0; index < samples.length; index += 1) samples[index] = (samples[index] as number) + level * normal(next);
  return { voice, samples, remarks };
}

function say(voice: string, text: string, speed: number): Float32Array {
  const wav = execFileSync("espeak-ng", ["--stdout", "-v", voice, "-s", String(speed), text], { maxBuffer: 1 << 26 });
  const rate = wav.readUInt32LE(24);
  const sound = new Float32Array((wav.length - 44) >> 1);
  for (let index = 0; index < sound.length; index += 1) sound[index] = wav.readInt16LE(44 + 2 * index) / 32_768;
  return trimmed(resampled(sound, rate));
}

/** Windowed sinc, 16 samples to each side. */
function resampled(sound: Float32Array, rate: number): Float32Array {
  const step = rate / SAMPLE_RATE;
  const cut = Math.min(1, 1 / step);
  const out = new Float32Array(Math.floor(sound.length / step));
  for (let index = 0; index < out.length; index += 1) {
    const middle = index * step;
    let sum = 0;
    for (let place = Math.max(0, Math.ceil(middle) - 16); place < Math.min(sound.length, middle + 16); place += 1) {
      const x = middle - place;
      const sinc = x === 0 ? cut : Math.sin(Math.PI * x * cut) / (Math.PI * x);
      sum += (sound[place] as number) * sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / 16));
    }
    out[index] = sum;
  }
  return out;
}

function trimmed(sound: Float32Array): Float32Array {
  const loud = (value: number) => Math.abs(value) > 0.01;
  return sound.slice(sound.findIndex(loud), sound.findLastIndex(loud) + 1);
}

/** Between two words, roughly: the quietest 20 ms in the middle of a remark that is long enough to have two. */
function quietest(sound: Float32Array): number | null {
  if (sound.length < SAMPLE_RATE) return null;
  const window = SAMPLE_RATE / 50;
  let best = Number.POSITIVE_INFINITY;
  let place = 0;
  for (let start = Math.round(0.3 * sound.length); start < 0.7 * sound.length; start += window / 4) {
    let power = 0;
    for (const sample of sound.subarray(start, start + window)) power += sample * sample;
    if (power < best) {
      best = power;
      place = start + window / 2;
    }
  }
  return place;
}

function faded(sound: Float32Array): Float32Array {
  const length = SAMPLE_RATE / 100;
  for (let index = 0; index < length; index += 1) {
    const at = sound.length - 1 - index;
    sound[at] = (sound[at] as number) * (index / length);
  }
  return sound;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}
