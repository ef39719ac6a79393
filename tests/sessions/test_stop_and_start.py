"""What a node that stops lets its sessions finish, and what a node that starts brings back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from lossy.channels.errors import Code
from lossy.store.memory import MemoryLedger
from tests.sessions.client import SURE, remark_id
from tests.sessions.commits import Gate
from tests.sessions.drafting import Drafting
from tests.sessions.node import (
    OTHER_SESSION,
    SESSION,
    open_node,
    settled,
)

if TYPE_CHECKING:
    import pytest
    from trio.testing import MockClock


async def test_a_stop_tells_the_clients_and_finishes_what_is_in_hand(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 1.0}).use(monkeypatch)
    async with open_node() as node:
        ann, idle = await node.join(), await node.join(OTHER_SESSION)
        asked = [ann.say(1), ann.say(2)]
        await settled()
        await node.roster.drain(10)
        assert trio.current_time() == 2
        assert [len(said.answers) for said in asked] == [1, 1]
        assert len(node.ledger.notes) == 2
        for client in (ann, idle):
            assert client.pushed("moving")
            assert client.endings == []


async def test_a_stop_waits_no_longer_than_its_deadline(autojump_clock: MockClock) -> None:
    gate = Gate("done.structuring")
    async with open_node(MemoryLedger(gate)) as node:
        ann = await node.join()
        asked = ann.say(1)
        await gate.held.wait()
        await node.roster.drain(3)
        assert trio.current_time() == 3
        assert not (asked.answers)
        assert not (node.ledger.notes)


async def test_a_node_that_stops_opens_nothing_more(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        await node.roster.drain(3)
        assert await node.refusal() == Code.RATE_LIMITED
        assert await node.ledger.read(SESSION) is None


async def test_a_node_without_sessions_stops_at_once(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        await node.roster.drain(3)
        assert trio.current_time() == 0


async def test_a_session_that_was_stopped_goes_on_elsewhere(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.join()
        await ann.tell("start").answer()
        await node.roster.drain(3)
    async with open_node(ledger) as node:
        ann = await node.join()
        assert ann.session.status()["active"] == ["observing", "connected"]


async def test_what_a_dead_server_had_in_hand_is_finished_once_though_nobody_joins(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 1.0}).use(monkeypatch)
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.join()
        for number in (1, 2):
            ann.say(number)
        await trio.sleep(0.5)
        assert not ledger.notes
    async with open_node(ledger) as node:
        assert await node.roster.recover() == 1
        await trio.sleep(10)
        remarks = [note.provenance["remark"] for note in ledger.notes.values()]
        assert remarks == [str(remark_id(1)), str(remark_id(2))]
        again = await node.join()
        answers = [await again.say(number).answer() for number in (1, 2)]
        assert [answer["note_id"] for answer in answers] == [str(id) for id in ledger.notes]
        assert len(ledger.notes) == 2
        assert again.session.audience.outbound.epoch == 2, "it was alive already"


async def test_what_was_not_committed_never_happened_and_is_said_again(autojump_clock: MockClock) -> None:
    gate = Gate("transcript_final")
    ledger = MemoryLedger(gate)
    async with open_node(ledger) as node:
        ann = await node.join()
        ann.say(1)
        await gate.held.wait()
    gate.opened.set()
    async with open_node(ledger) as node:
        await node.roster.recover()
        await settled()
        assert not ledger.notes
        again = await node.join()
        assert (await again.say(1).answer())["note_id"] == str(*ledger.notes)


async def test_who_joined_before_the_recovery_keeps_the_session(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        await node.open()
    async with open_node(ledger) as node:
        session = await node.open()
        await node.roster.recover()
        assert await node.open() is session


async def test_an_ended_session_is_not_brought_back(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.join()
        await ann.tell("close").answer()
        await settled()
    async with open_node(ledger) as node:
        assert await node.roster.recover() == 0
