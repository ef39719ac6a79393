"""Sessions that are opened side by side: how many at a time, for whom one waits, and what a stop does to those."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from lossy.channels.errors import Code, Refusal
from lossy.domain.access import Role
from lossy.domain.timecode import Rate
from lossy.sessions import roster
from lossy.sessions.roster import AT_ONCE, BESIDE
from lossy.sessions.session import Session
from lossy.store.memory import MemoryLedger
from lossy.store.pool import StoreError, StoreUnavailable
from lossy.store.videos import Reach, Video
from tests.sessions.client import LAPTOP
from tests.sessions.node import ANN, BEN, BENS_VIDEO, OTHER_SESSION, SESSION, VIDEO, Node, open_node, settled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trio.testing import MockClock

    from lossy.store.ledger import Commit, Stored

SLOW_S = 60
CROWD = 3 * AT_ONCE


class SlowFor(MemoryLedger):
    """It takes a minute to begin or take up a session of that user, or of everybody's; away, it fails."""

    def __init__(self, user: UUID | None) -> None:
        super().__init__()
        self.user, self.away, self.most, self._now = user, False, 0, 0
        self.broken: UUID | None = None  # the session of which it says something is wrong

    async def begin(
        self, session_id: UUID, user_id: UUID, video_id: UUID, snapshot: Mapping[str, Any]
    ) -> Stored | None:
        await self._take_time(user_id)
        return await super().begin(session_id, user_id, video_id, snapshot)

    async def take(self, session_id: UUID, *, even_held: bool = False) -> Stored | None:
        if self.away:
            raise StoreUnavailable("it is away")
        if session_id == self.broken:
            raise StoreError("it is broken")
        stored = await super().take(session_id, even_held=even_held)
        if stored is not None:
            await self._take_time(stored.user_id)
        return stored

    async def _take_time(self, user_id: UUID) -> None:
        self._now += 1
        self.most = max(self.most, self._now)
        if self.user in (user_id, EVERYBODY):
            await trio.sleep(SLOW_S)
        self._now -= 1


EVERYBODY = UUID(int=0)


async def reach(video_id: UUID, user_id: UUID) -> Reach:
    """Every video is everybody's."""
    await trio.lowlevel.checkpoint()
    return Reach(Video(video_id, user_id, "https://example.com/cut.mp4", "cut", Rate(25)), Role.OWNER)


async def open_one(node: Node, number: int, opened: list[Session | Code]) -> None:
    session, user, video = (UUID(int=kind << 32 | number) for kind in range(1, 4))
    try:
        opened.append(await node.roster.open(session, user, video, LAPTOP))
    except Refusal as refusal:
        opened.append(refusal.code)


async def left_by_a_node_that_died() -> SlowFor:
    """Ann's session, and then Ben's."""
    ledger = SlowFor(None)
    async with open_node(ledger) as node:
        await node.open()
        await node.open(OTHER_SESSION, user=BEN, video=BENS_VIDEO)
    return ledger


async def test_nobody_waits_for_the_session_of_somebody_else(autojump_clock: MockClock) -> None:
    """As after a restart, when all of them join at once."""
    async with open_node(SlowFor(ANN)) as node, trio.open_nursery() as nursery:
        nursery.start_soon(node.open)
        await settled()
        await node.open(OTHER_SESSION, user=BEN, video=BENS_VIDEO)
        assert trio.current_time() == 0
        assert node.roster.live(SESSION, ANN) is None


async def test_so_many_are_opened_at_a_time_and_the_rest_after_them(autojump_clock: MockClock) -> None:
    ledger, opened = SlowFor(EVERYBODY), list[Session | Code]()
    async with open_node(ledger) as node:
        node.roster.find_reach = reach
        async with trio.open_nursery() as nursery:
            for number in range(CROWD):
                nursery.start_soon(open_one, node, number, opened)
        assert len(node.roster.latest(CROWD)) == len(opened) == CROWD
        assert ledger.most == AT_ONCE
        assert trio.current_time() == CROWD / AT_ONCE * SLOW_S


async def test_there_are_never_more_than_there_is_room_for(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "SESSIONS", AT_ONCE + 1)
    opened = list[Session | Code]()
    async with open_node(SlowFor(EVERYBODY)) as node:
        node.roster.find_reach = reach
        async with trio.open_nursery() as nursery:
            for number in range(CROWD):
                nursery.start_soon(open_one, node, number, opened)
        assert len(node.roster.latest(CROWD)) == AT_ONCE + 1
        assert opened.count(Code.RATE_LIMITED) == CROWD - AT_ONCE - 1


async def test_a_stop_lets_those_end_that_are_on_their_way_and_begins_no_more(autojump_clock: MockClock) -> None:
    opened = list[Session | Code]()
    async with open_node(SlowFor(EVERYBODY)) as node:
        node.roster.find_reach = reach
        async with trio.open_nursery() as nursery:
            for number in range(CROWD):
                nursery.start_soon(open_one, node, number, opened)
            await settled()
            await node.roster.drain(2 * SLOW_S)
            assert trio.current_time() == SLOW_S
            assert node.roster.latest(CROWD) == ()
        assert opened == [Code.RATE_LIMITED] * CROWD, "nobody is given a session that is stopped"
        assert len(node.ledger.sessions) == AT_ONCE


