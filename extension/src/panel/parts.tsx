/** The parts of the panel around its list. */

import { useRef } from "preact/hooks";
import { clock, rateText } from "../ui/clock";
import { keyName, SHORTCUTS } from "../ui/keyboard";
import { CATEGORIES, type Category, STATUS_WORDS, STATUSES, type Status } from "../ui/note";
import { FaultOf, StateOf } from "../ui/state";
import { stateLine } from "../ui/state_line";
import { exportNotes, FORMATS, type Format } from "./exports";
import type { PanelModel } from "./model";

interface PartProps {
  readonly model: PanelModel;
}

export function Head({ model }: PartProps) {
  const shown = model.shown.value;
  if (shown === null) return null;
  const { video } = shown;
  return (
    <header>
      <StateOf line={stateLine(shown, model.live.now.value)} ask={(command) => void model.ask(command)} />
      {video !== null && (
        <div class="title">
          {/* What is being heard takes the title's place, so that nothing below it moves. */}
          {shown.hearing?.text ? <p class="heard">{shown.hearing.text}</p> : <h1 title={video.title}>{video.title}</h1>}
          <p class="second figure">
            {[lengthOf(video.duration_ms), rateOf(video.rate)].filter(Boolean).join(" \u00B7 ")}
          </p>
        </div>
      )}
    </header>
  );
}

function lengthOf(duration_ms: number | null): string {
  return duration_ms === null ? "" : clock(duration_ms);
}

function rateOf(rate: string): string {
  const [num = 0, den = 1] = rate.split("/").map(Number);
  return num > 0 ? `${rateText({ num, den })} fps` : "";
}

/** The fault of what the person just did, or else the latest of those that came by themselves. */
export function Faults({ model }: PartProps) {
  const own = model.fault.value;
  // The state line says that the server is away, and says it later.
  const others = model.shown.value?.faults.filter(({ code }) => code !== "unreachable") ?? [];
  const fault = own ?? others.at(-1);
  if (fault === undefined) return null;
  const dismiss = () => {
    if (own !== null) model.fault.value = null;
    else void model.live.ask({ name: "dismiss", fault: fault.id });
  };
  return <FaultOf fault={fault} ask={(command) => void model.ask(command)} dismiss={dismiss} />;
}

export function Tools({ model }: PartProps) {
  const { filter } = model;
  const [all, seen] = [model.notes.value.length, model.visible.value.length];
  const choose = (part: Partial<typeof filter.value>) => (filter.value = { ...filter.value, ...part });
  return (
    <search class="tools">
      <input
        id="search"
        type="search"
        aria-label="Search the notes"
        placeholder="Search"
        value={filter.value.text}
        onInput={(event) => choose({ text: event.currentTarget.value })}
      />
      <select
        aria-label="Category"
        value={filter.value.category ?? ""}
        onChange={(event) => choose({ category: (event.currentTarget.value || null) as Category | null })}
      >
        <option value="">All kinds</option>
        {CATEGORIES.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="Status"
        value={filter.value.status ?? ""}
        onChange={(event) => choose({ status: (event.currentTarget.value || null) as Status | null })}
      >
        <option value="">Any state</option>
        {STATUSES.filter((status) => status !== "deleted").map((status) => (
          <option key={status} value={status}>
            {STATUS_WORDS[status]}
          </option>
        ))}
      </select>
      <p class="second figure" role="status">
        {seen === all ? counted(all) : `${seen} of ${all}`}
      </p>
    </search>
  );
}

function counted(count: number): string {
  return count === 1 ? "1 note" : `${count} notes`;
}

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

function open(dialog: HTMLDialogElement | null): void {
  if (dialog?.open === false) dialog.showModal();
}

export function Shortcuts({ model }: PartProps) {
  const close = () => (model.shortcuts.value = false);
  if (!model.shortcuts.value) return null;
  return (
    <dialog class="shortcuts" ref={open} onClose={close} aria-labelledby="shortcuts">
      <h2 id="shortcuts">Shortcuts</h2>
      <dl>
        {SHORTCUTS.map(({ keys, words }) => (
          <div key={words}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{keyName(key)}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <button type="button" class="main" onClick={close}>
        Close
      </button>
    </dialog>
  );
}
