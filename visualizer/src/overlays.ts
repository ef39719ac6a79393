/** What lies over the picture: how often each transition was taken, or what has changed since another version. */

import { type Child, el, replace, spaced } from "./dom.js";
import type { Counts, View } from "./document.js";
import { ask } from "./server.js";
import type { Review } from "./review.js";
import { minute, transitionOf, transitionWords } from "./words.js";

export function renderOverlays(container: HTMLElement, review: Review): void {
  const { place } = review;
  const counts = review.allCounts;
  const labels = counts.map(({ label }) => label);
  const chosen = counts.find(({ label }) => label === place.overlay);
  replace(
    container,
    el("h2", {}, "Over the picture"),
    el(
      "fieldset",
      {},
      el("legend", {}, "Show how often each transition was taken in"),
      ...["", ...labels].map((label) => choice(review, label)),
    ),
    review.page.online?.admin && el("button", { type: "button", class: "second", "data-key": "heat", onclick: () => void loadHeat(review) }, "Ask the journal again"),
    ...(chosen ? covered(review, chosen) : []),
  );
}

function choice(review: Review, label: string): HTMLElement {
  const input = el("input", { type: "radio", name: "overlay", checked: review.place.overlay === label, "data-key": `overlay ${label}`, onchange: () => review.go({ overlay: label }) });
  return el("label", { class: "toggle" }, input, label === "" ? "nothing" : label);
}

function covered(review: Review, counts: Counts): Child[] {
  const { transitions, states } = review.view.chart;
  const taken = transitions.filter(({ id }) => (counts.transitions[id] ?? 0) > 0);
  const never = transitions.filter(({ id }) => !counts.transitions[id]);
  const sorted = taken.toSorted((one, other) => (counts.transitions[other.id] ?? 0) - (counts.transitions[one.id] ?? 0));
  const seen = counts.states;
  const proper = states.filter(({ kind }) => kind !== "shallow" && kind !== "deep");
  return [
    counts.source !== undefined && el("p", { class: "hint" }, `${counts.source}${counts.at === undefined ? "" : `, written ${minute(counts.at)}`}`),
    el("p", {}, `${taken.length} of ${transitions.length} transitions`, seen ? `, ${proper.filter(({ id }) => seen[id]).length} of ${proper.length} states` : "", "."),
    el("h3", {}, "Most often"),
    list(review, sorted.map(({ id }) => [id, String(counts.transitions[id] ?? 0)])),
    el("h3", {}, "Never"),
    never.length === 0 ? el("p", { class: "hint" }, "Every transition was taken.") : list(review, never.map(({ id }) => [id, ""])),
  ];
}

function list(review: Review, rows: readonly (readonly [string, string])[]): HTMLElement {
  const items = rows.map(([id, count]) => {
    const transition = transitionOf(review.view, id);
    const words = transition ? `${spaced(transition.source)}: ${transitionWords(transition, review.view)}` : id;
    return el("li", {}, el("button", { type: "button", class: "quiet", "data-key": `count ${id}`, onclick: () => review.select(id) }, words), el("small", {}, count));
  });
  return el("ul", { class: "plain counts" }, ...items);
}

export async function loadHeat(review: Review): Promise<void> {
  const chart = review.place.chart;
  const { heat } = (await ask("GET", `/api/charts/${chart}/heat`)) as { heat: Counts[] };
  review.counts.set(chart, heat);
  review.tell();
}

let fault = "";

/** With a file of the reviewer's: the earlier version. */
function comparison(review: Review): HTMLElement {
  const chosen = el("input", { type: "file", id: "old-chart", accept: ".yaml,.yml", "data-key": "old chart", onchange: () => void compare(review, chosen) });
  return el("div", { class: "files" }, fault !== "" && el("p", { class: "fault", role: "alert" }, fault), el("label", { for: "old-chart" }, "An earlier version of its file"), chosen);
}

async function compare(review: Review, input: HTMLInputElement): Promise<void> {
  const chart = await input.files?.[0]?.text();
  if (chart === undefined) return;
  try {
    const view = (await ask("POST", `/api/charts/${review.place.chart}/comparison`, { chart })) as View;
    fault = "";
    review.take(view);
    review.go({ drawer: "changes" });
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
    review.tell();
  }
}

/** The list of changes, in words; each leads to its place in the picture. */
export function renderChanges(container: HTMLElement, review: Review): void {
  const { difference } = review.view;
  if (difference === null) {
    const how = "`lossy charts view voice --against main` writes a page of two versions.";
    replace(container, el("p", { class: "hint" }, `Nothing to compare with. ${how}`), review.page.online?.admin === true && comparison(review));
    return;
  }
  const signs = { added: "+", removed: "−", moved: ">", changed: "~" } as const;
  const rows = difference.changes.map((change) => {
    const anchor = [change.id, `old:${change.id}`, change.state ?? ""].find((id) => review.knows(id)) ?? "";
    const whose = change.state === null ? change.what : spaced(change.state);
    const words = `${whose}: ${[change.words, change.aside].filter(Boolean).join(" ")}`;
    return el(
      "li",
      { class: `is-${change.how}` },
      el("span", { class: "sign", "aria-label": change.how }, signs[change.how]),
      el("button", { type: "button", class: "quiet", "data-key": `change ${change.what} ${change.id}`, disabled: anchor === "", onclick: () => review.go({ select: anchor, panel: "about" }) }, words),
    );
  });
  replace(
    container,
    el("h3", {}, `From ${difference.old} to ${difference.new}`),
    rows.length === 0 ? el("p", { class: "hint" }, "Nothing changed.") : el("ul", { class: "plain changes" }, ...rows),
    ...difference.snapshots.map((line) => el("p", {}, line)),
    review.page.online?.admin === true && comparison(review),
  );
}
