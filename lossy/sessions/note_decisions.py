"""What becomes of a note when a person asks for a change of it, by the note's own chart. Pure.

Each gives what the note book decides by, once it has the notes for itself. A request that was done before changes
nothing more, and a change is made to the version that the person saw, or refused with the note as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import frozen

from lossy.channels.errors import Code, Refusal, invalid
from lossy.domain.notes import MAX_TEXT, Category, Note, Status, as_told, has_expired
from lossy.store.note_life import Amended, Moved, NoteLife, earlier_words, was_asked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lossy.store.note_book import Decide, Filed

    Decision = Callable[[Filed], Moved]

SPOKEN = {"spoken": True}  # the words are those that the machine wrote down


@frozen
class Request:
    """Who asks, when (ms), the version that they saw, and the id that their client gave the request.

    Without a version it is meant whatever the note is by now. Without an id a repeat is another request.
    """

    by: UUID
    at: int
    version: int | None = None
    id: UUID | None = None


@frozen
class Wording:
    """What a person may change of a note; None leaves it as it is. `frames` are in and out."""

    text: str | None = None
    category: Category | None = None
    frames: tuple[int, int | None] | None = None

    def of(self, note: Note) -> Amended:
        frames = self.frames or (note.frame_in, note.frame_out)
        return Amended(self.text or note.text, self.category or note.category, note.confidence, frames)


def edit(life: NoteLife, request: Request, wording: Wording) -> Decide:
    """Who saves the words as they are means them: that confirms a ghost, and is no change of another note."""

    def decide(filed: Filed) -> Moved:
        amended = wording.of(filed.note)
        if amended == Wording().of(filed.note):
            return _move(life, filed, "confirm", request)
        return _move(life, filed, "edit", request, amended=amended)

    return _alone(request, decide)


def confirm(life: NoteLife, request: Request) -> Decide:
    return _alone(request, lambda filed: _move(life, filed, "confirm", request))


def delete(life: NoteLife, request: Request) -> Decide:
    return _alone(request, lambda filed: _move(life, filed, "delete", request))


def queue(life: NoteLife, request: Request) -> Decide:
    return _alone(request, lambda filed: _move(life, filed, "queue", request))


def undo(life: NoteLife, request: Request) -> Decide:
    """Takes back the deletion of a note, its place in the queue where it has just got that, or else the last change of
    its words, and then the one before.
    """

    def decide(filed: Filed) -> Moved:
        if filed.note.status is Status.DELETED:
            return _move(life, filed, "undo", request)
        if filed.changes[-1].event == "queue":
            return _move(life, filed, "unqueue", request)
        words = earlier_words(filed.changes)
        if words is None:
            raise _conflict(filed.note, "There is nothing to take back.")
        return _move(life, filed, "edit", request, amended=words, facts=SPOKEN, takes_back=True)

    return _alone(request, decide)


def merge(life: NoteLife, request: Request) -> Decide:
    """Of two notes: the words of the first go into the second, which is then about the frames of both."""

    def decide(both: Sequence[Filed]) -> Sequence[Moved]:
        gone, into = both
        if was_asked(gone.changes, request.by, request.id):
            return [Moved(each.kept) for each in both]
        _check_version(request, gone.note)
        amended = _together(into.note, gone.note)
        left = [_move(life, gone, "merge", request), _move(life, into, "edit", request, amended=amended)]
        return [_granted(each) for each in left]

    return decide


def expire(life: NoteLife, now: int, days: int) -> Decide:
    """By nobody. Nothing where it is no old ghost any more."""

    def decide(filed: Sequence[Filed]) -> Sequence[Moved]:
        (found,) = filed
        expired = has_expired(found.note, now, days)
        return [life.move(found.kept, "expire", None, now) if expired else Moved(found.kept)]

    return decide


def _alone(request: Request, decide: Decision) -> Decide:
    def decide_one(filed: Sequence[Filed]) -> Sequence[Moved]:
        (found,) = filed
        if was_asked(found.changes, request.by, request.id):
            return [Moved(found.kept)]
        _check_version(request, found.note)
        return [_granted(decide(found))]

    return decide_one


def _move(life: NoteLife, filed: Filed, event: str, request: Request, **more: Any) -> Moved:
    return life.move(filed.kept, event, request.by, request.at, request=request.id, **more)


def _together(into: Note, gone: Note) -> Amended:
    text = f"{into.text} {gone.text}"
    if len(text) > MAX_TEXT:
        raise invalid("into", f"Together they have more than {MAX_TEXT} characters.")
    return Amended(text, into.category, into.confidence, _span(into, gone), gone.transcript)


def _span(one: Note, other: Note) -> tuple[int, int | None]:
    """Frames that hold those of both; of one frame where both are about that one."""
    first = min(one.frame_in, other.frame_in)
    last = max(note.frame_in if note.frame_out is None else note.frame_out for note in (one, other))
    is_range = last > first or one.frame_out is not None or other.frame_out is not None
    return first, last if is_range else None


def _check_version(request: Request, note: Note) -> None:
    if request.version not in (None, note.version):
        raise _conflict(note, "It has changed since.")


def _granted(moved: Moved) -> Moved:
    """Raises Refusal where the note's chart makes nothing of it."""
    match moved.refused:
        case None:
            return moved
        case Code.FORBIDDEN:
            raise Refusal(Code.FORBIDDEN, "Only its author may do that, and who deleted it.")
        case _:
            raise _conflict(moved.kept.note, f"Not while it is {moved.kept.note.status}.")


def _conflict(note: Note, message: str) -> Refusal:
    return Refusal(Code.CONFLICT, message, {"note": as_told(note)})
