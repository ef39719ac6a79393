"""How often a user does what, and what is told to one who does it too often. Virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
import trio
from attrs import evolve

from lossy.channels.errors import Code, Refusal
from lossy.channels.events import TABLES, VOICE, ClientEvent
from lossy.clock import Clock
from lossy.domain.limits import Limit
from lossy.web import limits
from lossy.web.limits import CONNECT, FIRST_JOIN, Limits
from tests.web.peers import make_node, open_peer
from tests.web.rooms import TABLE, Rooms

if TYPE_CHECKING:
    from trio.testing import MockClock

ANN, BOB = UUID(int=1), UUID(int=2)
COMMAND = VOICE.events["command"]
ROWS = [
    pytest.param(row, id=f"{table.shape} {row.name}")
    for table in TABLES.values()
    for row in (table.join, *table.events.values())
]


def refused(limits: Limits, user: UUID) -> int:
    with pytest.raises(Refusal) as refusal:
        limits.spend(user, COMMAND)
    assert refusal.value.code is Code.RATE_LIMITED
    return int(refusal.value.details["retry_after_ms"])


async def test_each_user_and_each_event_has_its_own(autojump_clock: MockClock) -> None:
    here = Limits(Clock())
    for _ in range(COMMAND.limit.burst):
        here.spend(ANN, COMMAND)
    assert refused(here, ANN) == 250
    here.spend(BOB, COMMAND)
    here.spend(ANN, VOICE.events["ack"])


async def test_after_the_time_that_is_told_it_may_be_done_again(autojump_clock: MockClock) -> None:
    here = Limits(Clock())
    for _ in range(COMMAND.limit.burst):
        here.spend(ANN, COMMAND)
    await trio.sleep(refused(here, ANN) / 1_000)
    here.spend(ANN, COMMAND)
    refused(here, ANN)


@pytest.mark.parametrize("row", ROWS)
async def test_whatever_the_row_it_may_be_done_again_when_it_was_told(
    row: ClientEvent, autojump_clock: MockClock
) -> None:
    here, done = Limits(Clock()), 0
    while True:
        try:
            here.spend(ANN, row)
        except Refusal as refusal:
            wait_ms = refusal.details["retry_after_ms"]
            break
        done += 1
    assert done == row.limit.burst
    assert 0 < wait_ms <= 60_000
    await trio.sleep((wait_ms - 1) / 1_000)
    if wait_ms > 1:
        with pytest.raises(Refusal):
            here.spend(ANN, row)
    await trio.sleep(1 / 1_000)
    here.spend(ANN, row)


async def test_each_address_has_its_own_and_each_thing_that_is_done() -> None:
    here = Limits(Clock(), scale=0.0005)
    here.spend("192.0.2.1", CONNECT)
    here.spend("192.0.2.2", CONNECT)
    here.spend("192.0.2.1", FIRST_JOIN)
    with pytest.raises(Refusal):
        here.spend("192.0.2.1", CONNECT)


async def test_however_many_addresses_come_no_user_is_forgotten(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "KEPT", 10)
    here = Limits(Clock())
    for _ in range(COMMAND.limit.burst):
        here.spend(ANN, COMMAND)
    for number in range(100):
        here.spend(f"192.0.2.{number}", CONNECT)
    refused(here, ANN)


async def test_what_is_paid_for_is_forgotten_and_then_what_was_spent_first(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "KEPT", 10)
    here = Limits(Clock())
    for number in range(10):
        here.spend(UUID(int=number), COMMAND)
    await trio.sleep(1)
    here.spend(UUID(int=100), COMMAND)
    assert len(here._users._due) == 1
    for number in range(50):
        here.spend(UUID(int=200 + number), COMMAND)
        assert len(here._users._due) <= 10


async def test_a_socket_says_when_to_come_back_and_goes_on(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = evolve(TABLE.events["echo"], limit=Limit(per_minute=60, burst=1))
    monkeypatch.setattr("tests.web.rooms.TABLE", evolve(TABLE, events={**TABLE.events, "echo": rare}))
    async with open_peer(Rooms().routes, node := make_node()) as peer:
        await peer.join("charts:a")
        assert (await peer.ask("1", "2", "charts:a", "echo", {}))[4]["status"] == "ok"
        response = (await peer.ask("1", "3", "charts:a", "echo", {}))[4]["response"]
        assert (response["code"], response["retry_after_ms"]) == ("rate_limited", 1_000)
        await trio.sleep(1)
        assert (await peer.ask("1", "4", "charts:a", "echo", {}))[4]["status"] == "ok"
    counted = {
        tuple(sample.labels.values()): sample.value
        for family in node.metrics.registry.collect()
        for sample in family.samples
        if sample.name == "lossy_channel_events_total"
    }
    assert counted == {
        ("charts", "phx_join", "ok"): 1,
        ("charts", "echo", "ok"): 2,
        ("charts", "echo", "rate_limited"): 1,
    }
