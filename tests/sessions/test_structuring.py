"""A remark is structured by the language model where there is one, and by the rules whenever that has no answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import trio
from attrs import define, field

from lossy.channels.replay import MAX_KEPT
from lossy.clock import Clock
from lossy.domain.notes import Category, Note
from lossy.inference.breaker import Breaker, Failed
from lossy.inference.llm import LanguageModel, Tell
from lossy.inference.rules import RULES, Draft, Remark
from lossy.sessions.restore import AGENT
from lossy.settings import Llm
from lossy.store.memory import MemoryLedger
from tests.inference.fake_llm import note
from tests.sessions.client import NOON, SURE, VAGUE, received, remark_id
from tests.sessions.node import SETTINGS, Node, open_node, restored, until

if TYPE_CHECKING:
    from trio.testing import MockClock

MODEL = "small-model"
TOO_DARK = "The logo is too dark."


@define(eq=False)
class Writer:
    """Answers after so many seconds; where `fails` says so, with that reason instead."""

    seconds: float = 0
    fails: Callable[[int], str | None] = lambda asked: None
    asked: list[tuple[float, str]] = field(factory=list, init=False)  # at so many seconds, about which words

    async def write(self, said: str, tell: Tell) -> str:
        self.asked.append((trio.current_time(), said))
        written = note(said, category="color")
        for i in range(4):
            await trio.sleep(self.seconds / 4)
            tell(written[: len(written) * (i + 1) // 4])
        reason = self.fails(len(self.asked))
        if reason is not None:
            raise Failed(reason)
        return written


def always(reason: str) -> Callable[[int], str | None]:
    return lambda asked: reason


def model(writer: Writer, **settings: Any) -> LanguageModel:
    named = Llm(url="http://127.0.0.1:1", model=MODEL, **settings)
    return LanguageModel(named, Breaker("the model", Clock()), writer)


def notes(node: Node) -> list[Note]:
    return sorted(node.ledger.notes.values(), key=lambda note: (note.created_at, note.provenance["entries"]))


def made_by(node: Node) -> list[str]:
    return [note.provenance["by"] for note in notes(node)]


# -- by the model -------------------------------------------------------------------------------------------------


async def test_a_note_knows_which_model_made_it(autojump_clock: MockClock) -> None:
    async with open_node(drafter=model(Writer())) as node:
        ann = await node.join()
        assert "note_id" in await ann.say(1, f"uh {TOO_DARK}").answer()
        (made,) = notes(node)
        assert (made.text, made.category, made.confidence) == (TOO_DARK, Category.COLOR, 0.9)
        assert (made.provenance["by"], made.provenance["rules"]) == (MODEL, ["category: color"])
        assert made.transcript == f"uh {TOO_DARK}"
        agent = (await restored(node.ledger)).states[AGENT].data
        assert agent["last"] == ann.session.states[AGENT].data["last"], "what it wrote is in the journal"


async def test_without_a_model_the_rules_made_it(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.say(1).answer()
        assert made_by(node) == [RULES]


async def test_who_watches_sees_the_text_as_it_is_written(autojump_clock: MockClock) -> None:
    async with open_node(drafter=model(Writer(seconds=2))) as node:
        ann = await node.join()
        await ann.say(1, TOO_DARK).answer()
        told = [event for event in ann.pushed("agent_event") if event["type"] == "model_delta"]
        assert [event["text"] for event in told] == ["The logo is too", TOO_DARK]
        assert {event["remark_id"] for event in told} == {str(remark_id(1))}
        kept = [received(payload) for _, payload in ann.session.audience.outbound.latest(MAX_KEPT)]
        assert [event for event in kept if event in told] == [], "who is away gets the note, and not how it came about"


async def test_empty_talk_and_corrections_are_for_the_rules_alone(autojump_clock: MockClock) -> None:
    writer = Writer()
    async with open_node(drafter=model(writer)) as node:
        ann = await node.join()
        assert (await ann.say(1, VAGUE).answer())["refused"] == "low_confidence"
        await ann.say(2, TOO_DARK).answer()
        assert (await ann.say(3, "make that a bit brighter").answer())["amended"]
        assert [said for _, said in writer.asked] == [TOO_DARK]


# -- by the rules -------------------------------------------------------------------------------------------------


async def test_what_failed_is_tried_again(autojump_clock: MockClock) -> None:
    writer = Writer(fails=lambda asked: "status_500" if asked == 1 else None)
    async with open_node(drafter=model(writer)) as node:
        ann = await node.join()
        await ann.say(1, TOO_DARK).answer()
        assert made_by(node) == [MODEL]
        assert [at for at, _ in writer.asked] == [0, SETTINGS.agent.retry_first_ms / 1_000]


@define(eq=False)
class NeverDrafts:
    asked: int = field(default=0, init=False)

    async def draft(self, remark: Remark, by_rules: Draft, *, within_s: float, tell: Tell) -> Draft:
        await trio.lowlevel.checkpoint()
        self.asked += 1
        raise Failed("no_json")


async def test_the_last_try_that_fails_leaves_it_to_the_rules(autojump_clock: MockClock) -> None:
    drafter = NeverDrafts()
    async with open_node(drafter=drafter) as node:
        ann = await node.join()
        assert "note_id" in await ann.say(1, TOO_DARK).answer()
        (made,) = notes(node)
        assert drafter.asked == 1 + SETTINGS.agent.retries
        assert (made.provenance["by"], made.provenance["rules"][-1]) == (RULES, "no model: no_json")
        assert made.created_at == NOON + 7 * SETTINGS.agent.retry_first_ms


# Nobody waits longer for a dead server than for the three tries that show that it is one.
DEAD = [("connection", 0, 1_500), ("silence", 2, 7_500)]


@pytest.mark.parametrize(("reason", "each_s", "all_ms"), DEAD, ids=["refuses to connect", "says nothing"])
async def test_ten_remarks_with_a_dead_server_take_no_longer_than_three_tries(
    reason: str, each_s: float, all_ms: int, autojump_clock: MockClock
) -> None:
    writer = Writer(each_s, always(reason))
    async with open_node(drafter=model(writer)) as node:
        ann = await node.join()
        asked = [ann.say(number, TOO_DARK) for number in range(10)]
        answers = [await each.answer() for each in asked]
        assert node.clock.now_ms() == NOON + all_ms
        assert len({answer["note_id"] for answer in answers}) == 10
        assert made_by(node) == [RULES] * 10
        assert len(writer.asked) == 3


async def test_ten_remarks_a_second_apart_are_ten_notes_in_order(autojump_clock: MockClock) -> None:
    """The first waits for what the tries take; the last, said after nine seconds, for nothing."""
    async with open_node(drafter=model(Writer(2, always("silence")))) as node:
        ann = await node.join()
        asked = []
        for number in range(10):
            await until(1_000 * number)
            asked.append(ann.say(number, TOO_DARK))
        await until(9_000)
        assert all(each.answers for each in asked)
        assert [note.provenance["remark"] for note in notes(node)] == [str(remark_id(n)) for n in range(10)]


async def test_a_server_that_is_back_is_asked_again(autojump_clock: MockClock) -> None:
    writer = Writer(fails=lambda asked: "connection" if asked <= 3 else None)
    async with open_node(drafter=model(writer)) as node:
        ann = await node.join()
        for number, at_ms in enumerate((0, 20_000, 31_400, 31_600, 31_700)):
            await until(at_ms)
            await ann.say(number, TOO_DARK).answer()
        assert made_by(node) == [RULES, RULES, RULES, MODEL, MODEL]
        assert [note.provenance["rules"][-1] for note in notes(node)[:3]] == [
            "no model: connection",
            "no model: away",
            "no model: away",
        ]


async def test_a_model_never_takes_the_whole_time_of_the_work(autojump_clock: MockClock) -> None:
    """Set to be more patient than the chart, it is cut off while the rules can still answer."""
    async with open_node(drafter=model(Writer(seconds=60), timeout_ms=60_000)) as node:
        ann = await node.join()
        assert "note_id" in await ann.say(1, TOO_DARK).answer()
        (made,) = notes(node)
        assert made.provenance["rules"][-1] == "no model: timeout"
        assert made.created_at - NOON == 3 * 0.75 * SETTINGS.agent.structuring_ms + 1_500


async def test_a_crash_while_it_writes_costs_nothing(autojump_clock: MockClock) -> None:
    ledger, writer = MemoryLedger(), Writer(seconds=2)
    async with open_node(ledger, drafter=model(writer)) as node:
        ann = await node.join()
        ann.say(1, TOO_DARK)
        await until(1_000)
    async with open_node(ledger, drafter=model(writer)) as node:
        await node.roster.recover()
        await until(4_000)
        assert made_by(node) == [MODEL]
        assert [said for _, said in writer.asked] == [TOO_DARK] * 2


async def test_ten_sessions_share_what_one_of_them_learns(autojump_clock: MockClock) -> None:
    writer = Writer(fails=always("connection"))
    async with open_node(drafter=model(writer)) as node:
        ann = await node.join()
        phone = await node.join(remark_id(77))
        await ann.say(1, SURE).answer()
        await phone.say(2, SURE).answer()
        assert len(writer.asked) == 3
        assert made_by(node) == [RULES, RULES]
