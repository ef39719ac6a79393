/** What there is to be seen, as a signal, and a clock that ticks only when a screen has something to change by it. */

import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Command, Reply, Role, Shown } from "../bridge";
import { type Link, openLink } from "../link";
import { changesAt } from "./state_line";

/** As often as a playhead has to move to look as if it moved. */
const PLAYHEAD_MS = 250;

export interface Live {
  readonly shown: ReadonlySignal<Shown | null>;
  /** ms since the epoch, of the clock that all contexts share. */
  readonly now: ReadonlySignal<number>;
  readonly link: Link;
  ask(command: Command): Promise<Reply>;
}

export function openLive(role: Role): Live {
  const shown = signal<Shown | null>(null);
  const now = signal(clockNow());
  const link = openLink(role, {
    shown: (next) => {
      now.value = clockNow();
      shown.value = next;
    },
  });
  effect(() => {
    const due = dueAt(shown.value, now.value);
    if (due === null) return undefined;
    const timer = setTimeout(() => (now.value = clockNow()), Math.max(0, due - now.value));
    return () => clearTimeout(timer);
  });
  return { shown, now, link, ask: (command) => link.ask(command) };
}

export function clockNow(): number {
  return performance.timeOrigin + performance.now();
}

function dueAt(shown: Shown | null, now: number): number | null {
  if (shown === null) return null;
  const due = changesAt(shown, now);
  if (shown.video?.playing !== true) return due;
  return Math.min(due ?? Number.POSITIVE_INFINITY, now + PLAYHEAD_MS);
}

/** Where the player of the tab in front is now, in ms; null without a video. */
export function playheadOf(shown: Shown | null, now: number): number | null {
  const video = shown?.video ?? null;
  if (video === null) return null;
  const run = video.playing ? (now - video.as_of) * video.playback_rate : 0;
  return Math.min(video.media_ms + Math.max(0, run), video.duration_ms ?? Number.POSITIVE_INFINITY);
}
