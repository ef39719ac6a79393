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
/** What anybody is waited for but who is surely in the middle: a frame less than what a fixed patience comes to. */
const MIDDLE_MS = 590;
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

/** How finished a remark sounds where the short wait gives way to the middle one, and that to the long one. */
const ENDED = 1;
const OPEN = -3;
const ENDED_STEEP = 2;
const OPEN_STEEP = 3;
/** Who always ends level is measured by their own ends: by the fifth of them that sound least finished. */
const ENDS_KEPT = 24;
const ENDS_ENOUGH = 3;
const OF_ENDS = 0.2;
const MOST_LENIENT = 2;

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
 * Short after a voice that has fallen and said something, longer after one that stops level or has hardly begun, and
 * longest where it stops high and at once. Never shorter than FLOOR_MS nor longer than MOST_LONG_MS.
 */
export class Adaptive implements Patience {
  private readonly pauses: number[] = [];
  private readonly ends: number[] = [];
  private sounded = 0;

  needed(pausing: Pausing): number {
    this.sounded = finished(pausing);
    const score = this.sounded - this.lenience();
    const long = this.long();
    const middle = (MIDDLE_MS - FLOOR_MS) * (1 - logistic(ENDED_STEEP * (score - ENDED)));
    const wait = FLOOR_MS + middle + (long - MIDDLE_MS) * (1 - logistic(OPEN_STEEP * (score - OPEN)));
    return doubtful(pausing) ? Math.max(wait, Math.min(wait + DOUBT_MS, MIDDLE_MS)) : wait;
  }

  wentOn(silence_ms: number): void {
    if (silence_ms > PAUSE_MS) keep(this.ends, this.sounded, ENDS_KEPT);
    else if (silence_ms >= SHORT_PAUSE_MS) keep(this.pauses, silence_ms, PAUSES_KEPT);
  }

  private long(): number {
    if (this.pauses.length < PAUSES_ENOUGH) return LONG_MS;
    return Math.min(MOST_LONG_MS, Math.max(LEAST_LONG_MS, quantile(this.pauses, OF_PAUSES) * MARGIN));
  }

  private lenience(): number {
    if (this.ends.length < ENDS_ENOUGH) return 0;
    return Math.max(-MOST_LENIENT, Math.min(0, quantile(this.ends, OF_ENDS)));
  }
}

/** How much what was said sounds like the whole of it: 0 is as likely as not, in logits. */
export function finished({ recent, silent_frames, speech_ms, pitch }: Pausing): number {
  const spoken = recent.slice(0, recent.length - silent_frames);
  const fall = pitch === null ? FALL_SEMITONES : fallen(spoken, pitch);
  const said = Math.log2(Math.max(speech_ms, FRAME_MS) / USUAL_SPEECH_MS);
  return FALL_WEIGHT * (fall - FALL_SEMITONES) + SPEECH_WEIGHT * said;
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function keep(values: number[], value: number, most: number): void {
  values.push(value);
  if (values.length > most) values.shift();
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
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
