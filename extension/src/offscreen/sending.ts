/** How each kind of thing that waits is sent, and what becomes of it where the server does not want it so. */

import type { CreateNoteOn, TranscriptFinal, VideoDetected } from "../../generated/channels";
import type { Item, Outcome, Thing } from "../keep/waiting";
import { Refused, type TypedChannel, Unanswered } from "./channel";
import type { Notebook } from "./notebook";

/** A model may take 20 s to make a note of a remark, and others may be before it. */
const SETTLES_MS = 60_000;
/** A review that is being joined for what waits. */
const JOINS_MS = 300;

export interface Speaks {
  readonly isJoined: boolean;
  transcript(payload: TranscriptFinal, timeout: number): Promise<unknown>;
}

export interface Lines {
  readonly online: boolean;
  readonly user_id: string | null;
  own(): TypedChannel<"notes:user:<user>"> | null;
  notebook(): Notebook | null;
  /** Which video a page shows. Raises Refused, Unanswered. */
  detected(page: VideoDetected): Promise<string>;
  /** The review with that id, joined again where it is not; null where it is over. */
  review(session: string, video_id: string): Speaks | null;
}

type Transcript = Extract<Thing, { kind: "transcript" }>;
type Note = Extract<Thing, { kind: "note" }>;
type Edit = Extract<Thing, { kind: "edit" }>;

export async function send(item: Item, lines: Lines): Promise<Outcome> {
  if (!lines.online) return { kind: "later", after_ms: null };
  if (item.user_id !== null && item.user_id !== lines.user_id) return { kind: "later", after_ms: null };
  try {
    return await attempt(item, lines);
  } catch (error) {
    if (error instanceof Unanswered) return { kind: "later", after_ms: null };
    if (!(error instanceof Refused)) throw error;
    if (error.code === "rate_limited") return { kind: "later", after_ms: Number(error.details.retry_after_ms) };
    if (error.code === "internal") return { kind: "later", after_ms: null };
    return { kind: "refused", error };
  }
}

async function attempt({ thing }: Item, lines: Lines): Promise<Outcome> {
  switch (thing.kind) {
    case "transcript":
      return words(thing, lines);
    case "note":
      return note(thing, lines);
    case "edit":
      return done(edit(thing, lines));
  }
}

/** To the review they were said in; where that is over they become a note all the same: nobody is to say it again. */
async function words({ session, video_id, payload }: Transcript, lines: Lines): Promise<Outcome> {
  const review = lines.review(session, video_id);
  if (review !== null && !review.isJoined) return { kind: "later", after_ms: JOINS_MS };
  if (review !== null)
    try {
      return await done(review.transcript(payload, SETTLES_MS));
    } catch (error) {
      const over = error instanceof Refused && (error.code === "conflict" || error.code === "not_found");
      if (!over) throw error;
    }
  if (payload.text.trim() === "") return { kind: "done", value: null };
  return done(own(lines).ask("create_note", asNote(video_id, payload)));
}

export function asNote(video_id: string, { id, text, media_ms, at, duration_ms }: TranscriptFinal): CreateNoteOn {
  return { id, video_id, text, media_ms, media_end_ms: media_ms + duration_ms, at };
}

async function note({ payload, page }: Note, lines: Lines): Promise<Outcome> {
  const video_id = page === undefined ? payload.video_id : await lines.detected(page);
  return done(own(lines).ask("create_note", { ...payload, video_id }));
}

/** By the film's own channel where the note is on it: others' notes are not on one's own. */
function edit({ video_id, change }: Edit, lines: Lines): Promise<unknown> {
  const notebook = lines.notebook();
  if (notebook?.isJoined && notebook.video_id === video_id)
    return notebook.change(change.event, change.payload as never);
  return own(lines).ask(change.event, change.payload as never);
}

function own(lines: Lines): TypedChannel<"notes:user:<user>"> {
  const channel = lines.own();
  if (channel === null || !channel.joined) throw new Unanswered("one's own notes are not joined");
  return channel;
}

async function done(asked: Promise<unknown>): Promise<Outcome> {
  return { kind: "done", value: await asked };
}
