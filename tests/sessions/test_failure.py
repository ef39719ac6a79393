"""A session that fails is alone with it: it is logged, its clients are told, and it can be opened again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
import pytest
import trio
from structlog.testing import capture_logs

from lossy.channels.errors import Code, Refusal
from lossy.sessions import deeds
from lossy.sessions.effects import EFFECTS, Performer, Written
from lossy.store.ledger import Commit, Entry, LedgerConflict
from lossy.store.memory import MemoryLedger
from tests.sessions.client import NOON, SURE, accepted
from tests.sessions.commits import Away, Refusing, Silent, Slow, Stopping
from tests.sessions.drafting import Drafting
from tests.sessions.node import CHARTS, OTHER_SESSION, SESSION, Node, open_node, settled

if TYPE_CHECKING:
    from trio.testing import MockClock

    from lossy.charts.model import Effect


async def last_entry(node: Node) -> Entry:
    stored = await node.ledger.read(SESSION)
    assert stored is not None
    return stored.entries[-1]


@pytest.fixture
def broken_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """The effect `status` has a bug in SESSION while its reviewer is listened to."""

    def tell(session: Performer, effect: Effect, written: Written) -> None:
        if session.id == SESSION and effect.event.name == "start":
            raise ZeroDivisionError("a bug")
        EFFECTS["status"].tell(session, effect, written)

    monkeypatch.setattr(deeds, "EFFECTS", {**EFFECTS, "status": attrs.evolve(EFFECTS["status"], tell=tell)})


async def test_everybody_who_waits_is_told_one_incident(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, broken_status: None
) -> None:
    Drafting({SURE: 5}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.join()
        in_hand, waiting = ann.say(1), ann.say(2)
        await settled()
        with capture_logs() as logs:
            start, unread = ann.tell("start"), ann.hear("speech_start")
            await settled()
        (failure,) = [log for log in logs if log["event"] == "session failed"]
        assert (failure["log_level"], failure["session"]) == ("error", str(SESSION))
        for asked in (in_hand, waiting, unread):
            answer = await asked.answer()
            assert (answer["code"], answer["id"]) == (Code.INTERNAL, failure["incident"])
        assert await start.answer() == {}, "it was accepted, and its reply given, before the effect failed"
        assert ann.endings == ["failed"]
        assert ann.pushes[-1].event == "session_failed"
        assert ann.pushes[-1].payload["id"] == failure["incident"]


async def test_a_failure_stands_in_the_journal(autojump_clock: MockClock, broken_status: None) -> None:
    async with open_node() as node:
        ann = await node.join()
        await trio.sleep(3)
        with capture_logs() as logs:
            ann.tell("start")
            await settled()
        entry = await last_entry(node)
        assert (entry.chart, entry.event, entry.at) == ("session", "failed", NOON + 3_000)
        assert entry.payload == {"incident": logs[0]["incident"]}


async def test_other_sessions_go_on(autojump_clock: MockClock, broken_status: None) -> None:
    async with open_node() as node:
        ann = await node.join()
        beside = await node.join(OTHER_SESSION)
        asked = beside.say(1)
        with capture_logs():
            ann.tell("start")
            await settled()
        await beside.tell("start").answer()
        assert "note_id" in await asked.answer()
        assert (ann.endings, beside.endings) == (["failed"], [])


async def test_a_failed_session_opens_again_as_it_was(autojump_clock: MockClock, broken_status: None) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.hear("heard_by_no_state").answer()
        with capture_logs():
            ann.tell("start")
            await settled()
        again = await node.join()
        assert again.session is not ann.session
        assert again.session.audience.outbound.epoch == 2
        assert again.session.status()["active"] == ["observing", "connected"], "the event that failed had been accepted"
        assert accepted(again.session) == accepted(ann.session)
        assert "note_id" in await again.say(1).answer()


async def test_a_dead_session_takes_nothing_and_says_why(autojump_clock: MockClock, broken_status: None) -> None:
    async with open_node() as node:
        ann = await node.join()
        with capture_logs() as logs:
            ann.tell("start")
            await settled()
        with pytest.raises(Refusal) as refused:
            ann.tell("heartbeat")
        assert refused.value.details == {"id": logs[0]["incident"]}


async def test_whoever_joins_while_the_failure_is_written_gets_the_session_alive(
    autojump_clock: MockClock, broken_status: None
) -> None:
    async with open_node(MemoryLedger(Slow("failed", 8))) as node:
        ann = await node.join()
        with capture_logs():
            ann.tell("start")
            await settled()
        again = await node.join()
        assert trio.current_time() == 8
        assert again.session is not ann.session
        assert "note_id" in await again.say(1).answer()
        assert not again.endings


async def test_what_the_database_does_not_take_never_happened(autojump_clock: MockClock) -> None:
    async with open_node(MemoryLedger(Refusing("start"))) as node:
        ann = await node.join()
        n = ann.session.n
        with capture_logs() as logs:
            asked = ann.tell("start")
            await settled()
        assert (await asked.answer())["id"] == logs[0]["incident"]
        assert (await last_entry(node)).n == n + 1
        assert (await last_entry(node)).event == "failed"
        again = await node.join()
        assert again.session.status()["active"][0] == "idle"


async def test_a_remark_whose_note_is_not_taken_becomes_one_when_it_is_said_again(autojump_clock: MockClock) -> None:
    away = Away("done.structuring")
    async with open_node(MemoryLedger(away)) as node:
        ann = await node.join()
        with capture_logs():
            assert (await ann.say(1).answer())["code"] == Code.INTERNAL
        assert not (node.ledger.notes)
        assert not (node.published)
        away.event = ""
        again = await node.join()
        assert (await again.say(1).answer())["note_id"] == str(*node.ledger.notes)


async def test_one_that_fails_as_its_node_is_stopped_does_not_break_the_node(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 5}).use(monkeypatch)
    with trio.CancelScope() as stopping, capture_logs() as logs:
        async with open_node(MemoryLedger(Stopping("start", stopping))) as node:
            ann = await node.join()
            ann.say(1)
            await settled()
            ann.tell("start")
            await trio.sleep_forever()
    assert stopping.cancelled_caught
    assert [log["event"] for log in logs] == ["session failed"]


@pytest.mark.parametrize("times", [1, 2])
async def test_a_note_that_was_kept_without_an_answer_is_told(autojump_clock: MockClock, times: int) -> None:
    """Whoever looks at the video is connected still; where the database stays away, once it is back."""
    async with open_node(Silent(event="done.structuring", times=times)) as node:
        ann = await node.join()
        with capture_logs():
            assert (await ann.say(1).answer())["code"] == Code.INTERNAL
            await settled()
            assert len(node.published) == (1 if times == 1 else 0)
            await node.roster.write_again()
        (told,), (note_id,) = node.published, node.ledger.notes
        assert isinstance(told.payload, Mapping)
        assert (told.event, told.payload["id"]) == ("note_created", str(note_id))
        again = await node.join()
        assert (await again.say(1).answer())["note_id"] == str(note_id)
        assert (await last_entry(node)).n == len(node.ledger.sessions[SESSION].journal)


async def test_a_session_whose_next_entry_is_there_already_writes_nothing_more(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        theirs = Entry(SESSION, ann.session.n + 1, NOON, "voice", "pause", {}, None, None, ())
        await node.ledger.commit(Commit(1, theirs))
        with capture_logs() as logs:
            answer = await ann.tell("start").answer()
            await settled()
        assert answer["code"] == Code.INTERNAL
        assert [log["event"] for log in logs] == ["session failed", "the journal does not take it"]
        assert isinstance(logs[0]["exc_info"], bool)
        assert await last_entry(node) == theirs
        assert ann.endings == ["failed"]
        with pytest.raises(LedgerConflict):
            await node.ledger.commit(Commit(1, attrs.evolve(theirs, event="stop")))


async def test_an_invariant_that_breaks_in_a_live_session_is_logged_and_the_session_goes_on(
    autojump_clock: MockClock,
) -> None:
    async with open_node() as node:
        voice = CHARTS["voice"]
        invariants = {**voice.names.invariants, "recording_is_owned": lambda move: False}
        spoilt = attrs.evolve(voice, names=attrs.evolve(voice.names, invariants=invariants))
        node.roster.charts = {**CHARTS, "voice": spoilt}
        ann = await node.join()
        with capture_logs() as logs:
            assert "note_id" in await ann.say(1).answer()
        assert {log["invariant"] for log in logs if log["event"] == "invariant broken"} == {"voice:recording_is_owned"}
