/**
 * One pure function that advances a chart, the same as lossy/charts/step.py and held to the same vectors
 * (extension/generated/chart_vectors.json): no clock, no input or output, no callbacks but the rules that a chart names.
 */

import type { Action, Args, Chart, Effect, Event, Node, Rules, State, Transition } from "./model";
import { candidates, initialPlan, type Plan, plan } from "./plan";

/** A chart that still moves after so many microsteps for one event has an endless `always` loop. */
export const MICROSTEPS = 100;
export const AFTER = "after.";

export class Unsettled extends Error {}

/** `known` is whether the chart has ever heard of the event. */
export interface Stepped<D> {
  readonly state: State<D>;
  readonly effects: readonly Effect[];
  readonly taken: readonly string[];
  readonly known: boolean;
}

/** Enters the initial configuration at instant `at`. Throws Unsettled. */
export function start<D>(chart: Chart, rules: Rules<D>, data: D, at: number): Stepped<D> {
  const empty = { active: [], history: {}, data, deadlines: {} };
  const run = new Run(chart, rules, empty, { name: "", at, payload: {} });
  run.perform(initialPlan(chart));
  run.settle();
  return run.stepped(true);
}

/**
 * One macrostep. The very same state comes back when no transition was enabled. A timer that is due is the event
 * `after.<state>`; it is spent even when its guard declines. Throws Unsettled when the chart never comes to rest.
 */
export function step<D>(chart: Chart, rules: Rules<D>, state: State<D>, event: Event): Stepped<D> {
  const known = chart.alphabet.has(event.name);
  const still = (same: State<D>): Stepped<D> => ({ state: same, effects: [], taken: [], known });
  let before = state;
  if (event.name.startsWith(AFTER)) {
    const timer = event.name.slice(AFTER.length);
    if (!Object.hasOwn(state.deadlines, timer)) return still(state);
    before = { ...state, deadlines: without(state.deadlines, timer) };
  }
  const run = new Run(chart, rules, before, event);
  if (!(known && run.take(event.name))) return still(before);
  run.settle();
  return run.stepped(known);
}

/** When the next timer is due and the event it will be; of two at one instant, the first by name. */
export function nextTimer(state: State<unknown>): { readonly at: number; readonly event: string } | null {
  const due = Object.entries(state.deadlines).map(([id, at]) => ({ at, event: AFTER + id }));
  return due.sort((one, other) => one.at - other.at || (one.event < other.event ? -1 : 1))[0] ?? null;
}

function without<T>(all: Readonly<Record<string, T>>, id: string): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([each]) => each !== id));
}

/** One macrostep. Mutable inside, invisible outside. */
class Run<D> {
  private active: readonly string[];
  private history: State<D>["history"];
  private data: D;
  private deadlines: State<D>["deadlines"];
  private readonly effects: Effect[] = [];
  private readonly taken: string[] = [];
  private readonly raised: string[] = [];

  constructor(
    private readonly chart: Chart,
    private readonly rules: Rules<D>,
    state: State<D>,
    private event: Event,
  ) {
    ({ active: this.active, history: this.history, data: this.data, deadlines: this.deadlines } = state);
  }

  stepped(known: boolean): Stepped<D> {
    const { active, history, data, deadlines, effects, taken } = this;
    return { state: { active, history, data, deadlines }, effects, taken, known };
  }

  settle(): void {
    for (let microstep = 0; microstep < MICROSTEPS; microstep += 1) {
      if (this.take(null)) continue;
      const name = this.raised.shift();
      if (name === undefined) return;
      this.event = { name, at: this.event.at, payload: {} };
      this.take(name);
    }
    throw new Unsettled(`${this.chart.file.name}: still moving after ${MICROSTEPS} microsteps of ${this.event.name}`);
  }

  take(name: string | null): boolean {
    const tried = candidates(this.chart, this.active, name).map((each) => each.find((one) => this.holds(one)));
    const picked = [...new Set(tried.filter((one) => one !== undefined))];
    if (picked.length > 0) this.perform(plan(this.chart, this.active, picked, this.history));
    return picked.length > 0;
  }

  private holds(transition: Transition): boolean {
    return transition.guard === null || this.rules.guard(transition, this.data, this.event);
  }

  perform({ taken, leaving, entering, active, history }: Plan): void {
    this.history = history;
    this.taken.push(...taken.map(({ id }) => id));
    for (const id of leaving) this.leave(this.chart.node(id));
    for (const action of taken.flatMap((each) => each.do)) this.act(action);
    const entered = new Set(this.active.filter((id) => !leaving.includes(id)));
    for (const id of entering) this.enter(this.chart.node(id), entered.add(id));
    this.active = active;
  }

  private leave({ id, timer, during, exit }: Node): void {
    if (timer !== null) {
      this.deadlines = without(this.deadlines, id);
      this.emit("stop_timer", { timer: id });
    }
    if (during !== null) this.emit("stop_work", { state: id });
    for (const action of exit) this.act(action);
  }

  private enter(node: Node, active: ReadonlySet<string>): void {
    for (const action of node.entry) this.act(action);
    if (node.during !== null) this.emit("start_work", { work: node.during.name, state: node.id });
    if (node.timer !== null) {
      const due = this.event.at + this.rules.delay(node.timer.delay, this.data);
      this.deadlines = { ...this.deadlines, [node.id]: due };
      this.emit("start_timer", { timer: node.id, due });
    }
    if (node.kind === "final")
      this.raised.push(...this.finished(node, active).filter((name) => this.chart.alphabet.has(name)));
  }

  private act(action: Action): void {
    if (action.kind === "update") this.data = this.rules.update(action, this.data, this.event);
    else this.emit(action.name, action.args);
  }

  private emit(name: string, args: Args): void {
    this.effects.push({ name, args });
  }

  /** The names of the states that entering the final state completes. */
  private finished({ parent }: Node, active: ReadonlySet<string>): string[] {
    if (parent === null) return [];
    const outer = this.chart.node(parent).parent;
    const isWhole = outer !== null && this.chart.node(outer).kind === "parallel" && this.isFinal(outer, active);
    return [`done.${parent}`, ...(isWhole ? [`done.${outer}`] : [])];
  }

  private isFinal(id: string, active: ReadonlySet<string>): boolean {
    if (this.chart.node(id).kind === "parallel")
      return this.chart.regions(id).every((each) => this.isFinal(each, active));
    return this.chart.node(id).children.some((child) => this.chart.node(child).kind === "final" && active.has(child));
  }
}
