"""What the timers of a session do when its server was away: each what its chart says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.store.memory import MemoryLedger
from tests.sessions.client import NOON, SURE, Client
from tests.sessions.drafting import Drafting
from tests.sessions.node import SETTINGS, open_node, restored, settled, until

if TYPE_CHECKING:
    import pytest
    from trio.testing import MockClock

    from lossy.sessions.restore import Restored


async def crash(at_ms: int, away_ms: int, *events: tuple[int, str]) -> tuple[Restored, Client]:
    """The server dies at `at_ms` and is back `away_ms` later. What it was then, and a client of what it is now."""
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        for at, event in events:
            await until(at)
            ann.hear(event)
        await until(at_ms)
    before = await restored(ledger)
    await until(at_ms + away_ms)
    async with open_node(ledger) as node:
        await node.roster.recover()
        await settled()
        return before, Client(await node.open(), node.clock)


async def test_a_cooldown_starts_anew(autojump_clock: MockClock) -> None:
    before, ann = await crash(3_100, 60_000, (1_000, "speech_start"), (3_000, "speech_end"))
    assert before.states["voice"].deadlines["cooldown"] == NOON + 3_000 + SETTINGS.voice.cooldown_ms
    assert ann.session.states["voice"].deadlines["cooldown"] == NOON + 63_100 + SETTINGS.voice.cooldown_ms


async def test_the_wait_for_silence_has_what_it_had_left(autojump_clock: MockClock) -> None:
    left = SETTINGS.voice.idle_pause_ms - 5_000
    _, ann = await crash(5_000, 60_000, (5_000, "heard_by_no_state"))
    assert ann.session.states["voice"].deadlines["observing"] == NOON + 65_000 + left


async def test_a_recording_goes_on_while_the_server_is_away(autojump_clock: MockClock) -> None:
    before, ann = await crash(2_000, 20_000, (1_000, "speech_start"))
    due = NOON + 1_000 + SETTINGS.voice.max_recording_ms
    assert before.states["voice"].deadlines["recording"] == due
    assert ann.session.states["voice"].deadlines["recording"] == due


async def test_structuring_gets_its_whole_time_again(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 12}).use(monkeypatch)
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.join()
        ann.say(1, SURE)
        await until(10_000)
    async with open_node(ledger) as node:
        await node.roster.recover()
        await until(10_000 + 11_999)
        assert not ledger.notes
        await until(10_000 + 12_000)
        assert len(ledger.notes) == 1
