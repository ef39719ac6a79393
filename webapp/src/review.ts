// The page of a video's notes: they come as they are made, and are worked off by hand.

import { Presence } from "phoenix";
import { newId } from "./ids";
import { Live, type Payload, Refused, type Topic } from "./live";
import { later, the } from "./page";
import { about, isOwn, mayChange, mayNote, nameOf } from "./review/about";
import { Book, type Filters, type Gone, type Note } from "./review/book";
import * as editor from "./review/editor";
import * as margin from "./review/margin";
import * as rows from "./review/rows";
import * as timeline from "./review/timeline";

const MOST = 1_000; // notes in an answer
const STEP = 200; // rows in the list, and those that are added to it

interface Joined {
  whole: boolean;
  notes: Note[];
  deleted: Gone[];
  cursor: string | null;
  version: string;
}

type Left = { note?: Note | null; gone?: Gone | null };

const book = new Book();
const live = new Live(about.user);
const filters = the<HTMLFormElement>("#filters");
const help = the<HTMLDialogElement>("#help");
let version: string | undefined;
let chosen: string | null = null;
let source: string | null = null; // the note that is to be merged into another
let most = STEP;
const undoable: string[][] = [];

const topic: Topic = live.topic(`notes:video:${about.video}`, () => (version ? { version } : {}), (reply) => {
  void take(reply as unknown as Joined);
});

// -- what there is ------------------------------------------------------------------------------------------------

async function take(joined: Joined): Promise<void> {
  if (joined.whole) book.clear();
  hear(joined);
  let { cursor } = joined;
  const since = version;
  while (cursor !== null) {
    const asked: Payload = joined.whole ? { cursor, limit: MOST } : { cursor, version: since };
    const page = (await topic.ask(joined.whole ? "get_notes" : "get_changes", asked)) as unknown as Joined;
    hear(page);
    cursor = page.cursor;
  }
  version = joined.version;
}

function hear({ notes, deleted = [] }: { notes: Note[]; deleted?: Gone[] }): void {
  for (const note of notes) book.take(note);
  for (const gone of deleted) book.drop(gone);
  if (asked().text && !book.found) find(); // the page came with a search, and shows what that found
  else render(true);
}

function heard(note: Note): void {
  if (!book.take(note)) return;
  if (asked().text) find(); // whether it has the words the server knows
  render(true);
}

topic.on("note_created", heard);
topic.on("note_updated", heard);
topic.on("note_deleted", (gone: Gone) => {
  if (book.drop(gone)) render(true);
});

// -- what is shown ------------------------------------------------------------------------------------------------

function asked(): Filters {
  return Object.fromEntries(new FormData(filters)) as unknown as Filters;
}

function render(isNews = false): void {
  const notes = book.shown(asked());
  const all = book.all();
  rows.show(notes.slice(0, most), isNews);
  rows.mark(chosen, "is-chosen");
  rows.mark(source, "is-source");
  timeline.draw(all, notes, book.get(chosen));
  the("#more").hidden = notes.length <= most;
  the("#empty").hidden = notes.length > 0;
  const count = `${notes.length} ${notes.length === 1 ? "note" : "notes"}`;
  const words = notes.length === all.length ? count : `${count} of ${all.length}`;
  if (the("#count").textContent !== words) the("#count").textContent = words;
  tellChosen();
}

function tellChosen(): void {
  const note = book.get(chosen);
  margin.tell(note, note !== undefined && mayChange(note));
}

