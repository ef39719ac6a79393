/** How long a silence ends a remark: always the same, or by what the voice did before it. Pure. */

import type { Patience, Pausing } from "./endpoint";
import { FRAME_MS, type Sound } from "./sound";

/** What the voice detector's library waits by default, and what the measurements are against. */
export const FIXED_MS = 600;

export class Fixed implements Patience {
  constructor(private readonly ms: number = FIXED_MS) {}

  needed(_pausing: Pausing): number {
    return this.ms;
  }

  wentOn(_silence_ms: number): void {
    // A fixed patience learns nothing.
  }
}

/** The closure of a "t" or a "k" is 60 to 120 ms of silence, so less than this ends nothing. */
const FLOOR_MS = 200;
/** What a voice that stops in the middle is waited for, until its own pauses are known. */
const LONG_MS = 900;
/** Bounds of that: a speaker without pauses is still waited for, and one who ponders gets their remark before long. */
const LEAST_LONG_MS = 600;
const MOST_LONG_MS = 1_200;
/** A longer silence lies between two remarks and is no hesitation. */
const PAUSE_MS = 1_200;
/** Hesitations shorter than this are closures and breaths; they say nothing of how long one looks for a word. */
const SHORT_PAUSE_MS = 150;
const PAUSES_KEPT = 24;
const PAUSES_ENOUGH = 5;
/** Nine of ten of a speaker's pauses are waited for, and a little longer than they were. */
const OF_PAUSES = 0.9;
const MARGIN = 1.15;

/** The fall of the voice is taken over its last voiced frames within so much of the end. */
const TAIL_MS = 320;
const TAIL_FRAMES = 3;
/** A remark ends low: two semitones under its own middle is neither high nor low. Weights: decision 0024. */
const FALL_SEMITONES = 2;
const FALL_WEIGHT = 1.2;
/** A second of speech is as often a remark as its beginning. */
const USUAL_SPEECH_MS = 1_000;
const SPEECH_WEIGHT = 1.2;
/** Above the room by so much, or as surely speech as this, a silence may be breath or a drawn-out sound. */
const DOUBTFUL_DB = 10;
const DOUBTFUL_PROBABILITY = 0.15;
const DOUBT_MS = 120;

/**
 * Short after a voice that has fallen and said something, long after one that stops level or has hardly begun, and
 * longer still for a speaker whose pauses are long. Never shorter than FLOOR_MS nor longer than MOST_LONG_MS.
 */
export class Adaptive implements Patience {
  private readonly pauses: number[] = [];

  needed(pausing: Pausing): number {
    const long = this.long();
    const wait = long - (long - FLOOR_MS) * finished(pausing);
    return Math.min(MOST_LONG_MS, wait + (doubtful(pausing) ? DOUBT_MS : 0));
  }

  wentOn(silence_ms: number): void {
    if (silence_ms < SHORT_PAUSE_MS || silence_ms > PAUSE_MS) return;
    this.pauses.push(silence_ms);
    if (this.pauses.length > PAUSES_KEPT) this.pauses.shift();
  }

  private long(): number {
    if (this.pauses.length < PAUSES_ENOUGH) return LONG_MS;
    const sorted = [...this.pauses].sort((a, b) => a - b);
    const usual = sorted[Math.min(sorted.length - 1, Math.floor(OF_PAUSES * sorted.length))] as number;
    return Math.min(MOST_LONG_MS, Math.max(LEAST_LONG_MS, usual * MARGIN));
  }
}

/** 0 to 1: how much what was said sounds like the whole of it. */
export function finished({ recent, silent_frames, speech_ms, pitch }: Pausing): number {
  const spoken = recent.slice(0, recent.length - silent_frames);
  const fall = pitch === null ? FALL_SEMITONES : fallen(spoken, pitch);
  const said = Math.log2(Math.max(speech_ms, FRAME_MS) / USUAL_SPEECH_MS);
  return 1 / (1 + Math.exp(-(FALL_WEIGHT * (fall - FALL_SEMITONES) + SPEECH_WEIGHT * said)));
}

/** Semitones that the voice ends below its own middle; FALL_SEMITONES where it is not known. */
function fallen(spoken: readonly Sound[], middle: number): number {
  const end = spoken.at(-1)?.at ?? 0;
  const tail = spoken.filter(({ at, pitch }) => pitch !== null && at > end - TAIL_MS).slice(-TAIL_FRAMES);
  if (tail.length === 0) return FALL_SEMITONES;
  const pitches = tail.map(({ pitch }) => pitch as number).sort((a, b) => a - b);
  const last = pitches[Math.floor(pitches.length / 2)] as number;
  // An octave is what a pitch is misread by, and no voice falls as far: beyond half of one it says no more.
  return Math.max(-6, Math.min(6, 12 * Math.log2(middle / last)));
}

function doubtful({ recent, silent_frames, room_db }: Pausing): boolean {
  const silent = recent.slice(-Math.min(3, silent_frames));
  const mean = (of: (sound: Sound) => number) => silent.reduce((sum, sound) => sum + of(sound), 0) / silent.length;
  return mean((s) => s.probability) > DOUBTFUL_PROBABILITY || mean((s) => s.loudness) > room_db + DOUBTFUL_DB;
}
