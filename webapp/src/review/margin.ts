// The margin: the chosen note, why it is there and what became of it, as the server tells it.

import { later, pageAt, the } from "../page";
import { about } from "./about";
import type { Note } from "./book";

const told = the("#told");
const deeds = the("#deeds");
let wanted: Note | undefined;
let loading = new AbortController();

// A person who runs down the list does not want to read each.
const load = later(120, async () => {
  loading.abort();
  loading = new AbortController();
  const note = wanted;
  if (!note) return;
  try {
    const page = await pageAt(pathOf(note), loading.signal);
    told.replaceChildren(...the("#story", page).childNodes);
  } catch (error) {
    if ((error as Error).name !== "AbortError") again();
  }
});
// Who runs on for long is too fast for the server, which says so; and without a connection there is nothing to load.
const again = later(3_000, () => load());

function pathOf(note: Note): string {
  return `/videos/${about.video}/notes/${note.id}`;
}

export function tell(note: Note | undefined, mayChange: boolean): void {
  the("#unchosen").hidden = note !== undefined;
  deeds.hidden = !note || !mayChange;
  the("[data-deed=keep]", deeds).hidden = note?.status !== "ghost";
  the("#whole").hidden = !note;
  if (note) the<HTMLAnchorElement>("#whole a").href = pathOf(note);
  if (note?.id === wanted?.id && note?.version === wanted?.version) return;
  if (note?.id !== wanted?.id) told.replaceChildren();
  wanted = note;
  load();
}
