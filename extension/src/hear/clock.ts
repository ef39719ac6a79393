/** When a sound was heard, of a stream that counts in samples. Pure. */

/** The offset is looked for anew after so long: the sound card's clock and the computer's drift apart. */
const WINDOW_MS = 10_000;

/**
 * A frame arrives after it was heard: at once at best, and later when the page is busy. So the least delay of late is
 * taken for none, and what the sound card itself takes (`latency_ms`) is taken off.
 */
export class SoundClock {
  private least = Number.POSITIVE_INFINITY;
  private next = Number.POSITIVE_INFINITY;
  private since = 0;

  constructor(private readonly latency_ms: number) {}

  /** `end_s`: by the stream's own time, when the frame's last sample was heard. Answers ms since the epoch. */
  at(end_s: number, arrived: number): number {
    const offset = arrived - end_s * 1000;
    if (arrived - this.since > WINDOW_MS) {
      this.least = Math.min(this.next, offset);
      this.next = offset;
      this.since = arrived;
    }
    this.next = Math.min(this.next, offset);
    this.least = Math.min(this.least, offset);
    return end_s * 1000 + this.least - this.latency_ms;
  }
}
