"""Work runs while its state does: it answers in time, or its answer counts for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from structlog.testing import capture_logs

from lossy.sessions import deeds, session
from lossy.sessions.effects import EFFECTS, Performer, Row, Written
from lossy.sessions.restore import VOICE
from lossy.store.memory import MemoryLedger
from tests.sessions.commits import Slow
from tests.sessions.drafting import Drafting
from tests.sessions.node import SETTINGS, open_node, until

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest
    from trio.testing import MockClock

    from lossy.charts.model import Effect
    from lossy.sessions.work import Working

LIMIT_MS = SETTINGS.agent.structuring_ms
# Four tries, and waits of 0.5, 1 and 2 s between them.
LAST_LIMIT_MS = 4 * LIMIT_MS + 7 * SETTINGS.agent.retry_first_ms
TOO_DARK, TOO_LOUD = "The logo is too dark.", "The music is too loud."


async def test_work_that_takes_too_long_is_cancelled_and_its_remark_refused(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafting = Drafting({TOO_DARK: 3600}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.join()
        asked = ann.say(1, TOO_DARK)
        await until(LAST_LIMIT_MS - 1)
        assert not asked.answers
        await until(LAST_LIMIT_MS)
        assert asked.answers == [{"refused": "structuring_timeout"}]
        assert drafting.cancelled == [TOO_DARK] * 4, "the first try and three more"
        assert len(ann.session.states[VOICE].data["errors"]) == 1


async def test_an_answer_whose_state_was_left_settles_nothing(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session is held up from 19.5 to 21.5 s; the answer of 20.5 s lies in its inbox, but the limit was at 20 s."""
    drafting = Drafting({TOO_DARK: 20.5, TOO_LOUD: 1}).use(monkeypatch)
    async with open_node(MemoryLedger(Slow("metrics", 2))) as node:
        ann = await node.join()
        dark, loud = ann.say(1, TOO_DARK), ann.say(2, TOO_LOUD)
        await until(19_500)
        ann.tell("metrics")
        await until(21_400)
        assert (drafting.begun, drafting.cancelled, dark.answers) == ([TOO_DARK], [], [])
        assert await dark.answer() == {"refused": "structuring_timeout"}
        assert "note_id" in await loud.answer()
        (note,) = node.ledger.notes.values()
        assert (note.transcript, note.text) == (TOO_LOUD, TOO_LOUD)


async def test_an_answer_from_before_the_limit_counts_however_late_it_is_read(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({TOO_DARK: 19.9}).use(monkeypatch)
    async with open_node(MemoryLedger(Slow("metrics", 2))) as node:
        ann = await node.join()
        asked = ann.say(1, TOO_DARK)
        await until(19_500)
        ann.tell("metrics")
        assert "note_id" in await asked.answer()


async def test_work_without_an_answer_is_a_refusal(autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch) -> None:
    Drafting(failing=frozenset({TOO_DARK})).use(monkeypatch)
    async with open_node() as node:
        ann = await node.join()
        assert await ann.say(1, TOO_DARK).answer() == {"refused": "structuring_failed"}
        assert "note_id" in await ann.say(2, TOO_LOUD).answer()


async def test_one_remark_is_worked_on_at_a_time(autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch) -> None:
    drafting = Drafting({TOO_DARK: 2, TOO_LOUD: 1}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.join()
        asked = [ann.say(number, text) for number, text in enumerate([TOO_DARK, TOO_LOUD, TOO_DARK])]
        await until(1_900)
        assert drafting.begun == [TOO_DARK]
        await until(2_900)
        assert drafting.begun == [TOO_DARK, TOO_LOUD]
        assert [len(said.answers) for said in asked] == [1, 0, 0]
        await until(5_000)
        assert (drafting.begun, drafting.cancelled) == ([TOO_DARK, TOO_LOUD, TOO_DARK], [])


async def test_effects_are_told_in_the_order_of_the_charts(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third failure within a minute: the remark is refused, then the breaker opens and says so."""
    Drafting(failing=frozenset({TOO_DARK})).use(monkeypatch)
    told: list[tuple[str, object]] = []

    def recording(row: Row) -> Row:
        def tell(session: Performer, effect: Effect, written: Written) -> None:
            if effect.name in ("report_failure", "status"):
                told.append((effect.name, effect.args.get("reason")))
            row.tell(session, effect, written)

        return attrs.evolve(row, tell=tell)

    monkeypatch.setattr(deeds, "EFFECTS", {name: recording(row) for name, row in EFFECTS.items()})
    async with open_node() as node:
        ann = await node.join()
        await ann.tell("start").answer()
        for number in range(2):
            await ann.say(number, TOO_DARK).answer()
        told.clear()
        await ann.say(2, TOO_DARK).answer()
        settled = told.index(("report_failure", None))
        assert told[settled : settled + 2] == [("report_failure", None), ("status", "inference")]
        assert ann.session.status()["active"][0] == "error"
        assert [push.event for push in ann.pushes[-2:]] == ["remark", "voice_status"]


async def test_a_bug_in_work_costs_its_remark_and_not_the_session(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that failed for it would run it again whenever it is opened, and fail again."""

    async def divide(working: Working) -> Mapping[str, Any]:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(session, "WORK", {"structure": divide})
    async with open_node() as node:
        ann = await node.join()
        with capture_logs() as logs:
            assert await ann.say(1).answer() == {"refused": "structuring_failed"}
        assert [log["event"] for log in logs] == ["work failed"] * 4
        assert ann.session.status()["active"] == ["idle", "connected"]
