/** A session as it went: read from a server's journal or from a file, one JSON value a line. */

import type { ChartFile } from "../../extension/src/charts/model.js";
import type { TraceStep } from "./document.js";
import type { Moment } from "./simulation.js";

export interface Trace {
  readonly id: string;
  readonly label: string;
  readonly steps: readonly TraceStep[];
  readonly live: boolean;
  /** Where it lives, where that is another server: then it comes from the journal, so much later than it happened. */
  readonly held?: Held;
  readonly behindMs?: number | null;
}

export interface Held {
  readonly session: string;
  readonly node: string;
  readonly url: string;
}

/** A night of reviewing; a longer trace is cut, and says so. */
export const STEPS = 20_000;

/** Throws with the number of the line that is none. */
export function readTrace(text: string): TraceStep[] {
  const steps: TraceStep[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    if (steps.length === STEPS) break;
    const value = parsed(line);
    if (isAside(value)) continue;
    if (!isStep(value)) throw new Error(`line ${i + 1} is no step of a trace`);
    steps.push(value);
  }
  return steps;
}

/** A simulator's trace tells of its servers, devices and faults as well. */
function isAside(value: unknown): boolean {
  const { kind = "step" } = (value ?? {}) as { kind?: unknown };
  return kind !== "step";
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isStep(value: unknown): value is TraceStep {
  if (typeof value !== "object" || value === null) return false;
  const { event, at, taken, states } = value as Record<string, unknown>;
  const stated = states === null || (typeof states === "object" && Object.values(states).every(Array.isArray));
  return typeof event === "string" && typeof at === "number" && Array.isArray(taken) && stated;
}

/** By session, in the order in which they begin. */
export function bySession(steps: readonly TraceStep[]): Map<string, TraceStep[]> {
  const found = new Map<string, TraceStep[]>();
  for (const step of steps) found.set(step.session, [...(found.get(step.session) ?? []), step]);
  return found;
}

/** What the session was for one kind of chart. A session has a link of each device; all of them are lit together. */
export function traceMoments({ steps }: Trace, { name, states: known }: ChartFile): Moment[] {
  const first = steps[0];
  const order = known.map(({ id }) => id);
  const begun: Moment = {
    event: "", at: first?.at ?? 0, holds: [], active: [], taken: [], effects: [], timers: {}, state: null, fault: "",
  };
  return [begun, ...steps.map((step) => moment(step, name, order))];
}

function moment(step: TraceStep, kind: string, order: readonly string[]): Moment {
  const active = new Set(Object.entries(step.states ?? {}).flatMap(([of, ids]) => (kindOf(of) === kind ? ids : [])));
  const timers = Object.entries(step.timers ?? {}).filter(([of]) => kindOf(of) === kind);
  return {
    event: step.event,
    at: step.at,
    holds: [],
    active: order.filter((id) => active.has(id)),
    taken: step.taken.filter((id) => kindOf(id) === kind).map((id) => id.slice(ofLength(id))),
    effects: (step.effects ?? []).map(([of, effect, args]) => ({ name: effect, args: args ?? {}, of })),
    timers: Object.assign({}, ...timers.map(([, due]) => due)),
    state: null,
    fault: step.states === null ? "The states are not known here: the charts were others then." : "",
    n: step.n,
    chart: step.chart,
  };
}

/** `reconnect:3f…` is one of the links of a session; `voice:idle/start/0` a transition of its voice. */
export function kindOf(name: string): string {
  return name.split(":", 1)[0] ?? name;
}

/** Where the id of a transition begins, behind the chart's name; a link's name has its device in it. */
function ofLength(taken: string): number {
  const device = /^[a-z_]+:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:/.exec(taken);
  return device ? device[0].length : taken.indexOf(":") + 1;
}
