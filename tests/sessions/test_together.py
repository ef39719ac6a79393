"""What a device says at once is kept by one commit: all of it or nothing, told in order, and nothing before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from trio.testing import wait_all_tasks_blocked

from lossy.channels.errors import Code
from lossy.sessions.hearing import BEGIN, END
from tests.sessions.client import SURE, remark_id
from tests.sessions.commits import Watched
from tests.sessions.drafting import Drafting
from tests.sessions.node import open_node

if TYPE_CHECKING:
    import pytest
    from trio.testing import MockClock

    from tests.sessions.client import Asked, Client


async def begun(ann: Client) -> None:
    await ann.tell("start").answer()
    await ann.hear(BEGIN).answer()
    await trio.sleep(2)


def finish(ann: Client) -> tuple[Asked, Asked]:
    """The end of a segment and its words, in one breath."""
    return ann.hear(END), ann.say(1, SURE, segment=ann.seq - 1)


async def test_the_end_of_speech_its_words_and_their_note_are_one_commit(autojump_clock: MockClock) -> None:
    ledger = Watched()
    async with open_node(ledger) as node:
        ann = await node.join()
        await begun(ann)
        end, said = finish(ann)
        assert await end.answer() == {"accepted_through": 2}
        assert "note_id" in await said.answer()
        assert ledger.rows[-1] == [END, "transcript_final", "done.structuring"]


async def test_they_are_told_in_their_order_and_not_before(autojump_clock: MockClock) -> None:
    ledger = Watched()
    async with open_node(ledger) as node:
        ann = await node.join()
        await begun(ann)
        ledger.opened, before = trio.Event(), len(ann.pushes)
        end, said = finish(ann)
        await trio.sleep(0.1)
        assert [end.answers, said.answers, ann.pushes[before:], node.published] == [[], [], [], []]
        ledger.opened.set()
        await said.answer()
        of_this_moment, *numbered = ann.pushes[before:]
        assert "push_seq" not in of_this_moment.payload
        assert [push.event for push in numbered] == ["voice_status", "agent_event", "remark"]
        assert [told["type"] for told in ann.pushed("agent_event")][-2:] == ["asr_final", "intent"]


async def test_a_model_is_waited_for_and_its_draft_is_kept_by_itself(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 1.0}).use(monkeypatch)
    ledger = Watched()
    async with open_node(ledger) as node:
        ann = await node.join()
        await begun(ann)
        _, said = finish(ann)
        await said.answer()
        assert [row for row in ledger.rows if "transcript_final" in row] == [[END, "transcript_final"]]
        assert ["done.structuring"] in ledger.rows


async def test_words_that_come_twice_at_once_are_one_note_and_two_answers(autojump_clock: MockClock) -> None:
    ledger = Watched()
    async with open_node(ledger) as node:
        ann = await node.join()
        await begun(ann)
        _, said = finish(ann)
        again = ann.say(1, SURE, segment=ann.seq - 1)
        assert await said.answer() == await again.answer()
        assert len(node.ledger.notes) == 1
        assert [name for row in ledger.rows for name in row].count("transcript_final") == 1


async def test_words_of_another_session_that_are_settled_already_leave_the_rest(autojump_clock: MockClock) -> None:
    ledger = Watched()
    async with open_node(ledger) as node:
        ann = await node.join()
        outcome = await ann.say(1).answer()
        await begun(ann)
        end, said = finish(ann)
        assert await end.answer() == {"accepted_through": 2}
        assert await said.answer() == outcome
        assert [END] in ledger.rows


async def test_a_timer_that_is_due_before_goes_before(autojump_clock: MockClock) -> None:
    """The cooldown ends half a second after the segment; words that come later are heard after that."""
    ledger = Watched()
    async with open_node(ledger) as node:
        ann = await node.join()
        await begun(ann)
        ledger.opened = trio.Event()
        status = ann.tell("metrics", rtt_ms=1)
        await wait_all_tasks_blocked()
        ann.hear(END)
        await trio.sleep(1)
        said = ann.say(1, SURE, segment=1)
        ledger.opened.set()
        await status.answer()
        await said.answer()
        names = [name for row in ledger.rows for name in row]
        assert names.index("after.cooldown") < names.index("transcript_final")


async def test_where_they_cannot_be_kept_all_who_wait_are_told(autojump_clock: MockClock) -> None:
    ledger = Watched()
    async with open_node(ledger) as node:
        ann = await node.join()
        await begun(ann)
        ledger.away = True
        end, said = finish(ann)
        assert [(await asked.answer())["code"] for asked in (end, said)] == [Code.INTERNAL] * 2
        assert not node.ledger.notes
        ledger.away = False
        await trio.sleep(1)
        again = await node.join()
        assert "note_id" in await again.say(1).answer()
        assert [note.provenance["remark"] for note in node.ledger.notes.values()] == [str(remark_id(1))]
