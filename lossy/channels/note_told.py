"""What the server says about notes, as types."""

from __future__ import annotations

from attrs import frozen

from lossy.channels.payloads import At, Share
from lossy.channels.reading import about
from lossy.channels.told import Count, Id, NoteGone, NoteTold, Number, Text
from lossy.domain.notes import Category, Status

VERSION = "what is seen with this; to be given at the next join"


@frozen
class Counts:
    """Of the notes that are not deleted."""

    total: Count = about("all of them")
    categories: dict[str, Count] = about("by category")
    statuses: dict[str, Count] = about("by status")


@frozen(kw_only=True)
class VideoSummary(Counts):
    video_id: Id = about("of the video")


@frozen
class NotesPage:
    notes: list[NoteTold] = about("in the order that was asked for, without those deleted")
    cursor: str | None = about("where the next page begins; null on the last")
    total: Count = about("notes in all pages")


@frozen
class NotesChanged:
    notes: list[NoteTold] = about("that were made or changed since")
    deleted: list[NoteGone] = about("that were deleted since")
    cursor: str | None = about("where `get_changes` goes on, to the same version; null: that is all")
    version: str = about("what is seen once that is all")


@frozen
class VideoNotesJoined:
    whole: bool = about("whether `notes` is the first page; else it is what has changed since the version given")
    notes: list[NoteTold] = about("in the order of the film, or changed since")
    deleted: list[NoteGone] = about("deleted since")
    cursor: str | None = about("where `get_notes`, or `get_changes`, goes on; null: that is all")
    counts: Counts = about("of the video")
    version: str = about(VERSION)


@frozen
class NoteLeft:
    """A note as the change left it."""

    note: NoteTold | None = about("unless it is deleted", None)
    gone: NoteGone | None = about("when it is", None)


@frozen
class NoteChange:
    version: Number = about("of the note from then on")
    at: At = about("when")
    by: Id | None = about("who; nobody when it expired, or a job's time ran out")
    event: str = about("of the note's chart; `said` for its beginning")
    takes_back: bool = about("whether it brought back words of before")
    status: Status = about("from then on")
    text: Text = about("from then on")
    category: Category = about("from then on")
    confidence: Share = about("from then on")
    frame_in: Count = about("from then on")
    frame_out: Count | None = about("from then on")


@frozen
class NoteRead:
    note: NoteTold = about("as it is; one that is deleted is shown to who may bring it back")
    changes: list[NoteChange] = about("the latest first")
    before: Number | None = about("where the next page of changes begins; null on the last")
