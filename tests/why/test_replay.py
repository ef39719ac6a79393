"""What a session left is played again: the states are those that it had, or it is said why they are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import evolve
from hypothesis import given

from lossy.channels.errors import Refusal
from lossy.sessions import deeds
from lossy.store import memory_sessions
from lossy.store.memory import MemoryLedger
from lossy.why.replay import Step, replay
from tests.charts.strategies import examples
from tests.sessions.client import LAPTOP
from tests.sessions.node import CHARTS, open_node, settled, until
from tests.sessions.test_restore import Action, journaled, stories, tell
from tests.why.cases import INITIAL, case_of, recorded, speak

if TYPE_CHECKING:
    import pytest
    from trio.testing import MockClock

    from lossy.store.journal_reading import Recorded


def played(kept: Recorded) -> tuple[Step, ...]:
    return replay(CHARTS, INITIAL, kept)


@examples(40, 1_000)
@given(stories)
def test_any_story_is_played_again_as_it_was(story: list[Action]) -> None:
    async def told() -> None:
        async with open_node() as node:
            ann = await node.listen()
            for action in story:
                try:
                    await action.play(ann)
                except Refusal:
                    break
                await settled()
            steps = played(await recorded(node.ledger))
            assert {step.doubt for step in steps} == {""}
            assert steps[-1].after is not None
            assert journaled(steps[-1].after) == journaled(ann.session.states)
            assert [step.entry.taken for step in steps if step.heard] == [
                tuple(f"{heard.chart}:{id}" for heard in step.heard for id in heard.move.taken.transitions)
                for step in steps
                if step.heard
            ]

    tell(told)


async def a_review(ledger: MemoryLedger) -> None:
    """Told in two lives of the server, with two remarks in each."""
    for life in range(2):
        async with open_node(ledger) as node:
            ann = await node.listen()
            for i in range(2):
                number = 2 * life + i
                segment = speak(ann, 0, 1_000)
                await trio.sleep(1)
                await ann.say(number, segment=segment).answer()
                await trio.sleep(5)


async def test_each_guard_that_was_asked_has_its_answer(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    await a_review(ledger)
    (step,) = [step for step in played(await recorded(ledger)) if step.entry.event == "event" and step.entry.seq == 2][
        :1
    ]
    link, voice, agent = step.heard
    assert (link.chart, voice.chart, agent.chart) == (f"reconnect:{LAPTOP}", "voice", "agent")
    asked = [(each.transition, each.guard, each.held) for each in voice.tried]
    assert asked == [
        ("recording/speech_end/0", "of_another_device", False),
        ("recording/speech_end/1", "keeps", True),
    ]


async def test_an_old_database_has_no_first_snapshot(autojump_clock: MockClock) -> None:
    """Only from the first that is kept on the states are known; the entries before it speak for themselves."""
    ledger = MemoryLedger()
    await a_review(ledger)
    kept = await recorded(ledger)
    latest = max(kept.snapshots)
    steps = played(evolve(kept, snapshots={latest: kept.snapshots[latest]}))
    unknown = [step for step in steps if step.before is None]
    assert [step.entry.n for step in unknown] == [*range(1, latest + 1)]
    assert {step.doubt for step in unknown} == {"its states are not known, for no snapshot from before it is kept"}
    assert not any(step.heard for step in unknown)
    assert steps[-1].after == played(kept)[-1].after


async def test_what_an_earlier_version_did_is_not_played_by_this_one(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    await a_review(ledger)
    kept = await recorded(ledger)
    first = kept.snapshots[0]
    older = {**first, "charts": {**first["charts"], "voice": {**first["charts"]["voice"], "version": 2}}}
    later = min(n for n in kept.snapshots if n)
    steps = played(evolve(kept, snapshots={**kept.snapshots, 0: older}))
    assert all("recorded by voice version 2" in step.doubt for step in steps[:later])
    assert {step.versions["voice"] for step in steps[:later]} == {2}
    assert steps[later].before is not None
    assert steps[later].doubt == ""


async def test_where_the_charts_of_today_do_something_else_it_is_said(autojump_clock: MockClock) -> None:
    """The same version, and another rule: known by the transitions that the entry names."""
    ledger = MemoryLedger()
    await a_review(ledger)
    kept = await recorded(ledger)
    changed = next(entry for entry in kept.entries if "voice:recording/speech_end/1" in entry.taken)
    taken = tuple(each.replace("speech_end/1", "speech_end/2") for each in changed.taken)
    entries = tuple(evolve(entry, taken=taken) if entry is changed else entry for entry in kept.entries)
    steps = played(evolve(kept, entries=entries))
    at = steps[changed.n - 1]
    assert at.doubt == "its states are not known, for the charts of today would have done something else"
    assert at.before is not None
    assert at.after is None
    assert at.heard == ()
    assert steps[changed.n - 2].doubt == ""
    assert steps[-1].doubt == "", "a later snapshot makes good for it"


async def test_the_first_snapshot_stays_and_the_latest_do(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "SNAPSHOT_EVERY", 1)
    monkeypatch.setattr(memory_sessions, "KEPT", 3)
    async with open_node() as node:
        ann = await node.listen()
        for i in range(10):
            ann.tell("pause" if i % 2 else "resume")
            await settled()
        kept = await recorded(node.ledger)
    last = kept.entries[-1].n
    assert sorted(kept.snapshots) == [0, last - 2, last - 1, last]


async def test_what_was_resumed_is_known_without_its_snapshot(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        speak(ann, 0, 1_000)
        await until(1_100)
    async with open_node(ledger) as node:
        await node.roster.recover()
        await until(2_000)
        kept = await recorded(ledger)
        assert "resumed" in [entry.event for entry in kept.entries]
        steps = played(evolve(kept, snapshots={0: kept.snapshots[0]}))
        assert {step.doubt for step in steps} == {""}
        assert steps[-1].after == (await case_of(ledger)).steps[-1].after
