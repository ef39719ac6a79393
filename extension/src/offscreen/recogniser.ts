/** Speech into words on this device; one remark after the other, in the order they were said. */

import type { Recogniser as Shown } from "../bridge";
import type { FromRecogniser, ToRecogniser } from "../recogniser/messages";

const WORKER = "recogniser.js";
/** A minute of speech on a slow machine; a worker that takes longer hangs, and is replaced. */
const HEAR_MS = 90_000;
/** Remarks that wait for their words. At ten a minute that is two minutes of a machine that cannot keep up. */
const WAITING = 20;

export interface Words {
  readonly text: string;
  readonly took_ms: number;
}

export class Recogniser {
  private worker: Worker | null = null;
  private asked = 0;
  private readonly waiting = new Map<number, { resolve(words: Words): void; reject(error: Error): void }>();
  private current: Shown = { phase: "unset", model: null, device: null, progress: 0, why: null };
  private address: string | null = null;

  constructor(private readonly changed: (shown: Shown) => void) {}

  get shown(): Shown {
    return this.current;
  }

  /** Also while the model loads: what is said meanwhile waits for it. */
  get hears(): boolean {
    return this.current.phase === "ready" || this.current.phase === "loading";
  }

  load(address: string): void {
    if (address === this.address && this.current.phase !== "failed" && this.current.phase !== "unset") return;
    this.address = address;
    this.stop("another model is loaded");
    this.worker = new Worker(chrome.runtime.getURL(WORKER), { type: "module" });
    this.worker.onmessage = ({ data }: MessageEvent<FromRecogniser>) => this.take(data);
    this.worker.onerror = (event) => this.failed(event.message);
    this.show({ phase: "loading", model: address, device: null, progress: 0, why: null });
    this.tell({ kind: "load", address });
  }

  /** `sound` is at 16 kHz. Raises Error: no model, too many waiting, or it took too long. */
  async hear(sound: Float32Array): Promise<Words> {
    if (!this.hears || this.worker === null) throw new Error("no model is loaded");
    if (this.waiting.size >= WAITING) throw new Error("this machine cannot keep up with what is said");
    const id = ++this.asked;
    const words = new Promise<Words>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    const overdue = setTimeout(() => this.failed("the model did not answer"), HEAR_MS * this.waiting.size);
    this.tell({ kind: "hear", id, sound });
    return words.finally(() => clearTimeout(overdue));
  }

  private tell(message: ToRecogniser): void {
    this.worker?.postMessage(message);
  }

  private take(message: FromRecogniser): void {
    switch (message.kind) {
      case "progress":
        this.show({ ...this.current, progress: message.share });
        return;
      case "ready":
        this.show({ phase: "ready", model: message.model, device: message.device, progress: 1, why: null });
        return;
      case "failed":
        this.show({ ...this.current, phase: message.missing ? "unset" : "failed", why: message.why });
        return;
      case "heard":
        this.waiting.get(message.id)?.resolve(message);
        this.waiting.delete(message.id);
        return;
      case "unheard":
        this.waiting.get(message.id)?.reject(new Error(message.why));
        this.waiting.delete(message.id);
    }
  }

  private failed(why: string): void {
    this.stop(why);
    this.show({ ...this.current, phase: "failed", why });
  }

  private stop(why: string): void {
    this.worker?.terminate();
    this.worker = null;
    for (const { reject } of this.waiting.values()) reject(new Error(why));
    this.waiting.clear();
  }

  private show(shown: Shown): void {
    this.current = shown;
    this.changed(shown);
  }
}
