/**
 * Waiting for a server that is away: `/healthz` is asked by fetch until it answers. A WebSocket that cannot open tells
 * nothing for seconds, and the npm client's own back-off grows to five of them.
 */

import type { Window } from "../../generated/channels";

const FIRST_MS = 200;
const MOST_MS = 1_000;
const GROWS = 1.5;
/** An answer that takes longer than the longest wait is none: behind a network that swallows packets it never comes. */
const ANSWER_MS = 1_000;

export async function isThere(server: string): Promise<boolean> {
  try {
    const asked = await fetch(`${server}/healthz`, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    return asked.ok;
  } catch {
    return false;
  }
}

/** The wait before the n-th question, from 0; `luck` is 0 to 1. Never above a second, so that 2 s are kept. Pure. */
export function wait(asked: number, window: Window, luck: number): number {
  if (asked === 0) return Math.min(MOST_MS, window.min_ms + luck * (window.max_ms - window.min_ms));
  const most = Math.min(MOST_MS, FIRST_MS * GROWS ** asked);
  return most * (0.5 + luck / 2);
}

/**
 * Returns once the server answers, or `stopped` says so. The next question does not wait for the last one's answer: one
 * that was asked just before a silent network came back has none for a second, and two waits in a row are too long.
 */
export function untilThere(
  server: string,
  window: Window,
  stopped: () => boolean,
  ask: (server: string) => Promise<boolean> = isThere,
): Promise<void> {
  return new Promise((resolve) => {
    let over = false;
    const end = () => {
      over = true;
      resolve();
    };
    const next = (asked: number) => {
      setTimeout(
        () => {
          if (over) return;
          if (stopped()) return end();
          void ask(server).then((there) => there && end());
          next(asked + 1);
        },
        wait(asked, window, Math.random()),
      );
    };
    next(0);
  });
}
