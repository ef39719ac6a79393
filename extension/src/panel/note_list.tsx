/** The notes in the order of the film. A note that comes in moves nothing that a person points at. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { ShownNote } from "../bridge";
import { spokenPlace } from "../ui/clock";
import { EVERYTHING, isNarrowed } from "../ui/filter";
import type { PanelModel } from "./model";
import { NoteRow } from "./note_row";
import { hold, restore } from "./steady";
import type { Thumbnails } from "./thumbnails";

interface ListProps {
  readonly model: PanelModel;
  readonly thumbnails: Thumbnails;
}

export function NoteList({ model, thumbnails }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  const room = useRef<HTMLDivElement>(null);
  const rows = model.visible.value;
  const held = list.current === null ? null : hold(list.current);
  useLayoutEffect(() => {
    if (list.current !== null && room.current !== null) restore(list.current, room.current, held);
  });
  return (
    <div class="list" ref={list} tabIndex={-1}>
      {rows.length > 0 ? (
        <ol aria-label="Notes">
          {rows.map((note) => (
            <NoteRow
              key={note.id}
              note={note}
              model={model}
              picture={thumbnails.of(note)}
              pictured={thumbnails.expects(note)}
            />
          ))}
        </ol>
      ) : (
        <Empty model={model} />
      )}
      {model.shown.value?.notes_complete === false && (
        <p class="more">
          <button type="button" onClick={() => void model.ask({ name: "more_notes" })}>
            More notes
          </button>
        </p>
      )}
      <div ref={room} />
      <Newest notes={model.notes.value} />
    </div>
  );
}

function Empty({ model }: { model: PanelModel }) {
  const narrowed = isNarrowed(model.filter.value) && model.notes.value.length > 0;
  if (narrowed)
    return (
      <div class="empty">
        <p>No note is like that.</p>
        <button type="button" onClick={() => (model.filter.value = EVERYTHING)}>
          Show all {model.notes.value.length}
        </button>
      </div>
    );
  const shown = model.shown.value;
  if (shown?.account === null)
    return (
      <div class="empty">
        <p>Sign in, and the notes of the video in front are here as you make them.</p>
      </div>
    );
  if (shown?.video === null)
    return (
      <div class="empty">
        <p>Open a video, on YouTube, Vimeo, Frame.io, Iconik or any other page, and its notes are here.</p>
      </div>
    );
  return (
    <div class="empty">
      <p>
        Play the film and say what you see: {"\u201C"}the logo comes in too early{"\u201D"}. Each remark becomes a note
        at the frame you saw.
      </p>
      <p class="second">
        Say {"\u201C"}scratch that{"\u201D"} to take the last one back.
      </p>
    </div>
  );
}

/** Reads out a note that has just come, and nothing when a list is loaded. */
function Newest({ notes }: { notes: readonly ShownNote[] }) {
  const known = useRef<ReadonlySet<string>>(new Set());
  const before = known.current;
  const come = before.size === 0 ? [] : notes.filter(({ id }) => !before.has(id));
  known.current = new Set(notes.map(({ id }) => id));
  const [one] = come;
  const said = useRef("");
  if (one !== undefined && come.length === 1)
    said.current = `New note at ${spokenPlace(one.frame_in, one.rate)}: ${one.text}`;
  return (
    <p class="unseen" role="log">
      {said.current}
    </p>
  );
}
