/**
 * Flags: who has a capability and who has not, and why. The same rules as lossy/domain/flags.py, held to the same
 * vectors (extension/generated/flag_vectors.json); docs/reference/flags.md says what they are. The words are OpenFeature's.
 */

export type Reason = "DISABLED" | "TARGETING_MATCH" | "STATIC" | "SPLIT" | "DEFAULT";
export type Gate = "kill" | "actor" | "group" | "boolean" | "percentage";

/** What is set of a flag. `share` is of BUCKETS; null is a gate that is not set. */
export interface Flag {
  readonly key: string;
  readonly default: boolean;
  readonly killed: boolean;
  readonly actors: Readonly<Record<string, boolean>>;
  readonly groups: Readonly<Record<string, boolean>>;
  readonly boolean: boolean | null;
  readonly share: number | null;
}

/** Whom a flag is asked for: an id, as text, and the names of their groups. */
export interface Actor {
  readonly id: string;
  readonly groups: readonly string[];
}

/** `group` is the one that decided, by its name the first; `bucket` is known where the percentage decided. */
export interface Evaluation {
  readonly value: boolean;
  readonly variant: "on" | "off";
  readonly reason: Reason;
  readonly gate: Gate | null;
  readonly group: string | null;
  readonly bucket: number | null;
}

/** A percentage in hundredths. */
export const BUCKETS = 10_000;

/** Gate by gate; the first that is set for somebody decides. */
export function evaluate(flag: Flag, actor: Actor): Evaluation {
  if (flag.killed) return answer(false, "DISABLED", "kill");
  const own = valueIn(flag.actors, actor.id);
  if (own !== undefined) return answer(own, "TARGETING_MATCH", "actor");
  const group = deciding(flag, actor);
  if (group !== undefined) return { ...answer(flag.groups[group] === true, "TARGETING_MATCH", "group"), group };
  if (flag.boolean !== null) return answer(flag.boolean, "STATIC", "boolean");
  if (flag.share === null) return answer(flag.default, "DEFAULT", null);
  const bucket = bucketOf(flag.key, actor.id);
  return { ...answer(bucket < flag.share, "SPLIT", "percentage"), bucket };
}

function answer(value: boolean, reason: Reason, gate: Gate | null): Evaluation {
  return { value, variant: value ? "on" : "off", reason, gate, group: null, bucket: null };
}

/** Off goes before on: what one list takes away because it does harm, another must not give. */
function deciding(flag: Flag, actor: Actor): string | undefined {
  const mine = actor.groups.filter((group) => valueIn(flag.groups, group) !== undefined).sort();
  return mine.find((group) => flag.groups[group] === false) ?? mine[0];
}

/** Ids come from others, and an object has more names than were put into it: `constructor`, `__proto__`. */
function valueIn(gates: Readonly<Record<string, boolean>>, name: string): boolean | undefined {
  return Object.hasOwn(gates, name) ? gates[name] : undefined;
}

/** Which part of all people somebody is in, for one flag: 0 to BUCKETS - 1, and always the same. */
export function bucketOf(key: string, actor: string): number {
  return murmur3(new TextEncoder().encode(`${key}/${actor}`)) % BUCKETS;
}

/** MurmurHash3 (x86, 32 bits, seed 0). */
export function murmur3(bytes: Uint8Array): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let mixed = 0;
  for (let at = 0; at < whole; at += 4) {
    mixed ^= scrambled(words.getInt32(at, true));
    mixed = (Math.imul(rotated(mixed, 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at -= 1) tail = (tail << 8) | words.getUint8(at);
  return finished(mixed ^ scrambled(tail) ^ bytes.length);
}

function scrambled(block: number): number {
  return Math.imul(rotated(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function finished(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
