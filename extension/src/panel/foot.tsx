/** The foot of the panel: what was just done, a note to be typed, and the files. */

import { useRef } from "preact/hooks";
import { clock } from "../ui/clock";
import { exportNotes, FORMATS, type Format } from "./exports";
import type { PartProps } from "./model";

export function Foot({ model }: PartProps) {
  const field = useRef<HTMLInputElement>(null);
  const at = model.playhead.value;
  const send = async (event: Event) => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? "";
    if (field.current === null || text === "") return;
    if (await model.type(text)) field.current.value = "";
  };
  const { done } = model;
  return (
    <footer>
      <div class="done" role="status">
        {done.value !== null && (
          <>
            <p>{done.value.words}</p>
            {done.value.note_id !== null && (
              <button type="button" class="plain" onClick={() => model.undo()}>
                Undo
              </button>
            )}
          </>
        )}
      </div>
      <form onSubmit={(event) => void send(event)}>
        <input
          ref={field}
          id="type"
          maxLength={4000}
          autocomplete="off"
          disabled={model.shown.value?.video === null}
          aria-label="Type a note where the film is"
          placeholder={at === null ? "Type a note" : `Type a note at ${clock(at)}`}
        />
        <Exports model={model} />
        <button type="button" aria-label="Shortcuts" title="Shortcuts" onClick={() => model.act("shortcuts")}>
          ?
        </button>
      </form>
    </footer>
  );
}

function Exports({ model }: PartProps) {
  const menu = useRef<HTMLElement>(null);
  const shown = model.shown.value;
  const video_id = shown?.video?.video_id ?? null;
  const run = async (format: Format) => {
    menu.current?.hidePopover();
    if (shown === null || video_id === null) return;
    const fault = await exportNotes(shown.connection.server, video_id, format);
    if (fault !== null) model.fault.value = fault;
  };
  return (
    <>
      <button type="button" popovertarget="exports" disabled={video_id === null || model.notes.value.length === 0}>
        Export
      </button>
      <section ref={menu} id="exports" class="menu" popover="auto" aria-label="Export as">
        {FORMATS.map(({ name, words }) => (
          <button key={name} type="button" class="plain" onClick={() => void run(name)}>
            {words}
          </button>
        ))}
      </section>
    </>
  );
}
