// What the page says of itself: whose video, in which role, at which rate.

import type { Rate } from "../film";
import { liveOf, the } from "../page";
import type { Note } from "./book";

interface Told {
  video: string;
  user: string;
  role: "owner" | "reviewer" | "editor" | "viewer";
  rate: Rate;
  duration: number | null;
  people: Record<string, string>;
  states: Record<string, string>;
}

export const about = liveOf<Told>(the("#review"));

/** As `lossy/domain/access.py` has it; the server looks again. */
export function mayChange(note: Note): boolean {
  return about.role === "owner" || about.role === "editor" || (about.role === "reviewer" && isOwn(note));
}

export const mayNote = about.role !== "viewer";

export function isOwn(note: Note): boolean {
  return note.author_id === about.user;
}

/** Their address before the `@`; of somebody who came after the page was made, nothing is known. */
export function nameOf(user: string): string {
  return (about.people[user] ?? "somebody new").split("@")[0] ?? "";
}
