/** The side panel: the notes of the film in front, as they come. */

import { effect } from "@preact/signals";
import { render } from "preact";
import { Film } from "./panel/film";
import { PanelModel } from "./panel/model";
import { NoteList } from "./panel/note_list";
import "./panel/panel.css";
import { Foot } from "./panel/foot";
import { Faults, Head } from "./panel/head";
import { Shortcuts } from "./panel/shortcuts";
import { Thumbnails } from "./panel/thumbnails";
import { Tools } from "./panel/tools";
import { actOf, focusOf } from "./ui/keyboard";
import { clockNow, openLive } from "./ui/live";

const live = openLive("panel");
const thumbnails = new Thumbnails((media_ms) => live.ask({ name: "capture", media_ms }));
const model = new PanelModel(live, {
  search: () => document.querySelector<HTMLElement>("#search")?.focus(),
  type: () => document.querySelector<HTMLElement>("#type")?.focus(),
  row: (id) => rowOf(id)?.focus(),
});

function rowOf(id: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-note="${CSS.escape(id)}"]`);
}

function Panel() {
  if (model.shown.value === null || !thumbnails.ready.value) return null;
  const { video } = model.shown.value;
  return (
    <main>
      <Head model={model} />
      <Faults model={model} />
      {video !== null && <Film model={model} />}
      {(video !== null || model.notes.value.length > 0) && <Tools model={model} />}
      <NoteList model={model} thumbnails={thumbnails} />
      <Foot model={model} />
      <Shortcuts model={model} />
    </main>
  );
}

document.addEventListener("keydown", (event) => {
  const act = actOf(event, focusOf(event.target));
  if (act === null || (model.shortcuts.value && act !== "leave" && act !== "shortcuts")) return;
  event.preventDefault();
  model.act(act);
});
effect(() => thumbnails.see(model.shown.value, clockNow()));
render(<Panel />, document.body);
