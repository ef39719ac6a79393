/** What is heard in one frame of 32 ms, as the voice detector takes them: loudness and pitch. Pure. */

export const SAMPLE_RATE = 16_000;
/** What Silero takes at 16 kHz. */
export const FRAME_SAMPLES = 512;
export const FRAME_MS = (FRAME_SAMPLES / SAMPLE_RATE) * 1000;
/** Loudness is taken in quarters of a frame, so that an onset is known to 8 ms and not to 32. */
export const QUARTERS = 4;
export const QUARTER_MS = FRAME_MS / QUARTERS;

/** Below it there is only the converter's own noise. */
const SILENCE_DB = -90;
/** Voices: a low man's and a high child's. Taken at half the rate, which is enough for either. */
const LOW_HZ = 70;
const HIGH_HZ = 400;
const PITCH_RATE = SAMPLE_RATE / 2;
/** How alike a voiced frame is to itself a period later; breath and hiss are not. */
const VOICED = 0.6;
const OCTAVE = 0.05;

export interface Sound {
  /** ms since the epoch, of its first sample. */
  readonly at: number;
  /** 0 to 1, how surely it is speech. */
  readonly probability: number;
  /** dB below full scale, of the frame and of its quarters. */
  readonly loudness: number;
  readonly quarters: readonly number[];
  /** Hz; null where it is not voiced. */
  readonly pitch: number | null;
}

export function describe(at: number, probability: number, samples: Float32Array, before: Float32Array): Sound {
  const size = samples.length / QUARTERS;
  const quarters = Array.from({ length: QUARTERS }, (_, n) => decibels(samples.subarray(n * size, (n + 1) * size)));
  return { at, probability, loudness: decibels(samples), quarters, pitch: pitchOf(samples, before) };
}

export function decibels(samples: Float32Array): number {
  let power = 0;
  for (const sample of samples) power += sample * sample;
  return Math.max(SILENCE_DB, 10 * Math.log10(power / samples.length + 1e-12));
}

/** By autocorrelation over two frames, because a low voice has hardly two periods in one. */
export function pitchOf(samples: Float32Array, before: Float32Array): number | null {
  const sound = halved(before, samples);
  const shortest = Math.ceil(PITCH_RATE / HIGH_HZ);
  const window = sound.length - Math.floor(PITCH_RATE / LOW_HZ);
  const alikes: number[] = [];
  for (let lag = shortest; lag <= sound.length - window; lag += 1) alikes.push(likeness(sound, lag, window));
  const best = Math.max(...alikes);
  if (best < VOICED) return null;
  // Two periods and three are as alike as one: the shortest that does nearly as well is one.
  const peak = alikes.findIndex((alike, index) => alike > best - OCTAVE && alike >= (alikes[index + 1] ?? 0));
  return PITCH_RATE / (shortest + peak);
}

function halved(...parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length / 2, 0));
  let place = 0;
  for (const part of parts)
    for (let index = 0; index + 1 < part.length; index += 2) {
      whole[place] = ((part[index] as number) + (part[index + 1] as number)) / 2;
      place += 1;
    }
  return whole;
}

function likeness(sound: Float32Array, lag: number, window: number): number {
  let both = 0;
  let now = 0;
  let later = 0;
  for (let index = 0; index < window; index += 1) {
    const a = sound[index] as number;
    const b = sound[index + lag] as number;
    both += a * b;
    now += a * a;
    later += b * b;
  }
  return both / Math.sqrt(now * later + 1e-12);
}
