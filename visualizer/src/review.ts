/** The one thing that the page's parts share: where the reviewer is, and what follows from that. */

import { Chart } from "../../extension/src/charts/model.js";
import { format, NOWHERE, type Place, parse } from "./address.js";
import type { Counts, PageDocument, View } from "./document.js";
import type { Act, Moment } from "./simulation.js";
import { play } from "./simulation.js";
import { type Trace, traceMoments } from "./trace.js";

type Listener = (review: Review) => void;

function counted(label: string, moments: readonly Moment[]): Counts {
  const [transitions, states]: [Record<string, number>, Record<string, number>] = [{}, {}];
  for (const { taken, active } of moments) {
    for (const id of taken) transitions[id] = (transitions[id] ?? 0) + 1;
    for (const id of active) states[id] = (states[id] ?? 0) + 1;
  }
  return { label, transitions, states };
}

export class Review {
  place: Place = NOWHERE;
  view: View;
  chart: Chart;
  /** Of the simulation, or of the session that is looked at. */
  moments: readonly Moment[] = [];
  /** The guards that are set to hold, for an event that is sent as it is. */
  holds: ReadonlySet<string> = new Set();
  readonly traces = new Map<string, Trace>();
  readonly counts = new Map<string, Counts[]>(); // by chart, besides those in its view
  private readonly views = new Map<string, View>();
  private readonly listeners: Listener[] = [];

  constructor(
    readonly page: PageDocument,
    view: View,
    private readonly fetchView: (name: string) => Promise<View>,
  ) {
    this.view = view;
    this.chart = new Chart(view.chart);
    for (const each of [view, ...Object.values(page.views)]) this.views.set(each.chart.name, each);
  }

  listen(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Goes where a link leads, or stays at the first chart. */
  async open(fragment: string): Promise<void> {
    const place = parse(fragment);
    const name = this.page.charts.includes(place.chart) ? place.chart : (this.page.charts[0] ?? "");
    await this.show(name);
    this.place = { ...place, chart: name };
    this.settle();
  }

  /** Another chart, from its start. */
  async openChart(name: string): Promise<void> {
    await this.show(name);
    this.holds = new Set();
    const { panel, drawer, session, step } = this.place;
    // A session stays at its step: what happened on one chart is looked at on the other.
    this.place = { ...NOWHERE, chart: name, panel, drawer, session, step: this.trace ? step : 0 };
    this.settle();
    history.pushState(null, "", format(this.place));
  }

  private async show(name: string): Promise<void> {
    const view = this.views.get(name) ?? (await this.fetchView(name));
    this.views.set(name, view);
    this.view = view;
    this.chart = new Chart(view.chart);
  }

  /** Another view of the chart that is shown. */
  take(view: View): void {
    this.views.set(view.chart.name, view);
    this.view = view;
    this.chart = new Chart(view.chart);
  }

  go(change: Partial<Place>): void {
    this.place = { ...this.place, ...change };
    this.settle();
  }

  private settle(): void {
    this.moments = this.trace ? traceMoments(this.trace, this.view.chart) : play(this.chart, this.view.delays, this.place.events);
    history.replaceState(null, "", format(this.place));
    this.tell();
  }

  tell(): void {
    for (const listener of this.listeners) listener(this);
  }

  // -- what follows -------------------------------------------------------------------------------------------------

  get trace(): Trace | undefined {
    return this.place.session === "" ? undefined : this.traces.get(this.place.session);
  }

  /** How many moments there are to go through, the first not counted. */
  get length(): number {
    return this.moments.length - 1;
  }

  get step(): number {
    return Math.min(this.place.step, this.length);
  }

  get moment(): Moment {
    const moment = this.moments[this.step];
    if (moment === undefined) throw new Error("there is always a start");
    return moment;
  }

  get allCounts(): Counts[] {
    const own = this.place.events.length > 0 && !this.trace ? [this.ownCounts()] : [];
    const open = this.traces.size > 0 ? [this.traceCounts()] : [];
    return [...this.view.counts, ...(this.counts.get(this.place.chart) ?? []), ...open, ...own];
  }

  private ownCounts(): Counts {
    return counted("this simulation", this.moments.slice(0, this.step + 1));
  }

  /** Of every session that is open here: what a simulator's runs took, when their traces are opened together. */
  private traceCounts(): Counts {
    return counted("the sessions open here", [...this.traces.values()].flatMap((trace) => traceMoments(trace, this.view.chart)));
  }

  // -- what the reviewer does -----------------------------------------------------------------------------------------

  /** What came after the step shown is given up. A session is not ours to change. */
  act(...acts: readonly Act[]): void {
    if (this.trace || this.moment.state === null) return;
    const events = [...this.place.events.slice(0, this.step), ...acts];
    this.go({ events, step: events.length });
  }

  undo(): void {
    if (!this.trace && this.step > 0) this.go({ events: this.place.events.slice(0, this.step - 1), step: this.step - 1 });
  }

  restart(): void {
    this.go({ events: [], step: 0 });
  }

  select(id: string): void {
    this.go({ select: id });
  }

  fold(id: string): void {
    const { fold } = this.place;
    this.go({ fold: fold.includes(id) ? fold.filter((each) => each !== id) : [...fold, id] });
  }

  /** Whether something of the chart is called that: a state, or a transition. */
  knows(id: string): boolean {
    return this.chart.has(id) || this.view.chart.transitions.some((each) => each.id === id);
  }
}
