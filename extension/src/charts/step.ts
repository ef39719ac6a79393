/**
 * One pure function that advances a chart, as lossy/charts/step.py does, for charts without history and work. Both are
 * held to the same vectors (generated/chart_vectors.json).
 */

import type { Action, Chart, Data, Event, Node, Transition } from "./chart";

/** A chart that still moves after so many microsteps for one event has an endless loop. */
const MICROSTEPS = 100;
const AFTER = "after.";

/** `deadlines`: by state whose timer runs, the instant at which it is due. */
export interface State {
  readonly active: ReadonlySet<string>;
  readonly data: Data;
  readonly deadlines: Readonly<Record<string, number>>;
}

/** Something to be done outside, because of `event`, with the data of that point of the step. */
export interface Effect {
  readonly name: string;
  readonly args: Data;
  readonly event: Event;
  readonly data: Data;
}

export interface Stepped {
  readonly state: State;
  readonly effects: readonly Effect[];
  readonly taken: readonly string[];
}

export function start(chart: Chart, data: Data, at: number): Stepped {
  const run = new Run(chart, { active: new Set(), data, deadlines: {} }, { name: "", at, payload: {} });
  run.begin();
  run.settle();
  return run.result();
}

/** One macrostep; the very same state comes back when no transition was enabled. A timer that is due is spent. */
export function step(chart: Chart, state: State, event: Event): Stepped {
  const before = event.name.startsWith(AFTER) ? spent(state, event.name.slice(AFTER.length)) : state;
  if (before === null) return { state, effects: [], taken: [] };
  const run = new Run(chart, before, event);
  if (!chart.alphabet.has(event.name) || !run.take(event.name)) return { state: before, effects: [], taken: [] };
  run.settle();
  return run.result();
}

/** When the next timer is due and the event it will be; of two at one instant, the first by name. */
export function nextTimer({ deadlines }: State): { readonly at: number; readonly name: string } | null {
  const due = Object.entries(deadlines).sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  const [first] = due;
  return first === undefined ? null : { at: first[1], name: AFTER + first[0] };
}

function spent(state: State, timer: string): State | null {
  if (!(timer in state.deadlines)) return null;
  const { [timer]: _due, ...deadlines } = state.deadlines;
  return { ...state, deadlines };
}

/** One macrostep. Mutable inside, invisible outside. */
class Run {
  private readonly active: Set<string>;
  private data: Data;
  private deadlines: Readonly<Record<string, number>>;
  private readonly effects: Effect[] = [];
  private readonly taken: string[] = [];
  private readonly raised: string[] = [];

  constructor(
    private readonly chart: Chart,
    state: State,
    private event: Event,
  ) {
    this.active = new Set(state.active);
    this.data = state.data;
    this.deadlines = state.deadlines;
  }

  result(): Stepped {
    const { active, data, deadlines, effects, taken } = this;
    return { state: { active, data, deadlines }, effects, taken };
  }

  begin(): void {
    const entering = new Set<string>();
    this.addDescendants(this.chart.exported.initial, entering);
    this.enter(entering);
  }

  settle(): void {
    for (let n = 0; n < MICROSTEPS; n += 1) {
      if (this.take(null)) continue;
      const name = this.raised.shift();
      if (name === undefined) return;
      this.event = { name, at: this.event.at, payload: {} };
      this.take(name);
    }
    throw new Error(`${this.chart.exported.name}: still moving after ${MICROSTEPS} microsteps`);
  }

  take(name: string | null): boolean {
    const picked = this.withoutConflicts(this.picked(name));
    if (picked.length === 0) return false;
    const leaving = new Set(picked.flatMap((transition) => [...this.exitSet(transition)]));
    const entering = new Set(picked.flatMap((transition) => [...this.entrySet(transition)]));
    for (const id of this.chart.inOrder(leaving).reverse()) this.exit(this.chart.node(id));
    for (const transition of picked) for (const action of transition.do) this.perform(action);
    for (const { id } of picked) this.taken.push(id);
    this.enter(entering);
    return true;
  }

  // -- which transitions ---------------------------------------------------------------------------------------------

