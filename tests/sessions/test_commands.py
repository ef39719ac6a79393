"""What a reviewer says or clicks about the last note, through a live session: what becomes of it, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio

from lossy.charts.model import Event
from lossy.domain.notes import Note, Status, as_payload, as_removed
from lossy.domain.quality import DELETIONS
from lossy.domain.timecode import frame_at
from lossy.sessions.inbox import Happened
from lossy.sessions.note_moves import note_of, remark_of_last
from lossy.sessions.restore import AGENT
from lossy.settings import Agent
from lossy.store.ledger import MoveNote
from lossy.store.memory import MemoryLedger
from lossy.store.pool import StoreError
from tests.contract.test_ledger import commit
from tests.sessions.client import NOON, VAGUE, Asked, Client, remark_id
from tests.sessions.commits import Gate
from tests.sessions.drafting import Drafting
from tests.sessions.node import ANN, OTHER_SESSION, SESSION, VIDEO, Node, open_node, until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from trio.testing import MockClock

CONFIRMING_MS = Agent().confirming_ms
COLD = "The grade is cold here."
FIRST = note_of(SESSION, str(remark_id(1)))


def click(client: Client, name: str, **facts: Any) -> Asked:
    asked = Asked()
    event = Event(name, client.clock.now_ms(), facts)
    client.session.offer(Happened(AGENT, event, client.device_id, None, asked.reply))
    return asked


def notes(node: Node) -> list[Note]:
    return [*node.ledger.notes.values()]


def told(node: Node) -> list[tuple[str, str]]:
    """What went out on the video's topic: each event, with the status of the note."""
    return [(event, payload["status"]) for event, payload in published(node)]


def published(node: Node) -> list[tuple[str, Mapping[str, Any]]]:
    return [(each.event, each.payload) for each in node.published if isinstance(each.payload, Mapping)]


def results(client: Client) -> list[dict[str, Any]]:
    """Every `tool_result`, without the ids that all of them have of the first note."""
    ids = {"note_id": str(FIRST), "remark_id": str(remark_id(1))}
    found = []
    for event in client.pushed("agent_event"):
        if event["type"] == "tool_result":
            assert event.items() >= ids.items()
            found.append(
                {key: value for key, value in event.items() if key not in {*ids, "type", "push_epoch", "push_seq"}}
            )
    return found


def events_of(node: Node) -> list[str]:
    return [change.event for change in node.ledger.changes[FIRST]]


