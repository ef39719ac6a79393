"""What a session holds on to, and when it lets go."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
import pytest
import trio
from structlog.testing import capture_logs

from lossy.bus.memory import Bus
from lossy.channels.errors import Code, Refusal
from lossy.charts.model import Event
from lossy.clock import Clock
from lossy.sessions import last_entries, owners
from lossy.sessions.hearing import UTTERANCES
from lossy.sessions.inbox import INBOX, OWN, Happened, Inbox
from lossy.sessions.last_entries import LastEntries
from lossy.sessions.links import link_of
from lossy.sessions.restore import VOICE
from lossy.sessions.turnstile import Turnstile
from lossy.settings import Reconnect
from lossy.store.memory import MemoryLedger
from lossy.store.memory_ownership import MemoryOwnership
from tests.sessions import node as nodes
from tests.sessions.client import LAPTOP, Client
from tests.sessions.commits import Away, Gate
from tests.sessions.listening import Speaker, ears, open_ears
from tests.sessions.node import Node, open_node, settled
from tests.sessions.tabs import open_desk

if TYPE_CHECKING:
    from trio.testing import MockClock

    from lossy.sessions.session import Session

GRACE_S = 30


def held(session: Session) -> int:
    return session.audience.outbound.held


async def back(node: Node, was: Client) -> Any:
    """What the device that has seen everything so far is answered when it joins again."""
    outbound = was.session.audience.outbound
    again = Client(was.session, node.clock, was.device_id)
    return await again.join(last_push_seq=outbound.seq, push_epoch=outbound.epoch).answer()


# -- pushes -------------------------------------------------------------------------------------------------------


async def test_when_nobody_is_waited_for_any_more_no_push_is_held(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        ann.leave()
        await trio.sleep(GRACE_S - 1)
        assert held(ann.session) > 0, "she may come back for them"
        seq = ann.session.audience.outbound.seq
        await trio.sleep(2)
        assert "expired" in ann.session.states[link_of(LAPTOP)].active
        assert (held(ann.session), ann.session.audience.outbound.seq) == (0, seq)


async def test_what_is_pushed_to_nobody_is_numbered_and_not_held(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        ann.leave()
        await trio.sleep(GRACE_S + 1)
        seen = ann.session.audience.outbound.seq
        await ann.tell("pause").answer()
        assert (held(ann.session), ann.session.audience.outbound.seq) == (0, seen + 1)
        again = Client(ann.session, node.clock)
        answer = await again.join(last_push_seq=seen, push_epoch=1).answer()
        assert (answer["pushes"], answer["reset"], answer["push_seq"] > seen) == (None, None, True)


async def test_who_missed_nothing_goes_on_however_long_it_was_away(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        ann.leave()
        await trio.sleep(GRACE_S + 1)
        answer = await back(node, ann)
        assert (answer["reset"], answer["pushes"]) == (None, [])


async def test_the_setting_says_how_many_pushes_are_held(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "SETTINGS", attrs.evolve(nodes.SETTINGS, reconnect=Reconnect(ring=3)))
    async with open_node() as node:
        ann = await node.listen()
        for _ in range(5):
            ann.session.push("agent_event", {})
        assert held(ann.session) == 3


async def test_a_commit_that_pushes_more_than_is_held_leaves_no_hole(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "SETTINGS", attrs.evolve(nodes.SETTINGS, reconnect=Reconnect(ring=1)))
    async with open_node() as node:
        ann = await node.listen()
        before = len(ann.pushes)
        await ann.say(1).answer()
        await settled()
        told = [push.payload["push_seq"] for push in ann.pushes[before:] if "push_seq" in push.payload]
        assert told == [*range(told[0], ann.session.audience.outbound.seq + 1)]
        assert len(told) > 1


async def test_a_remark_leaves_no_cycles(autojump_clock: MockClock) -> None:
    """So the collector may look for them as seldom as it likes: `lossy.cli.server` says how seldom that is."""
    async with open_node() as node:
        ann = await node.listen()
        for number in range(40):
            if number == 20:  # what is made once has been made
                gc.collect()
                gc.disable()
            ann.hear("speech_start", media_ms=0)
            await trio.sleep(2)
            ann.hear("speech_end", probability=0.9)
            await ann.say(number, segment=ann.seq - 1).answer()
            await trio.sleep(2)
        try:
            assert gc.collect() < 20, "less than one for each remark"
        finally:
            gc.enable()


# -- what comes in ------------------------------------------------------------------------------------------------


async def test_the_inbox_has_room_for_clients_then_for_the_server_and_always_for_work() -> None:
    inbox, given = Inbox(Clock(), Turnstile()), list[Happened]()

    def another() -> Happened:
        given.append(Happened(VOICE, Event(f"event {len(given)}", 0)))
        return given[-1]

    for own, room in ((False, INBOX), (True, OWN)):
        for _ in range(room):
            inbox.offer(another(), own=own)
        with pytest.raises(Refusal) as refused:
            inbox.offer(Happened(VOICE, Event("too many", 0)), own=own)
        assert refused.value.code == Code.RATE_LIMITED
    inbox.put(another())
    assert [await inbox.next(None) for _ in given] == given
    assert inbox.is_empty


async def test_a_join_that_finds_no_room_leaves_nobody_behind(autojump_clock: MockClock) -> None:
    gate = Gate("start")
    async with open_node(MemoryLedger(gate)) as node:
        ann = await node.join()
        ann.leave()
        await settled()
        ann.tell("start")
        await gate.held.wait()
        for _ in range(INBOX + OWN):
            ann.session.offer(Happened(VOICE, Event("heard_by_no_state", 0)), own=True)
        with pytest.raises(Refusal):
            Client(ann.session, node.clock).join()
        assert not ann.session.audience.is_watched
        gate.opened.set()


async def test_events_that_are_refused_for_ever_do_not_pile_up(autojump_clock: MockClock) -> None:
    async with open_ears(ears()) as node:
        ann = await node.listen()
        for seq in range(2, UTTERANCES + 100):
            assert (await ann.repeat("speech_start", seq).answer())["expected"] == 1
        assert len(ann.session.hearing._utterances) == UTTERANCES
        await ann.repeat("speech_start", 1).answer()
        Speaker(ann).send(1)
        assert await ann.repeat("speech_end", 2).answer() == {"accepted_through": 2}


# -- what goes on for as long as the session ----------------------------------------------------------------------


async def test_a_session_does_not_keep_the_task_that_opened_it(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        opener: list[weakref.ref[trio.lowlevel.Task]] = []

        async def open_it() -> None:
            opener.append(weakref.ref(trio.lowlevel.current_task()))
            await node.open()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(open_it)
        await settled()
        gc.collect()
        assert opener[0]() is None
        assert node.roster.of_user(nodes.ANN)


async def test_sessions_of_users_who_chose_nothing_share_what_is_the_same(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        one, other = await node.open(), await node.open(UUID(int=99), user=nodes.BEN, video=nodes.BENS_VIDEO)
        for chart in (VOICE, "agent"):
            mine, theirs = one.states[chart].data, other.states[chart].data
            assert mine["delays"] is theirs["delays"]
            assert mine["limits"] is theirs["limits"]


# -- when the database is away ------------------------------------------------------------------------------------


async def test_last_entries_wait_for_the_database_up_to_a_bound(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_entries, "UNWRITTEN", 2)
    async with open_node() as node:
        ann = await node.join()
        away = MemoryLedger(Away("failed"))
        last = LastEntries(away, node.clock, Bus())
        with capture_logs():
            for _ in range(3):
                await last.failed(ann.session, "incident")
        assert len(last._unwritten) == 2


async def test_tabs_that_left_are_told_of_up_to_a_bound(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One beyond it counts as there until it joins again."""
    monkeypatch.setattr(owners, "LEAVING", 1)
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        assert first.joined is not None
        assert second.joined is not None
        with capture_logs() as logs:
            desk.owners.left(second.joined)
            desk.owners.left(first.joined)
            await settled()
        assert [entry["event"] for entry in logs] == ["ownership not told"]
        await trio.sleep(GRACE_S + 1)
        assert first.has_it
        await first.leave()
        await trio.sleep(GRACE_S + 1)
        assert not first.has_it, "there is room again"
