// The page of a video's notes: they come as they are made, and are worked off by hand.

import { Presence } from "phoenix";
import { the } from "./page";
import { about, mayNote, nameOf } from "./review/about";
import { type Deed, deed, typeNote, undo } from "./review/deeds";
import "./review/files";
import { search, step, takeAsSource } from "./review/list";
import { live, topic } from "./review/notes";

const help = the<HTMLDialogElement>("#help");

// -- keys and buttons ---------------------------------------------------------------------------------------------

const reading: Record<string, () => void> = {
  j: () => step(1),
  k: () => step(-1),
  "/": search,
  "?": () => help.showModal(),
  Escape: () => takeAsSource(null),
};
const writing: Record<string, () => void> = {
  n: typeNote,
  c: () => deed("keep"),
  e: () => deed("edit"),
  m: () => deed("merge"),
  x: () => deed("delete"),
  u: undo,
};
const keys = mayNote ? { ...reading, ...writing } : reading;

document.addEventListener("keydown", (key) => {
  const target = key.target as HTMLElement;
  if (key.key === "Escape" && target.closest("#filters")) target.blur();
  if (key.ctrlKey || key.metaKey || key.altKey || help.open || target.closest("input, textarea, select")) return;
  const does = keys[key.key];
  if (!does) return;
  key.preventDefault();
  does();
});

the("#deeds").addEventListener("click", (click) => {
  const button = (click.target as Element).closest<HTMLElement>("[data-deed]");
  if (button) deed(button.dataset["deed"] as Deed);
});
the("[data-help]").addEventListener("click", () => help.showModal());
document.querySelector("[data-type]")?.addEventListener("click", typeNote);

// -- others -------------------------------------------------------------------------------------------------------

const presence = new Presence(topic.channel);
presence.onSync(() => {
  const others = presence.list((user) => user as unknown as string).filter((user) => user !== about.user);
  const words = others.length ? `${others.map(nameOf).join(", ")} ${others.length === 1 ? "is" : "are"} here too` : "";
  if (the("#here").textContent !== words) the("#here").textContent = words;
});

void live.open();
