"""A node's lease, and what becomes of its sessions when it is late, held up, or gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from attrs import define
from structlog.testing import capture_logs

from lossy.channels.errors import Code
from lossy.sessions.roster import MOVED_RETRY_MS
from lossy.store.memory import MemoryLedger
from lossy.store.pool import StoreUnavailable
from tests.sessions.client import SURE
from tests.sessions.drafting import Drafting
from tests.sessions.node import ANN, BEN, BENS_VIDEO, OTHER_SESSION, SESSION, Node, open_node, settled
from tests.sessions.two_nodes import LEASE_S, open_kept, open_two

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from trio.testing import MockClock

    from lossy.charts.model import Data
    from lossy.store.ledger import Commit


@define(eq=False)
class Down:
    """The database takes no commits while it is down."""

    is_down: bool = False

    async def __call__(self, commit: Commit) -> None:
        await trio.lowlevel.checkpoint()
        if self.is_down:
            raise StoreUnavailable("gone")


async def entries(node: Node) -> list[str]:
    stored = await node.ledger.read(SESSION)
    assert stored is not None
    return [entry.event for entry in stored.entries]


async def held_by(node: Node) -> bool | None:
    """Whether this node holds the session; None when nobody does."""
    stored = await node.ledger.read(SESSION)
    assert stored is not None
    return None if stored.holder is None else stored.holder.is_me


async def test_a_node_that_lives_keeps_its_sessions(autojump_clock: MockClock) -> None:
    async with open_two() as (first, second):
        ann = await first.node.join()
        await trio.sleep(10 * LEASE_S)
        assert await second.node.ledger.orphaned(1) == {}
        assert "note_id" in await ann.say(1).answer()
        assert ann.endings == []


async def test_a_lost_tick_costs_nothing(autojump_clock: MockClock) -> None:
    async with open_two() as (first, second):
        await first.node.join()
        first.hold_up()
        await trio.sleep(LEASE_S * 0.6)
        await first.keeper.lease.renew()
        await trio.sleep(LEASE_S * 0.6)
        assert await second.node.ledger.orphaned(1) == {}


async def test_the_sessions_of_a_node_that_died_are_finished_by_another_though_nobody_joins(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 1.0}).use(monkeypatch)
    ledger = MemoryLedger()
    async with open_kept(ledger, "second") as second:
        async with open_kept(ledger, "first") as first:
            ann = await first.node.join()
            said = ann.say(1)
            await trio.sleep(0.5)
        assert said.answers == []
        assert len(ledger.notes) == 0
        await trio.sleep(LEASE_S * 1.4)
        assert len(ledger.notes) == 1
        assert await held_by(second.node)


async def test_a_node_takes_up_only_so_many_at_a_time(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lossy.sessions.keeper.ADOPTED", 1)
    ledger = MemoryLedger()
    async with open_kept(ledger, "second") as second:
        async with open_kept(ledger, "first") as first:
            for session in (SESSION, OTHER_SESSION):
                await first.node.open(session)
        left = []
        for at in (LEASE_S * 0.9, LEASE_S * 1.1, LEASE_S * 1.5):
            await trio.sleep_until(at)
            left.append(len(await second.node.ledger.orphaned(9)))
        assert left == [0, 1, 0]


async def test_a_node_that_stops_lets_go_of_all_it_holds(autojump_clock: MockClock) -> None:
    async with open_two() as (first, second):
        await first.node.join()
        await first.node.roster.drain(1)
        assert await held_by(first.node) is None, "at rest: it waits for whoever joins"
        await first.keeper.stop()
        await trio.sleep(LEASE_S)
        assert await held_by(second.node) is None
        assert (await second.node.join()).session.epoch == 2


async def test_what_a_stop_could_not_finish_is_taken_up_at_once(autojump_clock: MockClock) -> None:
    async with open_two() as (first, second):
        await first.node.open()
        await first.keeper.stop()
        await trio.sleep(LEASE_S / 2)
        assert await held_by(second.node)


async def test_a_node_that_was_held_up_stops_what_was_taken_up_meanwhile(autojump_clock: MockClock) -> None:
    """It writes nothing: its keeper is told."""
    async with open_two() as (first, second):
        ann, other = await first.node.join(), await first.node.join(OTHER_SESSION)
        first.hold_up()
        await first.keeper.lease.leave()
        assert await second.node.ledger.take(SESSION)
        before = await entries(second.node)
        with capture_logs() as logs:
            await first.go_on()
            await trio.sleep(LEASE_S / 2)
        assert [(log["event"], log["log_level"]) for log in logs] == [("session taken up by another node", "info")]
        assert ann.pushed("moving")
        assert (ann.endings, other.endings) == (["failed"], [])
        assert await entries(second.node) == before
        assert "note_id" in await other.say(1).answer(), "the others go on"


async def test_a_write_of_a_node_that_was_held_up_is_fenced_off_and_stops_the_session(
    autojump_clock: MockClock,
) -> None:
    """Before its keeper knows."""
    async with open_two() as (first, second):
        ann, other = await first.node.join(), await first.node.join(OTHER_SESSION)
        await second.node.ledger.take(SESSION, even_held=True)
        before = await entries(second.node)
        with capture_logs() as logs:
            answer = await ann.say(1).answer()
            await settled()
        assert (answer["code"], answer["retry_after_ms"]) == (Code.RATE_LIMITED, MOVED_RETRY_MS)
        assert [log["event"] for log in logs] == ["session taken up by another node"]
        assert "exc_info" not in logs[0]
        assert ann.pushed("moving")
        assert ann.endings == ["failed"]
        assert await entries(second.node) == before
        assert not second.node.ledger.notes
        assert "note_id" in await other.say(2).answer()


async def test_words_that_were_in_hand_at_a_fence_are_asked_for_again(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 5.0}).use(monkeypatch)
    async with open_two() as (first, second):
        ann = await first.node.join()
        said = ann.say(1)
        await trio.sleep(1)
        again = await second.node.join()
        assert (await said.answer())["code"] == Code.RATE_LIMITED
        assert "note_id" in await again.say(1).answer()
        assert len(second.node.ledger.notes) == 1


async def test_a_session_that_comes_back_is_not_stopped_for_what_was_before(autojump_clock: MockClock) -> None:
    async with open_two() as (first, second):
        ann = await first.node.join()
        await second.node.ledger.take(SESSION, even_held=True)
        taken_away = await first.keeper.lease.taken_away()
        await ann.say(1).answer()
        again = await first.node.join()
        for session, epoch in taken_away:
            first.node.roster.give_up(session, epoch)
        assert "note_id" in await again.say(1).answer()


async def test_a_session_that_fails_because_the_database_is_away_is_let_go_when_that_is_back(
    autojump_clock: MockClock,
) -> None:
    down = Down()
    async with open_two(MemoryLedger(down)) as (first, second):
        ann = await first.node.join()
        down.is_down = True
        with capture_logs():
            assert (await ann.tell("start").answer())["code"] == Code.INTERNAL
            await trio.sleep(LEASE_S)
        assert await held_by(first.node), "it could not be told"
        down.is_down = False
        await trio.sleep(LEASE_S)
        assert await held_by(first.node) is None
        assert (await entries(second.node))[-1] == "failed"


async def test_a_database_that_goes_away_while_a_session_is_taken_up_only_puts_that_off(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = MemoryLedger()
    async with open_kept(ledger, "second") as second:
        async with open_kept(ledger, "first") as first:
            await first.node.open()
        settings = second.node.roster.data

        async def away(user_id: UUID) -> Mapping[str, Data]:
            monkeypatch.setattr(second.node.roster, "data", settings)
            raise StoreUnavailable("gone")

        monkeypatch.setattr(second.node.roster, "data", away)
        with capture_logs() as logs:
            await trio.sleep(LEASE_S * 1.1)
        assert [log["event"] for log in logs] == ["lease not kept"]
        assert second.node.roster.of_user(ANN) == ()
        await trio.sleep(LEASE_S)
        assert [session.epoch for session in second.node.roster.of_user(ANN)] == [3]


async def test_a_full_node_takes_up_nothing(autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossy.sessions.roster.SESSIONS", 1)
    ledger = MemoryLedger()
    async with open_kept(ledger, "second") as second:
        async with open_kept(ledger, "first") as first:
            await first.node.open()
        await second.node.open(OTHER_SESSION)
        await trio.sleep(3 * LEASE_S)
        assert await held_by(second.node) is False


async def test_a_database_that_goes_away_while_a_session_is_taken_up_is_asked_again(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 1.0}).use(monkeypatch)
    down, ledger = Down(), MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        ann.say(1)
        await trio.sleep(0.5)
    await trio.sleep(30)
    ledger.before_commit = down
    down.is_down = True
    async with open_node(ledger) as node:
        with pytest.raises(StoreUnavailable):
            await node.roster.recover()
        down.is_down = False
        await node.roster.adopt(200)
        await trio.sleep(3)
        assert len(ledger.notes) == 1


async def test_at_a_start_all_are_brought_back_though_nobody_joins(autojump_clock: MockClock) -> None:
    ledger = AwayAtFirst()
    async with open_node(ledger) as node:
        await node.open()
        await node.open(OTHER_SESSION, user=BEN, video=BENS_VIDEO)
    with capture_logs() as logs:
        async with open_kept(ledger, "again") as again:
            await settled()
            assert again.node.roster.latest(9) == (), "the database is away, and the node is up nevertheless"
            await again.node.open()
            await trio.sleep(LEASE_S / 3)
            await settled()
            assert {session.id for session in again.node.roster.latest(9)} == {SESSION, OTHER_SESSION}
    assert [entry["event"] for entry in logs] == ["sessions not brought back yet"]


class AwayAtFirst(MemoryLedger):
    """Whoever asks what is unfinished is answered the second time."""

    was_asked: bool = False

    async def unfinished(self, limit: int) -> Mapping[UUID, UUID]:
        if self.was_asked:
            return await super().unfinished(limit)
        self.was_asked = True
        raise StoreUnavailable("gone")
