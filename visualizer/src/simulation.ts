/** A chart clicked through: events one after the other, each with the guards that hold, and where all that leads. */

import { type Chart, type Effect, type Event, type Rules, type State, type Transition } from "../../extension/src/charts/model.js";
import { AFTER, type Stepped, start, step, Unsettled } from "../../extension/src/charts/step.js";

/** `holds` are the guards that hold; all others do not. The first act of a history has no event: it is the start. */
export interface Act {
  readonly event: string;
  readonly holds: readonly string[];
}

export type Delays = Readonly<Record<string, number>>;
type Here = State<Delays>;

/** One step, of a simulation or of a session: what happened, and what was so after it. `timers` are due instants. */
export interface Moment {
  readonly event: string;
  readonly at: number;
  readonly holds: readonly string[];
  readonly active: readonly string[];
  readonly taken: readonly string[];
  readonly effects: readonly (Effect & { readonly of?: string })[];
  readonly timers: Readonly<Record<string, number>>;
  readonly state: Here | null;
  readonly fault: string;
  readonly n?: number;
  readonly chart?: string;
}

/** Enough to go through any chart by hand; a link longer than that is not a review. */
export const ACTS = 500;

function rules(holds: (guard: string, transition: Transition) => boolean): Rules<Delays> {
  return {
    guard: (transition) => transition.guard === null || holds(transition.guard, transition),
    update: (_, data) => data,
    // A delay that a rule works out has no default; for a simulation any length will do.
    delay: (name, data) => data[name] ?? 0,
  };
}

/** When an event of a simulation happens: time passes only by timers. */
export function eventAt(state: Here, now: number, name: string): Event {
  const due = name.startsWith(AFTER) ? state.deadlines[name.slice(AFTER.length)] : undefined;
  return { name, at: Math.max(now, due ?? now), payload: {} };
}

/** The start, and a moment for each act; it ends where the chart never comes to rest. */
export function play(chart: Chart, delays: Delays, acts: readonly Act[]): Moment[] {
  const moments = [moment(begin(chart, delays, []), "", 0, [])];
  for (const act of acts.slice(0, ACTS)) {
    const last = moments.at(-1);
    if (last?.state === null || last === undefined) break;
    const event = eventAt(last.state, last.at, act.event);
    moments.push(settled(() => step(chart, rules(has(act.holds)), last.state as Here, event), event, act.holds, last));
  }
  return moments;
}

function begin(chart: Chart, delays: Delays, holds: readonly string[]): Stepped<Delays> {
  return start(chart, rules(has(holds)), delays, 0);
}

function has(holds: readonly string[]): (guard: string) => boolean {
  return (guard) => holds.includes(guard);
}

function moment({ state, effects, taken }: Stepped<Delays>, event: string, at: number, holds: readonly string[]): Moment {
  return { event, at, holds, active: state.active, taken, effects, timers: state.deadlines, state, fault: "" };
}

function settled(take: () => Stepped<Delays>, { name, at }: Event, holds: readonly string[], last: Moment): Moment {
  try {
    return moment(take(), name, at, holds);
  } catch (error) {
    if (!(error instanceof Unsettled)) throw error;
    return { ...last, event: name, at, holds, taken: [], effects: [], state: null, fault: error.message };
  }
}

// -- what may happen ----------------------------------------------------------------------------------------------------

/** One way that an event can go: the guards that were asked, what they answered, and what came of it. */
export interface Outcome {
  readonly holds: readonly string[];
  readonly declines: readonly string[];
  readonly stepped: Stepped<Delays>;
}

/** Of an event with more ways than these only the first are told; no chart here has more than a dozen. */
const OUTCOMES = 64;
/** So often a step is tried, with one more guard answered each time. */
const RUNS = 400;
/** How often one step may take a guarded transition. */
const ROUNDS = 2;

/** Thrown and caught at once, hundreds of times: no error, which would note down where it is each time. */
class Asked {
  constructor(readonly guard: string) {}
}

/** Every way that the event can go from here. A guard answers either way, the same throughout one step. */
export function outcomes(chart: Chart, state: Here, event: Event): Outcome[] {
  const found: Outcome[] = [];
  let runs = 0;
  const explore = (known: ReadonlyMap<string, boolean>): void => {
    runs += 1;
    if (found.length >= OUTCOMES || runs > RUNS) return;
    const held = new Map<string, number>();
    const answer = (guard: string, { id }: Transition): boolean => {
      const holds = known.get(guard);
      if (holds === undefined) throw new Asked(guard);
      const times = (held.get(id) ?? 0) + Number(holds);
      held.set(id, times);
      // As no data changes, what is taken so often never comes to rest.
      if (times > ROUNDS) throw new Unsettled(`${id} is taken again and again`);
      return holds;
    };
    try {
      const stepped = step(chart, rules(answer), state, event);
      const answers = [...known];
      found.push({ holds: named(answers, true), declines: named(answers, false), stepped });
    } catch (error) {
      if (error instanceof Unsettled) return;
      if (!(error instanceof Asked)) throw error;
      // What goes round for ever does so by guards that hold: the ways that come to rest are found first.
      explore(new Map([...known, [error.guard, false]]));
      explore(new Map([...known, [error.guard, true]]));
    }
  };
  explore(new Map());
  return found;
}

function named(asked: readonly (readonly [string, boolean])[], held: boolean): string[] {
  return asked.filter(([, answer]) => answer === held).map(([guard]) => guard);
}

/** The events that can find the chart here and are heard: from outside, answers of work that runs, timers that run. */
export function possible(chart: Chart, state: Here): string[] {
  if (chart.hasEnded(state.active)) return [];
  const heard = state.active.flatMap((id) => chart.transitions(id).map(({ event }) => event));
  return [...new Set(heard)].filter((event): event is string => event !== null && canCome(chart, state, event));
}

function canCome(chart: Chart, state: Here, event: string): boolean {
  const [kind, id] = [event.slice(0, event.indexOf(".")), event.slice(event.indexOf(".") + 1)];
  if (kind === "after") return Object.hasOwn(state.deadlines, id);
  if (kind !== "done" && kind !== "failed") return true;
  return chart.has(id) && chart.node(id).during !== null && state.active.includes(id);
}
