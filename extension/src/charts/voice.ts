/** The rules of the voice chart: its guards and updates, as in lossy/domain/voice.py, whose words say what each is. */

import type { Event, Rules } from "./model";

type By = "person" | "silence" | "context";
type Paused = { readonly at: number; readonly by: By } | null;

interface Segment {
  readonly device: unknown;
  readonly seq: unknown;
  readonly media_ms: unknown;
  readonly at: number;
  readonly refused: string | null;
}

export interface VoiceData {
  readonly delays: Readonly<Record<string, number>>;
  readonly limits: { readonly breaker_errors: number; readonly noise_floor: number };
  readonly auto_pause: boolean;
  readonly auto_resume: boolean;
  readonly owner: { readonly tab: unknown; readonly device: unknown } | null;
  readonly taken_by: unknown;
  readonly context_epoch: number;
  readonly devices: readonly unknown[];
  readonly segment: Segment | null;
  readonly quiet_from: number | null;
  readonly paused: Paused;
  readonly set_aside: { readonly paused: Paused } | null;
  readonly broken_at: number | null;
  readonly broken_until: number;
  readonly errors: readonly number[];
  readonly probing: boolean;
  readonly kept: number;
  readonly ignored: Readonly<Record<string, number>>;
  readonly refused: readonly (readonly [unknown, unknown])[];
  readonly metrics: Readonly<Record<string, unknown>>;
}

const REFUSED_KEPT = 100;
/** Spoken, these end a person's pause although nobody listens. */
const RESUMES = new Set(["resume", "resume recording", "resume listening", "start listening", "keep listening"]);
const POLITE = new Set("please okay ok uh um oh no actually now and lossy hey".split(" "));
const MOST_WORDS = 6;

export function initial(delays: Record<string, number>, limits: VoiceData["limits"]): VoiceData {
  return {
    delays: { ...delays, breaker_backoff: delays.breaker_first ?? 0 },
    limits,
    auto_pause: true,
    auto_resume: true,
    owner: null,
    taken_by: null,
    context_epoch: 0,
    devices: [],
    segment: null,
    quiet_from: null,
    paused: null,
    set_aside: null,
    broken_at: null,
    broken_until: 0,
    errors: [],
    probing: false,
    kept: 0,
    ignored: {},
    refused: [],
    metrics: {},
  };
}

function of(event: Event, name: string): unknown {
  return event.payload[name] ?? null;
}

function readOnly({ owner }: VoiceData, event: Event): boolean {
  return owner !== null && owner.device !== null && owner.device !== of(event, "device");
}

function inBackOff(data: VoiceData, { at }: Event): boolean {
  return data.broken_at !== null && data.broken_at <= at && at < data.broken_until;
}

function epochOf(data: VoiceData, event: Event): number {
  return (event.payload.epoch as number | undefined) ?? data.context_epoch;
}

/** What was set aside, where nobody else has had the microphone since. */
function regained({ set_aside }: VoiceData, event: Event): { readonly paused: Paused } | null {
  return event.payload.regained === true ? set_aside : null;
}