const find = later(150, async () => {
  const { text } = asked();
  if (!text) {
    book.found = null;
    render();
    return;
  }
  const found = new Set<string>();
  let cursor: string | null = null;
  do {
    const payload: Payload = { text, limit: MOST, ...(cursor ? { cursor } : {}) };
    const page = (await topic.ask("get_notes", payload)) as unknown as Joined;
    for (const note of page.notes) found.add(note.id);
    cursor = page.cursor;
  } while (cursor !== null);
  if (asked().text !== text) return; // somebody has typed on
  book.found = found;
  render();
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

// -- choosing -----------------------------------------------------------------------------------------------------

function choose(id: string, isFocused = true): void {
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
  timeline.draw(book.all(), book.shown(asked()), book.get(id));
  tellChosen();
}

function step(way: 1 | -1): void {
  const ids = book.shown(asked()).map((note) => note.id);
  const here = chosen === null ? -1 : ids.indexOf(chosen);
  const next = here < 0 ? (way === 1 ? 0 : ids.length - 1) : here + way;
  const id = ids[Math.max(0, Math.min(ids.length - 1, next))];
  if (id) choose(id);
}

/** The one that takes its place in the list when it goes. */
function beside(id: string): string | null {
  const ids = book.shown(asked()).map((note) => note.id);
  const here = ids.indexOf(id);
  return ids[here + 1] ?? ids[here - 1] ?? null;
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

// -- changing -----------------------------------------------------------------------------------------------------

async function ask(event: string, payload: Payload): Promise<Left> {
  const id = payload["note_id"] as string | undefined;
  if (id && !topic.isJoined) rows.wait(id, true);
  try {
    const left = (await topic.ask(event, { ...payload, request_id: newId() })) as Left;
    settle(left);
    return left;
  } finally {
    if (id) rows.wait(id, false);
  }
}

function settle(left: Left): void {
  if (left.note) book.take(left.note);
  if (left.gone) book.drop(left.gone);
  render();
}

/** What cannot be done is said, and everything stays as it was. */
async function attempt(deed: () => Promise<void>): Promise<void> {
  try {
    await deed();
  } catch (error) {
    say(error instanceof Refused ? error.message : "Something went wrong here. It stays as it was.");
  }
}

function remember(...ids: string[]): void {
  undoable.push(ids);
  if (undoable.length > STEP) undoable.shift();
}

const deeds: Record<string, (note: Note) => void> = {
  keep: (note) =>
    void attempt(async () => {
      if (note.status !== "ghost") return;
      await ask("update_note", { note_id: note.id, version: note.version });
    }),
  edit: (note) => {
    const row = rows.rowOf(note.id);
    if (!row || row.querySelector(".edit")) return;
    const save = async (change: Payload) => {
      await ask("update_note", { ...change, note_id: note.id });
      remember(note.id);
    };
    editor.edit(row, note, save, () => {
      render();
      if (book.get(note.id)) choose(note.id);
    });
  },
  delete: (note) =>
    void attempt(async () => {
      const next = beside(note.id);
      await ask("delete_note", { note_id: note.id });
      remember(note.id);
      after(note.id, next);
      say("Deleted.", "Undo");
    }),
  merge: (note) => {
    if (source === null) {
      source = note.id;
      rows.mark(source, "is-source");
      say("Now choose the note that it goes into, and press m there. Esc leaves it.");
      return;
    }
    const gone = source;
    drop();
    if (gone === note.id) return;
    void attempt(async () => {
      await ask("merge_notes", { note_id: gone, into: note.id }); // that the one is deleted comes by itself
      remember(gone, note.id);
      choose(note.id);
      say("Merged.", "Undo");
    });
  },
};

/** What was chosen is gone: the one beside it is chosen. */
function after(id: string, next: string | null): void {
  if (chosen !== id) return;
  chosen = null;
  if (next) choose(next);
  else tellChosen();
}

function drop(): void {
  source = null;
  rows.mark(null, "is-source");
}

function undo(): void {
  const ids = undoable.pop();
  if (!ids) {
    say("There is nothing to undo.");
    return;
  }
  void attempt(async () => {
    for (const note_id of ids) await ask("undo", { note_id });
    if (ids[0]) choose(ids[0]);
    say("Undone.");
  });
}

function typeNote(): void {
  const place = the("#typed");
  if (place.firstElementChild) return;
  const save = async (draft: Payload) => {
    const left = (await topic.ask("create_note", { id: newId(), at: Date.now(), ...draft })) as Left;
    settle(left);
    if (!left.note) return;
    remember(left.note.id);
    chosen = left.note.id;
  };
  editor.type(place, save, () => {
    if (chosen) choose(chosen);
  });
}

function deed(name: string): void {
  const note = book.get(chosen);
  if (!note) say("Choose a note first, by j and k.");
  else if (!mayChange(note)) say(`Only ${isOwn(note) ? "its owner" : nameOf(note.author_id)} and editors may change it.`);
  else deeds[name]?.(note);
}

the("#deeds").addEventListener("click", (click) => {
  const name = (click.target as Element).closest<HTMLElement>("[data-deed]")?.dataset["deed"];
  if (name) deed(name);
});

// -- keys ---------------------------------------------------------------------------------------------------------

const keys: Record<string, () => void> = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => the<HTMLInputElement>("[name=text]", filters).select(),
  "?": () => help.showModal(),
  Escape: drop,
  ...(mayNote
    ? {
        n: typeNote,
        c: () => deed("keep"),
        e: () => deed("edit"),
        m: () => deed("merge"),
        x: () => deed("delete"),
        u: undo,
      }
    : {}),
};

document.addEventListener("keydown", (key) => {
  const target = key.target as HTMLElement;
  if (key.key === "Escape" && target.closest("#filters")) target.blur();
  if (key.ctrlKey || key.metaKey || key.altKey || help.open || target.closest("input, textarea, select")) return;
  const does = keys[key.key];
  if (!does) return;
  key.preventDefault();
  does();
});
the("[data-help]").addEventListener("click", () => help.showModal());
document.querySelector("[data-type]")?.addEventListener("click", typeNote);

// -- what is said in passing --------------------------------------------------------------------------------------

const flash = the("#flash");
const hush = later(6_000, () => {
  flash.hidden = true;
});

function say(words: string, offer?: string): void {
  flash.replaceChildren(words);
  if (offer) {
    const button = Object.assign(document.createElement("button"), { className: "quiet", textContent: offer });
    button.addEventListener("click", undo);
    flash.append(button);
  }
  flash.hidden = false;
  hush();
}

// -- others, and files --------------------------------------------------------------------------------------------

const presence = new Presence(topic.channel);
presence.onSync(() => {
  const others = presence.list((user) => user as unknown as string).filter((user) => user !== about.user);
  const words = others.length ? `${others.map(nameOf).join(", ")} ${others.length === 1 ? "is" : "are"} here too` : "";
  if (the("#here").textContent !== words) the("#here").textContent = words;
});

document.querySelector<HTMLFormElement>("#import")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget as HTMLFormElement;
  const given = new FormData(form);
  const line = the("[role=status]", form);
  const start = new URLSearchParams({ start_timecode: String(given.get("start_timecode")) });
  const answer = await fetch(`/api/videos/${about.video}/import?${start}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: given.get("file") as File,
  });
  const told = (await answer.json()) as { made?: string[]; there?: number; message?: string };
  const made = told.made?.length ?? 0;
  line.textContent = answer.ok ? `${made} ${made === 1 ? "note" : "notes"} made, ${told.there} there already.` : told.message ?? "";
});

void live.open();
