/** Times as people read them off a player, and frames within them. */

import type { Rate } from "./note";

/** "2:14", "1:02:14": whole seconds, as the player's own clock shows them. */
export function clock(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}

export interface Place {
  readonly clock: string;
  readonly frame: string;
}

/**
 * Where a frame is: the second it begins to show in, and its number within that second from 00. Exact at every rate,
 * and always the second that the player shows; drop-frame numbering is the exports' affair.
 */
export function placeOf(frame: number, rate: Rate): Place {
  const second = Math.floor((frame * rate.den) / rate.num);
  const first = Math.ceil((second * rate.num) / rate.den);
  return { clock: clock(second * 1000), frame: two(frame - first) };
}

/** When a frame begins to show, in ms, rounded up: a player that seeks there shows that frame and not the one before. */
export function msOf(frame: number, rate: Rate): number {
  return Math.ceil((frame * 1000 * rate.den) / rate.num);
}

export function frameAt(ms: number, rate: Rate): number {
  return Math.floor((ms * rate.num) / (1000 * rate.den));
}

/** For a screen reader: "2 minutes 14 seconds, frame 7". */
export function spokenPlace(frame: number, rate: Rate): string {
  const second = Math.floor((frame * rate.den) / rate.num);
  const parts = [
    many(Math.floor(second / 3600), "hour"),
    many(Math.floor(second / 60) % 60, "minute"),
    many(second % 60, "second"),
  ].filter((part) => part !== "");
  return `${parts.join(" ") || "the start"}, frame ${Number(placeOf(frame, rate).frame)}`;
}

/** "30000/1001" reads 29.97. */
export function rateText({ num, den }: Rate): string {
  return String(Math.round((num / den) * 1000) / 1000);
}

function many(count: number, unit: string): string {
  return count === 0 ? "" : `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
