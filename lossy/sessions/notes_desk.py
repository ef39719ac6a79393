"""Where people change notes, whatever way they come: checked, changed in one transaction, then told to everybody."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import trio
from attrs import field, frozen

from lossy.bus.memory import Bus
from lossy.channels.errors import Code, Refusal, invalid
from lossy.charts.model import Event
from lossy.clock import Clock
from lossy.domain.access import Action
from lossy.domain.notes import Note, Status, as_told
from lossy.sessions import note_decisions as decisions
from lossy.sessions.inbox import Happened
from lossy.sessions.note_access import NoteAccess
from lossy.sessions.note_draft import Draft, is_the_same, note_of
from lossy.sessions.note_news import CREATED, announce, announce_change
from lossy.sessions.restore import AGENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.sessions.note_decisions import Request, Wording
    from lossy.store.note_book import Decide
    from lossy.store.note_life import Moved, NoteLife

# A change is a few statements, and telling waits for nothing; a database that takes this long is away.
KEEP_WITHIN_S = 10


class Review(Protocol):
    """A session, as far as it is told of its notes."""

    def offer(self, happened: Happened, *, own: bool = False) -> None: ...


@frozen(eq=False)
class NotesDesk:
    """Each gives the note as it is afterwards, and raises Refusal: not_found, forbidden, invalid, and conflict with the
    note as it is where it is not what its change was made to, or cannot be changed like that.

    `live` finds a session of that user that is live here.
    """

    access: NoteAccess
    clock: Clock
    bus: Bus
    live: Callable[[UUID, UUID], Review | None] = field(default=lambda session_id, user_id: None)

    async def create(self, who: UUID, draft: Draft) -> Note:
        """The same draft once more gives the same note, as it is by now."""
        video = await self.access.video(who, draft.video_id, Action.NOTE)
        note = note_of(draft, video, who, self.clock.now_ms())
        begun = self.access.book.life.begin(note, self_firming=True)
        with _to_the_end():
            there = await self.access.book.begin(begun)
            if there is None:
                announce(self.bus, CREATED, begun.kept.note)
                return begun.kept.note
        if there.note.author_id != who:
            raise Refusal(Code.CONFLICT, "That id is taken.")
        if not is_the_same(draft, video, there):
            raise Refusal(Code.CONFLICT, "There is another note under that id.", {"note": as_told(there.note)})
        return there.note

    async def edit(self, request: Request, note_id: UUID, wording: Wording) -> Note:
        note = await self.access.to_change(request.by, note_id)
        _check(wording)
        return await self._change(request, note, decisions.edit(self._life, request, wording))

    async def confirm(self, request: Request, note_id: UUID) -> Note:
        note = await self.access.to_change(request.by, note_id)
        return await self._change(request, note, decisions.confirm(self._life, request))

    async def delete(self, request: Request, note_id: UUID) -> Note:
        note = await self.access.to_change(request.by, note_id)
        return await self._change(request, note, decisions.delete(self._life, request))

    async def undo(self, request: Request, note_id: UUID) -> Note:
        note = await self.access.to_change(request.by, note_id)
        return await self._change(request, note, decisions.undo(self._life, request))

    async def queue(self, request: Request, note_id: UUID) -> Note:
        note = await self.access.to_post(request.by, note_id)
        return await self._change(request, note, decisions.queue(self._life, request))

    async def merge(self, request: Request, note_id: UUID, into_id: UUID) -> Note:
        """The words of the first go into the other, which is given; the first is deleted."""
        gone = await self.access.to_change(request.by, note_id)
        into = await self.access.to_change(request.by, into_id)
        if into.id == gone.id or into.video_id != gone.video_id:
            raise invalid("into", "It must be another note of the same video.")
        return await self._change(request, gone, decisions.merge(self._life, request), into)

    async def expire(self, note_id: UUID, days: int) -> None:
        """Deletes it, where it is a ghost that nobody has touched for so many days. By nobody."""
        now = self.clock.now_ms()
        with _to_the_end():
            (left,) = await self.access.book.change([note_id], decisions.expire(self._life, now, days))
            self._tell(None, left, now)

    async def _change(self, request: Request, note: Note, decide: Decide, into: Note | None = None) -> Note:
        ids = [note.id] if into is None else [note.id, into.id]
        with _to_the_end():
            left = await self.access.book.change(ids, decide)
            for moved in left:
                self._tell(request.by, moved, request.at)
        return left[-1].kept.note

    def _tell(self, by: UUID | None, moved: Moved, at: int) -> None:
        if not moved.changes:
            return
        note = moved.kept.note
        announce_change(self.bus, note)
        deleted, event = note.status is Status.DELETED, moved.changes[-1].event
        if by == note.author_id and (deleted or event == "undo"):
            self._tell_session(note, Event("note_deleted" if deleted else "note_restored", at, _about(note)))

    def _tell_session(self, note: Note, event: Event) -> None:
        """The one that it was said in, if that is live here: it counts what its reviewer deletes."""
        session = None if note.session_id is None else self.live(note.session_id, note.author_id)
        if session is not None:
            with suppress(Refusal):  # it ends, or is so far behind that one deletion more or less is not missed
                session.offer(Happened(AGENT, event), own=True)

    @property
    def _life(self) -> NoteLife:
        return self.access.book.life


def _about(note: Note) -> dict[str, str | None]:
    return {"category": note.category.value, "remark": note.provenance.get("remark")}


def _check(wording: Wording) -> None:
    if wording.text is not None and not wording.text.strip():
        raise invalid("text", "It is blank.")
    first, last = wording.frames or (0, None)
    if last is not None and last < first:
        raise invalid("frame_out", "It ends before it begins.")


@contextmanager
def _to_the_end() -> Iterator[None]:
    """Whoever asked may leave meanwhile; what is changed is told all the same."""
    with trio.fail_after(KEEP_WITHIN_S, shield=True):
        yield
