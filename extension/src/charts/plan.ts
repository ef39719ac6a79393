/**
 * Which states a microstep leaves and enters: SCXML's algorithm (W3C Recommendation, appendix D), the part that goes by
 * the configuration alone. lossy/charts/plan.py is the same in Python.
 */

import type { Chart, Transition } from "./model";

type Histories = Readonly<Record<string, readonly string[]>>;

/** `leaving` has the innermost first, `entering` the outermost; `active` and `history` are what is so after it. */
export interface Plan {
  readonly taken: readonly Transition[];
  readonly leaving: readonly string[];
  readonly entering: readonly string[];
  readonly active: readonly string[];
  readonly history: Histories;
}

/** When a chart has seen more than these, all are forgotten and worked out anew, as in Python. */
const PLANS = 20_000;

interface Worked {
  readonly candidates: Map<string, Transition[][]>;
  readonly plans: Map<string, Plan>;
}

const worked = new WeakMap<Chart, Worked>();

/** None of it depends on data or time, so it is worked out once for each configuration. */
function workedOut(chart: Chart): Worked {
  let found = worked.get(chart);
  if (found === undefined || found.candidates.size + found.plans.size >= PLANS) {
    found = { candidates: new Map(), plans: new Map() };
    worked.set(chart, found);
  }
  return found;
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  let found = known.get(key);
  if (found === undefined) {
    found = make();
    known.set(key, found);
  }
  return found;
}

/** For each active atomic state, in document order, the transitions on `event` in the order they are to be tried. */
export function candidates(chart: Chart, active: readonly string[], event: string | null): Transition[][] {
  const key = [event ?? "", ...active].join("\0");
  return remember(workedOut(chart).candidates, key, () => heard(chart, active, event));
}

function heard(chart: Chart, active: readonly string[], event: string | null): Transition[][] {
  return active
    .filter((id) => chart.isAtomic(id))
    .map((id) => [id, ...chart.ancestors(id)].flatMap((each) => chart.transitions(each)))
    .map((each) => each.filter((transition) => transition.event === event))
    .filter((each) => each.length > 0);
}

/** The microstep that takes `picked`, less those that lose a conflict. */
export function plan(chart: Chart, active: readonly string[], picked: readonly Transition[], history: Histories): Plan {
  const key = [...active, "", ...picked.map(({ id }) => id), JSON.stringify(history)].join("\0");
  return remember(workedOut(chart).plans, key, () => planned(chart, active, picked, history));
}

function planned(chart: Chart, active: readonly string[], picked: readonly Transition[], history: Histories): Plan {
  const exits = (each: Transition): Set<string> => exitSet(chart, active, each, history);
  const taken: Transition[] = [];
  for (const transition of picked) {
    const rivals = taken.filter((other) => [...exits(transition)].some((id) => exits(other).has(id)));
    if (rivals.every((other) => chart.isInside(transition.source, other.source)))
      taken.splice(0, taken.length, ...taken.filter((other) => !rivals.includes(other)), transition);
  }
  const leaving = chart.inOrder(new Set(taken.flatMap((each) => [...exits(each)]))).reverse();
  const after = { ...history, ...remembered(chart, active, leaving) };
  const entering = chart.inOrder(entrySet(chart, taken, after));
  const left = active.filter((id) => !leaving.includes(id));
  return { taken, leaving, entering, active: chart.inOrder(new Set([...left, ...entering])), history: after };
}

/** What a chart enters at its start. */
export function initialPlan(chart: Chart): Plan {
  const entering = new Set<string>();
  addDescendants(chart, chart.file.initial, {}, entering);
  const all = chart.inOrder(entering);
  return { taken: [], leaving: [], entering: all, active: all, history: {} };
}

function exitSet(chart: Chart, active: readonly string[], transition: Transition, history: Histories): Set<string> {
  if (transition.targets.length === 0) return new Set();
  const around = domain(chart, transition, history);
  return new Set(active.filter((id) => chart.isInside(id, around)));
}

/** The innermost compound state (never a parallel one) around the source and every target. */
function domain(chart: Chart, transition: Transition, history: Histories): string | null {
  if (transition.internal) return transition.source;
  const targets = effective(chart, transition.targets, history);
  const isAround = (id: string): boolean =>
    chart.node(id).kind === "compound" && targets.every((target) => chart.isInside(target, id));
  return chart.ancestors(transition.source).find(isAround) ?? null;
}

/** The targets, with each history state replaced by what it stands for. */
function effective(chart: Chart, targets: readonly string[], history: Histories): string[] {
  return targets.flatMap((id) =>
    chart.isHistory(id) ? (known(history, id) ?? effective(chart, defaults(chart, id), history)) : [id],
  );
}

/** Ids come from files, and an object has more names than were put into it: `constructor`, `__proto__`. */
function known(history: Histories, id: string): readonly string[] | undefined {
  return Object.hasOwn(history, id) ? history[id] : undefined;
}

function defaults(chart: Chart, history: string): readonly string[] {
  const id = chart.node(history).default;
  return id === null ? [] : [id];
}

function remembered(chart: Chart, active: readonly string[], leaving: readonly string[]): Histories {
  const all = leaving.flatMap((state) => chart.node(state).children.map((child) => [state, child] as const));
  const kept = all.filter(([, child]) => chart.isHistory(child));
  return Object.fromEntries(
    kept.map(([state, child]) => [
      child,
      chart.node(child).kind === "deep"
        ? active.filter((id) => chart.isInside(id, state) && chart.isAtomic(id))
        : active.filter((id) => chart.node(id).parent === state),
    ]),
  );
}

// -- computeEntrySet ----------------------------------------------------------------------------------------------------

function entrySet(chart: Chart, taken: readonly Transition[], history: Histories): Set<string> {
  const entering = new Set<string>();
  for (const transition of taken.filter(({ targets }) => targets.length > 0)) {
    for (const target of transition.targets) addDescendants(chart, target, history, entering);
    const around = domain(chart, transition, history);
    for (const target of effective(chart, transition.targets, history))
      addAncestors(chart, target, around, history, entering);
  }
  return entering;
}

function addDescendants(chart: Chart, id: string, history: Histories, entering: Set<string>): void {
  const node = chart.node(id);
  if (chart.isHistory(id)) {
    const kept = known(history, id) ?? [];
    const targets = kept.length > 0 ? kept : defaults(chart, id);
    for (const target of targets) addDescendants(chart, target, history, entering);
    for (const target of targets) addAncestors(chart, target, node.parent, history, entering);
    return;
  }
  entering.add(id);
  if (node.kind === "parallel") addRegions(chart, id, history, entering);
  else if (node.initial !== null) {
    addDescendants(chart, node.initial, history, entering);
    addAncestors(chart, node.initial, id, history, entering);
  }
}

function addAncestors(chart: Chart, id: string, upTo: string | null, history: Histories, entering: Set<string>): void {
  for (const ancestor of chart.ancestors(id)) {
    if (ancestor === upTo) return;
    entering.add(ancestor);
    if (chart.node(ancestor).kind === "parallel") addRegions(chart, ancestor, history, entering);
  }
}

function addRegions(chart: Chart, id: string, history: Histories, entering: Set<string>): void {
  for (const region of chart.regions(id))
    if (![...entering].some((other) => other === region || chart.isInside(other, region)))
      addDescendants(chart, region, history, entering);
}
