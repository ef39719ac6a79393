"""What is told of a remark: what was said, each try, what was made of it, its way, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import evolve

from lossy.store.memory import MemoryLedger
from lossy.why.case import open_case
from tests.sessions.client import NOON, SURE, VAGUE, remark_id
from tests.sessions.drafting import Drafting
from tests.sessions.node import CHARTS, Node, open_node, settled
from tests.why.cases import INITIAL, case_of, recorded, speak

if TYPE_CHECKING:
    import pytest
    from trio.testing import MockClock

    from lossy.why.remark import Remark

SLOW, FAILING = "The music is too loud and slow.", "The titles fail to appear."


async def told(node: Node, number: int = 1) -> Remark:
    await settled()
    found = (await case_of(node.ledger)).remark(str(remark_id(number)))
    assert found is not None
    return found


def way(remark: Remark) -> list[str]:
    return [f"{each.source} {'+'.join(each.to)}".rstrip() for stage in remark.stages for each in stage.passages]


async def test_a_remark_that_became_a_note(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        segment = speak(ann, 0, 1_500)
        await trio.sleep(2)
        await ann.say(1, segment=segment, stt_confidence=0.8).answer()
        await trio.sleep(10)
        remark = await told(node)
    (said,) = remark.said
    assert (said.text, said.at, said.spoken_at, said.stt_confidence) == (SURE, NOON + 2_000, NOON, 0.8)
    assert not said.by_server
    assert remark.segment is not None
    assert remark.segment.length_ms == 1_500
    assert remark.draft is not None
    assert (remark.draft.by, remark.draft.category, remark.draft.confidence) == ("rules", "graphics", 0.75)
    assert "named" in remark.draft.reasons
    assert remark.outcome["decision"]["threshold"] == 0.3
    assert remark.settled_n == remark.draft.n
    assert way(remark) == [
        "hand",
        "free deciding",
        "deciding structuring",
        "structuring confirming",
        "confirming",
        "confirming accepted",
        "accepted ready",
    ]
    assert remark.stages[-1].passages[-2].why.startswith("Nobody took it back.")
    assert remark.doubt == ""


async def test_a_refused_remark_has_its_numbers(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1, VAGUE).answer()
        remark = await told(node)
    assert remark.outcome["refused"] == "low_confidence"
    assert remark.outcome["decision"]["reason"] == "floor"
    assert remark.draft is not None
    assert way(remark)[-1] == "structuring ready"


async def test_a_command_and_the_note_it_moves_each_have_their_own_way(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await ann.say(2, "Scratch that.").answer()
        note, command = await told(node), await told(node, 2)
    assert command.outcome["command"] == "scratch"
    assert way(command) == ["hand", "deciding cancelling"]
    assert way(note)[-2:] == ["deciding cancelling", "cancelling ready"]


async def test_each_try_is_told(autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch) -> None:
    Drafting(failing=frozenset({FAILING})).use(monkeypatch)
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1, FAILING).answer()
        remark = await told(node)
    assert [failure.at - NOON for failure in remark.failures] == [0, 500, 1_500, 3_500]
    assert {failure.reason for failure in remark.failures} == {"the model has no answer"}
    assert remark.draft is None
    assert remark.outcome == {"refused": "structuring_failed"}


async def test_what_takes_too_long_has_timed_out(autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch) -> None:
    Drafting({SLOW: 30}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.listen()
        ann.say(1, SLOW)
        await trio.sleep(20)
        remark = await told(node)
    assert [failure.reason for failure in remark.failures] == ["structuring_timeout"]
    assert remark.in_hand[-1] == "retrying"


async def test_a_remark_in_hand_and_one_that_waits(autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch) -> None:
    Drafting({SLOW: 7}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.listen()
        for number in (1, 2, 3):
            ann.say(number, SLOW)
        first, third = await told(node), await told(node, 3)
    assert (first.outcome, first.in_hand, first.waits) == ({}, ("structuring",), None)
    assert (third.outcome, third.in_hand, third.waits) == ({}, (), 1)
    assert way(first) == ["hand", "free deciding", "deciding structuring"]
    assert way(third) == ["hand"]


async def test_words_of_an_ignored_segment_are_told_with_it(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        segment = speak(ann, 0, 100)
        await ann.say(1, segment=segment).answer()
        remark = await told(node)
    assert remark.outcome == {"refused": "ignored_segment"}
    assert remark.segment is not None
    assert remark.segment.reason == "short"


async def test_where_the_states_are_not_known_the_entries_say_what_they_can(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await ann.say(1).answer()
    kept = evolve(await recorded(ledger), snapshots={})
    remark = open_case(CHARTS, INITIAL, kept).remark(str(remark_id(1)))
    assert remark is not None
    assert remark.said[0].text == SURE
    assert remark.draft is not None
    assert remark.outcome["decision"]["confidence"] == 0.75
    assert way(remark) == ["hand", "free deciding", "deciding structuring", "structuring confirming"]
    assert remark.doubt == "its states are not known, for no snapshot from before it is kept"
