// The notes of the video as the channel brings them: all of them, and each change.

import { Live } from "../live";
import type { Payload, Topic } from "../topic";
import { about } from "./about";
import { Book, type Gone, type Note } from "./book";

export const MOST = 1_000; // notes in an answer

export interface Page {
  notes: Note[];
  deleted?: Gone[];
  cursor: string | null;
}

interface Joined extends Page {
  whole: boolean;
  version: string;
}

/** A note as a change left it. */
export type Left = { note?: Note | null; gone?: Gone | null };

export const book = new Book();
export const live = new Live(about.user);
let version: string | undefined;
let tell: (isNews: boolean) => void = () => undefined;

export const topic: Topic = live.topic(`notes:video:${about.video}`, () => (version ? { version } : {}), (reply) => {
  void take(reply as unknown as Joined);
});

/** `show` is called whenever something is different; `isNews` where it was not done here. */
export function follow(show: (isNews: boolean) => void): void {
  tell = show;
}

export function settle(left: Left): void {
  if (left.note) book.take(left.note);
  if (left.gone) book.drop(left.gone);
  tell(false);
}

/** Until the last page is there, the version of before is the one that was seen. */
async function take(joined: Joined): Promise<void> {
  if (joined.whole) book.clear();
  hear(joined);
  const event = joined.whole ? "get_notes" : "get_changes";
  const asked: Payload = joined.whole ? { limit: MOST } : { version };
  let { cursor } = joined;
  while (cursor !== null) {
    const page = (await topic.ask(event, { ...asked, cursor })) as unknown as Page;
    hear(page);
    cursor = page.cursor;
  }
  version = joined.version;
}

function hear({ notes, deleted = [] }: Page): void {
  for (const note of notes) book.take(note);
  for (const gone of deleted) book.drop(gone);
  tell(true);
}

function heard(note: Note): void {
  if (book.take(note)) tell(true);
}

topic.on("note_created", heard);
topic.on("note_updated", heard);
topic.on("note_deleted", (gone: Gone) => {
  if (book.drop(gone)) tell(true);
});
