"""Ways in which a commit may go, for the ledger in memory: each is a `before_commit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import define, field

from lossy.store.memory import MemoryLedger
from lossy.store.pool import StoreError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.store.ledger import Commit, Noted


def name_of(commit: Commit) -> str:
    """Of the event; where a link hands it on, the name that it has for the others."""
    return str(commit.entry.payload.get("kind", commit.entry.event))


@define(eq=False)
class Gate:
    """Holds back commits whose entry is of one event until it is opened."""

    event: str
    held: trio.Event = field(factory=trio.Event, init=False)
    opened: trio.Event = field(factory=trio.Event, init=False)

    async def __call__(self, commit: Commit) -> None:
        await trio.lowlevel.checkpoint()
        if name_of(commit) == self.event:
            self.held.set()
            await self.opened.wait()


@define(eq=False)
class Slow:
    """Takes its time over the commits whose entry is of one event."""

    event: str
    seconds: float

    async def __call__(self, commit: Commit) -> None:
        await trio.sleep(self.seconds if name_of(commit) == self.event else 0)


@define(eq=False)
class Away:
    """The database does not take commits whose entry is of one event."""

    event: str

    async def __call__(self, commit: Commit) -> None:
        await trio.lowlevel.checkpoint()
        if name_of(commit) == self.event:
            raise StoreUnavailable("gone")


@define(eq=False)
class Refusing:
    """The database is there, and does not take commits whose entry is of one event."""

    event: str

    async def __call__(self, commit: Commit) -> None:
        await trio.lowlevel.checkpoint()
        if name_of(commit) == self.event:
            raise StoreError("not written")


@define(eq=False)
class Stopping:
    """The database goes away for commits whose entry is of one event, and the node is stopped at the same moment."""

    event: str
    scope: trio.CancelScope

    async def __call__(self, commit: Commit) -> None:
        if name_of(commit) == self.event:
            self.scope.cancel()
            raise StoreUnavailable("gone")


@define(eq=False)
class Silent(MemoryLedger):
    """Keeps the commits whose entry is of one event, and says for the first `times` that the connection broke."""

    event: str = field(kw_only=True)
    times: int = field(kw_only=True)

    async def commit_together(self, commits: Sequence[Commit]) -> Sequence[tuple[Noted, ...]]:
        left = await MemoryLedger.commit_together(self, commits)
        if self.times and self.event in map(name_of, commits):
            self.times -= 1
            raise StoreUnavailable("the connection broke before the answer")
        return left


@define(eq=False)
class Watched(MemoryLedger):
    """Knows what was kept together. The next row of commits waits for `opened`, or is lost where it is `away`."""

    rows: list[list[str]] = field(factory=list, init=False)
    opened: trio.Event | None = field(default=None, init=False)
    away: bool = field(default=False, init=False)

    async def commit_together(self, commits: Sequence[Commit]) -> Sequence[tuple[Noted, ...]]:
        if self.opened is not None:
            await self.opened.wait()
        if self.away:
            raise StoreUnavailable("gone")
        noted = await super().commit_together(commits)
        self.rows.append([name_of(commit) for commit in commits])
        return noted
