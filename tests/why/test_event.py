"""One entry of a journal, whole."""

from __future__ import annotations

from uuid import UUID

import pytest
import trio
from attrs import evolve
from trio.testing import MockClock

from lossy.why.case import Case, open_case
from lossy.why.event import Difference, differences
from tests.sessions.client import LAPTOP, remark_id
from tests.sessions.node import CHARTS, open_node, settled
from tests.why.cases import INITIAL, case_of, recorded, speak

TABLET = UUID(int=0xABCDEF << 100)


@pytest.fixture(scope="module")
def case() -> Case:
    return trio.run(a_review, clock=MockClock(autojump_threshold=0))


async def a_review() -> Case:
    """A segment and its words on the laptop, and a tablet that is there too."""
    async with open_node() as node:
        ann = await node.listen()
        segment = speak(ann, 0, 1_500)
        await trio.sleep(2)
        await ann.say(1, segment=segment).answer()
        tablet = await node.join(device=TABLET)
        tablet.hear("speech_start")
        await settled()
        return await case_of(node.ledger)


def test_an_entry_says_what_each_chart_did_with_it(case: Case) -> None:
    told = case.entry(f"2@{LAPTOP}")
    assert told is not None
    assert (told.event, told.payload["kind"], told.seq, told.device) == ("event", "speech_end", 2, str(LAPTOP))
    assert [(deed.chart.partition(":")[0], deed.event) for deed in told.deeds] == [
        ("reconnect", "event"),
        ("voice", "speech_end"),
        ("agent", "segment"),
    ]
    voice = told.deeds[1]
    assert [(each.guard, each.held) for each in voice.tried] == [("of_another_device", False), ("keeps", True)]
    assert [(each.source, each.to, each.guard) for each in voice.passages] == [("recording", ("cooldown",), "keeps")]
    assert Difference("kept", 0, 1) in voice.changed
    assert "send" in [effect.name for effect in voice.effects]


def test_an_entry_says_where_the_charts_stood_before_and_after(case: Case) -> None:
    told = case.entry(f"2@{LAPTOP}")
    assert told is not None
    assert told.before is not None
    assert told.after is not None
    assert (told.before[0].chart, told.before[0].active) == ("voice", ("recording", "connected"))
    assert told.after[0].active == ("cooldown", "connected")
    assert told.after[0].timers["cooldown"] == told.at + 500


def test_an_entry_says_what_was_written_with_it(case: Case) -> None:
    (n,) = [remark.settled_n for remark in case.remarks]
    told = case.entry(str(n))
    assert told is not None
    remark, note = told.written
    assert remark.startswith(f"remark {remark_id(1)} settled: note ")
    assert note.endswith(" version 1: ghost")


@pytest.mark.parametrize("which", ["1@", "99", "0", "-1", "x", "", "1@ffff", "@", "9@0"])
def test_an_entry_that_is_not_there_is_none(case: Case, which: str) -> None:
    assert case.entry(which) is None


def test_a_number_is_of_the_device_that_is_named(case: Case) -> None:
    of_laptop, of_tablet = case.entry(f"1@{LAPTOP}"), case.entry(f"1@{str(TABLET)[:6].upper()}")
    assert of_laptop is not None
    assert of_tablet is not None
    assert of_laptop.n < of_tablet.n


async def test_where_the_states_are_not_known_only_what_was_taken_is(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        await node.listen()
        kept = await recorded(node.ledger)
    told = open_case(CHARTS, INITIAL, evolve(kept, snapshots={})).entry("3")
    assert told is not None
    assert (told.event, told.before, told.after, told.deeds) == ("start", None, None, ())
    assert told.doubt == "its states are not known, for no snapshot from before it is kept"
    assert [(each.chart, each.source, each.to) for each in told.taken] == [
        ("voice", "idle", ("observing",)),
        ("agent", "idle", ("listening",)),
    ]


async def test_of_another_version_only_the_ids_are_known(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        await node.listen()
        kept = await recorded(node.ledger)
    first = kept.snapshots[0]
    older = {**first, "charts": {**first["charts"], "voice": {**first["charts"]["voice"], "version": 2}}}
    told = open_case(CHARTS, INITIAL, evolve(kept, snapshots={0: older})).entry("3")
    assert told is not None
    assert told.versions["voice"] == 2
    voice, agent = told.taken
    assert (voice.id, voice.source, voice.to, voice.why) == ("idle/start/0", "idle", (), "")
    assert agent.to == ("listening",), "the agent's version is today's"


def test_differences_are_told_by_path() -> None:
    old = {"a": 1, "b": {"c": [1], "d": None}, "gone": 2}
    new = {"a": 1, "b": {"c": [1, 2], "d": None}, "came": 3}
    assert [*differences(old, new)] == [
        Difference("b.c", [1], [1, 2]),
        Difference("gone", 2, None),
        Difference("came", None, 3),
    ]
