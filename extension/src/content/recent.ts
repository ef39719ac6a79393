/** The pictures of the last half minute: a note is made some seconds after the frame that it is about was seen. */

import { read } from "./capture";

const EVERY_MS = 1_000;
const KEPT = 30;
/** A picture further off than this shows something else. */
const NEAR_S = 1.5;

interface Picture {
  readonly media_s: number;
  readonly image: string;
}

/** Looks once a second while the microphone listens and the film runs, and at every onset of speech. */
export class RecentFrames {
  #pictures: Picture[] = [];
  #timer: ReturnType<typeof setInterval> | null = null;
  #busy = false;

  constructor(private readonly video: HTMLVideoElement) {}

  set listening(on: boolean) {
    if (on === (this.#timer !== null)) return;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = on ? setInterval(() => this.#glance(), EVERY_MS) : null;
  }

  /** The nearest to that time; null where none is near. */
  near(media_s: number): Picture | null {
    const off = (picture: Picture): number => Math.abs(picture.media_s - media_s);
    const nearest = this.#pictures.reduce<Picture | null>(
      (best, picture) => (best === null || off(picture) < off(best) ? picture : best),
      null,
    );
    return nearest !== null && off(nearest) <= NEAR_S ? nearest : null;
  }

  /** One at a time: a picture that takes long leaves the next one out. Of a video that may not be read, none. */
  async take(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const media_s = this.video.currentTime;
    const { image } = await read(this.video).finally(() => {
      this.#busy = false;
    });
    if (image === null) return;
    this.#pictures.push({ media_s, image });
    if (this.#pictures.length > KEPT) this.#pictures.shift();
  }

  close(): void {
    this.listening = false;
    this.#pictures = [];
  }

  #glance(): void {
    if (!this.video.paused && document.visibilityState === "visible") void this.take();
  }
}
