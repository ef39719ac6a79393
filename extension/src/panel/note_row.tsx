/** A note as a line: where in the film, what it says, and how far it has come. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ShownNote } from "../bridge";
import { type Place as PlaceInFilm, placeOf, spokenPlace } from "../ui/clock";
import { CATEGORIES, type Category, mayChange, mayConfirm, mayPost, STATUS_WORDS } from "../ui/note";
import type { PanelModel } from "./model";

interface RowProps {
  readonly note: ShownNote;
  readonly model: PanelModel;
  readonly picture: string | null;
  /** Whether there is a picture or may yet be. */
  readonly pictured: boolean;
}

export function NoteRow({ note, model, picture, pictured }: RowProps) {
  const place = placeOf(note.frame_in, note.rate);
  const chosen = model.chosen.value === note.id;
  const here = model.current.value === note.id;
  const editing = model.editing.value === note.id;
  const names = [
    "note",
    note.status === "ghost" && "ghost",
    here && "here",
    note.waiting && "waiting",
    pictured && "pictured",
  ];
  return (
    <li
      class={names.filter(Boolean).join(" ")}
      data-note={note.id}
      tabIndex={chosen ? 0 : -1}
      aria-current={chosen || undefined}
      onFocus={() => (model.chosen.value = note.id)}
    >
      <button
        type="button"
        class="place"
        onClick={() => model.do("seek", note)}
        aria-label={`${place.clock}:${place.frame}, show ${spokenPlace(note.frame_in, note.rate)}`}
      >
        <Place place={place} />
        {picture !== null && <img src={picture} alt="" width={72} height={40} />}
      </button>
      {editing ? <Editor note={note} model={model} /> : <Words note={note} model={model} />}
    </li>
  );
}

function Place({ place: { clock, frame } }: { place: PlaceInFilm }) {
  return (
    <time>
      {clock}
      <small>:{frame}</small>
    </time>
  );
}

function Words({ note, model }: { note: ShownNote; model: PanelModel }) {
  return (
    <div class="words">
      <p class="text" onDblClick={() => model.do("edit", note)}>
        {note.text}
      </p>
      <p class="second about">
        {note.category} {"\u00B7"} {Math.round(note.confidence * 100)} % {"\u00B7"} {statusOf(note)}
      </p>
      <div class="acts">
        {mayConfirm(note) && <ActButton words="Confirm" sign={"\u2713"} run={() => model.do("confirm", note)} />}
        {mayPost(note) && <ActButton words="Post" sign={"\u2191"} run={() => model.do("post", note)} />}
        {mayChange(note) && <ActButton words="Edit" sign={"\u270E"} run={() => model.do("edit", note)} />}
        {mayChange(note) && <ActButton words="Delete" sign={"\u2715"} run={() => model.do("delete", note)} />}
      </div>
    </div>
  );
}

function statusOf(note: ShownNote): string {
  return note.waiting ? "not sent yet" : STATUS_WORDS[note.status];
}

function ActButton({ words, sign, run }: { words: string; sign: string; run: () => void }) {
  return (
    <button type="button" class="plain" aria-label={words} title={words} onClick={run}>
      {sign}
    </button>
  );
}

/** Enter saves, Shift+Enter makes a line, Esc leaves the words as they were. */
function Editor({ note, model }: { note: ShownNote; model: PanelModel }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [category, choose] = useState<Category>(note.category);
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const save = (event?: Event) => {
    event?.preventDefault();
    const text = field.current?.value.trim() ?? "";
    if (text !== "") void model.save(note, text, category);
  };
  const press = (event: KeyboardEvent) => {
    const ends = event.key === "Escape" || (event.key === "Enter" && !event.shiftKey);
    if (event.isComposing || !ends) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") model.leaveEditing(note);
    else save();
  };
  return (
    <form class="editor" onSubmit={save}>
      <textarea
        ref={field}
        onKeyDown={press}
        aria-label="Words of the note"
        maxLength={4000}
        rows={2}
        defaultValue={note.text}
      />
      <div class="line">
        <select
          aria-label="Category"
          value={category}
          onChange={(event) => choose(event.currentTarget.value as Category)}
        >
          {CATEGORIES.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <button type="button" class="plain" onClick={() => model.leaveEditing(note)}>
          Cancel
        </button>
        <button type="submit" class="main">
          Save
        </button>
      </div>
    </form>
  );
}
