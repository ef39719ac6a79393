/** Notes of a review, each at a state or a transition: the server keeps them, or this browser and a file do. */

import { el, replace, save, spaced } from "./dom.js";
import type { Note } from "./document.js";
import type { Review } from "./review.js";
import { ask } from "./server.js";
import { minute, transitionOf, transitionWords } from "./words.js";

/** A note is a remark, not a document; the server refuses longer ones too. */
export const LENGTH = 4_000;

interface Keeper {
  all(chart: string): Promise<Note[]>;
  add(note: Note): Promise<void>;
  remove(note: Note): Promise<void>;
}

let known: Note[] = [];
let of = "";
let fault = "";
/** What is typed and not kept, by chart and anchor: the panel is drawn again with each step that is followed. */
const drafts = new Map<string, string>();

export function noteCount(review: Review, id: string): string {
  const count = known.filter((note) => note.chart === review.place.chart && note.anchor === id).length;
  return count === 0 ? "Write a note" : `${count} ${count === 1 ? "note" : "notes"}`;
}

export function renderNotes(container: HTMLElement, review: Review): void {
  const chart = review.place.chart;
  if (of !== chart) {
    of = chart;
    known = [];
    void refresh(review);
  }
  const here = known.filter((note) => note.anchor === review.place.select);
  const elsewhere = known.filter((note) => note.anchor !== review.place.select);
  replace(
    container,
    el("h2", {}, review.place.select === "" ? "Notes" : `Notes at ${anchorWords(review, review.place.select)}`),
    fault !== "" && el("p", { class: "fault", role: "alert" }, fault),
    el("ul", { class: "notes" }, ...here.map((note) => row(review, note))),
    review.place.select === "" ? el("p", { class: "hint" }, "Choose a state or an arrow to write a note at it.") : form(review),
    elsewhere.length > 0 && el("h3", {}, review.place.select === "" ? "In this chart" : "Elsewhere in this chart"),
    el("ul", { class: "notes" }, ...elsewhere.map((note) => row(review, note))),
    !isOnline(review) && files(review),
  );
}

function anchorWords(review: Review, id: string): string {
  const transition = transitionOf(review.view, id);
  if (transition) return transitionWords(transition, review.view);
  return review.chart.has(id) ? spaced(id) : `${spaced(id)}, which is gone`;
}

function row(review: Review, note: Note): HTMLElement {
  return el(
    "li",
    {},
    el("button", { type: "button", class: "quiet", "data-key": `note ${note.id}`, onclick: () => review.select(note.anchor) }, anchorWords(review, note.anchor)),
    el("p", {}, note.text),
    el("small", {}, `${note.author}, ${minute(note.at)}`),
    el("button", { type: "button", class: "quiet", "data-key": `remove ${note.id}`, "aria-label": `Remove the note ${note.text.slice(0, 40)}`, onclick: () => attempt(review, () => keeper(review).remove(note)) }, "Remove"),
  );
}

function form(review: Review): HTMLElement {
  const place = `${review.place.chart} ${review.place.select}`;
  const drafted = (): void => void drafts.set(place, area.value);
  const area = el("textarea", { rows: 3, maxlength: LENGTH, required: true, "data-key": "note text", id: "note-text", oninput: drafted });
  area.value = drafts.get(place) ?? "";
  const author = isOnline(review) ? null : el("input", { type: "text", id: "note-author", maxlength: 100, value: localAuthor(), "data-key": "note author" });
  const send = (event: Event): void => {
    event.preventDefault();
    const text = area.value.trim();
    if (text === "") return;
    const who = author?.value.trim() || review.page.online?.person || "somebody";
    if (author) keep("lossy.charts.author", who);
    const note = { id: crypto.randomUUID(), chart: review.place.chart, anchor: review.place.select, text, author: who, at: Date.now() };
    void attempt(review, async () => {
      await keeper(review).add(note);
      drafts.delete(place);
    });
  };
  return el(
    "form",
    { class: "stack", onsubmit: send },
    el("label", { for: "note-text" }, "Note"),
    area,
    author && el("label", { for: "note-author" }, "Your name"),
    author,
    el("button", { "data-key": "note send" }, "Keep"),
  );
}

async function attempt(review: Review, what: () => Promise<void>): Promise<void> {
  try {
    await what();
    fault = "";
  } catch (error) {
    fault = `That was not kept: ${error instanceof Error ? error.message : String(error)}`;
  }
  await refresh(review);
}

