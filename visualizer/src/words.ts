/** How the page words what a chart says. */

import type { Action, ChartFile, Transition } from "../../extension/src/charts/model.js";
import { duration, spaced, titled } from "./dom.js";
import type { View } from "./document.js";
import type { Moment } from "./simulation.js";

export const SEND = "send";

export function eventWords(event: string | null, view: View): string {
  if (event === null) return "at once";
  if (event === "") return "start";
  const [kind, id] = [event.slice(0, event.indexOf(".")), event.slice(event.indexOf(".") + 1)];
  if (kind === "after") return `after ${delayWords(id, view)} in ${titled(id)}`;
  if (kind === "done" || kind === "failed") return `${titled(id)} ${kind}`;
  return spaced(event);
}

export function delayWords(state: string, view: View): string {
  const delay = view.chart.states.find(({ id }) => id === state)?.timer?.delay;
  if (delay === undefined) return "";
  const ms = view.delays[delay];
  return ms === undefined ? spaced(delay) : `${spaced(delay)} ${duration(ms)}`;
}

export function actionWords({ name, args }: Pick<Action, "name" | "args">): string {
  if (name === SEND) return `send ${spaced(String(args["event"]))} to ${spaced(String(args["to"]))}`;
  const values = Object.values(args).map((value) => (typeof value === "object" ? JSON.stringify(value) : spaced(String(value))));
  return [spaced(name), ...values].join(" ");
}

/** What it does and where it leads; why stands elsewhere. */
export function transitionWords(transition: Transition, view: View): string {
  const guard = transition.guard === null ? (isElse(transition, view.chart) ? " [else]" : "") : ` [${spaced(transition.guard)}]`;
  const actions = transition.do.length > 0 ? ` / ${transition.do.map(actionWords).join(", ")}` : "";
  const to = transition.targets.length > 0 ? ` → ${transition.targets.map(titled).join(", ")}` : "";
  return `${eventWords(transition.event, view)}${guard}${actions}${to || (actions ? "" : " / nothing")}`;
}

function isElse({ id, source, event }: Transition, chart: ChartFile): boolean {
  return chart.transitions.findIndex((each) => each.source === source && each.event === event) <
    chart.transitions.findIndex((each) => each.id === id);
}

export function transitionOf(view: View, id: string): Transition | undefined {
  return view.chart.transitions.find((each) => each.id === id);
}

/** Who sends an event, with what the file says of it. */
export function senders(event: string, chart: ChartFile): [string, string][] {
  return Object.entries(chart.hears).flatMap(([who, events]) => {
    const words = Object.hasOwn(events, event) ? events[event] : undefined;
    return words === undefined ? [] : [[who, words] as [string, string]];
  });
}

export function performer(effect: Pick<Action, "name" | "args">, chart: ChartFile): string {
  if (effect.name === SEND) return `chart ${String(effect.args["to"] ?? "")}`.trim();
  return Object.entries(chart.effects).find(([, names]) => Object.hasOwn(names, effect.name))?.[0] ?? "";
}

export const MACHINERY: ReadonlySet<string> = new Set(["start_timer", "stop_timer", "start_work", "stop_work"]);

export function innermost({ active }: Moment, chart: { isAtomic(id: string): boolean }): string[] {
  return active.filter((id) => chart.isAtomic(id)).map(titled);
}

/** To the minute, in UTC. */
export function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Times before this are counted from the beginning of a run, as a simulator does. */
const YEAR_MS = 365 * 24 * 3_600_000;

export function isWall(at: number): boolean {
  return at > YEAR_MS;
}

/** A moment of a simulation by its own clock, of a session by the wall's, in UTC. */
export function clock(at: number, isSession: boolean): string {
  if (isSession) return new Date(at).toISOString().slice(11, 23);
  return at === 0 ? "0 s" : duration(at);
}
