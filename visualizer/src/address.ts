/** Where the reviewer is, as the fragment of the page's address, and back. docs/reference/visualizer.md has its keys. */

import type { Act } from "./simulation.js";

export interface Place {
  readonly chart: string;
  readonly select: string; // a state or a transition; nothing selected: ""
  readonly events: readonly Act[];
  readonly step: number; // how many of the events count; those after it are still there to go forward to
  readonly panel: string;
  readonly drawer: string;
  readonly filter: string; // an event
  readonly fold: readonly string[]; // states whose inside is not shown
  readonly overlay: string; // the label of counts
  readonly session: string; // a session, or the number of a trace in the file
}

export const NOWHERE: Place = {
  chart: "",
  select: "",
  events: [],
  step: 0,
  panel: "step",
  drawer: "log",
  filter: "",
  fold: [],
  overlay: "",
  session: "",
};

const TEXTS = ["chart", "select", "panel", "drawer", "filter", "overlay", "session"] as const;

/** Only what is not as it is at first. */
export function format(place: Place): string {
  const parts = TEXTS.filter((key) => place[key] !== NOWHERE[key]).map((key) => `${key}=${encoded(place[key])}`);
  if (place.fold.length > 0) parts.push(`fold=${place.fold.map(encoded).join(",")}`);
  if (place.events.length > 0) parts.push(`events=${place.events.map(written).join(",")}`);
  if (place.step !== place.events.length) parts.push(`step=${place.step}`);
  return `#${parts.join("&")}`;
}

/** What is not understood is left out: a link is old sooner or later. */
export function parse(fragment: string): Place {
  const pairs = fragment.replace(/^#/, "").split("&").map((part) => part.split("=", 2));
  const given = new Map(pairs.map(([key, value]) => [key ?? "", value ?? ""]));
  const texts = Object.fromEntries(TEXTS.map((key) => [key, decoded(given.get(key) ?? "") || NOWHERE[key]]));
  const events = listed(given.get("events")).map(read);
  const step = Number.parseInt(given.get("step") ?? "", 10);
  return {
    ...NOWHERE,
    ...texts,
    fold: listed(given.get("fold")).map(decoded),
    events,
    step: Number.isNaN(step) ? events.length : Math.max(0, Math.min(step, events.length || step)),
  };
}

/** `start+owner` is the event `start` when the guard `owner` holds and no other. */
function written({ event, holds }: Act): string {
  return [event, ...holds].map(encoded).join("+");
}

function read(text: string): Act {
  const [event = "", ...holds] = text.split("+").map(decoded);
  return { event, holds };
}

function listed(text: string | undefined): string[] {
  return text ? text.split(",") : [];
}

/** `+` and `,` are ours. */
function encoded(text: string): string {
  return encodeURIComponent(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
