/** The chart as tables: what becomes of each event in each state, with its holes; and every timer. */

import { type Child, duration, el, replace, spaced, titled } from "./dom.js";
import type { Cell, View } from "./document.js";
import type { Review } from "./review.js";
import { delayWords, transitionOf, transitionWords } from "./words.js";

const SIGNS = { handled: "●", guarded: "◐", ignored: "–", forgotten: "?", elsewhere: "" } as const;
const WORDS = {
  handled: "handled",
  guarded: "only under a guard; otherwise nothing happens",
  ignored: "ignored on purpose",
  forgotten: "forgotten: a hole",
  elsewhere: "no concern of this state",
} as const;

export function renderTable(container: HTMLElement, review: Review): void {
  const { table } = review.view;
  const regions = [...new Set(table.states.map((state) => table.regions[state] ?? null))];
  const holes = table.states.flatMap((state) => table.events.filter((event) => cell(review.view, state, event).fate === "forgotten"));
  replace(
    container,
    el("p", { class: "hint" }, `${holes.length === 0 ? "No holes." : `${holes.length} holes.`} ● handled · ◐ only under a guard · – ignored on purpose · ? forgotten · ^ a state around it does`),
    ...regions.map((region) => ofRegion(review, region)),
  );
}

function cell(view: View, state: string, event: string): Cell {
  return view.table.cells[state]?.[event] ?? { fate: "elsewhere", at: null, why: "", transitions: [] };
}

function ofRegion(review: Review, region: string | null): HTMLElement {
  const { table } = review.view;
  const states = table.states.filter((state) => (table.regions[state] ?? null) === region);
  const events = table.events.filter((event) => states.some((state) => cell(review.view, state, event).fate !== "elsewhere"));
  const filtered = review.place.filter === "" ? events : events.filter((event) => event === review.place.filter);
  return el(
    "div",
    { class: "wide", tabindex: 0, role: "region", "aria-label": `Events of ${titled(region ?? review.place.chart)}` },
    el(
      "table",
      {},
      el("caption", {}, region === null ? titled(review.place.chart) : `Region ${titled(region)}`),
      el("thead", {}, el("tr", {}, el("td", {}), ...states.map((state) => head(review, state)))),
      el("tbody", {}, ...filtered.map((event) => el("tr", {}, eventHead(review, event), ...states.map((state) => fate(review, state, event))))),
    ),
  );
}

function head(review: Review, state: string): HTMLElement {
  const isActive = review.moment.active.includes(state);
  return el("th", { scope: "col", class: isActive ? "is-active" : "" }, choose(review, state, titled(state)));
}

function eventHead(review: Review, event: string): HTMLElement {
  return el("th", { scope: "row" }, el("button", { type: "button", class: "quiet", "data-key": `row ${event}`, onclick: () => review.go({ filter: review.place.filter === event ? "" : event }) }, spaced(event)));
}

function fate(review: Review, state: string, event: string): HTMLElement {
  const { fate, at, why, transitions } = cell(review.view, state, event);
  const sign = SIGNS[fate] + (fate !== "elsewhere" && at !== null && at !== state ? "^" : "");
  const said = [WORDS[fate], why, ...transitions.map((id) => words(review, id))].filter(Boolean).join(". ");
  const [first] = transitions;
  const name = el("span", { class: "unseen" }, fate === "elsewhere" ? "" : said);
  const content: Child[] = first === undefined ? [sign, name] : [choose(review, first, sign, `${state} ${event}`, said)];
  return el("td", { class: `fate-${fate}`, title: said }, ...content);
}

function words(review: Review, id: string): string {
  const transition = transitionOf(review.view, id);
  return transition ? transitionWords(transition, review.view) : id;
}

function choose(review: Review, id: string, label: string, key = id, said = ""): HTMLElement {
  return el("button", { type: "button", class: "quiet", "data-key": `cell ${key}`, "aria-label": said || null, onclick: () => review.go({ select: id, panel: "about" }) }, label);
}

export function renderTimers(container: HTMLElement, review: Review): void {
  const { view, moment } = review;
  const timed = view.chart.states.filter(({ timer }) => timer !== null);
  if (timed.length === 0) return replace(container, el("p", { class: "hint" }, "This chart has no timers."));
  const rows = timed.map(({ id, timer }) => {
    const setting = view.settings.find(({ delay }) => delay === timer?.delay);
    const then = view.chart.transitions.filter(({ event }) => event === `after.${id}`).map((each) => transitionWords(each, view));
    const due = moment.timers[id];
    const isRunning = due !== undefined;
    return el(
      "tr",
      { class: isRunning ? "is-active" : "" },
      el("th", { scope: "row" }, choose(review, id, titled(id), `timer ${id}`)),
      el("td", {}, delayWords(id, view)),
      el("td", {}, timer?.restore ?? ""),
      el("td", {}, setting ? `${setting.variable}: ${setting.help}` : "worked out by a rule"),
      el("td", {}, then.join("; ")),
      el("td", {}, isRunning ? `due in ${duration(Math.max(0, due - moment.at))}` : ""),
    );
  });
  const heads = ["state", "delay", "after a restart", "setting", "then", "now"];
  replace(
    container,
    el(
      "div",
      { class: "wide", tabindex: 0, role: "region", "aria-label": "Timers" },
      el("table", { class: "timers" }, el("thead", {}, el("tr", {}, ...heads.map((each) => el("th", { scope: "col" }, each)))), el("tbody", {}, ...rows)),
    ),
  );
}
