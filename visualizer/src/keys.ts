/** The keys of the page, and the sheet that lists them. */

import { nextTimer } from "../../extension/src/charts/step.js";
import { byId, el } from "./dom.js";
import type { Picture } from "./picture.js";
import type { Review } from "./review.js";

interface Key {
  readonly keys: readonly string[];
  readonly words: string;
  press(review: Review, picture: Picture): void;
}

const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] } as const;

const KEYS: readonly Key[] = [
  { keys: ["/"], words: "search states, events, guards and effects", press: () => byId("search").focus() },
  { keys: ["n"], words: "the next that the search finds", press: (review, picture) => nextHit(review, picture) },
  { keys: ["e"], words: "go to the events that can happen now", press: (review) => into(review, "step") },
  { keys: ["t"], words: "let the next timer fire", press: (review) => fire(review) },
  { keys: ["u", "Backspace"], words: "take the last event back", press: (review) => review.undo() },
  { keys: ["["], words: "a step back", press: (review) => review.go({ step: Math.max(0, review.step - 1) }) },
  { keys: ["]"], words: "a step forward", press: (review) => review.go({ step: Math.min(review.length, review.step + 1) }) },
  { keys: ["r"], words: "back to the start", press: (review) => !review.trace && review.restart() },
  { keys: ["c"], words: "fold or unfold the selected state", press: (review) => foldSelected(review) },
  { keys: ["f"], words: "only the event of the selected arrow, or every event", press: (review) => filterSelected(review) },
  { keys: ["m"], words: "write a note at what is selected", press: (review) => into(review, "notes") },
  { keys: ["+", "="], words: "larger", press: (_, picture) => picture.zoomBy(1) },
  { keys: ["-"], words: "smaller", press: (_, picture) => picture.zoomBy(-1) },
  { keys: ["0"], words: "as wide as there is room", press: (_, picture) => picture.fit() },
  { keys: ["?"], words: "this sheet", press: () => byId<HTMLDialogElement>("keys").showModal() },
  { keys: ["Escape"], words: "select nothing, search for nothing", press: (review) => review.go({ select: "", filter: "" }) },
];

export function listenToKeys(review: Review, picture: Picture): void {
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || byId<HTMLDialogElement>("keys").open) return;
    if (isWriting(target)) return;
    const arrow = ARROWS[event.key as keyof typeof ARROWS];
    if (arrow !== undefined && target.id === "picture") {
      event.preventDefault();
      return move(review, picture, arrow);
    }
    const key = KEYS.find(({ keys }) => keys.includes(event.key));
    if (key === undefined) return;
    event.preventDefault();
    key.press(review, picture);
  });
}

/** Where letters are text; a slider has its own arrows and no letters. */
function isWriting(target: HTMLElement): boolean {
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "range", "file"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function move(review: Review, picture: Picture, [dx, dy]: readonly [number, number]): void {
  const next = picture.neighbour(dx, dy);
  if (next === null) return;
  review.go({ select: next, panel: "about" });
  picture.reveal(next);
}

function fire(review: Review): void {
  const { state } = review.moment;
  const next = state === null ? null : nextTimer(state);
  if (next) review.act({ event: next.event, holds: [...review.holds] });
}

function foldSelected(review: Review): void {
  const { select } = review.place;
  if (!review.chart.has(select)) return;
  const around = [select, ...review.chart.ancestors(select)].find((id) => review.chart.node(id).children.length > 0);
  if (around !== undefined) review.fold(around);
}

function filterSelected(review: Review): void {
  const transition = review.view.chart.transitions.find(({ id }) => id === review.place.select);
  review.go({ filter: review.place.filter === "" ? (transition?.event ?? "") : "" });
}

function nextHit(review: Review, picture: Picture): void {
  const hits = [...picture.hits()];
  const next = hits[(hits.indexOf(review.place.select) + 1) % Math.max(1, hits.length)];
  if (next === undefined) return;
  review.go({ select: next, panel: "about" });
  picture.reveal(next);
}

function into(review: Review, panel: string): void {
  review.go({ panel });
  byId("panel").querySelector<HTMLElement>("textarea, .event, button, [tabindex]")?.focus();
}

export function keySheet(): HTMLDialogElement {
  const rows = KEYS.flatMap(({ keys, words }) => [el("dt", {}, ...keys.map((key) => el("kbd", {}, key))), el("dd", {}, words)]);
  const arrows = [el("dt", {}, el("kbd", {}, "arrows")), el("dd", {}, "in the picture: to the next state that way; in the list of states: up, down, fold, unfold")];
  return el(
    "dialog",
    { id: "keys", "aria-labelledby": "keys-title" },
    el("h2", { id: "keys-title" }, "Keys"),
    el("dl", {}, ...rows, ...arrows),
    el("form", { method: "dialog" }, el("button", {}, "Close")),
  );
}
