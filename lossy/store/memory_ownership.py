"""Ownership in memory, for tests and the simulator: it keeps what `PostgresOwnership` does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import islice
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import trio
from attrs import define, field

from lossy.store.memory_sessions import through_json
from lossy.store.ownership import Changes, Decide, Row, Stepped

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


async def _at_once() -> None:
    await trio.lowlevel.checkpoint()


@define(eq=False)
class MemoryOwnership:
    """Each step awaits `before_commit` and `after_commit`, which may hold it back or raise.

    `videos` are those of the sessions that go on, by session and user.
    """

    before_commit: Callable[[], Awaitable[None]] = _at_once
    after_commit: Callable[[], Awaitable[None]] = _at_once
    videos: dict[tuple[UUID, UUID], UUID] = field(factory=dict, init=False)
    _rows: dict[UUID, Row] = field(factory=dict, init=False)
    _due: dict[UUID, int] = field(factory=dict, init=False)
    _changed: dict[UUID, int] = field(factory=dict, init=False)  # by user, the number of the latest change
    _changes: int = field(default=0, init=False)

    async def step(self, user_id: UUID, decide: Decide[T]) -> Stepped[T]:
        await self.before_commit()
        row = self._rows.get(user_id)
        decided = decide(None if row is None else row.state)
        state = through_json(decided.state)
        if row is None or state != row.state:
            row = self._rows[user_id] = Row(1 if row is None else row.version + 1, state)
            self._changes += 1
            self._changed[user_id] = self._changes
            self._set_due(user_id, decided.due)
        await self.after_commit()
        return Stepped(row.version, decided.result)

    def _set_due(self, user_id: UUID, due: int | None) -> None:
        self._due.pop(user_id, None)
        if due is not None:
            self._due[user_id] = due

    async def read(self, user_id: UUID) -> Row | None:
        await trio.lowlevel.checkpoint()
        return self._rows.get(user_id)

    async def changes(self, cursor: int | None) -> Changes:
        await trio.lowlevel.checkpoint()
        since = self._changes if cursor is None else cursor
        changed = {user_id: self._rows[user_id].version for user_id, n in self._changed.items() if n > since}
        return Changes(self._changes, changed)

    async def overdue(self, at: int, limit: int) -> Sequence[UUID]:
        await trio.lowlevel.checkpoint()
        longest_first = sorted(self._due.items(), key=lambda item: item[1])
        return [*islice((user_id for user_id, due in longest_first if due <= at), limit)]

    async def video_of(self, session_id: UUID, user_id: UUID) -> UUID | None:
        await trio.lowlevel.checkpoint()
        return self.videos.get((session_id, user_id))
