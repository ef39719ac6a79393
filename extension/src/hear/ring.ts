/** The sound of late, so that a remark has what was said before it was known to be one. Pure. */

import { FRAME_SAMPLES, SAMPLE_RATE } from "./sound";

/** A remark is a minute at most (the server says how long); before it half a second, and after it the wait for its end. */
export const RING_MS = 64_000;

interface Frame {
  readonly at: number;
  readonly samples: Float32Array;
}

export class SoundRing {
  private readonly frames: Frame[] = [];
  private readonly most: number;

  constructor(kept_ms = RING_MS) {
    this.most = Math.ceil((kept_ms / 1000) * (SAMPLE_RATE / FRAME_SAMPLES));
  }

  add(at: number, samples: Float32Array): void {
    this.frames.push({ at, samples });
    if (this.frames.length > this.most) this.frames.shift();
  }

  /** The sound from one instant to another, in whole frames; what is not held any more is left out. */
  between(from: number, to: number): Float32Array {
    const length_ms = (FRAME_SAMPLES / SAMPLE_RATE) * 1000;
    const within = this.frames.filter(({ at }) => at + length_ms > from && at < to);
    const sound = new Float32Array(within.length * FRAME_SAMPLES);
    for (const [index, frame] of within.entries()) sound.set(frame.samples, index * FRAME_SAMPLES);
    return sound;
  }

  clear(): void {
    this.frames.length = 0;
  }
}