async def test_a_stop_does_not_wait_for_who_gave_up(autojump_clock: MockClock) -> None:
    scope = trio.CancelScope()
    async with open_node(SlowFor(ANN)) as node, trio.open_nursery() as nursery:

        @nursery.start_soon
        async def give_up() -> None:
            with scope:
                await node.open()

        await settled()
        scope.cancel()
        await node.roster.drain(SLOW_S)
        assert trio.current_time() == 0


async def test_a_stranger_who_asks_for_a_session_that_is_on_its_way_does_not_hide_it(autojump_clock: MockClock) -> None:
    async with open_node(SlowFor(ANN)) as node, trio.open_nursery() as nursery:
        nursery.start_soon(open_unless_refused, node)
        await settled()
        assert await node.refusal(user=BEN, video=VIDEO) == Code.NOT_FOUND
        await node.roster.drain(2 * SLOW_S)
        assert trio.current_time() == SLOW_S


async def open_unless_refused(node: Node) -> None:
    with suppress(Refusal):
        await node.open()


async def test_who_comes_to_a_session_that_was_stopped_is_sent_on(autojump_clock: MockClock) -> None:
    """It was given to them before, and they are late: it is nobody's inbox any more."""
    async with open_node() as node:
        ann = await node.listen()
        await node.roster.drain(SLOW_S)
        with pytest.raises(Refusal) as refused:
            ann.tell("start")
        assert refused.value.code == Code.RATE_LIMITED


async def test_who_waited_while_the_session_failed_gets_it_when_it_is_laid_to_rest(autojump_clock: MockClock) -> None:
    """Another of the same user's is being opened, so nothing is known of that failure until it is their turn."""
    ledger, opened = SlowFor(None), list[Session]()

    async def hold_last(commit: Commit) -> None:
        await trio.sleep(SLOW_S if commit.entry.event == "rested" else 0)

    ledger.before_commit = hold_last
    async with open_node(ledger) as node:
        first = await node.open()
        ledger.user = ANN

        async def open_again() -> None:
            opened.append(await node.open())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(node.open, OTHER_SESSION)
            await settled()
            ledger.user = None
            nursery.start_soon(open_again)
            await trio.sleep(SLOW_S - 1)
            first.finish()
        assert [session.id for session in opened] == [SESSION]
        assert opened[0] is not first
        assert {session.id for session in node.roster.latest(9)} == {SESSION, OTHER_SESSION}
        opened[0].finish()
        await trio.sleep(2 * SLOW_S)
        assert {session.id for session in node.roster.latest(9)} == {OTHER_SESSION}


async def test_all_are_brought_back_side_by_side(autojump_clock: MockClock) -> None:
    ledger = await left_by_a_node_that_died()
    ledger.user = BEN
    async with open_node(ledger) as node, trio.open_nursery() as nursery:
        nursery.start_soon(node.roster.recover)
        await settled()
        assert [session.id for session in node.roster.latest(9)] == [SESSION], "his began last, so it is the first"
        await trio.sleep(SLOW_S + 1)
        assert node.roster.live(OTHER_SESSION, BEN) is not None


async def test_a_database_that_goes_away_meanwhile_keeps_nobody_from_being_brought_back_later(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await left_by_a_node_that_died()
    async with open_node(ledger) as node:
        with monkeypatch.context() as away:
            away.setattr(ledger, "away", True)
            with pytest.raises(StoreError, match="away"):
                await node.roster.recover()
        assert node.roster.latest(9) == ()
        await node.roster.adopt(9)
        assert len(node.roster.latest(9)) == 2


async def test_so_many_are_brought_back_at_a_time(autojump_clock: MockClock) -> None:
    """Also where those of a node that is gone are taken up meanwhile."""
    ledger, opened = SlowFor(None), list[Session | Code]()
    async with open_node(ledger) as node:
        node.roster.find_reach = reach
        for number in range(CROWD):
            await open_one(node, number, opened)
    ledger.user, ledger.most = EVERYBODY, 0
    async with open_node(ledger) as node:
        node.roster.find_reach = reach
        async with trio.open_nursery() as nursery:
            nursery.start_soon(node.roster.recover)
            nursery.start_soon(node.roster.recover)
        assert len(node.roster.latest(CROWD)) == CROWD
        assert ledger.most == BESIDE


async def test_one_that_cannot_be_taken_up_keeps_no_other_from_coming_back(autojump_clock: MockClock) -> None:
    ledger = await left_by_a_node_that_died()
    async with open_node(ledger) as node:
        ledger.broken = OTHER_SESSION
        await node.roster.recover()
        assert [session.id for session in node.roster.latest(9)] == [SESSION]
        ledger.broken = None
        await node.roster.adopt(9)
        assert {session.id for session in node.roster.latest(9)} == {SESSION, OTHER_SESSION}


async def test_where_there_is_no_room_they_are_brought_back_once_there_is(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await left_by_a_node_that_died()
    async with open_node(ledger) as node:
        with monkeypatch.context() as full:
            full.setattr(roster, "SESSIONS", 1)
            full.setattr(ledger, "unfinished", lambda limit: MemoryLedger.unfinished(ledger, 2))
            assert await node.roster.recover() == 1
        await node.roster.adopt(9)
        await wait_all_tasks_blocked()
        assert len(node.roster.latest(9)) == 2
