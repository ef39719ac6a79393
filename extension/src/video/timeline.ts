/**
 * Which frame somebody saw at an instant: the frames a player says it has shown, in stretches that a seek divides. Pure.
 *
 * A frame stays on the screen until the next one is shown, so between two samples of a stretch the truth is the earlier
 * one. Where none came for a while (a hidden tab, a callback left out) it is reckoned from the last by the rate. A seek
 * ends a stretch: what was seen before its first new frame is the last frame of before, however far the player jumped.
 */

import type { FrameSample, Report } from "../bridge";

/** A remark lasts a minute at most, and its words may come half a minute later; 60 frames a second is what screens show. */
const KEPT_MS = 90_000;
const KEPT_SAMPLES = 6_000;
/** One refresh of a 60 Hz screen: `expectedDisplayTime` is the browser's intention, and one refresh late is common. */
const REFRESH_MS = 17;
/** Longer than a frame of 8 a second takes, the slowest that is worth a name; beyond it a sample is missing. */
const GAP_MS = 125;

/** `uncertainty_ms` is in the film's time: the truth is that near. `split`: a seek lies within it. */
export interface Seen {
  readonly media_ms: number;
  readonly uncertainty_ms: number;
  readonly split: boolean;
}

/** When it happened and how sure that is, in ms of the person's time. */
export interface Moment {
  readonly at: number;
  readonly uncertainty_ms: number;
}

export interface Span {
  readonly onset: Seen;
  /** How much of the film went by from the onset to the end, or to the seek that came first. */
  readonly duration_ms: number;
}

type PlayerEvent = Extract<Report, { name: "player" }>;

interface Point {
  readonly at: number;
  readonly media_ms: number;
  /** 0 while it stands still. */
  readonly rate: number;
  /** Whether the screen said so (a frame), or the player's clock. */
  readonly shown: boolean;
}

interface Stretch {
  readonly from: number;
  until: number;
  readonly points: Point[];
}

export class Timeline {
  private readonly stretches: Stretch[] = [];
  private seeking = false;
  /** Since when the player stands still. Frames of it are told with the rate that it would have. */
  private still: number | null = null;

  frames(samples: readonly FrameSample[]): void {
    for (const { shown_at, media_s, playback_rate } of samples) {
      const rate = this.still !== null && shown_at >= this.still ? 0 : playback_rate;
      this.add({ at: shown_at, media_ms: media_s * 1000, rate, shown: true });
    }
  }

  player(event: PlayerEvent): void {
    this.still = event.playing ? null : (this.still ?? event.at);
    if (event.event === "seeking") {
      this.split(event.at);
      return;
    }
    if (this.seeking && event.event !== "seeked") return;
    const rate = event.playing ? event.playback_rate : 0;
    this.add({ at: event.at, media_ms: event.media_s * 1000, rate, shown: false });
  }

  /** Null before anything is known. */
  at(moment: Moment): Seen | null {
    const stretch = this.stretchAt(moment.at);
    if (stretch === null) return null;
    const { media_ms, rate, gap_ms } = reckon(stretch, Math.min(moment.at, stretch.until));
    const early = this.stretchAt(moment.at - moment.uncertainty_ms);
    const late = this.stretchAt(moment.at + moment.uncertainty_ms);
    const within = (moment.uncertainty_ms + REFRESH_MS) * rate + gap_ms;
    return { media_ms, uncertainty_ms: Math.ceil(within), split: early !== stretch || late !== stretch };
  }

  span(onset: Moment, end: number): Span | null {
    const seen = this.at(onset);
    const stretch = this.stretchAt(onset.at);
    if (seen === null || stretch === null) return null;
    const last = reckon(stretch, Math.min(end, stretch.until)).media_ms;
    return { onset: seen, duration_ms: Math.max(0, last - seen.media_ms) };
  }

  private split(at: number): void {
    const last = this.stretches.at(-1);
    if (last !== undefined) last.until = Math.min(last.until, at);
    this.seeking = true;
  }

  private add(point: Point): void {
    const last = this.stretches.at(-1);
    if (last === undefined || this.seeking) {
      // What was on the screen while the player sought is the last of before.
      if (last !== undefined && point.at <= last.until && point.shown) {
        this.insert(last, point);
        return;
      }
      this.stretches.push({ from: point.at, until: Number.POSITIVE_INFINITY, points: [point] });
      this.seeking = false;
    } else this.insert(last, point);
    this.forget(point.at);
  }

  private insert(stretch: Stretch, point: Point): void {
    const { points } = stretch;
    let place = points.length;
    while (place > 0 && (points[place - 1] as Point).at > point.at) place -= 1;
    points.splice(place, 0, point);
  }

  private stretchAt(at: number): Stretch | null {
    const begun = this.stretches.filter(({ from }) => from <= at);
    return begun.at(-1) ?? this.stretches[0] ?? null;
  }

  private forget(now: number): void {
    for (const stretch of this.stretches) {
      const stale = stretch.points.findIndex(({ at }) => at >= now - KEPT_MS);
      const surplus = stretch.points.length - KEPT_SAMPLES;
      // One point of before stays: it is what was on the screen at the first instant that counts.
      stretch.points.splice(0, Math.max(stale - 1, surplus, 0));
    }
    while (this.stretches.length > 1 && (this.stretches[0] as Stretch).until < now - KEPT_MS) this.stretches.shift();
  }
}

/** Where a stretch was at an instant; `gap_ms` is how far off that may be for want of a frame that was told. */
function reckon(stretch: Stretch, at: number): { media_ms: number; rate: number; gap_ms: number } {
  const next = stretch.points.findIndex((point) => point.at > at);
  const index = lastShown(stretch.points, next === -1 ? stretch.points.length - 1 : Math.max(0, next - 1), at);
  const before = stretch.points[index] as Point;
  const after = stretch.points.slice(index + 1).find(({ shown }) => shown) ?? stretch.points[index + 1];
  const elapsed = Math.max(0, at - before.at);
  if (before.shown && after?.shown && after.at - before.at <= GAP_MS)
    return { media_ms: before.media_ms, rate: before.rate, gap_ms: 0 };
  if (before.shown && elapsed <= GAP_MS / 3) return { media_ms: before.media_ms, rate: before.rate, gap_ms: 0 };
  const reckoned = before.media_ms + elapsed * before.rate;
  const media_ms = after === undefined ? reckoned : Math.min(reckoned, Math.max(before.media_ms, after.media_ms));
  // The player's clock runs ahead of the screen by up to a frame, and two frames are not told apart without one.
  return { media_ms, rate: before.rate, gap_ms: before.rate === 0 ? 0 : GAP_MS / 3 };
}

/** A frame that is still on the screen goes before what the player's clock said since. */
function lastShown(points: readonly Point[], index: number, at: number): number {
  for (let place = index; place >= 0; place -= 1) {
    const point = points[place] as Point;
    if (at - point.at > GAP_MS || point.rate === 0) break;
    if (point.shown) return place;
  }
  return index;
}
