/** Tells which frame a player shows: every frame that reaches the screen, and every change of how it plays. */

import type { FrameSample, Report } from "../bridge";
import type { Rate } from "../ui/note";
import { FrameTimes } from "./frame_rate";

/** Eight times a second is the bridge's bound; a remark is heard later than that anyway. */
export const BATCH_MS = 125;
const TICK_MS = 1_000;
/** A screen of 240 Hz makes 30 in a batch; beyond this a page plays tricks with the clock. */
const MOST_SAMPLES = 64;

type Told = (report: Report) => void;
type PlayerEvent = Extract<Report, { name: "player" }>["event"];
const PLAYER_EVENTS = ["play", "pause", "seeking", "seeked", "ratechange"] as const;

export class Reporter {
  #samples: FrameSample[] = [];
  #sentAt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #frame = 0;
  #times = new FrameTimes();
  #ended = new AbortController();
  #tick: ReturnType<typeof setInterval>;

  /** `rateFound` is called when enough frames were seen to tell the rate, and when they contradict it. */
  constructor(
    readonly video: HTMLVideoElement,
    private readonly player: number,
    private readonly tell: Told,
    private readonly rateFound: (rate: Rate) => void,
  ) {
    const listening = { passive: true, signal: this.#ended.signal };
    for (const name of PLAYER_EVENTS) video.addEventListener(name, () => this.#state(name), listening);
    video.addEventListener("emptied", () => this.#times.forget(), listening);
    this.#tick = setInterval(() => this.#state("tick"), TICK_MS);
    this.#awaitFrame();
    this.#state("tick");
  }

  /** The rate, where it could be told. */
  get rate(): Rate | null {
    return this.#times.rate;
  }

  close(): void {
    this.#ended.abort();
    clearInterval(this.#tick);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.video.cancelVideoFrameCallback(this.#frame);
  }

  #awaitFrame(): void {
    this.#frame = this.video.requestVideoFrameCallback((_, metadata) => {
      this.#awaitFrame();
      this.#take(metadata);
    });
  }

  #take({ mediaTime, expectedDisplayTime }: VideoFrameCallbackMetadata): void {
    const sample = {
      shown_at: performance.timeOrigin + expectedDisplayTime,
      media_s: mediaTime,
      playback_rate: this.video.playbackRate,
    };
    this.#samples.push(sample);
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
    const before = this.#times.rate;
    this.#times.add(mediaTime);
    const rate = this.#times.rate;
    if (rate !== null && rate !== before) this.rateFound(rate);
    this.#timer ??= setTimeout(() => this.#send(), Math.max(0, this.#sentAt + BATCH_MS - performance.now()));
  }

  #send(): void {
    this.#timer = null;
    this.#sentAt = performance.now();
    if (this.#samples.length === 0) return;
    this.tell({ name: "frames", player: this.player, samples: this.#samples });
    this.#samples = [];
  }

  #state(event: PlayerEvent): void {
    const { video } = this;
    this.tell({
      name: "player",
      player: this.player,
      event,
      at: performance.timeOrigin + performance.now(),
      media_s: video.currentTime,
      playback_rate: video.playbackRate,
      playing: !video.paused && !video.ended,
    });
  }
}
