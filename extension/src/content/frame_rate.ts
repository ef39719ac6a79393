/** The frame rate of a video, from the times of frames it has shown: browsers do not tell it. */

import type { Rate } from "../ui/note";

/** What films are made in. The lowest that fits is the one: every time of a film at 25 also lies on the grid of 50. */
const RATES: readonly Rate[] = [
  [24_000, 1001],
  [24, 1],
  [25, 1],
  [30_000, 1001],
  [30, 1],
  [48, 1],
  [50, 1],
  [60_000, 1001],
  [60, 1],
  [120_000, 1001],
  [120, 1],
].map(([num = 0, den = 1]) => ({ num, den }));

/** WebM has its times in whole ms, and two of them are half a ms off each at most; the rest is arithmetic. */
const TOLERANCE_S = 0.0011;
/** So many frames, and so long a time, before a rate is believed: 24 and 23.976 part by 1 ms only after a second. */
const ENOUGH_FRAMES = 12;
/** 24 and 23.976 are apart by TOLERANCE_S and its double after 2.2 s, 60 and 59.94 no later. */
const ENOUGH_S = 2.4;
const KEPT = 400;

/** Remembers media times, in seconds, of frames as they were shown. */
export class FrameTimes {
  #times: number[] = [];
  #rate: Rate | null = null;

  /** Null until enough is known. Once found it stays, until frames contradict it. */
  get rate(): Rate | null {
    return this.#rate;
  }

  add(time: number): void {
    if (this.#times.includes(time)) return;
    this.#times.push(time);
    if (this.#times.length > KEPT) this.#times.shift();
    if (this.#rate === null || !fits(this.#times, this.#rate)) this.#rate = rateOf(this.#times);
  }

  forget(): void {
    this.#times = [];
    this.#rate = null;
  }
}

export function rateOf(times: readonly number[]): Rate | null {
  if (times.length < ENOUGH_FRAMES) return null;
  const span = Math.max(...times) - Math.min(...times);
  if (span < ENOUGH_S) return null;
  return RATES.find((rate) => fits(times, rate)) ?? null;
}

function fits(times: readonly number[], { num, den }: Rate): boolean {
  const origin = times[0] ?? 0;
  return times.every((time) => {
    const frames = ((time - origin) * num) / den;
    return (Math.abs(frames - Math.round(frames)) * den) / num <= TOLERANCE_S;
  });
}