  private picked(name: string | null): Transition[] {
    const picked: Transition[] = [];
    for (const id of this.chart.inOrder(this.active).filter((each) => this.chart.isAtomic(each))) {
      const heard = [id, ...this.chart.ancestors(id)].flatMap((at) => this.chart.transitions(at));
      const first = heard.find(({ event, guard }) => event === name && this.holds(guard));
      if (first !== undefined && !picked.includes(first)) picked.push(first);
    }
    return picked;
  }

  private holds(guard: string | null): boolean {
    return guard === null || this.chart.rules.guards[guard]?.(this.data as never, this.event as never) === true;
  }

  private withoutConflicts(picked: readonly Transition[]): Transition[] {
    let kept: Transition[] = [];
    for (const transition of picked) {
      const rivals = kept.filter((other) => overlap(this.exitSet(transition), this.exitSet(other)));
      if (rivals.every((other) => this.chart.inside(transition.source, other.source)))
        kept = [...kept.filter((other) => !rivals.includes(other)), transition];
    }
    return kept;
  }

  private exitSet(transition: Transition): Set<string> {
    if (transition.targets.length === 0) return new Set();
    const domain = this.domain(transition);
    return new Set([...this.active].filter((id) => this.chart.inside(id, domain)));
  }

  /** The innermost compound state (never a parallel one) around the source and every target. */
  private domain({ source, targets, internal }: Transition): string | null {
    if (internal) return source;
    const around = this.chart
      .ancestors(source)
      .find(
        (id) => this.chart.node(id).kind === "compound" && targets.every((target) => this.chart.inside(target, id)),
      );
    return around ?? null;
  }

  private entrySet(transition: Transition): Set<string> {
    const entering = new Set<string>();
    if (transition.targets.length === 0) return entering;
    const domain = this.domain(transition);
    for (const target of transition.targets) this.addDescendants(target, entering);
    for (const target of transition.targets) this.addAncestors(target, domain, entering);
    return entering;
  }

  private addDescendants(id: string, entering: Set<string>): void {
    const { kind, initial } = this.chart.node(id);
    entering.add(id);
    if (kind === "parallel") this.addRegions(id, entering);
    else if (initial !== null) {
      this.addDescendants(initial, entering);
      this.addAncestors(initial, id, entering);
    }
  }

  private addAncestors(id: string, domain: string | null, entering: Set<string>): void {
    for (const ancestor of this.chart.ancestors(id)) {
      if (ancestor === domain) return;
      entering.add(ancestor);
      if (this.chart.node(ancestor).kind === "parallel") this.addRegions(ancestor, entering);
    }
  }

  private addRegions(id: string, entering: Set<string>): void {
    for (const region of this.chart.node(id).children)
      if (![...entering].some((other) => other === region || this.chart.inside(other, region)))
        this.addDescendants(region, entering);
  }

  // -- what is done on the way ---------------------------------------------------------------------------------------

  private enter(entering: ReadonlySet<string>): void {
    for (const id of this.chart.inOrder(entering)) {
      const node = this.chart.node(id);
      this.active.add(id);
      for (const action of node.entry) this.perform(action);
      if (node.timer !== null) this.startTimer(id, node.timer.delay);
      if (node.kind === "final") this.finish(node);
    }
  }

  private exit(node: Node): void {
    if (node.timer !== null) {
      const { [node.id]: _due, ...deadlines } = this.deadlines;
      this.deadlines = deadlines;
      this.emit("stop_timer", { timer: node.id });
    }
    for (const action of node.exit) this.perform(action);
    this.active.delete(node.id);
  }

  private startTimer(timer: string, delay: string): void {
    const { delays } = this.data as { delays: Record<string, number> };
    const due = this.event.at + (delays[delay] ?? 0);
    this.deadlines = { ...this.deadlines, [timer]: due };
    this.emit("start_timer", { timer, due });
  }

  private finish({ parent }: Node): void {
    const name = `done.${parent}`;
    if (parent !== null && this.chart.alphabet.has(name)) this.raised.push(name);
  }

  private perform({ kind, name, args }: Action): void {
    if (kind === "effect") this.emit(name, args);
    else this.data = this.chart.rules.updates[name]?.(this.data as never, this.event as never, args as never) as Data;
  }

  private emit(name: string, args: Data): void {
    this.effects.push({ name, args, event: this.event, data: this.data });
  }
}

function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return [...one].some((id) => other.has(id));
}
