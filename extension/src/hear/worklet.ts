/** In the audio thread: cuts the microphone's sound into the frames that the voice detector takes. */

import { FRAME_SAMPLES } from "./sound";

declare const currentTime: number;
declare const sampleRate: number;
declare function registerProcessor(name: string, processor: unknown): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

class Frames extends AudioWorkletProcessor {
  private frame = new Float32Array(FRAME_SAMPLES);
  private filled = 0;

  process([input]: Float32Array[][]): boolean {
    const channel = input?.[0];
    if (channel === undefined) return true;
    let taken = 0;
    while (taken < channel.length) {
      const some = channel.subarray(taken, taken + FRAME_SAMPLES - this.filled);
      this.frame.set(some, this.filled);
      this.filled += some.length;
      taken += some.length;
      if (this.filled === FRAME_SAMPLES) this.send(currentTime + taken / sampleRate);
    }
    return true;
  }

  /** `end`: by the context's own time, when the last sample was heard. */
  private send(end: number): void {
    this.port.postMessage({ end, samples: this.frame }, [this.frame.buffer]);
    this.frame = new Float32Array(FRAME_SAMPLES);
    this.filled = 0;
  }
}

registerProcessor("frames", Frames);
