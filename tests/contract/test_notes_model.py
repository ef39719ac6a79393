"""Two people change the same notes in any order, each as they see them, against a model: nothing is lost, every change
is recorded with who made it, and whoever was too late is told. Over both note books.
"""

from __future__ import annotations

import os
from random import Random
from uuid import UUID

from attrs import define, field

from lossy.channels.errors import Code, Refusal
from lossy.domain.note_query import Query
from lossy.domain.notes import Note, Status
from lossy.domain.seen import Seen
from lossy.sessions.note_decisions import Request, Wording
from lossy.store.note_book import Whose
from tests.contract.ledgers import ANN, VIDEO
from tests.contract.note_books import EVE, NOW_MS, Booked, draft, note_id

LIVES = 60 if os.environ.get("LOSSY_NIGHTLY") == "1" else 6
STEPS = 40


@define(eq=False)
class Model:
    """A note as it ought to be: the row of its words, oldest first, and who is to be found in its records."""

    words: list[str]
    by: list[UUID]
    deleted: bool = False
    deleted_by: UUID | None = None

    @property
    def version(self) -> int:
        return len(self.by)

    def edit(self, who: UUID, words: str) -> None:
        self.words.append(words)
        self.by.append(who)

    def delete(self, who: UUID) -> None:
        self.deleted, self.deleted_by = True, who
        self.by.append(who)

    def undo(self, who: UUID) -> None:
        if self.deleted:
            self.deleted = False
        else:
            self.words.pop()
        self.by.append(who)

    def may_undo(self, who: UUID) -> bool:
        return who in (ANN, self.deleted_by) if self.deleted else len(self.words) > 1


@define(eq=False)
class Life:
    """Some notes of Ann's that she and Eve change. Each knows the versions that they saw last, which may be old."""

    at: Booked
    random: Random
    video_notes: dict[UUID, Model] = field(factory=dict)
    saw: dict[tuple[UUID, UUID], int] = field(factory=dict)  # by person and note
    seen: Seen | None = None
    changed: set[UUID] = field(factory=set)

    async def step(self, n: int) -> None:
        who = self.random.choice([ANN, EVE])
        match self.random.choice(["create", "look", "edit", "edit", "edit", "delete", "undo", "undo", "since"]):
            case "create" if len(self.video_notes) >= 4:
                pass
            case "since":
                await self.check_since()
            case kind if kind == "create" or not self.video_notes:
                await self.create(n)
            case "look":
                id = self.random.choice([*self.video_notes])
                self.saw[who, id] = self.video_notes[id].version
            case kind:
                await self.change(kind, who, self.random.choice([*self.video_notes]), n)

    async def create(self, n: int) -> None:
        made = await self.at.desk.create(ANN, draft(n))
        assert await self.at.desk.create(ANN, draft(n)) == made
        self.video_notes[made.id] = Model([made.text], [ANN, ANN])
        self.changed.add(made.id)

    async def change(self, kind: str, who: UUID, id: UUID, n: int) -> None:
        model, version = self.video_notes[id], self.saw.get((who, id))
        request = Request(who, NOW_MS + n, version, note_id(1_000 + n))
        words = f"Words {n}."
        stale = version not in (None, model.version)
        refused = stale or {"edit": model.deleted, "delete": False, "undo": not model.may_undo(who)}[kind]
        left = await self.try_to(kind, request, id, words)
        if isinstance(left, Refusal):
            theirs = model.deleted and kind == "undo" and not stale
            assert (refused, left.code) == (True, Code.FORBIDDEN if theirs else Code.CONFLICT)
            if left.code is Code.CONFLICT:
                assert left.details["note"]["version"] == model.version
                self.saw[who, id] = model.version
            return
        assert not refused, kind
        before = model.version
        self.move(kind, who, model, words)
        assert (left.version, left.status is Status.DELETED) == (model.version, model.deleted)
        assert await self.ask(kind, request, id, words) == left, "once more, as after a lost answer"
        self.saw[who, id] = left.version
        self.changed |= {id} if model.version > before else set()

    async def try_to(self, kind: str, request: Request, id: UUID, words: str) -> Note | Refusal:
        try:
            return await self.ask(kind, request, id, words)
        except Refusal as refusal:
            return refusal

    async def ask(self, kind: str, request: Request, id: UUID, words: str) -> Note:
        match kind:
            case "edit":
                return await self.at.desk.edit(request, id, Wording(words))
            case "delete":
                return await self.at.desk.delete(request, id)
            case _:
                return await self.at.desk.undo(request, id)

    def move(self, kind: str, who: UUID, model: Model, words: str) -> None:
        if kind == "edit":
            model.edit(who, words)
        elif kind == "undo":
            model.undo(who)
        elif not model.deleted:
            model.delete(who)

    async def check_since(self) -> None:
        """Exactly what has changed since the last time."""
        if self.seen is not None:
            changes = await self.at.book.since(VIDEO, self.seen, 100)
            assert changes is not None
            mine = {note.id for note in changes.notes if note.id in self.video_notes}
            assert mine == self.changed
            self.seen = changes.seen
        else:
            self.seen = (await self.at.book.first_page(VIDEO, 1)).seen
        self.changed = set()

    async def check(self) -> None:
        page = await self.at.book.page(Whose(video=VIDEO), Query(limit=1_000))
        shown = {note.id: note.text for note in page.notes if note.id in self.video_notes}
        assert shown == {id: model.words[-1] for id, model in self.video_notes.items() if not model.deleted}
        for id, model in self.video_notes.items():
            history = [*await self.at.book.history(id)][::-1]
            assert [change.by for change in history] == model.by
            assert [change.version for change in history] == [*range(1, model.version + 1)]


async def test_two_people_lose_nothing_of_each_others(at: Booked) -> None:
    for seed in range(LIVES):
        life = Life(at, Random(seed))
        for n in range(STEPS):
            await life.step(100 * seed + n)
        await life.check()