# -- by voice -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "command", "event", "status"),
    [
        ("Scratch that.", "scratch", "delete", "deleted"),
        ("never mind", "scratch", "delete", "deleted"),
        ("undo", "undo", "delete", "deleted"),
        ("keep it", "confirm", "confirm", "firmed"),
        ("post it", "post", "queue", "queued"),
    ],
)
@pytest.mark.parametrize("later_ms", [0, 2 * CONFIRMING_MS])
async def test_a_word_moves_the_last_note(
    autojump_clock: MockClock, words: str, command: str, event: str, status: str, later_ms: int
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await trio.sleep(later_ms / 1000)
        assert await ann.say(2, words).answer() == {"command": command, "note_id": str(FIRST)}
        (note,) = notes(node)
        assert (note.status, note.version, note.updated_at) == (status, 2, NOON + later_ms)
        (_, change) = node.ledger.changes[FIRST]
        assert (change.event, change.by, change.at) == (event, ANN, NOON + later_ms)
        assert told(node) == [
            ("note_created", "ghost"),
            ("note_deleted" if status == "deleted" else "note_updated", status),
        ]
        assert results(ann) == [{"command": command, "ok": True, "status": status}]
        intent = {"type": "intent", "remark_id": str(remark_id(2)), "command": command, "note_id": str(FIRST)}
        assert [each for each in ann.pushed("agent_event") if each.items() >= intent.items()]
        assert await node.ledger.outcome(ANN, remark_id(2)) == {"command": command, "note_id": str(FIRST)}


async def test_undo_brings_a_note_back_as_it_was(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        (before,) = notes(node)
        for number, words in enumerate(("keep it", "scratch that", "undo"), 2):
            await ann.say(number, words).answer()
        (note,) = notes(node)
        assert (note.text, note.status, note.version) == (before.text, Status.FIRMED, 4)
        assert told(node)[1:] == [("note_updated", "firmed"), ("note_deleted", "deleted"), ("note_updated", "firmed")]
        assert node.published[2].payload == as_removed(note_at(node, 3))
        assert node.published[3].payload == as_payload(note)


def note_at(node: Node, version: int) -> Note:
    """The note as it was then, as far as those are told who look at the video."""
    change = node.ledger.changes[FIRST][version - 1]
    return attrs.evolve(notes(node)[0], status=change.status, version=version, updated_at=change.at)


async def test_what_is_queued_stays_queued_until_it_is_taken_back(autojump_clock: MockClock) -> None:
    """Nothing posts yet, and nothing pretends to."""
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await ann.say(2, "post it").answer()
        await trio.sleep(3_600)
        assert notes(node)[0].status is Status.QUEUED
        assert [each["command"] for each in ann.pushed("agent_event") if each["type"] == "tool_start"] == ["post"]
        await ann.say(3, "undo that").answer()
        assert notes(node)[0].status is Status.FIRMED


@pytest.mark.parametrize(
    ("words", "command", "microphone"), [("pause", "pause", "idle"), ("resume", "resume", "observing")]
)
async def test_a_word_opens_and_closes_the_microphone(
    autojump_clock: MockClock, words: str, command: str, microphone: str
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        if words == "resume":
            await ann.tell("pause").answer()
        assert await ann.say(1, words).answer() == {"command": command}
        assert ann.microphone[-1][1] == microphone
        assert notes(node) == []


@pytest.mark.parametrize("words", ["scratch that", "undo", "post it", "keep it"])
async def test_a_command_without_a_note_is_refused(autojump_clock: MockClock, words: str) -> None:
    async with open_node() as node:
        ann = await node.listen()
        assert await ann.say(1, words).answer() == {"refused": "nothing_to_act_on"}
        assert notes(node) == []


async def test_words_spoken_in_time_take_a_note_back_before_it_posts_itself(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.tell("settings_changed", auto_post=True, min_confidence=0.3, commands=True).answer()
        await ann.say(1, "The logo is too dark here and the music is too loud.").answer()
        assert notes(node)[0].confidence > 0.7
        await until(CONFIRMING_MS - 500)
        ann.hear("speech_start")
        await until(CONFIRMING_MS - 1)
        ann.hear("speech_end")
        await until(CONFIRMING_MS + 1_000)
        assert notes(node)[0].status is Status.GHOST, "what was said may take it back"
        await ann.say(2, "scratch that", segment=ann.seq - 1).answer()
        assert notes(node)[0].status is Status.DELETED
        assert events_of(node) == ["said", "delete"]


# -- by click -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"), [("confirm", "firmed"), ("undo", "deleted"), ("post", "queued"), ("cancel", "deleted")]
)
@pytest.mark.parametrize("later_ms", [CONFIRMING_MS - 1, CONFIRMING_MS + 1])
async def test_a_click_moves_the_last_note(autojump_clock: MockClock, name: str, status: str, later_ms: int) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await until(later_ms)
        await (ann.tell("cancel") if name == "cancel" else click(ann, name, remark=str(remark_id(1)))).answer()
        assert (notes(node)[0].status, notes(node)[0].updated_at) == (status, NOON + later_ms)
        (result,) = results(ann)
        command = "scratch" if name == "cancel" else name
        assert (result["command"], result["ok"], result["status"]) == (command, True, status)


async def test_a_click_on_a_note_that_is_not_the_last_one_any_more_moves_none(autojump_clock: MockClock) -> None:
    """The next note was made while the click was on its way."""
    async with open_node() as node:
        ann = await node.listen()
        for number in (1, 2):
            await ann.say(number).answer()
        await click(ann, "undo", remark=str(remark_id(1))).answer()
        assert [note.status for note in notes(node)] == [Status.GHOST, Status.GHOST]
        (result,) = [each for each in ann.pushed("agent_event") if each["type"] == "tool_result"]
        assert (result["command"], result["ok"], result["code"]) == ("undo", False, "conflict")
        assert result["note_id"] == str(note_of(SESSION, str(remark_id(2)))), "which one is the last"


async def test_a_click_that_comes_again_changes_nothing_whatever_came_between(autojump_clock: MockClock) -> None:
    ledger, id = MemoryLedger(), str(remark_id(90))
    async with open_node(ledger) as node:
        ann = await node.listen()
        await ann.say(1).answer()
        for _ in range(2):
            assert await click(ann, "undo", click=id).answer() == {}
        assert events_of(node) == ["said", "delete"]
        assert ledger.changes[FIRST][-1].request == remark_id(90)
    async with open_node(ledger) as node:
        ann = await node.join()
        assert await click(ann, "undo", click=id).answer() == {}
        assert events_of(node) == ["said", "delete"]
        await click(ann, "undo", click=str(remark_id(91))).answer()
        assert events_of(node) == ["said", "delete", "undo"]


class Forgetful(MemoryLedger):
    async def was_clicked(self, session_id: UUID, click_id: UUID) -> bool:
        raise StoreError("away")


async def test_a_click_is_sent_again_where_nobody_can_say_whether_it_came_before() -> None:
    async with open_node(Forgetful()) as node:
        ann = await node.listen()
        await ann.say(1).answer()
        assert (await click(ann, "undo", click=str(remark_id(90))).answer())["code"] == "rate_limited"
        assert events_of(node) == ["said"]


async def test_a_change_that_the_notes_own_chart_refuses_is_told(autojump_clock: MockClock) -> None:
    """A job is posting it: somebody else than this session moved it."""
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await ann.say(2, "post it").answer()
        await ledger.begin(OTHER_SESSION, ANN, VIDEO.id, {})
        begin = MoveNote(FIRST, "begin", None, node.clock.now_ms(), {"probed_at": None})
        await ledger.commit(commit(1, begin, session=OTHER_SESSION))
        published = len(node.published)
        assert await ann.say(3, "scratch that").answer() == {"command": "scratch", "note_id": str(FIRST)}
        assert results(ann)[-1] == {"command": "scratch", "ok": False, "status": "posting", "code": "conflict"}
        assert (notes(node)[0].status, len(node.published)) == (Status.POSTING, published)
        assert "note_id" in await ann.say(4).answer(), "the session lives on"


async def test_a_click_means_what_it_meant_whatever_a_restart_does(autojump_clock: MockClock) -> None:
    """The note's id follows from what was said, so the session that is brought back knows it."""
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await ann.say(1).answer()
    async with open_node(ledger) as node:
        again = await node.join()
        await click(again, "undo", remark=str(remark_id(1))).answer()
        assert notes(node)[0].status is Status.DELETED
        await again.say(2, "undo").answer()
        assert notes(node)[0].status is Status.GHOST


async def test_nothing_is_told_of_a_change_before_its_commit(autojump_clock: MockClock) -> None:
    gate = Gate("undo")
    async with open_node(MemoryLedger(gate)) as node:
        ann = await node.listen()
        await ann.say(1).answer()
        asked = click(ann, "undo")
        await gate.held.wait()
        await trio.sleep(5)
        assert (asked.answers, results(ann), told(node)) == ([], [], [("note_created", "ghost")])
        gate.opened.set()
        await asked.answer()
        assert told(node)[1:] == [("note_deleted", "deleted")]


async def test_the_last_note_can_be_clicked_by_its_id_alone() -> None:
    last = {"last": {"id": str(remark_id(1))}}
    assert remark_of_last(SESSION, last, FIRST) == str(remark_id(1))
    assert remark_of_last(SESSION, last, note_of(SESSION, str(remark_id(2)))) is None
    assert remark_of_last(SESSION, {"last": None}, FIRST) is None


# -- corrections and ranges ---------------------------------------------------------------------------------------


async def test_a_correction_mends_the_note_that_is_pending(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1, COLD).answer()
        await trio.sleep(1)
        answer = await ann.say(2, "make that a bit warmer").answer()
        assert (answer["note_id"], answer["amended"], answer["decision"]["reason"]) == (str(FIRST), True, "sure")
        (note,) = notes(node)
        assert note.text == "The grade is cold here. Make that a bit warmer."
        assert note.transcript == "The grade is cold here.\nmake that a bit warmer"
        assert (note.status, note.version, note.frame_in) == (Status.GHOST, 2, frame_at(61_000, VIDEO.rate))
        assert told(node) == [("note_created", "ghost"), ("note_updated", "ghost")]
        assert results(ann) == [{"command": "amend", "ok": True, "status": "ghost"}]
        await ann.say(3, "no, make it colder").answer()
        assert notes(node)[0].text.endswith("Make that a bit warmer. Make it colder.")
        await ann.say(4, "scratch that").answer()
        assert events_of(node) == ["said", "edit", "edit", "delete"]


@pytest.mark.parametrize("by", ["word", "click"])
@pytest.mark.parametrize("later_ms", [0, 2 * CONFIRMING_MS])
async def test_undo_takes_back_the_correction_and_then_the_note(
    autojump_clock: MockClock, by: str, later_ms: int
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1, COLD).answer()
        (before,) = notes(node)
        await ann.say(2, "make that from 1:10 to 1:20, the music is too loud").answer()
        (mended,) = notes(node)
        assert (mended.text, mended.frame_in) != (before.text, before.frame_in)
        for number, (status, version) in enumerate([(Status.GHOST, 3), (Status.DELETED, 4), (Status.GHOST, 5)], 3):
            await trio.sleep(later_ms / 1000)
            await (ann.say(number, "undo") if by == "word" else click(ann, "undo", remark=str(remark_id(1)))).answer()
            (note,) = notes(node)
            assert note == attrs.evolve(
                before, status=status, version=version, transcript=mended.transcript, updated_at=note.updated_at
            )
            assert results(ann)[-1] == {"command": "undo", "ok": True, "status": status}
        assert events_of(node) == ["said", "edit", "edit", "delete", "undo"]
        assert {change.by for change in node.ledger.changes[FIRST]} == {ANN}
        assert told(node)[2] == ("note_updated", "ghost")


async def test_undo_walks_back_through_all_corrections(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1, COLD).answer()
        texts = [COLD]
        for number, words in enumerate(("make that a bit warmer", "make that much warmer"), 2):
            await ann.say(number, words).answer()
            texts.append(notes(node)[0].text)
        seen = []
        for number in (4, 5):
            await ann.say(number, "undo").answer()
            seen.append(notes(node)[0].text)
        assert seen == [texts[1], texts[0]]
        await ann.say(6, "undo").answer()
        assert notes(node)[0].status is Status.DELETED


async def test_a_correction_is_taken_back_by_a_session_that_is_taken_up_again(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await ann.say(1, COLD).answer()
        await ann.say(2, "make that a bit warmer").answer()
    async with open_node(ledger) as node:
        again = await node.join()
        await again.say(3, "undo").answer()
        assert (notes(node)[0].text, notes(node)[0].status) == (COLD, Status.GHOST)


async def test_what_sounds_like_a_correction_later_is_a_remark(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1, COLD).answer()
        await until(CONFIRMING_MS + 1)
        await ann.say(2, "make that title bigger").answer()
        assert len(notes(node)) == 2


async def test_a_correction_that_says_nothing_leaves_the_note_alone(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1, COLD).answer()
        refused = await ann.say(2, "make that hmm").answer()
        assert (refused["refused"], refused["decision"]["reason"]) == ("low_confidence", "floor")
        assert (notes(node)[0].text, notes(node)[0].version) == (COLD, 1)


RANGES: Sequence[tuple[str, int, int]] = [
    ("From 1:10 to 1:20 the music is too loud.", 70, 80),
    ("From one ten to one twenty the music is too loud.", 70, 80),
    ("Between 1:10 and 1:20 the music is too loud.", 70, 80),
    ("Between one ten and one twenty the music is too loud.", 70, 80),
    ("The music is too loud from 1:10 to 1:20.", 70, 80),
    ("The music is too loud from 1:10 until 1:20.", 70, 80),
    ("The music is too loud from 1:10 through 1:20.", 70, 80),
    ("The music is too loud between 1:10 and 1:20.", 70, 80),
    ("1:10 to 1:20, the music is too loud.", 70, 80),
    ("The music is too loud, 1:10 to 1:20.", 70, 80),
    ("From ten to twenty seconds the music is too loud.", 10, 20),
    ("Between ten and twenty seconds the music is too loud.", 10, 20),
    ("From two minutes to two minutes thirty the music is too loud.", 120, 150),
    ("The music is too loud from two minutes five to two minutes ten.", 125, 130),
    ("From about 1:10 to about 1:20 the music is too loud.", 70, 80),
    ("Um, so from 1:10 to 1:20 the music is, uh, too loud.", 70, 80),
]


@pytest.mark.parametrize(("words", "first_s", "last_s"), RANGES)
async def test_a_range_that_is_spoken_is_the_range_of_the_note(
    autojump_clock: MockClock, words: str, first_s: int, last_s: int
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1, words, media_ms=75_000).answer()
        (note,) = notes(node)
        assert (note.frame_in, note.frame_out) == (
            frame_at(first_s * 1000, VIDEO.rate),
            frame_at(last_s * 1000, VIDEO.rate),
        )


@pytest.mark.parametrize(
    "words",
    ["make that from 1:10 to 1:20", "I meant between one ten and one twenty", "change that to from 1:10 to 1:20"],
)
async def test_a_range_in_a_correction_moves_the_note(autojump_clock: MockClock, words: str) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1, COLD).answer()
        await ann.say(2, words).answer()
        (note,) = notes(node)
        assert (note.text, note.frame_in, note.frame_out) == (
            COLD,
            frame_at(70_000, VIDEO.rate),
            frame_at(80_000, VIDEO.rate),
        )


# -- who goes on talking ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("structuring_s", [0.0, 0.7, 2.5])
async def test_ten_remarks_a_second_apart_are_ten_notes_in_order(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, structuring_s: float
) -> None:
    """Spoken, then transcribed a while later, while those before are still in hand."""
    texts = [f"Shot {number} is too dark." for number in range(10)]
    Drafting(dict.fromkeys(texts, structuring_s)).use(monkeypatch)
    async with open_node() as node:
        ann = await node.listen()
        asked: list[Asked] = []
        for text in texts:
            ann.hear("speech_start")
            await trio.sleep(0.4)
            ann.hear("speech_end")
            asked.append(ann.say(len(asked), text, segment=ann.seq - 1))
            await trio.sleep(0.6)
        answers = [await said.answer() for said in asked]
        assert [note.transcript for note in notes(node)] == texts
        assert [answer["note_id"] for answer in answers] == [str(note.id) for note in notes(node)]
        assert [each.event for each in node.published] == ["note_created"] * 10
        assert {note.status for note in notes(node)} == {Status.GHOST}


async def test_a_command_said_while_its_remark_is_in_hand_is_about_that_remark(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({COLD: 2.0}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.listen()
        asked = [ann.say(1, COLD), ann.say(2, "scratch that"), ann.say(3)]
        for said in asked:
            await said.answer()
        assert [note.status for note in notes(node)] == [Status.DELETED, Status.GHOST]


# -- quality ------------------------------------------------------------------------------------------------------


async def test_every_decision_is_kept_with_its_numbers(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.tell("settings_changed", min_confidence=0.5).answer()
        kept, refused = await ann.say(1).answer(), await ann.say(2, VAGUE).answer()
        numbers: Mapping[str, Any] = {"threshold": 0.5, "base": 0.5, "floor": 0.25, "deletions": 0}
        sure = {"confidence": 0.75, "category": "graphics", "reason": "sure"}
        assert kept == {"note_id": str(FIRST), "decision": {**numbers, **sure}}
        vague = {"confidence": 0.05, "category": "general", "reason": "floor", "threshold": 0.25}
        assert refused == {"refused": "low_confidence", "decision": {**numbers, **vague}}
        assert [await node.ledger.outcome(ANN, remark_id(n)) for n in (1, 2)] == [kept, refused]
        assert node.ledger.outcomes[FIRST] == ("kept", 0.5)
        shown = [{**told} for told in ann.pushed("remark")]
        assert [told["decision"] for told in shown] == [kept["decision"], refused["decision"]]


@pytest.mark.parametrize("by", ["word", "click"])
async def test_five_deletions_raise_their_category_for_the_session(autojump_clock: MockClock, by: str) -> None:
    async with open_node() as node:
        ann = await node.listen()
        number = 0
        for deleted in range(DELETIONS):
            answer = await ann.say(number := number + 1, "The logo is too dark here.").answer()
            assert (answer["decision"]["deletions"], answer["decision"]["threshold"]) == (deleted, 0.3)
            await (ann.say(number := number + 1, "scratch that") if by == "word" else ann.tell("cancel")).answer()
        raised = await ann.say(number := number + 1, "The logo is too dark here.").answer()
        assert (raised["decision"]["deletions"], raised["decision"]["threshold"]) == (DELETIONS, 0.4)
        other = await ann.say(number := number + 1, "The music is too loud.").answer()
        assert (other["decision"]["deletions"], other["decision"]["threshold"]) == (0, 0.3)
        assert node.ledger.outcomes[FIRST] == ("deleted", 0.3)


async def test_what_is_undone_was_no_deletion(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        for number in range(2, 2 + 2 * DELETIONS, 2):
            await ann.say(number, "scratch that").answer()
            await ann.say(number + 1, "undo").answer()
        assert (await ann.say(50).answer())["decision"]["deletions"] == 0


# -- settings -----------------------------------------------------------------------------------------------------


async def test_who_turns_commands_off_is_taken_at_their_word(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.tell("settings_changed", commands=False).answer()
        await ann.say(1).answer()
        await click(ann, "undo").answer()
        await ann.say(2, "scratch that").answer()
        assert notes(node)[0].status is Status.GHOST
        (refused,) = results(ann)
        assert (refused["ok"], refused["code"]) == (False, "conflict")


async def test_a_category_that_the_user_firms_is_firmed_when_it_is_said(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.tell("settings_changed", self_firming=["graphics"]).answer()
        await ann.say(1).answer()
        await ann.say(2, "The music is too loud.").answer()
        assert [note.status for note in notes(node)] == [Status.FIRMED, Status.GHOST]
        assert told(node) == [("note_created", "firmed"), ("note_created", "ghost")]
