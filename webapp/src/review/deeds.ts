// What is done with notes. What cannot be done is said, and everything stays as it was.

import { newId } from "../ids";
import { the } from "../page";
import { type Payload, Refused } from "../topic";
import { isOwn, mayChange, nameOf } from "./about";
import type { Note } from "./book";
import * as editor from "./editor";
import { say } from "./flash";
import { beside, choose, leave, render, takeAsSource, theChosen, theSource } from "./list";
import { book, type Left, settle, topic } from "./notes";
import * as rows from "./rows";

/** What was asked for can be undone from then on; that waits for the answer. */
interface Change {
  readonly ids: readonly string[];
  readonly answered: Promise<void>;
}

const MOST_UNDOABLE = 200;
const undoable: Change[] = [];

export type Deed = "keep" | "edit" | "merge" | "delete";

const deeds: Record<Deed, (note: Note) => void> = {
  keep: (note) => void attempt(() => keep(note)),
  edit,
  merge,
  delete: (note) => void attempt(() => remove(note)),
};

export function deed(name: Deed): void {
  const note = theChosen();
  if (!note) say("Choose a note first, by j and k.");
  else if (!mayChange(note)) say(`Only ${isOwn(note) ? "its owner" : nameOf(note.author_id)} and editors may change it.`);
  else deeds[name](note);
}

async function keep(note: Note): Promise<void> {
  if (note.status === "ghost") await ask("update_note", { note_id: note.id, version: note.version });
}

function edit(note: Note): void {
  const row = rows.rowOf(note.id);
  if (!row || row.querySelector(".edit")) return;
  const save = (changed: Payload) => change("update_note", { ...changed, note_id: note.id }, note.id);
  editor.edit(row, note, save, () => {
    render();
    if (book.get(note.id)) choose(note.id);
  });
}

async function remove(note: Note): Promise<void> {
  const next = beside(note.id);
  await change("delete_note", { note_id: note.id }, note.id);
  leave(note.id, next);
  say("Deleted.", undo);
}

/** Once on the note that goes, once on the one that gets its words. */
function merge(note: Note): void {
  const gone = theSource();
  if (gone === null) {
    takeAsSource(note.id);
    say("Now choose the note that it goes into, and press m there. Esc leaves it.");
    return;
  }
  takeAsSource(null);
  if (gone === note.id) return;
  void attempt(async () => {
    await change("merge_notes", { note_id: gone, into: note.id }, gone, note.id); // the deletion comes by itself
    choose(note.id);
    say("Merged.", undo);
  });
}

export function undo(): void {
  const last = undoable.pop();
  if (!last) {
    say("There is nothing to undo.");
    return;
  }
  void attempt(async () => {
    const { ids, answered } = last;
    await answered;
    for (const note_id of ids) await ask("undo", { note_id });
    if (ids[0]) choose(ids[0]);
    say("Undone.");
  });
}

/** The note is made, and then shown; what it takes back when it is undone is that. */
export function typeNote(): void {
  const place = the("#typed");
  if (place.firstElementChild) return;
  let made: string | null = null;
  const save = async (draft: Payload) => {
    const left = (await topic.ask("create_note", { id: newId(), at: Date.now(), ...draft })) as Left;
    settle(left);
    made = left.note?.id ?? null;
  };
  editor.type(place, save, () => {
    if (made) choose(made);
  });
}

async function change(event: string, payload: Payload & { note_id: string }, ...ids: string[]): Promise<void> {
  const made = { ids, answered: ask(event, payload) };
  undoable.push(made);
  if (undoable.length > MOST_UNDOABLE) undoable.shift();
  try {
    await made.answered;
  } catch (error) {
    const place = undoable.indexOf(made);
    if (place >= 0) undoable.splice(place, 1);
    throw error;
  }
}

async function ask(event: string, payload: Payload & { note_id: string }): Promise<void> {
  if (!topic.isJoined) rows.wait(payload.note_id, true);
  try {
    settle((await topic.ask(event, { ...payload, request_id: newId() })) as Left);
  } finally {
    rows.wait(payload.note_id, false);
  }
}

async function attempt(what: () => Promise<void>): Promise<void> {
  try {
    await what();
  } catch (error) {
    say(error instanceof Refused ? error.message : "Something went wrong here. It stays as it was.");
  }
}
