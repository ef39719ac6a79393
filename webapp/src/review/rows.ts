// The list of notes: a row for each, made by the template that the server has filled the others from.

import { rangeText } from "../film";
import { steady, the } from "../page";
import { about, nameOf } from "./about";
import type { Note } from "./book";

const list = the<HTMLOListElement>("#notes");
const template = the<HTMLTemplateElement>("#row");
const keyOf = (row: Element) => (row as HTMLElement).dataset["id"] ?? "";
const marks = ["is-chosen", "is-source", "is-waiting", "is-new"];

export function rowOf(id: string): HTMLElement | undefined {
  return [...list.children].find((row) => keyOf(row) === id) as HTMLElement | undefined;
}

export function timeOf(note: Note): string {
  return rangeText(note.frame_in, note.frame_out, about.rate);
}

/** Shows these and no others. What is being edited stays until that is done. */
export function show(notes: readonly Note[], isNews: boolean): void {
  steady(list, keyOf, () => {
    const known = new Map([...list.children].map((row) => [keyOf(row), row as HTMLElement]));
    const wanted = new Set(notes.map((note) => note.id));
    for (const [id, row] of known) if (!wanted.has(id) && !row.querySelector(".edit")) row.remove();
    let place = list.firstElementChild;
    for (const note of notes) {
      const row = known.get(note.id) ?? made(isNews);
      fill(row, note);
      if (row === place) place = row.nextElementSibling;
      else list.insertBefore(row, place);
    }
  });
}

function made(isNew: boolean): HTMLElement {
  const row = the<HTMLElement>("li", template.content.cloneNode(true) as DocumentFragment);
  if (isNew) row.classList.add("is-new");
  return row;
}

function fill(row: HTMLElement, note: Note): void {
  const kept = marks.filter((mark) => row.classList.contains(mark));
  row.className = ["note", note.status, ...kept].join(" ");
  row.dataset["id"] = note.id;
  the<HTMLAnchorElement>(".at", row).href = `/videos/${about.video}/notes/${note.id}`;
  write(row, "time", timeOf(note));
  write(row, ".words", note.text);
  write(row, ".category", note.category);
  write(row, ".who", nameOf(note.author_id));
  write(row, ".told", about.states[note.status] ?? note.status);
}

function write(row: HTMLElement, selector: string, words: string): void {
  const element = the(selector, row);
  if (element.textContent !== words) element.textContent = words;
}

export function mark(id: string | null, name: "is-chosen" | "is-source"): void {
  for (const row of list.children) {
    row.classList.toggle(name, keyOf(row) === id);
    if (name === "is-chosen") {
      const link = the(".at", row);
      if (keyOf(row) === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
}

/** What is on its way to the server: it is shown as wanted, and says so where it has to wait. */
export function wait(id: string, isWaiting: boolean): void {
  rowOf(id)?.classList.toggle("is-waiting", isWaiting);
}

export function idUnder(target: EventTarget | null): string | null {
  const row = target instanceof Element ? target.closest<HTMLElement>("#notes > .note") : null;
  return row ? keyOf(row) || null : null;
}

export { list };
