"""Each segment of speech: when it was, whether it was kept, and what became of its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio

from tests.sessions.client import LAPTOP, NOON, PHONE
from tests.sessions.node import Node, open_node, settled
from tests.why.cases import case_of, speak

if TYPE_CHECKING:
    from trio.testing import MockClock

    from lossy.why.segments import Segment


async def spoken(node: Node) -> tuple[Segment, ...]:
    await settled()
    return (await case_of(node.ledger)).segments


def told(segment: Segment) -> tuple[Any, ...]:
    return segment.fate, segment.reason, segment.words


async def test_a_segment_has_the_times_of_its_own_events(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await trio.sleep(10)
        seq = speak(ann, -5_000, -3_500)
        ann.say(1, segment=seq)
        (segment,) = await spoken(node)
    assert (segment.began_at, segment.ended_at) == (NOON + 5_000, NOON + 6_500)
    assert (segment.length_ms, segment.media_ms, segment.probability) == (1_500, 61_000, 0.9)
    assert (segment.device, segment.seq, segment.end_seq) == (str(LAPTOP), 1, 2)
    assert segment.remarks == ("00000000-0000-0000-0000-0000000003e9",)
    assert told(segment) == ("kept", None, "there")


@pytest.mark.parametrize(("length_ms", "facts", "reason"), [(100, {}, "short"), (1_000, {"probability": 0.1}, "noise")])
async def test_an_ignored_segment_has_its_reason(
    autojump_clock: MockClock, length_ms: int, facts: dict[str, float], reason: str
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        speak(ann, 0, length_ms, **facts)
        (segment,) = await spoken(node)
    assert told(segment) == ("ignored", reason, None)


async def test_speech_within_a_pause_or_after_a_cancel_is_ignored(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        ann.hear("speech_start")
        ann.tell("cancel")
        ann.hear("speech_end", ann.clock.now_ms() + 1_000, probability=0.9)
        await trio.sleep(5)
        ann.tell("pause")
        speak(ann, 0, 1_000)
        cancelled, paused = await spoken(node)
    assert told(cancelled) == ("ignored", "cancelled", None)
    assert told(paused) == ("ignored", "paused", None)


async def test_another_devices_speech_is_turned_away_and_takes_no_end(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        phone = await node.join(device=PHONE)
        ann.own()
        await settled()
        ann.hear("speech_start", NOON)
        phone.hear("speech_start", NOON + 700)
        ann.hear("speech_end", NOON + 1_000, probability=0.9)
        phone.hear("speech_end", NOON + 1_500, probability=0.9)
        laptops, phones = await spoken(node)
    assert told(laptops) == ("kept", None, "awaited")
    assert laptops.length_ms == 1_000
    assert told(phones) == ("ignored", "read_only", None)
    assert phones.length_ms == 800


async def test_an_end_without_a_beginning_and_a_beginning_without_an_end(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        ann.hear("speech_end", probability=0.9)
        ann.hear("speech_start", NOON + 2_000)
        ann.hear("speech_start", NOON + 4_000)
        unstarted, unfinished, still_open = await spoken(node)
    assert told(unstarted) == ("ignored", "unstarted", None)
    assert (unstarted.seq, unstarted.began_at, unstarted.n) == (None, None, unstarted.ended_n)
    assert told(unfinished) == ("ignored", "unfinished", None)
    assert told(still_open) == ("open", None, None)


async def test_words_that_never_came_are_missing(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        speak(ann, 0, 1_000)
        (segment,) = await spoken(node)
        assert segment.words == "awaited"
        await trio.sleep(30)
        (segment,) = await spoken(node)
        assert segment.words == "missing"


async def test_nobody_listens_to_a_session_that_closes(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        speak(ann, 0, 1_000)
        ann.tell("close")
        speak(ann, 2_000, 3_000)
        _, unheard = await spoken(node)
    assert told(unheard) == ("unheard", None, None)
