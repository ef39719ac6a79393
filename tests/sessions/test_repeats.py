"""What is said again, refused or put off: whatever a client repeats, a remark has one outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from structlog.testing import capture_logs

from lossy.channels.errors import Code
from lossy.domain.agent import WAITING
from lossy.sessions.audience import REPEATS
from lossy.sessions.inbox import FULL_RETRY_MS
from tests.sessions.client import SURE, VAGUE, remark_id
from tests.sessions.drafting import Drafting
from tests.sessions.node import ANN, OTHER_SESSION, open_node, settled

if TYPE_CHECKING:
    import pytest
    from trio.testing import MockClock


async def test_a_remark_said_twice_is_one_note_whatever_became_of_it_meanwhile(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 1.0}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.join()
        in_hand, waiting = ann.say(1), ann.say(2)
        await settled()
        again = ann.say(1), ann.say(2)
        first, second = await in_hand.answer(), await waiting.answer()
        assert [await asked.answer() for asked in again] == [first, second]
        assert await ann.say(1).answer() == first
        assert await ann.say(2).answer() == second
        assert first != second
        assert len(node.ledger.notes) == len(node.published) == len(ann.pushed("remark")) == 2


async def test_what_is_said_again_leaves_no_trace_in_the_journal(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 1.0}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.join()
        asked = ann.say(1)
        await settled()
        n = ann.session.n
        repeats = [ann.say(1) for _ in range(REPEATS)]
        await settled()
        assert ann.session.n == n
        assert await repeats.pop().answer() == {
            "code": Code.RATE_LIMITED,
            "message": "Too many requests.",
            "reason": "rate_limited",
            "retry_after_ms": FULL_RETRY_MS,
        }
        assert [await said.answer() for said in repeats] == [await asked.answer()] * (REPEATS - 1)


async def test_the_twenty_second_remark_at_once_is_deferred_and_succeeds_later(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 0.9}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.join()
        asked = [ann.say(number) for number in range(WAITING + 2)]
        deferred = await asked[-1].answer()
        assert (deferred["code"], deferred["retry_after_ms"]) == (Code.RATE_LIMITED, 1000)
        assert not any(said.answers for said in asked[:-1])
        await trio.sleep(deferred["retry_after_ms"] / 1000)
        retried = ann.say(WAITING + 1)
        for said in [*asked[:-1], retried]:
            assert "note_id" in await said.answer()
        assert [note.provenance["remark"] for note in node.ledger.notes.values()] == [
            str(remark_id(number)) for number in range(WAITING + 2)
        ]


async def test_what_is_too_vague_is_refused_with_its_numbers_and_stays_refused(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        refused = await ann.say(1, VAGUE).answer()
        assert refused["refused"] == "low_confidence"
        assert refused["decision"].items() >= {"confidence": 0.05, "threshold": 0.25}.items()
        assert await ann.say(1, SURE).answer() == refused
        assert await node.ledger.outcome(ANN, remark_id(1)) == refused
        (told,) = ann.pushed("remark")
        assert told.items() >= {"remark_id": str(remark_id(1)), **refused}.items()
        assert not node.ledger.notes


async def test_the_transcript_of_an_ignored_sound_is_refused(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.tell("start").answer()
        ann.hear("speech_start")
        await trio.sleep(0.1)
        await ann.hear("speech_end").answer()
        assert await ann.say(1, segment=1).answer() == {"refused": "ignored_segment"}
        assert await ann.say(1, segment=1).answer() == {"refused": "ignored_segment"}
        assert len(ann.pushed("remark")) == 1


async def test_a_remark_in_hand_is_not_refused_as_well(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its segment turns out to be too short only after the words are there; then the client says it again."""
    Drafting({SURE: 1.0}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.join()
        await ann.tell("start").answer()
        ann.hear("speech_start")
        first = ann.say(1, segment=1)
        await ann.hear("speech_end").answer()
        again = ann.say(1, segment=1)
        assert await first.answer() == await again.answer()
        assert (await first.answer())["note_id"] == str(*node.ledger.notes)
        assert not ann.endings


async def test_a_remark_in_hand_in_two_sessions_is_one_note_and_both_go_on(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 2.0}).use(monkeypatch)
    with capture_logs():
        async with open_node() as node:
            ann, elsewhere = await node.join(), await node.join(OTHER_SESSION)
            ann.say(1)
            elsewhere.say(1)
            await trio.sleep(60)
            again = await node.join()
            await trio.sleep(30)
            assert again.endings == []
            assert (await again.say(1).answer())["note_id"] == str(*node.ledger.notes)
