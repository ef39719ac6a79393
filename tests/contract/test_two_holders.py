"""Two nodes that take a session from each other at any moment: the journal is as if they had taken turns."""

from __future__ import annotations

import os
from random import Random
from uuid import UUID

import trio
from attrs import define, field

from lossy.store.lease import LocalNode
from lossy.store.ledger import Commit, Ledger, LedgerConflict
from tests.contract.ledgers import ANN, VIDEO, Kept
from tests.contract.test_ledger import entry

LIVES = 200 if os.environ.get("LOSSY_NIGHTLY") == "1" else 12
STEPS = 25
TOGETHER = 3  # of them start at the same moment


@define(eq=False)
class Life:
    """What became of one session. Each entry's event is unique, and says in which epoch its writer held the session."""

    session: UUID
    written: list[str] = field(factory=list)
    takings: list[tuple[int, int]] = field(factory=list)  # the epoch, and the latest entry that was there
    said: int = 0


@define(eq=False)
class Writer:
    """One node, as far as it knows the session."""

    ledger: Ledger
    life: Life
    epoch: int = 0
    n: int = 0
    latest: Commit | None = None

    async def take(self) -> None:
        stored = await self.ledger.take(self.life.session, even_held=True)
        assert stored is not None
        self.epoch, self.n = stored.epoch, stored.entries[-1].n if stored.entries else 0
        self.life.takings.append((self.epoch, self.n))

    async def write(self) -> None:
        self.life.said += 1
        event = f"{self.epoch} {self.life.said}"
        self.latest = Commit(self.epoch, entry(self.n + 1, event, session=self.life.session))
        try:
            await self.ledger.commit(self.latest)
        except LedgerConflict:
            return
        self.life.written.append(event)
        self.n = self.latest.entry.n

    async def write_again(self) -> None:
        """As after a connection that broke: it was written, or it was not."""
        if self.latest is None:
            return
        event = self.latest.entry.event
        try:
            await self.ledger.commit(self.latest)
        except LedgerConflict:
            assert event not in self.life.written, "what was written is known as written"
        else:
            assert event in self.life.written, "what was refused stays refused"


async def live(kept: Kept, number: int) -> Life:
    """Steps are drawn anew for each life. One writer does one thing at a time, as a session does."""
    random, life = Random(number), Life(UUID(int=10_000 + number))
    await kept.ledger.begin(life.session, ANN, VIDEO, {})
    writers = [Writer(kept.beside(LocalNode(name)).ledger, life) for name in ("first", "second", "third")]
    for _ in range(STEPS):
        async with trio.open_nursery() as nursery:
            for writer in random.sample(writers, TOGETHER):
                step = random.choice([writer.take, writer.write, writer.write, writer.write, writer.write_again])
                nursery.start_soon(step)
    return life


async def test_each_entry_was_written_in_the_epoch_of_its_time_and_none_is_lost(kept: Kept) -> None:
    for number in range(LIVES):
        life = await live(kept, number)
        stored = await kept.ledger.read(life.session)
        assert stored is not None
        events = [written.event for written in stored.entries]
        assert sorted(events) == sorted(life.written), f"life {number}"
        assert [written.n for written in stored.entries] == [*range(1, len(events) + 1)]
        epochs = [int(event.split()[0]) for event in events]
        for epoch, seen in life.takings:
            assert all(before < epoch for before in epochs[:seen]), f"life {number}, epoch {epoch}"
            assert all(after >= epoch for after in epochs[seen:]), f"life {number}, epoch {epoch}"
