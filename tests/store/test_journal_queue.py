"""Commits that wait for the writer."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import trio
from trio.testing import wait_all_tasks_blocked

from lossy.store.journal import WAITING, PostgresLedger
from lossy.store.ledger import Commit, Entry


def commit(n: int) -> Commit:
    return Commit(1, Entry(UUID(int=n + 1), 1, 0, "voice", "start", {}, None, None, ()))


async def test_one_more_than_may_wait_waits_for_room_by_itself() -> None:
    ledger = PostgresLedger(cast("Any", None))  # no writer runs
    async with trio.open_nursery() as nursery:
        for n in range(WAITING + 1):
            nursery.start_soon(ledger.commit, commit(n))
        await wait_all_tasks_blocked()
        waiting = ledger._batches
        assert (len(waiting._asked), waiting._room.statistics().tasks_waiting) == (WAITING, 1)
        nursery.cancel_scope.cancel()
