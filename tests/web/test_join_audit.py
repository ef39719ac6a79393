"""The audit of joins: what is noted of each, when it is written, and what becomes of it while the database is away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
import pytest
import trio
from attrs import define, field

from lossy.clock import Clock
from lossy.domain.join_audit import NOBODY, Row
from lossy.store.pool import StoreUnavailable
from lossy.web.app import ROUTES
from lossy.web.join_audit import JoinAudit
from tests.web.peers import ADDRESS, DEVICE, USER, make_node, open_peer
from tests.web.rooms import Rooms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structlog.typing import EventDict
    from trio.testing import MockClock

    from lossy.web.node import Node

DAYS = timedelta(days=90)


@define(eq=False)
class Page:
    """In the place of the table."""

    away: bool = False
    rows: list[Row] = field(factory=list, init=False)
    forgotten: list[datetime] = field(factory=list, init=False)

    async def add(self, rows: Sequence[Row]) -> None:
        await trio.lowlevel.checkpoint()
        if self.away:
            raise StoreUnavailable("away")
        self.rows += rows

    async def forget(self, before: datetime) -> int:
        await trio.lowlevel.checkpoint()
        if self.away:
            raise StoreUnavailable("away")
        self.forgotten.append(before)
        return 0


def audited(page: Page) -> Node:
    node = make_node()
    return attrs.evolve(node, join_audit=JoinAudit(page, node.clock, DAYS))


def told(row: Row) -> tuple[Any, ...]:
    noted = row.attempt
    return noted.user_id, noted.device_id, noted.address, noted.topic, noted.outcome, row.count


async def test_every_join_is_noted_with_what_came_of_it() -> None:
    page = Page()
    node = audited(page)
    async with open_peer(Rooms().routes, node) as peer, open_peer(Rooms().routes, node, token="x") as stranger:
        await peer.join("charts:a", "1")
        await peer.join("charts:b", "2", refuse=True)
        await peer.join("charts:b", "3", refuse=True)
        await peer.join("charts:c", "4", crash="join")
        await peer.join("secret of somebody", "5")
        await stranger.join("charts:a", "1")
    await node.join_audit.write()
    assert sorted(map(told, page.rows), key=str) == sorted(
        [
            (USER, DEVICE, ADDRESS, "charts:a", "ok", 1),
            (USER, DEVICE, ADDRESS, "charts:b", "forbidden", 2),
            (USER, DEVICE, ADDRESS, "charts:c", "internal", 1),
            (USER, DEVICE, ADDRESS, "?", "not_found", 1),
            (NOBODY, NOBODY, ADDRESS, "charts:a", "unauthenticated", 1),
        ],
        key=str,
    )


async def test_it_is_written_together_and_forgotten_after_a_while(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    page = Page()
    audit = JoinAudit(page, Clock(), DAYS)
    nursery.start_soon(audit.run)
    for _ in range(3):
        audit.note(None, ADDRESS, "x", None, "not_found")
    assert page.rows == []
    await trio.sleep(6)
    assert [row.count for row in page.rows] == [3]
    await trio.sleep(3_700)
    assert len(page.forgotten) == 2
    assert len(page.rows) == 1


async def test_what_cannot_be_written_waits(
    nursery: trio.Nursery, autojump_clock: MockClock, log: list[EventDict]
) -> None:
    page = Page(away=True)
    audit = JoinAudit(page, Clock(), DAYS)
    nursery.start_soon(audit.run)
    audit.note(None, ADDRESS, "x", None, "not_found")
    await trio.sleep(6)
    audit.note(None, ADDRESS, "x", None, "not_found")
    page.away = False
    await trio.sleep(5)
    assert [row.count for row in page.rows] == [2]
    assert [each["event"] for each in log] == ["joins not audited yet", "old audits not forgotten"]


async def test_nothing_of_a_token_is_noted() -> None:
    page = Page()
    node = audited(page)
    async with open_peer(ROUTES, node, token="the secret") as peer:
        await peer.join("video:meta", "1", token="another secret")
        await peer.join(f"user:{UUID(int=7)}", "2")
    await node.join_audit.write()
    assert len(page.rows) == 2
    assert "secret" not in str(page.rows)


@pytest.fixture(name="log")
def _log() -> Any:
    from structlog.testing import capture_logs

    with capture_logs() as logged:
        yield logged
