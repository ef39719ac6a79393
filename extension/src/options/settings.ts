/** The settings of the user that the options page offers, in its order and its words. Names and bounds are the
 * server's; what nothing goes by yet is not offered. */

export interface Switch {
  readonly kind: "switch";
  readonly name: string;
  readonly words: string;
  readonly more?: string;
}

/** `of` units make one of those that a person reads: ms of a minute, parts of a percentage. */
export interface Amount {
  readonly kind: "amount";
  readonly name: string;
  readonly words: string;
  readonly more?: string;
  readonly unit: string;
  readonly of: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

export type Setting = Switch | Amount;

export const SETTINGS: readonly Setting[] = [
  { kind: "switch", name: "auto_pause", words: "Pause the microphone after a long silence" },
  { kind: "switch", name: "auto_resume", words: "Resume at the next word or seek" },
  amount("idle_pause_ms", "A long silence is", "min", 60_000, [0.5, 240, 0.5]),
  amount("cooldown_ms", "After a remark, ignore sounds for", "s", 1_000, [0, 5, 0.1]),
  {
    kind: "switch",
    name: "commands",
    words: "Obey spoken commands",
    more: "\u201Cscratch that\u201D, \u201Cpost it\u201D, \u201Cpause\u201D",
  },
  amount("min_confidence", "Keep a remark that is at least this sure", "%", 0.01, [25, 100, 1]),
  {
    kind: "switch",
    name: "server_stt",
    words: "Let the server make the words",
    more: "Your voice then leaves this browser, and is deleted once the words are there.",
  },
  { kind: "switch", name: "telemetry_opt_out", words: "Send no figures about how the extension works" },
];

function amount(
  name: string,
  words: string,
  unit: string,
  of: number,
  [min, max, step]: readonly [number, number, number],
): Amount {
  return { kind: "amount", name, words, unit, of, min, max, step };
}

/** What a person reads of a value: two decimals are the finest step there is. */
export function readable(setting: Amount, value: unknown): string {
  return typeof value === "number" ? String(Math.round((value / setting.of) * 100) / 100) : "";
}

/** The value that is meant, or null of what is none. */
export function meantBy(setting: Amount, text: string): number | null {
  const number = Number(text.replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(number) || number < setting.min || number > setting.max) return null;
  const value = number * setting.of;
  return setting.of < 1 ? Math.round(value * 1e6) / 1e6 : Math.round(value);
}
