"""The sessions of one node: who may open which, what a stop lets them finish, and what a start brings back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
import trio

from lossy.channels.errors import Code, Refusal
from lossy.domain.access import Role
from lossy.sessions import roster
from lossy.sessions.roster import FULL_RETRY_MS
from lossy.store.memory import MemoryLedger
from tests.sessions.node import (
    ANN,
    BEN,
    BENS_VIDEO,
    OTHER_SESSION,
    OTHER_VIDEO,
    SESSION,
    SHARED,
    VIDEO,
    open_node,
    settled,
)

if TYPE_CHECKING:
    from trio.testing import MockClock

    from lossy.sessions.session import Session


async def test_two_who_open_a_session_at_once_get_the_same_one(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        opened: list[Session] = []

        async def open_it() -> None:
            opened.append(await node.open())

        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(open_it)
        assert len(opened) == 3
        assert {session.audience.outbound.epoch for session in opened} == {1}
        assert len({*opened}) == 1


async def test_somebody_elses_session_or_video_is_not_found(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        await node.open()
        assert await node.refusal(user=BEN, video=VIDEO) == Code.NOT_FOUND, "his user, her video"
        assert await node.refusal(user=BEN, video=BENS_VIDEO) == Code.NOT_FOUND, "her session, his video"
        assert await node.refusal(video=OTHER_VIDEO) == Code.NOT_FOUND, "her session, another video of hers"
        assert await node.refusal(OTHER_SESSION, user=BEN, video=VIDEO) == Code.NOT_FOUND, "a new session, her video"
        assert await node.ledger.read(OTHER_SESSION) is None


async def test_asking_for_somebody_elses_session_takes_it_from_nobody(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        assert (await node.open()).audience.outbound.epoch == 1
    async with open_node(ledger) as node:
        assert await node.refusal(user=BEN, video=BENS_VIDEO) == Code.NOT_FOUND
        assert await node.refusal(video=OTHER_VIDEO) == Code.NOT_FOUND
    async with open_node(ledger) as node:
        assert (await node.open()).audience.outbound.epoch == 2


async def test_a_session_that_has_ended_is_refused(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.tell("close").answer()
        await settled()
        assert await node.refusal() == Code.CONFLICT


async def test_a_full_node_opens_no_more_and_says_when_to_come_back(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "SESSIONS", 1)
    async with open_node() as node:
        ann = await node.join()
        with pytest.raises(Refusal) as refusal:
            await node.open(OTHER_SESSION)
        assert (refusal.value.code, refusal.value.details) == (Code.RATE_LIMITED, {"retry_after_ms": FULL_RETRY_MS})
        assert await node.open() is ann.session, "who is here may join again"
        await ann.tell("close").answer()
        await settled()
        await node.open(OTHER_SESSION)


async def test_a_user_with_too_many_sessions_has_the_oldest_unwatched_one_put_away(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "SESSIONS_OF_USER", 2)
    async with open_node() as node:
        watched, unwatched = await node.join(UUID(int=1)), await node.open(UUID(int=2))
        await node.open(UUID(int=3))
        assert unwatched.over
        assert await node.open(UUID(int=1)) is watched.session
        again = await node.open(UUID(int=2))
        assert again is not unwatched
        assert again.audience.outbound.epoch == 2, "it was brought back from the ledger"


async def test_a_user_who_watches_as_many_sessions_as_they_may_is_told_to_come_back(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "SESSIONS_OF_USER", 1)
    async with open_node() as node:
        await node.join()
        assert await node.refusal(OTHER_SESSION) == Code.RATE_LIMITED
        assert await node.open(OTHER_SESSION, user=BEN, video=BENS_VIDEO), "nobody else is"


# -- videos that are shared -----------------------------------------------------------------------------------------


async def test_a_reviewer_opens_a_session_on_a_shared_video_and_no_other_role_does(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_node() as node:
        for role, code in ((Role.VIEWER, Code.FORBIDDEN), (Role.EDITOR, Code.FORBIDDEN)):
            monkeypatch.setitem(SHARED, (VIDEO.id, BEN), role)
            assert await node.refusal(user=BEN, video=VIDEO) == code
        monkeypatch.setitem(SHARED, (VIDEO.id, BEN), Role.REVIEWER)
        session = await node.open(user=BEN, video=VIDEO)
        assert (session.user_id, session.video) == (BEN, VIDEO)
        monkeypatch.setitem(SHARED, (VIDEO.id, BEN), Role.VIEWER)
        assert await node.refusal(user=BEN, video=VIDEO) == Code.FORBIDDEN, "live as it is"
        monkeypatch.delitem(SHARED, (VIDEO.id, BEN))
        assert await node.refusal(user=BEN, video=VIDEO) == Code.NOT_FOUND


async def test_what_may_be_reviewed_no_more_is_closed_and_its_clients_are_sent_away(autojump_clock: MockClock) -> None:
    """For good, within the instant; what is in hand is finished, and other videos go on."""
    async with open_node() as node:
        ann = await node.listen()
        other = await node.open(OTHER_SESSION, video=OTHER_VIDEO)
        asked = ann.say(1, "The logo is too dark here.")
        await node.roster.close_reviews(ANN, VIDEO.id)
        assert ann.endings == ["ended"]
        assert "note_id" in await asked.answer()
        await trio.sleep(60)
        assert node.roster.live(SESSION, ANN) is None
        assert node.roster.live(OTHER_SESSION, ANN) is other


async def test_a_session_on_a_video_that_is_not_shared_any_more_is_left_to_rest(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SHARED, (VIDEO.id, BEN), Role.REVIEWER)
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        await node.open(user=BEN, video=VIDEO)
    monkeypatch.setitem(SHARED, (VIDEO.id, BEN), Role.EDITOR)
    async with open_node(ledger) as node:
        assert await node.roster.recover() == 0
    monkeypatch.setitem(SHARED, (VIDEO.id, BEN), Role.REVIEWER)
    async with open_node(ledger) as node:
        assert await node.roster.recover() == 1
