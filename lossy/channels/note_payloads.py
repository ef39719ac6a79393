"""What clients may send about notes: on channels, and as queries and bodies of requests."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from attrs import frozen

from lossy.channels.payloads import TOKEN, At, MediaMs, Share, Token
from lossy.channels.reading import Bounds, about
from lossy.domain.note_query import CHOICES, LATEST_MS, MAX_SEARCH, MOST, PAGE
from lossy.domain.notes import MAX_TEXT, Category, Status

# Two years at 30 frames a second.
Frame = Annotated[int, Bounds(0, 2**31 - 1)]
Words = Annotated[str, Bounds(1, MAX_TEXT)]
NoteVersion = Annotated[int, Bounds(1, 2**31 - 1)]
# Of a hundred transactions that run at once; usually of none.
Seen = Annotated[str, Bounds(1, 2_200)]
Cursor = Annotated[str, Bounds(1, 2_400)]

REQUEST = "made by the client, the same when it asks again: what was done is not done twice"
SAW = "that the change is made to; of another one it is refused with `conflict`"


@frozen
class JoinVideoNotes:
    token: Token | None = about(TOKEN, None)
    version: Seen | None = about("what it saw last: it gets what has changed since, and no first page", None)


@frozen
class GetNotes:
    """Every filter that is given must fit."""

    order: Literal["frame", "newest", "updated"] = about("as in the film, latest made, latest changed", "frame")
    limit: Annotated[int, Bounds(1, MOST)] = about("notes in a page", PAGE)
    cursor: Cursor | None = about("of the page before", None)
    category: Annotated[list[Category], Bounds(0, CHOICES)] = about("any of these", factory=list)
    status: Annotated[list[Status], Bounds(0, CHOICES)] = about("any of these; none is `deleted`", factory=list)
    author: Annotated[list[UUID], Bounds(0, CHOICES)] = about("any of these", factory=list)
    frame_from: Frame | None = about("about any frame from there", None)
    frame_to: Frame | None = about("up to there", None)
    text: Annotated[str, Bounds(0, MAX_SEARCH)] = about('as one searches the web: words, "a phrase", or, -not', "")
    created_since: Annotated[int, Bounds(0, LATEST_MS)] | None = about("ms since 1970", None)
    confidence_from: Share | None = about("this sure, or more", None)


@frozen(kw_only=True)
class GetNotesOf(GetNotes):
    video_id: UUID = about("whose notes")


@frozen
class GetChanges:
    version: Seen = about("what was seen, as the server said it")
    cursor: Cursor | None = about("of the page before, to the same version", None)


@frozen
class CreateNote:
    """At a frame or at a media time, one of the two."""

    id: UUID = about("a UUID of version 7, made by the client: made twice it is the same note")
    text: Words = about("what it says")
    category: Category | None = about("without it, that of the words", None)
    frame_in: Frame | None = about("the first frame it is about", None)
    frame_out: Frame | None = about("the last one, inclusive", None)
    media_ms: MediaMs | None = about("when the first frame shows", None)
    media_end_ms: MediaMs | None = about("when the last one shows", None)
    at: At | None = about("when it was made, where that was before", None)


@frozen(kw_only=True)
class CreateNoteOn(CreateNote):
    video_id: UUID = about("the video it is about")


@frozen
class NoteWording:
    """What is left out stays. With nothing at all, or nothing new, the note is confirmed."""

    version: NoteVersion = about(SAW)
    text: Words | None = about("what it is to say", None)
    category: Category | None = about("what an editor touches to settle it", None)
    frame_in: Frame | None = about("the first frame; `frame_out` goes with it, and is none where it is left out", None)
    frame_out: Frame | None = about("the last one, inclusive", None)
    request_id: UUID | None = about(REQUEST, None)


@frozen(kw_only=True)
class UpdateNote(NoteWording):
    note_id: UUID = about("which")


@frozen
class NoteRequest:
    version: NoteVersion | None = about(SAW + "; without it, whatever it is", None)
    request_id: UUID | None = about(REQUEST, None)


@frozen(kw_only=True)
class DeleteNote(NoteRequest):
    note_id: UUID = about("which")


@frozen(kw_only=True)
class UndoNote(NoteRequest):
    note_id: UUID = about("which")


@frozen(kw_only=True)
class NoteMerge(NoteRequest):
    into: UUID = about("another note of the same video, which gets its words")


@frozen(kw_only=True)
class MergeNotes(NoteMerge):
    note_id: UUID = about("whose words go there; it is deleted")


@frozen
class GetHistory:
    before: NoteVersion | None = about("changes before that version", None)
    limit: Annotated[int, Bounds(1, 200)] = about("changes in a page", 100)
