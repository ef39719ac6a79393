/** All that the file says of one state or transition, and what else is known of it. */

import type { Node, Transition } from "../../extension/src/charts/model.js";
import { type Child, duration, el, replace, spaced, titled } from "./dom.js";
import { noteCount } from "./notes.js";
import type { Review } from "./review.js";
import { actionWords, performer, senders, transitionOf, transitionWords } from "./words.js";
import { shortestWay } from "./ways.js";

export function renderAbout(container: HTMLElement, review: Review): void {
  const { place, chart, view } = review;
  const transition = transitionOf(view, place.select);
  if (transition) replace(container, ...ofTransition(review, transition));
  else if (chart.has(place.select)) replace(container, ...ofState(review, chart.node(place.select)));
  else replace(container, ...ofChart(review));
}

function ofChart({ view }: Review): Child[] {
  const { name, version, why, invariants } = view.chart;
  return [
    el("h2", {}, titled(name), el("small", {}, `version ${version}`)),
    el("p", {}, why),
    el("p", { class: "hint" }, "Choose a state or an arrow, in the picture or in the list of states, and all that is said of it stands here."),
    ...rows("What holds after every step", Object.entries(invariants).map(([id, words]) => [spaced(id), words])),
  ];
}

function ofState(review: Review, node: Node): Child[] {
  const { view, chart } = review;
  const own = view.chart.transitions.filter(({ source }) => source === node.id);
  const into = view.chart.transitions.filter(({ targets, source }) => targets.includes(node.id) && source !== node.id);
  const around = chart.ancestors(node.id).toReversed().map(titled).join(" › ");
  const regions = node.kind === "parallel" ? chart.regions(node.id) : [];
  return [
    el("h2", {}, titled(node.id), el("small", {}, around === "" ? node.kind : `${node.kind}, in ${around}`)),
    node.why !== "" && el("p", {}, node.why),
    ...rows("Does", [
      ...node.entry.map((action) => ["entry", actionLine(review, action)] as const),
      ...(node.during ? [["during", actionLine(review, node.during)] as const] : []),
      ...node.exit.map((action) => ["exit", actionLine(review, action)] as const),
    ]),
    ...timerRows(review, node),
    ...rows("Regions", regions.map((id) => [titled(id), chart.node(id).why])),
    node.initial !== null && el("p", {}, `Begins in ${titled(node.initial)}.`),
    node.default !== null && el("p", {}, `With nothing to remember: ${titled(node.default)}.`),
    ...links("Hears", own, review),
    ...links("Led to by", into, review),
    ...rows("Ignores on purpose", Object.entries(node.ignores).map(([event, why]) => [spaced(event), why])),
    actions(review, node.id),
  ];
}

function timerRows({ view }: Review, { timer }: Node): Child[] {
  if (timer === null) return [];
  const setting = view.settings.find(({ delay }) => delay === timer.delay);
  const ms = view.delays[timer.delay];
  return rows("Timer", [
    [spaced(timer.delay), ms === undefined ? "worked out by a rule" : duration(ms)],
    ["restored as", { absolute: "absolute: time went on while nobody ran it", remaining: "the time that it had left", restart: "the whole delay once more" }[timer.restore]],
    ...(setting ? [["setting", setting.variable] as const] : []),
  ]);
}

function ofTransition(review: Review, transition: Transition): Child[] {
  const { view } = review;
  const { event, guard, source, targets, internal, why } = transition;
  const who = event === null ? [] : senders(event, view.chart);
  return [
    el("h2", {}, transitionWords(transition, view), el("small", {}, transition.id)),
    why !== "" && el("p", {}, why),
    ...rows("Is", [
      ["from", stateButton(review, source)],
      ...targets.map((id) => ["to", stateButton(review, id)] as const),
      ...(targets.length === 0 ? [["to", "nowhere: the state is not left"] as const] : []),
      ...(internal ? [["internal", "the state around is not left"] as const] : []),
    ]),
    ...rows("Event", who.map(([sender, words]) => [sender, words])),
    ...rows("Guard", guard === null ? [] : [[spaced(guard), view.rules[guard] ?? ""]]),
    ...rows("Does", transition.do.map((action) => [action.kind, actionLine(review, action)])),
    ...countRows(review, transition.id),
    actions(review, transition.id),
  ];
}

function actionLine({ view }: Review, action: { name: string; args: Readonly<Record<string, unknown>> }): string {
  const who = performer(action, view.chart);
  const words = Object.values(view.chart.effects).map((names) => (Object.hasOwn(names, action.name) ? names[action.name] : undefined)).find(Boolean);
  const said = [words ?? view.rules[action.name], who && `by ${who}`].filter(Boolean).join("; ");
  return said ? `${actionWords(action)} (${said})` : actionWords(action);
}

function times(count: number): string {
  return count === 0 ? "never" : count === 1 ? "once" : `${count} times`;
}

function countRows(review: Review, id: string): Child[] {
  return rows("Taken in", review.allCounts.map(({ label, transitions }) => [label, times(transitions[id] ?? 0)]));
}

/** What can be done with what is selected. */
function actions(review: Review, id: string): HTMLElement {
  const filter = transitionOf(review.view, id)?.event;
  return el(
    "p",
    { class: "choices" },
    !review.trace && el("button", { type: "button", class: "second", "data-key": "way to", onclick: () => goThere(review, id) }, "Shortest way from the start"),
    el("button", { type: "button", class: "second", "data-key": "notes of", onclick: () => review.go({ panel: "notes" }) }, noteCount(review, id)),
    filter && el("button", { type: "button", class: "second", "data-key": "filter", onclick: () => review.go({ filter: review.place.filter === filter ? "" : filter }) },
      review.place.filter === filter ? "Show every event" : "Only this event"),
  );
}

export function goThere(review: Review, id: string): void {
  const [begun] = review.moments;
  if (begun?.state === null || begun === undefined) return;
  const acts = shortestWay(review.chart, begun.state, begun.at, id);
  if (acts === null) review.go({ drawer: "log" });
  else review.go({ events: acts, step: acts.length, drawer: "log" });
  announce(acts === null ? `No way to ${spaced(id)} was found.` : `${acts.length} events lead there.`);
}

export function announce(words: string): void {
  const line = document.getElementById("said");
  if (line) line.textContent = words;
}

function stateButton(review: Review, id: string): HTMLElement {
  return el("button", { type: "button", class: "quiet", "data-key": `about ${id}`, onclick: () => review.select(id) }, titled(id));
}

function links(heading: string, transitions: readonly Transition[], review: Review): Child[] {
  if (transitions.length === 0) return [];
  const items = transitions.map((each) =>
    el("li", {}, el("button", { type: "button", class: "quiet", "data-key": `about ${each.id}`, title: each.why, onclick: () => review.select(each.id) }, transitionWords(each, review.view))),
  );
  return [el("h3", {}, heading), el("ul", { class: "plain" }, ...items)];
}

function rows(heading: string, pairs: readonly (readonly [string, string | HTMLElement])[]): Child[] {
  if (pairs.length === 0) return [];
  return [el("h3", {}, heading), el("dl", {}, ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]))];
}