async function refresh(review: Review): Promise<void> {
  try {
    known = await keeper(review).all(of);
  } catch (error) {
    fault = `The notes could not be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  review.tell();
}

// -- where they are kept ------------------------------------------------------------------------------------------------

/** Only an admin's notes are the server's; whoever else looks keeps their own. */
function isOnline(review: Review): boolean {
  return review.page.online?.admin === true;
}

function keeper(review: Review): Keeper {
  return isOnline(review) ? SERVER : inBrowser(review);
}

const SERVER: Keeper = {
  all: async (chart) => ((await ask("GET", `/api/charts/${chart}/notes`)) as { notes: Note[] }).notes,
  add: async ({ id, chart, anchor, text }) => void (await ask("POST", `/api/charts/${chart}/notes`, { id, anchor, text })),
  remove: async ({ id, chart }) => void (await ask("DELETE", `/api/charts/${chart}/notes/${id}`)),
};

const KEY = "lossy.charts.notes";

/** Beside those that came with the file. A browser may forbid storage to a file; then they last as long as the page. */
function inBrowser(review: Review): Keeper {
  const stored = (): Note[] => readNotes(read(KEY) ?? "[]");
  const gone = (): string[] => JSON.parse(read(`${KEY}.gone`) ?? "[]") as string[];
  const all = (): Note[] => unique([...review.page.notes, ...stored()]).filter(({ id }) => !gone().includes(id));
  return {
    all: async (chart) => all().filter((note) => note.chart === chart),
    add: async (note) => keep(KEY, JSON.stringify([...stored(), note])),
    remove: async ({ id }) => {
      keep(KEY, JSON.stringify(stored().filter((note) => note.id !== id)));
      keep(`${KEY}.gone`, JSON.stringify([...gone(), id]));
    },
  };
}

function unique(notes: readonly Note[]): Note[] {
  return [...new Map(notes.map((note) => [note.id, note])).values()];
}

const unstored = new Map<string, string>();

function read(key: string): string | null {
  try {
    return localStorage.getItem(key) ?? unstored.get(key) ?? null;
  } catch {
    return unstored.get(key) ?? null;
  }
}

function keep(key: string, value: string): void {
  unstored.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    fault = "This browser keeps nothing for this page: save a copy before you close it.";
  }
}

function localAuthor(): string {
  return read("lossy.charts.author") ?? "";
}

/** What is no note is left out. */
function readNotes(text: string): Note[] {
  const values: unknown = JSON.parse(text);
  const isNote = (value: unknown): value is Note => {
    const { id, chart, anchor, text: words, author, at } = (value ?? {}) as Record<string, unknown>;
    return [id, chart, anchor, words, author].every((each) => typeof each === "string") && typeof at === "number";
  };
  return Array.isArray(values) ? values.filter(isNote) : [];
}

// -- files --------------------------------------------------------------------------------------------------------------

function files(review: Review): HTMLElement {
  const chosen = el("input", { type: "file", accept: ".json,application/json", id: "note-file", "data-key": "note file", onchange: () => void load(review, chosen) });
  return el(
    "div",
    { class: "files" },
    el("p", { class: "hint" }, "Notes stay in this browser. Hand them on in a file, or in a copy of this page."),
    el("button", { type: "button", class: "second", "data-key": "save notes", onclick: () => void saveNotes(review) }, "Save notes"),
    el("button", { type: "button", class: "second", "data-key": "save copy", onclick: () => void saveCopy(review) }, "Save a copy with notes"),
    el("label", { for: "note-file" }, "Take in notes"),
    chosen,
  );
}

async function everyNote(review: Review): Promise<Note[]> {
  return (await Promise.all(review.page.charts.map((chart) => keeper(review).all(chart)))).flat();
}

async function saveNotes(review: Review): Promise<void> {
  save("notes.json", JSON.stringify(await everyNote(review), null, 2), "application/json");
}

/** This very page with the notes in its document. */
async function saveCopy(review: Review): Promise<void> {
  const notes = await everyNote(review);
  const data = JSON.stringify({ ...review.page, notes }).replaceAll("<", "\\u003c");
  const page = new DOMParser().parseFromString(document.documentElement.outerHTML, "text/html");
  const holder = page.getElementById("document");
  if (holder) holder.textContent = data;
  page.getElementById("review")?.replaceChildren();
  save("review.html", `<!doctype html>\n${page.documentElement.outerHTML}`, "text/html");
}

async function load(review: Review, input: HTMLInputElement): Promise<void> {
  const text = await input.files?.[0]?.text();
  if (text === undefined) return;
  await attempt(review, async () => {
    const taken = readNotes(text);
    for (const note of taken) await keeper(review).add(note);
  });
}
