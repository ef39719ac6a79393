"""Ways in which a commit may go, for the ledger in memory: each is a `before_commit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import define, field

from lossy.store.pool import StoreUnavailable

if TYPE_CHECKING:
    from lossy.store.ledger import Commit


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
