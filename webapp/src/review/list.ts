// Which notes are shown, in which order, and which of them is chosen.

import { later, the } from "../page";
import type { Payload } from "../topic";
import { mayChange } from "./about";
import type { Filters, Note } from "./book";
import * as margin from "./margin";
import { book, follow, MOST, type Page, topic } from "./notes";
import * as rows from "./rows";
import * as timeline from "./timeline";

const STEP = 200; // rows, and those that are added to them
const filters = the<HTMLFormElement>("#filters");
let most = STEP;
let chosen: string | null = null;
let source: string | null = null; // the note that is to be merged into another

// -- what is shown ------------------------------------------------------------------------------------------------

function asked(): Filters {
  return Object.fromEntries(new FormData(filters)) as unknown as Filters;
}

function shown(): Note[] {
  return book.shown(asked());
}

export function render(isNews = false): void {
  const notes = shown();
  const all = book.all();
  rows.show(notes.slice(0, most), isNews);
  rows.mark(chosen, "is-chosen");
  rows.mark(source, "is-source");
  the("#more").hidden = notes.length <= most;
  the("#empty").hidden = notes.length > 0;
  const count = `${notes.length} ${notes.length === 1 ? "note" : "notes"}`;
  const words = notes.length === all.length ? count : `${count} of ${all.length}`;
  if (the("#count").textContent !== words) the("#count").textContent = words;
  tellChosen();
}

function tellChosen(): void {
  const note = book.get(chosen);
  timeline.draw(book.all(), shown(), note);
  margin.tell(note, note !== undefined && mayChange(note));
}

// Which notes have the words the server knows; a page that came with a search shows what that found until then.
const find = later(150, async () => {
  const { text } = asked();
  const found = text ? await idsWith(text) : null;
  if (asked().text !== text) return; // somebody has typed on
  book.found = found;
  render();
});

async function idsWith(text: string): Promise<Set<string>> {
  const found = new Set<string>();
  let cursor: string | null = null;
  do {
    const payload: Payload = { text, limit: MOST, ...(cursor ? { cursor } : {}) };
    const page = (await topic.ask("get_notes", payload)) as unknown as Page;
    for (const note of page.notes) found.add(note.id);
    cursor = page.cursor;
  } while (cursor !== null);
  return found;
}

follow((isNews) => {
  if (isNews && asked().text) find();
  if (book.found || !asked().text) render(isNews);
});

filters.addEventListener("input", (event) => {
  most = STEP;
  if ((event.target as HTMLInputElement).name === "text") find();
  else render();
  const given = [...new FormData(filters)].filter(([, value]) => value) as [string, string][];
  history.replaceState(null, "", given.length ? `?${new URLSearchParams(given)}` : location.pathname);
});
filters.addEventListener("submit", (event) => event.preventDefault());

the("#more button").addEventListener("click", () => {
  most += STEP;
  render();
});

export function search(): void {
  the<HTMLInputElement>("[name=text]", filters).select();
}

// -- choosing -----------------------------------------------------------------------------------------------------

export function choose(id: string, isFocused = true): void {
  chosen = id;
  while (!rows.rowOf(id) && most < book.all().length) {
    most += STEP;
    render();
  }
  rows.mark(id, "is-chosen");
  const row = rows.rowOf(id);
  if (isFocused && row) {
    the(".at", row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
  tellChosen();
}

export function theChosen(): Note | undefined {
  return book.get(chosen);
}

export function step(way: 1 | -1): void {
  const ids = shown().map((note) => note.id);
  const here = chosen === null ? -1 : ids.indexOf(chosen);
  const next = here < 0 ? (way === 1 ? 0 : ids.length - 1) : here + way;
  const id = ids[Math.max(0, Math.min(ids.length - 1, next))];
  if (id) choose(id);
}

/** The one that takes its place in the list when it goes. */
export function beside(id: string): string | null {
  const ids = shown().map((note) => note.id);
  const here = ids.indexOf(id);
  return ids[here + 1] ?? ids[here - 1] ?? null;
}

/** It is gone; the one beside it is chosen. */
export function leave(id: string, next: string | null): void {
  if (chosen !== id) return;
  chosen = null;
  if (next) choose(next);
  else tellChosen();
}

export function takeAsSource(id: string | null): void {
  source = id;
  rows.mark(id, "is-source");
}

export function theSource(): string | null {
  return source;
}

rows.list.addEventListener("click", (click) => {
  const id = rows.idUnder(click.target);
  if (!id || (click.target as Element).closest(".edit") || click.ctrlKey || click.metaKey) return;
  click.preventDefault();
  choose(id, (click.target as Element).closest(".at") !== null);
});
rows.list.addEventListener("focusin", (focus) => {
  const id = (focus.target as Element).matches(".at") ? rows.idUnder(focus.target) : null;
  if (id && id !== chosen) choose(id, false);
});
timeline.listen(choose);
