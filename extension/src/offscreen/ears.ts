/** From frames of sound to remarks: the voice detector, where a remark begins and ends, and its sound. */

import type { Model } from "@ricky0123/vad-web/dist/models/index.js";
import { Silero } from "@ricky0123/vad-web/dist/models/silero.js";
import * as ort from "onnxruntime-web/webgpu";
import { Endpointer, type Heard } from "../hear/endpoint";
import { Adaptive } from "../hear/patience";
import { SoundRing } from "../hear/ring";
import { describe, FRAME_MS, FRAME_SAMPLES } from "../hear/sound";

const MODEL = "vad/silero_vad_v5.onnx";
/** What a transcriber gets before the onset and after the end: words begin softly. */
const PRE_ROLL_MS = 300;
const POST_ROLL_MS = 150;
/** Frames that wait for the detector; it takes 0.6 ms for one of 32. With more the page is stuck, and they are let go. */
const WAITING_FRAMES = 200;

export interface Remarks {
  start(heard: Extract<Heard, { kind: "start" }>): void;
  /** `sound` is at 16 kHz, with what was before and after it. `known_at` is when it was decided. */
  end(heard: Extract<Heard, { kind: "end" }>, sound: Float32Array, known_at: number): void;
  /** Sound of an open remark, as it comes, for a server that transcribes; the first has what was before it. */
  sound(at: number, samples: Float32Array): void;
  failed(why: string): void;
}

export class Ears {
  private readonly ring = new SoundRing();
  private readonly patience = new Adaptive();
  private endpointer = new Endpointer(this.patience);
  private before = new Float32Array(FRAME_SAMPLES);
  private from = 0;
  private waiting = 0;
  private hearing: Promise<void> = Promise.resolve();
  lost = 0;

  private constructor(
    private readonly model: Model,
    private readonly remarks: Remarks,
  ) {}

  static async open(remarks: Remarks): Promise<Ears> {
    ort.env.wasm.wasmPaths = chrome.runtime.getURL("ort/");
    ort.env.wasm.numThreads = 1; // one frame is too little to share
    const model = await Silero.new(ort as never, async () => (await fetch(chrome.runtime.getURL(MODEL))).arrayBuffer());
    return new Ears(model, remarks);
  }

  frame(at: number, samples: Float32Array): void {
    if (this.waiting >= WAITING_FRAMES) {
      this.lost += 1;
      return;
    }
    this.waiting += 1;
    this.hearing = this.hearing.then(() => this.hear(at, samples)).catch((error) => this.remarks.failed(String(error)));
  }

  /** Ends what is open now, and forgets the voice's state: the microphone is turned off, or a remark is too long. */
  cut(): void {
    const heard = this.endpointer.cut();
    if (heard?.kind === "end") this.ended(heard);
  }

  reset(): void {
    this.cut();
    this.endpointer = new Endpointer(this.patience);
    this.model.reset_state();
    this.ring.clear();
  }

  private async hear(at: number, samples: Float32Array): Promise<void> {
    this.waiting -= 1;
    const { isSpeech } = await this.model.process(samples);
    this.ring.add(at, samples);
    const heard = this.endpointer.hear(describe(at, isSpeech, samples, this.before));
    this.before = samples as Float32Array<ArrayBuffer>;
    if (heard?.kind === "start") this.started(heard, at);
    else if (heard?.kind === "end") this.ended(heard);
    else if (this.endpointer.speaking) this.remarks.sound(at, samples);
  }

  private started(heard: Extract<Heard, { kind: "start" }>, now: number): void {
    this.from = heard.at;
    this.remarks.start(heard);
    const first = heard.at - PRE_ROLL_MS;
    this.remarks.sound(first, this.ring.between(first, now + FRAME_MS));
  }

  private ended(heard: Extract<Heard, { kind: "end" }>): void {
    const sound = this.ring.between(this.from - PRE_ROLL_MS, heard.at + POST_ROLL_MS);
    this.remarks.end(heard, sound, performance.timeOrigin + performance.now());
  }
}
