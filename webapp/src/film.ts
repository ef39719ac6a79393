// Media times and frames, as `lossy/domain/timecode.py` has them: a frame is an integer, a rate a fraction.

export type Rate = readonly [numerator: number, denominator: number];

/** How a media time is written, for a form's `pattern` too. */
export const TIME = "(?:(\\d{1,3}):(?=[0-5]?\\d:))?(\\d{1,4}):([0-5]\\d)(?:\\.(\\d{1,3}))?";
const WHOLE = new RegExp(`^${TIME}$`);

/** The first millisecond at which a frame is shown. */
export function msOf(frame: number, [num, den]: Rate): number {
  return Math.ceil((frame * 1000 * den) / num);
}

/** The frame that is shown at a media time. */
export function frameAt(ms: number, [num, den]: Rate): number {
  return Math.floor((ms * num) / (1000 * den));
}

/** `1:23.480`, `1:00:00.000`. */
export function timeText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  const head = hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}` : `${minutes}`;
  const seconds = String(Math.floor(ms / 1000) % 60).padStart(2, "0");
  return `${head}:${seconds}.${String(ms % 1000).padStart(3, "0")}`;
}

/** Milliseconds of what somebody typed; null for what is no media time. */
export function readTime(text: string): number | null {
  const parts = WHOLE.exec(text.trim());
  if (!parts) return null;
  const [, hours = "0", minutes = "0", seconds = "0", decimals = ""] = parts;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(decimals.padEnd(3, "0"));
}

/** Where somebody typed that a note is, in ms; a blank end is none. Throws an Error in words for what is no time. */
export function readRange(from: string, to: string): [first: number, last: number | null] {
  const first = readTime(from);
  const last = to.trim() ? readTime(to) : null;
  if (first === null || (to.trim() && last === null)) throw new Error("A time is written as 1:23.480.");
  if (last !== null && last < first) throw new Error("It ends before it begins.");
  return [first, last];
}

export function rangeText(first: number, last: number | null, rate: Rate): string {
  const ends = last === null ? [first] : [first, last];
  return ends.map((frame) => timeText(msOf(frame, rate))).join(" – ");
}
