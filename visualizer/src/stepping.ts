/** What can happen now: every event that is heard here, with each way that it can go, and the guards to set. */

import type { Chart, Event } from "../../extension/src/charts/model.js";
import { nextTimer } from "../../extension/src/charts/step.js";
import { duration, el, replace, spaced, titled } from "./dom.js";
import type { Review } from "./review.js";
import { heldWords } from "./sessions.js";
import { type Outcome, eventAt, outcomes, possible } from "./simulation.js";
import { clock, eventWords, innermost, isWall, senders, transitionOf, transitionWords } from "./words.js";

export function renderStepping(container: HTMLElement, review: Review): void {
  const { moment, chart } = review;
  replace(
    container,
    el("h2", { class: "now" }, innermost(moment, chart).join(" · ") || "Not known"),
    moment.fault !== "" && el("p", { class: "fault" }, moment.fault),
    review.trace ? ofSession(review) : el("div", {}, ...controls(review)),
  );
}

function ofSession(review: Review): HTMLElement {
  const { moment } = review;
  const taken = moment.taken.map((id) => transitionOf(review.view, id)).filter((each) => each !== undefined);
  return el(
    "div",
    {},
    el("p", {}, `Entry ${moment.n ?? 0}, ${clock(moment.at, true)}${isWall(moment.at) ? " UTC" : " from the beginning"}: ${spaced(moment.event) || "start"}`),
    review.trace && heldWords(review.trace),
    el("ul", { class: "plain" }, ...taken.map((each) => el("li", {}, transitionWords(each, review.view)))),
    el("button", { type: "button", class: "second", "data-key": "leave", onclick: () => review.go({ session: "", step: 0 }) }, "Leave the session"),
  );
}

function controls(review: Review): HTMLElement[] {
  const { moment, chart, place } = review;
  if (moment.state === null) return [];
  const events = possible(chart, moment.state).filter((event) => place.filter === "" || event === place.filter);
  const timers = events.filter((event) => event.startsWith("after."));
  const others = events.filter((event) => !timers.includes(event));
  const ended = events.length === 0 && place.filter === "";
  return [
    el("p", { class: "hint" }, ended ? "Nothing moves any more." : "Choose what happens. Where a guard is asked, choose how it answers."),
    ...(timers.length > 0 ? [running(review, timers)] : []),
    ...grouped(review, others),
    toggles(review),
  ];
}

/** By who sends them. */
function grouped(review: Review, events: readonly string[]): HTMLElement[] {
  const groups = new Map<string, string[]>();
  for (const event of events) {
    const who = senders(event, review.view.chart)[0]?.[0] ?? "answers of work";
    groups.set(who, [...(groups.get(who) ?? []), event]);
  }
  return [...groups].map(([who, those]) =>
    el("section", {}, el("h3", {}, who), el("ul", { class: "events" }, ...those.map((event) => row(review, event)))),
  );
}

function running(review: Review, timers: readonly string[]): HTMLElement {
  const { state, at } = review.moment;
  const next = state === null ? null : nextTimer(state);
  const due = (event: string): number => review.moment.timers[event.slice("after.".length)] ?? at;
  const sorted = timers.toSorted((one, other) => due(one) - due(other));
  const rows = sorted.map((event) => row(review, event, `${event === next?.event ? "next, " : ""}in ${duration(Math.max(0, due(event) - at))}`));
  return el("section", {}, el("h3", {}, "Timers that run"), el("ul", { class: "events" }, ...rows));
}

function row(review: Review, event: string, aside = ""): HTMLElement {
  const { state, at } = review.moment;
  const ways = state === null ? [] : known(review.chart, state, eventAt(state, at, event));
  const words = senders(event, review.view.chart).map(([, said]) => said).join("; ");
  const send = el(
    "button",
    { type: "button", class: "event", "data-key": `event ${event}`, title: words, onclick: () => review.act({ event, holds: [...review.holds] }) },
    eventWords(event, review.view),
    aside !== "" && el("small", {}, aside),
  );
  return el("li", {}, send, ways.length > 1 && el("ul", { class: "ways" }, ...ways.map((each) => way(review, event, each))));
}

/** The page is drawn again for every key that is pressed, and an event has dozens of ways. */
const ways = new WeakMap<Chart, Map<string, Outcome[]>>();
const KEPT = 500;

function known(chart: Chart, state: Parameters<typeof outcomes>[1], event: Event): Outcome[] {
  let of = ways.get(chart);
  if (of === undefined || of.size >= KEPT) ways.set(chart, (of = new Map()));
  const key = JSON.stringify([state.active, state.history, state.deadlines, event]);
  const found = of.get(key) ?? outcomes(chart, state, event);
  of.set(key, found);
  return found;
}

function way(review: Review, event: string, outcome: Outcome): HTMLElement {
  // Those that decline are a dozen sometimes, and no two ways differ by them alone.
  const asked = outcome.holds.map(spaced).join(", ") || "else";
  const declined = outcome.declines.map(spaced).join(", ");
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "way", title: declined === "" ? null : `and not ${declined}`, "data-key": `way ${event} ${outcome.holds.join("+")}`, onclick: () => review.act({ event, holds: outcome.holds }) },
      el("span", { class: "guard" }, `[${asked}]`),
      ` ${leadsTo(review, outcome)}`,
    ),
  );
}

/** The states that are entered, or what is done where none is. */
function leadsTo(review: Review, { stepped }: Outcome): string {
  const before = new Set(review.moment.active);
  const entered = stepped.state.active.filter((id) => !before.has(id) && review.chart.isAtomic(id));
  if (entered.length > 0) return `→ ${entered.map(titled).join(", ")}`;
  const does = stepped.taken.flatMap((id) => transitionOf(review.view, id)?.do ?? []).map(({ name }) => spaced(name));
  return does.length > 0 ? `/ ${does.join(", ")}` : "/ nothing";
}

function toggles(review: Review): HTMLElement {
  const guards = [...new Set(review.view.chart.transitions.flatMap(({ guard }) => (guard === null ? [] : [guard])))].sort();
  const boxes = guards.map((guard) =>
    el(
      "label",
      { class: "toggle", title: review.view.rules[guard] ?? "" },
      el("input", { type: "checkbox", "data-key": `guard ${guard}`, checked: review.holds.has(guard), onchange: () => toggle(review, guard) }),
      spaced(guard),
    ),
  );
  return el(
    "details",
    { class: "guards", open: review.holds.size > 0 },
    el("summary", { "data-key": "guards" }, `Guards that hold (${review.holds.size} of ${guards.length})`),
    el("p", { class: "hint" }, "An event chosen by its name goes by these."),
    el("div", { class: "toggles" }, ...boxes),
  );
}

function toggle(review: Review, guard: string): void {
  const holds = new Set(review.holds);
  if (!holds.delete(guard)) holds.add(guard);
  review.holds = holds;
  review.tell();
}
