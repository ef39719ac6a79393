"""Who follows a session is told what its journal has, step for step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.sessions.restore import VOICE
from lossy.store.memory import MemoryLedger
from lossy.why.trace import trace
from tests.sessions.commits import Gate
from tests.sessions.node import CHARTS, SESSION, open_node, settled
from tests.why.cases import INITIAL, recorded, speak

if TYPE_CHECKING:
    from trio.testing import MockClock


async def test_what_is_told_live_is_what_the_journal_gives_later(autojump_clock: MockClock) -> None:
    ledger, told = MemoryLedger(), list[dict[str, Any]]()
    async with open_node(ledger) as node:
        with node.roster.watchers.follow(SESSION, told.append):
            ann = await node.listen()
            speak(ann, -1_000, 0)
            await settled()
            later = trace(CHARTS, INITIAL, await recorded(ledger), None, 1_000)
        speak(ann, 100, 900)
        await settled()
    numbers = [step["n"] for step in told]
    assert [step["event"] for step in told].count("event") == 2, "the segment's beginning and end"
    assert told == [step for step in later if step["n"] in numbers]


async def test_of_a_long_journal_only_what_is_around_the_step_is_given(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        for _ in range(4):
            speak(ann, -1_000, 0)
        await settled()
        kept = await recorded(ledger)
    whole = trace(CHARTS, INITIAL, kept, None, 1_000)
    assert trace(CHARTS, INITIAL, kept, None, 3) == whole[-3:]
    middle = whole[4]["n"]
    assert middle in [step["n"] for step in trace(CHARTS, INITIAL, kept, middle, 3)]


async def test_who_begins_to_follow_within_a_step_is_told_it_without_its_effects(autojump_clock: MockClock) -> None:
    gate, told = Gate("speech_start"), list[dict[str, Any]]()
    async with open_node(MemoryLedger(before_commit=gate)) as node:
        ann = await node.listen()
        ann.hear("speech_start", ann.clock.now_ms(), media_ms=61_000)
        await gate.held.wait()
        with node.roster.watchers.follow(SESSION, told.append):
            gate.opened.set()
            await settled()
            ann.hear("speech_end", ann.clock.now_ms(), probability=0.9)
            await settled()
    begun, ended = told[:2]
    assert (begun["effects"], "recording" in begun["states"][VOICE]) == ([], True)
    assert ended["effects"]