function resumes(text: string): boolean {
  const words = text.toLowerCase().match(/[a-z']+/g) ?? [];
  return words.length <= MOST_WORDS && RESUMES.has(words.filter((word) => !POLITE.has(word)).join(" "));
}

/** Why the open segment, ending now, is ignored; null to keep it. */
function verdict(data: VoiceData, end: Event): string | null {
  const { segment, delays, quiet_from } = data;
  if (segment === null) return "unstarted";
  if (segment.refused !== null) return segment.refused;
  if (((end.payload.probability as number | undefined) ?? 1) < data.limits.noise_floor) return "noise";
  const cooling = quiet_from !== null && quiet_from <= segment.at && end.at < quiet_from + (delays.cooldown ?? 0);
  if (cooling) return "cooldown";
  return end.at - segment.at < (delays.guard ?? 0) ? "short" : null;
}

function withoutDevice(data: VoiceData, event: Event): VoiceData {
  return { ...data, devices: data.devices.filter((device) => device !== of(event, "device")) };
}

function segmentOf(event: Event, refused: string | null): Segment {
  const [device, seq, media_ms] = [of(event, "device"), of(event, "seq"), of(event, "media_ms")];
  return { device, seq, media_ms, at: event.at, refused };
}

function ignored(data: VoiceData, reason: string): VoiceData {
  const { segment } = data;
  const counts = { ...data.ignored, [reason]: (data.ignored[reason] ?? 0) + 1 };
  const counted = { ...data, segment: null, ignored: counts };
  if (segment === null || reason === "unfinished") return counted;
  return { ...counted, refused: [...data.refused, [segment.device, segment.seq] as const].slice(-REFUSED_KEPT) };
}

function unfinished(data: VoiceData): VoiceData {
  return data.segment === null ? data : ignored(data, data.segment.refused ?? "unfinished");
}

function countError(data: VoiceData, { at }: Event): VoiceData {
  return { ...data, errors: [...data.errors, at].slice(-data.limits.breaker_errors) };
}

type Guard = (data: VoiceData, event: Event) => boolean;
type Update = (data: VoiceData, event: Event, args: { reason: string }) => VoiceData;

const guards: Record<string, Guard> = {
  owner: ({ owner }) => owner !== null,
  overtaken: (data, event) => epochOf(data, event) < data.context_epoch,
  goes_on: (data, event) => epochOf(data, event) >= data.context_epoch && regained(data, event)?.paused === null,
  read_only: readOnly,
  of_another_device: (data, event) =>
    data.segment === null ? readOnly(data, event) : data.segment.device !== of(event, "device"),
  others_there: (data, event) => withoutDevice(data, event).devices.length > 0,
  wakes: ({ owner, paused, auto_resume }, { at }) =>
    owner !== null && paused?.by === "silence" && (auto_resume || at < paused.at),
  falls_asleep: ({ auto_pause }) => auto_pause,
  sleeps_again: ({ auto_pause }, { payload }) => payload.auto_pause === true && !auto_pause,
  without_microphone: ({ owner }) => owner === null,
  not_started: ({ paused }) => paused === null,
  spoken_before_pause: ({ paused }, { at }) => paused !== null && at < paused.at,
  spoken_before_break: ({ broken_at }, { at }) => broken_at !== null && at < broken_at,
  keeps: (data, event) => verdict(data, event) === null,
  breaks: (data, event) => {
    if (inBackOff(data, event)) return false;
    const recent = data.errors.filter((at) => event.at - at < (data.delays.breaker_window ?? 0));
    return data.probing || recent.length + 1 >= data.limits.breaker_errors;
  },
  of_ignored_segment: ({ paused, refused }, event) => {
    if (paused?.by === "person" && resumes(String(event.payload.text ?? ""))) return false;
    return refused.some(([device, seq]) => device === of(event, "device") && seq === of(event, "segment"));
  },
  speaks: ({ segment }) => segment !== null,
  speaker_is_gone: ({ segment }, event) => segment !== null && segment.device === of(event, "device"),
};

const updates: Record<string, Update> = {
  open_segment: (data, event) => {
    const refused = inBackOff(data, event) ? "error" : null;
    return { ...unfinished(data), segment: segmentOf(event, refused) };
  },
  skip_segment: (data, event, { reason }) => ({ ...unfinished(data), segment: segmentOf(event, reason) }),
  turn_away: (data, event, { reason }) => ({
    ...ignored({ ...data, segment: segmentOf(event, reason) }, reason),
    segment: data.segment,
  }),
  refuse_segment: (data, _event, { reason }) =>
    data.segment === null ? data : { ...data, segment: { ...data.segment, refused: data.segment.refused ?? reason } },
  keep_segment: (data, { at }) => {
    const kept = { ...data, segment: null, quiet_from: at, kept: data.kept + 1 };
    const probed = data.probing && data.segment !== null && data.segment.at >= (data.broken_at ?? 0);
    if (!probed) return kept;
    const delays = { ...data.delays, breaker_backoff: data.delays.breaker_first ?? 0 };
    return { ...kept, delays, probing: false, errors: [] };
  },
  ignore_segment: (data, event) => ignored(data, verdict(data, event) ?? "unfinished"),
  abandon_segment: unfinished,
  pause_by_person: (data, { at }) => ({ ...data, paused: { at, by: "person" }, set_aside: null }),
  pause_by_silence: (data, { at }) =>
    data.paused !== null && data.paused.by !== "silence" ? data : { ...data, paused: { at, by: "silence" } },
  listen: (data, { at }) => ({ ...data, paused: null, broken_until: Math.min(data.broken_until, at) }),
  gain_context: (data, event) => {
    const owner = { tab: of(event, "tab"), device: of(event, "device") };
    const { paused } = regained(data, event) ?? data;
    return { ...data, context_epoch: epochOf(data, event), owner, taken_by: null, paused, set_aside: null };
  },
  set_aside: (data) => (data.owner === null ? data : { ...data, set_aside: { paused: data.paused } }),
  lose_context: (data, event) => ({
    ...data,
    context_epoch: epochOf(data, event),
    owner: null,
    taken_by: of(event, "by"),
    paused: { at: event.at, by: "context" },
  }),
  note_device: (data, event) => ({ ...data, devices: [...withoutDevice(data, event).devices, of(event, "device")] }),
  forget_device: withoutDevice,
  count_error: countError,
  trip_breaker: (data, event) => {
    const { breaker_backoff = 0, breaker_max = 0, breaker_first = 0 } = data.delays;
    const backoff = data.probing ? Math.min(2 * breaker_backoff, breaker_max) : breaker_first;
    const delays = { ...data.delays, breaker_backoff: backoff };
    const { at } = event;
    return { ...countError(data, event), delays, broken_at: at, broken_until: at + backoff, probing: true };
  },
  note_metrics: (data, { at, payload }) => ({ ...data, metrics: { at, ...payload } }),
  apply_settings: (data, { payload }) => ({
    ...data,
    auto_pause: (payload.auto_pause as boolean | undefined) ?? data.auto_pause,
    auto_resume: (payload.auto_resume as boolean | undefined) ?? data.auto_resume,
    delays: { ...data.delays, ...((payload.delays as Record<string, number> | undefined) ?? {}) },
  }),
};

/** All of them, by the names that the chart uses. */
export const VOICE_NAMES = { guards, updates };

export const VOICE_RULES: Rules<VoiceData> = {
  guard: ({ guard }, data, event) => guard !== null && guards[guard]?.(data, event) === true,
  update: ({ name, args }, data, event) => updates[name]?.(data, event, args as { reason: string }) ?? data,
  delay: (name, { delays }) => delays[name] ?? 0,
};
