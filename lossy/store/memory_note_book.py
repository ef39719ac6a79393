"""The note book in memory, over the notes of a ledger in memory: it keeps and refuses what `PostgresNoteBook` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import trio
from attrs import field, frozen

from lossy.domain.note_query import PAGE, Cursor, Opening, Page, Query, Summary, comes_after, fits, key
from lossy.domain.notes import Note, Status, has_expired
from lossy.domain.seen import Seen
from lossy.store.memory import MemoryLedger
from lossy.store.note_book import LATEST, Begun, Changes, Decide, Filed, Whose
from lossy.store.note_life import Kept, Moved

if TYPE_CHECKING:
    from lossy.store.note_life import Change, NoteLife


def _kept_for_ever(author: UUID) -> int:
    return 0


@frozen(eq=False)
class MemoryNoteBook:
    """`expiry_days` stands for the settings of users, which a ledger does not have."""

    ledger: MemoryLedger = field(factory=MemoryLedger)
    expiry_days: Callable[[UUID], int] = _kept_for_ever

    @property
    def life(self) -> NoteLife:
        return self.ledger.life

    async def find(self, note_id: UUID) -> Note | None:
        await trio.lowlevel.checkpoint()
        return self.ledger.notes.get(note_id)

    async def begin(self, begun: Moved) -> Begun | None:
        await trio.lowlevel.checkpoint()
        id = begun.kept.note.id
        if id in self.ledger.notes:
            return Begun(self.ledger.notes[id], self.ledger.changes[id][0])
        self.ledger.keep(begun)
        return None

    async def change(self, note_ids: Sequence[UUID], decide: Decide) -> Sequence[Moved]:
        await trio.lowlevel.checkpoint()
        decided = decide([self._filed(id) for id in note_ids])
        for moved in decided:
            self.ledger.keep(moved)
        return decided

    def _filed(self, id: UUID) -> Filed:
        kept = Kept(self.ledger.notes[id], self.ledger.life_of(id))
        return Filed(kept, self.ledger.changes[id][-LATEST:])

    async def page(self, whose: Whose, query: Query) -> Page:
        await trio.lowlevel.checkpoint()
        return self._page(whose, query)

    def _page(self, whose: Whose, query: Query) -> Page:
        fitting = [note for note in self._of(whose) if fits(query.filters, note)]
        ordered = sorted(fitting, key=lambda note: (key(query.order, note), note.id), reverse=query.order.is_descending)
        rest = [note for note in ordered if query.cursor is None or comes_after(note, query.cursor)]
        more = Cursor.after(query.order, rest[query.limit - 1]) if len(rest) > query.limit else None
        return Page(tuple(rest[: query.limit]), more, len(fitting))

    def _of(self, whose: Whose) -> list[Note]:
        if whose.video is not None:
            return [note for note in self.ledger.notes.values() if note.video_id == whose.video]
        own = (note for note in self.ledger.notes.values() if note.author_id == whose.author)
        return [note for note in own if note.video_id not in whose.without]

    async def first_page(self, video_id: UUID, limit: int = PAGE) -> Opening:
        await trio.lowlevel.checkpoint()
        page = self._page(Whose(video=video_id), Query(limit=limit))
        return Opening(page.notes, page.cursor, page.total, self._seen())

    async def since(self, video_id: UUID, seen: Seen, limit: int, *, after: UUID | None = None) -> Changes | None:
        await trio.lowlevel.checkpoint()
        if seen.most > self._seen().most:
            return None
        found = sorted(
            (note for note in self._of(Whose(video=video_id)) if not seen.has(self.ledger.changed_in[note.id])),
            key=lambda note: note.id,
        )
        rest = [note for note in found if after is None or note.id > after]
        more = rest[limit - 1].id if len(rest) > limit else None
        return Changes(tuple(rest[:limit]), self._seen(), more)

    def _seen(self) -> Seen:
        """Nothing here is ever still running."""
        next_number = next(reversed(self.ledger.changed_in.values()), 0) + 1
        return Seen(next_number, next_number)

    async def summaries(self, video_ids: Collection[UUID]) -> Mapping[UUID, Summary]:
        await trio.lowlevel.checkpoint()
        return {video_id: self._summary(video_id) for video_id in video_ids}

    def _summary(self, video_id: UUID) -> Summary:
        categories, statuses = Counter[str](), Counter[str]()
        for (category, status), count in self.ledger.tallies[video_id].items():
            if count and status is not Status.DELETED:
                categories[category] += count
                statuses[status] += count
        return Summary(categories, statuses)

    async def history(self, note_id: UUID, *, before: int | None = None, limit: int = LATEST) -> Sequence[Change]:
        await trio.lowlevel.checkpoint()
        earlier = [change for change in self.ledger.changes[note_id] if before is None or change.version < before]
        return earlier[::-1][:limit]

    async def old_ghosts(self, now: int, limit: int) -> Sequence[UUID]:
        await trio.lowlevel.checkpoint()
        old = [note for note in self.ledger.notes.values() if has_expired(note, now, self.expiry_days(note.author_id))]
        return [note.id for note in sorted(old, key=lambda note: note.updated_at)][:limit]
