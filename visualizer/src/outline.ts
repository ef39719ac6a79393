/** The chart as a tree in words: what the picture shows, for the keyboard and for who does not see it. */

import type { Node } from "../../extension/src/charts/model.js";
import { el, replace, titled } from "./dom.js";
import type { Review } from "./review.js";

export function renderOutline(container: HTMLElement, review: Review, hits: ReadonlySet<string>): void {
  const tops = review.view.chart.states.filter(({ parent }) => parent === null);
  replace(container, list(tops, review, hits, 1));
}

function list(nodes: readonly Node[], review: Review, hits: ReadonlySet<string>, level: number): HTMLElement {
  return el("ul", level === 1 ? { class: "outline", "aria-label": "States" } : {}, ...nodes.map((node) => row(node, review, hits, level)));
}

function row(node: Node, review: Review, hits: ReadonlySet<string>, level: number): HTMLElement {
  const { place, moment, chart } = review;
  const [isActive, isFolded] = [moment.active.includes(node.id), place.fold.includes(node.id)];
  const inside = node.children.map((id) => chart.node(id));
  const folding =
    inside.length > 0 &&
    el(
      "button",
      { type: "button", class: "fold", "data-key": `fold ${node.id}`, "aria-expanded": String(!isFolded), "aria-label": `Inside of ${titled(node.id)}`, onclick: () => review.fold(node.id) },
      isFolded ? "▸" : "▾",
    );
  const name = el(
    "button",
    {
      type: "button",
      class: `state${isActive ? " is-active" : ""}${hits.has(node.id) ? " is-hit" : ""}`,
      "data-key": `state ${node.id}`,
      "data-row": node.id,
      "aria-current": place.select === node.id ? "true" : null,
      title: node.why,
      onclick: () => review.go({ select: node.id, panel: "about" }),
    },
    titled(node.id),
    kind(node, chart) && el("small", {}, kind(node, chart)),
    isActive && el("span", { class: "unseen" }, "active"),
  );
  const line = el("div", { class: "row" }, folding || el("span", { class: "fold" }), name);
  return el("li", {}, line, inside.length > 0 && !isFolded && list(inside, review, hits, level + 1));
}

function kind(node: Node, chart: Review["chart"]): string {
  const isRegion = node.parent !== null && chart.node(node.parent).kind === "parallel";
  return { atomic: "", compound: isRegion ? "region" : "", parallel: "all at once", final: "final", shallow: "history", deep: "deep history" }[node.kind];
}

/** Up and down go from state to state, left and right fold and unfold. */
export function outlineKeys(container: HTMLElement, review: Review): void {
  container.addEventListener("keydown", (event) => {
    const rows = [...container.querySelectorAll<HTMLElement>("[data-row]")];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const id = rows[at]?.dataset["row"];
    if (id === undefined) return;
    const isFolded = review.place.fold.includes(id);
    const hasInside = review.chart.node(id).children.length > 0;
    if (event.key === "ArrowDown") rows[at + 1]?.focus();
    else if (event.key === "ArrowUp") rows[at - 1]?.focus();
    else if (hasInside && ((event.key === "ArrowLeft" && !isFolded) || (event.key === "ArrowRight" && isFolded))) review.fold(id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
