// Where in the film notes are. It needs no player: what shows when is known from the frames.

import { msOf, timeText } from "../film";
import { the } from "../page";
import { about } from "./about";
import type { Note } from "./book";
import { timeOf } from "./rows";

// Marks closer than this are one: the picture is as wide as a screen.
const PLACES = 1_000;
const svg = the<SVGSVGElement>("#timeline");
const tip = the("#tip");
let span = 1;
let shown: readonly Note[] = [];

export function draw(all: readonly Note[], notes: readonly Note[], chosen: Note | undefined): void {
  shown = notes;
  const lastFrame = all.reduce((last, note) => Math.max(last, note.frame_out ?? note.frame_in), 0);
  span = Math.max(about.duration ?? 0, msOf(lastFrame, about.rate), 1_000);
  const hidden = notes.length === all.length ? [] : all;
  the("path.others", svg).setAttribute("d", marks(hidden, 12));
  the("path.shown", svg).setAttribute("d", marks(notes, 12));
  the("path.at", svg).setAttribute("d", chosen ? marks([chosen], 0) : "");
  the("#end").textContent = timeText(span).split(".")[0] ?? "";
  svg.setAttribute("aria-label", `Where in the film ${notes.length === 1 ? "one note is" : `${notes.length} notes are`}`);
}

function placeOf(note: Note): number {
  return Math.min(PLACES - 1, Math.round((msOf(note.frame_in, about.rate) / span) * PLACES));
}

function marks(notes: readonly Note[], top: number): string {
  const places = new Set(notes.map(placeOf));
  return [...places].map((place) => `M${place + 0.5} ${top}V40`).join("");
}

function nearest(x: number): Note | undefined {
  const { left, width } = svg.getBoundingClientRect();
  const place = ((x - left) / width) * PLACES;
  return shown.reduce<Note | undefined>(
    (best, note) => (!best || Math.abs(placeOf(note) - place) < Math.abs(placeOf(best) - place) ? note : best),
    undefined,
  );
}

export function listen(choose: (id: string) => void): void {
  svg.addEventListener("click", (click) => {
    const note = nearest(click.clientX);
    if (note) choose(note.id);
  });
  svg.addEventListener("pointermove", (move) => {
    const note = nearest(move.clientX);
    tip.textContent = note ? `${timeOf(note)}  ${note.text}` : "";
  });
  svg.addEventListener("pointerleave", () => {
    tip.textContent = "";
  });
}
