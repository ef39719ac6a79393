"""Who gets a session that another node holds: the device that has moved, and nobody else before the lease ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest
import trio
from structlog.testing import capture_logs

from lossy.channels.errors import Code, Refusal
from lossy.sessions.roster import MOVED_RETRY_MS
from lossy.store.lease import LocalNode
from lossy.store.memory import MemoryLedger
from tests.sessions.client import LAPTOP, PHONE, Client
from tests.sessions.node import ANN, CHARTS, SESSION, VIDEO, Node, open_node, settled
from tests.sessions.two_nodes import LEASE_S, open_two

if TYPE_CHECKING:
    from uuid import UUID

    from trio.testing import MockClock

    from lossy.store.ledger import Commit, Stored

NEWER = {**CHARTS, "agent": attrs.evolve(CHARTS["agent"], version=CHARTS["agent"].version + 1)}


async def retry_after_ms(node: Node, device: UUID) -> int:
    with pytest.raises(Refusal) as refused:
        await node.open(device=device)
    assert refused.value.code == Code.RATE_LIMITED
    return int(refused.value.details["retry_after_ms"])


async def test_a_device_that_moved_gets_its_session_at_once(autojump_clock: MockClock) -> None:
    """As after a network that broke where the node of before has not noticed yet."""
    async with open_two() as (first, second):
        ann = await first.node.join()
        note = await ann.say(1).answer()
        again = await second.node.join()
        assert again.session.epoch == 2
        assert await again.say(1).answer() == note


async def test_a_device_that_moves_to_and_fro_finds_its_session_each_time(autojump_clock: MockClock) -> None:
    async with open_two() as (first, second):
        notes = []
        for number, kept in enumerate([first, second, first, second]):
            ann = await kept.node.join()
            notes.append(await ann.say(number).answer())
            await trio.sleep(LEASE_S)
        assert len({note["note_id"] for note in notes}) == 4
        assert len(first.node.ledger.notes) == 4


async def test_another_device_waits_until_the_lease_ends_where_the_first_one_is(autojump_clock: MockClock) -> None:
    async with open_two() as (first, second):
        ann = await first.node.join(device=LAPTOP)
        assert 0 < await retry_after_ms(second.node, PHONE) <= LEASE_S * 1000
        assert "note_id" in await ann.say(1).answer()
        assert (await first.node.join(device=PHONE)).session is ann.session
        first.hold_up()
        await trio.sleep(LEASE_S)
        assert (await second.node.open(device=PHONE)).epoch == 2


async def test_another_device_gets_it_once_the_first_one_has_left(autojump_clock: MockClock) -> None:
    async with open_two() as (first, second):
        ann = await first.node.join(device=LAPTOP)
        ann.leave()
        await settled()
        assert (await second.node.open(device=PHONE)).epoch == 2


async def test_two_devices_at_two_nodes_do_not_take_it_from_each_other(autojump_clock: MockClock) -> None:
    async with open_two() as (first, second):
        laptop = await first.node.join(device=LAPTOP)
        await first.node.join(device=PHONE)
        for device in (LAPTOP, PHONE):
            await retry_after_ms(second.node, device)
        await trio.sleep(5 * LEASE_S)
        assert laptop.session.epoch == 1
        assert laptop.endings == []


async def test_a_session_that_is_being_refused_is_not_taken(autojump_clock: MockClock) -> None:
    async with open_two() as (first, second):
        ann = await first.node.join(device=LAPTOP)
        await retry_after_ms(second.node, PHONE)
        await trio.sleep(LEASE_S)
        assert await ann.tell("start").answer() == {}
        assert ann.endings == []


async def test_a_lease_that_ends_while_its_session_is_looked_at_ends_its_epoch_too(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or its node, which was only held up, and this one would both write in it."""
    async with open_two() as (first, second):
        await first.node.join(device=LAPTOP)
        first.hold_up()
        read = MemoryLedger.read

        async def late(ledger: MemoryLedger, session_id: UUID) -> Stored | None:
            await trio.sleep(LEASE_S)
            return await read(ledger, session_id)

        monkeypatch.setattr(MemoryLedger, "read", late)
        assert (await second.node.open(device=PHONE)).epoch == 2


async def test_a_session_that_only_other_charts_can_read_is_left_to_the_node_that_has_them(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger.beside(LocalNode("first"))) as first:
        await first.ledger.enter()
        await first.join(device=LAPTOP)
        monkeypatch.setattr("tests.sessions.node.CHARTS", NEWER)
        async with open_node(ledger.beside(LocalNode("second"))) as second:
            await retry_after_ms(second, LAPTOP)
            await first.ledger.leave()
            assert (await second.open(SESSION, device=LAPTOP)).epoch == 2


@pytest.mark.parametrize("joins", [True, False])
async def test_a_session_that_goes_to_another_node_while_it_comes_to_life_is_no_failure(
    joins: bool, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        await node.join()

    async def take_it(commit: Commit) -> None:
        assert commit.entry.event == "begun_anew"
        await ledger.beside(LocalNode("quicker")).take(SESSION, even_held=True)

    monkeypatch.setattr("tests.sessions.node.CHARTS", NEWER)
    monkeypatch.setattr(ledger, "before_commit", take_it)
    async with open_node(ledger) as node:
        with capture_logs() as logs:
            if joins:
                assert await retry_after_ms(node, LAPTOP) == MOVED_RETRY_MS
            else:
                assert await node.roster.recover() == 0
        assert "error" not in [log["log_level"] for log in logs]


async def test_two_tabs_of_a_device_at_two_nodes_do_not_take_it_from_each_other(autojump_clock: MockClock) -> None:
    async with open_two() as (first, second):
        session = await first.node.roster.open(SESSION, ANN, VIDEO.id, LAPTOP, "one")
        ann = Client(session, first.node.clock)
        await ann.join(tab="one").answer()
        with pytest.raises(Refusal) as refused:
            await second.node.roster.open(SESSION, ANN, VIDEO.id, LAPTOP, "two")
        assert refused.value.code == Code.RATE_LIMITED
        moved = await second.node.roster.open(SESSION, ANN, VIDEO.id, LAPTOP, "one")
        assert moved.epoch == 2, "the same tab has only moved"
