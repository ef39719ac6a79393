"""What was taken from users is let go of: once, at once, and within a tick where another node took it. Virtual time."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
import trio
from attrs import define, field

from lossy.bus.memory import Bus, Published
from lossy.domain.access import Role
from lossy.sessions.letting_go import TICK_S, LettingGo
from lossy.store.pool import StoreUnavailable
from lossy.store.withdrawals import DeviceSignedOut, Look, ShareChanged, Withdrawal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock

ANN, BEN, LAPTOP, VIDEO = (UUID(int=n) for n in range(1, 5))
OUT = DeviceSignedOut(ANN, LAPTOP, 1)


@define(eq=False)
class Table:
    """Every look finds the latest row again, as one in PostgreSQL may."""

    rows: list[Withdrawal] = field(factory=list)
    away: bool = False

    async def since(self, cursor: int | None) -> Look:
        await trio.lowlevel.checkpoint()
        if self.away:
            raise StoreUnavailable("away")
        first = len(self.rows) if cursor is None else max(0, cursor - 1)
        return Look(len(self.rows), [*enumerate(self.rows)][first:])


@define(eq=False)
class Watched:
    table: Table
    letting_go: LettingGo
    heard: list[Withdrawal]
    told: list[Published]
    closed: list[tuple[UUID, UUID]]


@asynccontextmanager
async def watched() -> AsyncIterator[Watched]:
    table, bus, closed = Table(), Bus(), list[tuple[UUID, UUID]]()

    async def close_reviews(user_id: UUID, video_id: UUID) -> None:
        closed.append((user_id, video_id))

    letting_go = LettingGo(table, bus, close_reviews)
    watched = Watched(table, letting_go, [], [], closed)
    async with trio.open_nursery() as nursery:
        await nursery.start(letting_go.run)
        with letting_go.heard(ANN, watched.heard.append), bus.subscribe(f"user:{ANN}", watched.told.append):
            yield watched
        nursery.cancel_scope.cancel()


async def test_what_another_node_took_is_let_go_of_within_a_tick_and_once(autojump_clock: MockClock) -> None:
    async with watched() as node:
        node.table.rows += [OUT, DeviceSignedOut(BEN, LAPTOP, 1)]
        await trio.sleep(TICK_S + 0.01)
        assert node.heard == [OUT]
        assert TICK_S < 1, "out within a second"
        await trio.sleep(10)
        assert node.heard == [OUT]


async def test_what_was_taken_here_is_let_go_of_at_once_and_its_device_told_before() -> None:
    async with watched() as node:
        node.table.rows.append(OUT)
        order: list[str] = []
        with (
            node.letting_go.heard(ANN, lambda _: order.append("closed")),
            node.letting_go.bus.subscribe(f"user:{ANN}", lambda _: order.append("told")),
        ):
            await node.letting_go.look()
        assert order == ["told", "closed"]
        (told,) = node.told
        assert (told.broadcast.event, told.broadcast.payload) == ("device_revoked", {"device_id": str(LAPTOP)})


async def test_a_share_that_allows_no_review_any_more_closes_the_reviews() -> None:
    async with watched() as node:
        node.table.rows += [ShareChanged(ANN, VIDEO, Role.REVIEWER), ShareChanged(ANN, VIDEO, Role.EDITOR)]
        await node.letting_go.look()
        assert node.closed == [(ANN, VIDEO)]
        node.table.rows.append(ShareChanged(ANN, VIDEO, None))
        await node.letting_go.look()
        assert node.closed == [(ANN, VIDEO)] * 2
        assert len(node.heard) == 3


async def test_while_the_database_is_away_it_says_so_once_and_goes_on_where_it_was(autojump_clock: MockClock) -> None:
    async with watched() as node:
        with structlog.testing.capture_logs() as logs:
            node.table.away = True
            node.table.rows.append(OUT)
            await trio.sleep(10)
            node.table.away = False
            await trio.sleep(TICK_S + 0.01)
        assert node.heard == [OUT]
        assert [log["event"] for log in logs] == ["withdrawals not looked at"]


async def test_who_does_not_listen_any_more_is_held_no_longer() -> None:
    async with watched() as node:
        with node.letting_go.heard(BEN, node.heard.append):
            assert BEN in node.letting_go._hearers
        assert BEN not in node.letting_go._hearers
