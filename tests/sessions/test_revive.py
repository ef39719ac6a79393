"""A server of other charts takes up what an earlier one left: as it was, migrated, or anew; nothing said is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from structlog.testing import capture_logs

from lossy.charts.model import Migration
from lossy.store.memory import MemoryLedger
from tests.sessions.client import NOON, SURE, VAGUE, Client, accepted
from tests.sessions.commits import Away, Gate
from tests.sessions.drafting import Drafting
from tests.sessions.node import ANN, CHARTS, SESSION, VIDEO, open_node, settled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trio.testing import MockClock

    from lossy.charts.model import Node
    from lossy.charts.together import Charts
    from lossy.store.ledger import Stored


def raised(name: str, states: Mapping[str, str | None] | None, **changes: Any) -> Charts:
    """The charts with the version of one raised, and what becomes of the states of the present one; None: unsaid."""
    chart = CHARTS[name]
    migrations = {} if states is None else {chart.version: Migration(states, None)}
    return {**CHARTS, name: attrs.evolve(chart, version=chart.version + 1, migrations=migrations, **changes)}


def deaf(name: str, state: str, event: str) -> Mapping[str, Node]:
    """The nodes of the chart, one of which does not hear the event any more."""
    node = CHARTS[name].nodes[state]
    assert any(each.event == event for each in node.transitions)
    heard = tuple(each for each in node.transitions if each.event != event)
    return {**CHARTS[name].nodes, state: attrs.evolve(node, transitions=heard)}


async def kept(ledger: MemoryLedger) -> Stored:
    stored = await ledger.read(SESSION)
    assert stored is not None
    return stored


def anew(logs: list[Any]) -> list[str]:
    return [log["reason"] for log in logs if log["event"] == "session begins anew"]


async def test_a_session_of_other_charts_begins_anew_and_keeps_its_notes_and_its_numbers(
    autojump_clock: MockClock,
) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        for _ in range(3):
            await ann.hear("speech_start").answer()
        note = await ann.say(1).answer()
        n = ann.session.n
    async with open_node(ledger) as node:
        node.roster.charts = raised("agent", None)
        with capture_logs() as logs:
            again = await node.join()
        (reason,) = anew(logs)
        assert "the file does not say what becomes of it" in reason
        assert again.session.status()["active"] == ["idle", "connected"], "as a new session, and she is there"
        assert again.session.audience.outbound.epoch == 2, "her client takes the full picture"
        assert again.session.n > n
        assert await again.say(1).answer() == note, "an outcome is for ever"
        again.seq = 3
        assert await again.hear("speech_end").answer() == {"accepted_through": 4}
        assert [str(id) for id in ledger.notes] == [note["note_id"]]


async def test_who_began_anew_is_as_it_was_left_the_next_time(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        await node.listen()
    for epoch in (2, 3):
        async with open_node(ledger) as node:
            node.roster.charts = raised("voice", None)
            with capture_logs() as logs:
                session = await node.open()
            assert len(anew(logs)) == (epoch == 2), "once"
            assert session.audience.outbound.epoch == epoch


async def test_a_remark_in_hand_of_a_session_begun_anew_is_made_when_its_client_says_it_again(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 5.0}).use(monkeypatch)
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        asked = [ann.say(number) for number in (1, 2)]
        await trio.sleep(1)
        assert not any(said.answers for said in asked), "so her client keeps them"
    async with open_node(ledger) as node:
        node.roster.charts = raised("agent", None)
        with capture_logs():
            assert await node.roster.recover() == 1
            again = await node.join()
        await trio.sleep(60)
        assert not ledger.notes, "nobody knows of them but her client"
        for number in (1, 2):
            assert "note_id" in await again.say(number).answer()
        assert len(ledger.notes) == 2


async def test_a_migrated_session_goes_on_where_it_was_and_makes_what_waited(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 5.0}).use(monkeypatch)
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        ann.say(1)
        ann.say(2)
        await trio.sleep(1)
        await leave_a_snapshot(ann)
    async with open_node(ledger) as node:
        node.roster.charts = raised("agent", {})
        with capture_logs() as logs:
            assert await node.roster.recover() == 1
        assert [log["versions"] for log in logs if log["event"] == "session migrated"] == [
            {"agent": CHARTS["agent"].version}
        ]
        stored = await kept(node.ledger)
        assert stored.snapshot["charts"]["agent"]["version"] == CHARTS["agent"].version + 1
        await trio.sleep(30)
        assert len(ledger.notes) == 2, "though nobody joined"
        assert {note.provenance["charts"]["agent"] for note in ledger.notes.values()} == {CHARTS["agent"].version + 1}


async def leave_a_snapshot(ann: Client) -> None:
    """Events that change little, until the next snapshot."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lossy.sessions.deeds.SNAPSHOT_EVERY", 1)
        await ann.tell("metrics").answer()


LEFT_BY_VERSION_1 = Path(__file__).with_name("left_by_version_1.json")  # as it was written, two seconds after it began


async def test_what_version_1_had_in_hand_becomes_notes(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    left = json.loads(LEFT_BY_VERSION_1.read_text(encoding="utf-8"))
    assert {name: state["version"] for name, state in left["charts"].items()} == {"agent": 1, "voice": 1}
    await trio.sleep(10)
    async with open_node(ledger) as node:
        await ledger.begin(SESSION, ANN, VIDEO.id, left)
        with capture_logs() as logs:
            assert await node.roster.recover() == 1
        assert [log["event"] for log in logs] == ["session migrated"]
        await trio.sleep(10)
        assert [note.transcript for note in ledger.notes.values()] == [
            "The logo is too dark here.",
            "The music is too loud and slow.",
            "Please make the intro shorter.",
        ]
        ann = await node.join()
        assert ann.session.status()["active"] == ["observing", "connected"]
        assert accepted(ann.session)[str(ann.device_id)] == 2
        assert "note_id" in await ann.say(4).answer()


async def test_what_a_migration_left_is_read_without_it(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        await node.listen()
    async with open_node(ledger) as node:
        node.roster.charts = raised("voice", {})
        await node.open()
        stored = await kept(node.ledger)
        assert stored.snapshot["charts"]["voice"]["version"] == CHARTS["voice"].version + 1
        assert {entry.event for entry in stored.entries} <= {"taken_over", "drop"}, "what came since"
    async with open_node(ledger) as node:
        node.roster.charts = raised("voice", None)
        with capture_logs() as logs:
            ann = await node.join()
        assert anew(logs) == []
        assert ann.session.status()["active"][0] == "observing"


async def test_a_migrated_timer_has_what_it_had_left(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await trio.sleep(20)
        await leave_a_snapshot(ann)
        left = ann.session.states["voice"].deadlines["observing"] - node.clock.now_ms()
    await trio.sleep(100)
    async with open_node(ledger) as node:
        node.roster.charts = raised("voice", {})
        session = await node.open()
        assert session.states["voice"].deadlines["observing"] == node.clock.now_ms() + left


async def test_entries_of_earlier_charts_move_those_of_today_as_far_as_they_know_them(
    autojump_clock: MockClock,
) -> None:
    """After the snapshot she says what the new chart hears under another name, and something it hears still."""
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await ann.tell("pause").answer()
        await ann.hear("speech_start").answer()
    async with open_node(ledger) as node:
        node.roster.charts = raised("voice", {}, nodes=deaf("voice", "listening", "pause"))
        with capture_logs() as logs:
            session = await node.open()
        assert anew(logs) == []
        assert "recording" in session.states["voice"].active, "it never paused, by the charts of today"
        assert accepted(session)[str(ann.device_id)] == 1


async def test_an_entry_of_a_chart_that_is_no_more_moves_nothing(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        await node.listen()
    journal = ledger._sessions[SESSION].journal
    (n,) = [n for n, entry in journal.items() if entry.event == "context_gained"]
    journal[n] = attrs.evolve(journal[n], chart="eye")
    async with open_node(ledger) as node:
        with capture_logs() as logs:
            session = await node.open()
        assert (anew(logs), session.status()["owner"]) == ([], None), "it was what gave her the microphone"


async def test_an_entry_that_the_rules_of_today_cannot_take_begins_it_anew(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await ann.tell("settings_changed", delays={"cooldown": 1}).answer()
    journal = ledger._sessions[SESSION].journal
    journal[max(journal)] = attrs.evolve(journal[max(journal)], payload={"delays": 7})
    async with open_node(ledger) as node:
        with capture_logs() as logs:
            await node.open()
        (reason,) = anew(logs)
        assert reason.startswith(f"entry {max(journal) - 1} (voice settings_changed) does not fit: TypeError")


async def test_data_that_the_migration_cannot_take_begins_it_anew(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        await node.listen()
    charts = raised("agent", {})
    migrations = {CHARTS["agent"].version: Migration({}, "forget")}
    names = attrs.evolve(CHARTS["agent"].names, migrations={"forget": lambda stored: stored["gone"]})
    charts = {**charts, "agent": attrs.evolve(charts["agent"], migrations=migrations, names=names)}
    async with open_node(ledger) as node:
        node.roster.charts = charts
        with capture_logs() as logs:
            await node.open()
        assert anew(logs) == ["the snapshot's data does not fit: KeyError('gone')"]


async def test_a_settled_remark_that_the_charts_of_today_would_make_again_begins_the_session_anew(
    autojump_clock: MockClock,
) -> None:
    """By a chart that does not hear the answer of the work, the remark is in hand still; its note is there already."""
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        note = await ann.say(1).answer()
    async with open_node(ledger) as node:
        node.roster.charts = raised("agent", {}, nodes=deaf("agent", "structuring", "done.structuring"))
        with capture_logs() as logs:
            again = await node.join()
        assert "is in hand again, and has its outcome" in anew(logs)[0]
        await trio.sleep(60)
        assert await again.say(1).answer() == note
        assert len(ledger.notes) == 1
        assert not again.endings


async def test_a_stop_leaves_a_snapshot_so_that_other_charts_replay_nothing(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await node.roster.drain(3)
        stored = await kept(node.ledger)
        assert [*stored.entries] == []
        assert stored.snapshot["at"] == NOON + round(trio.current_time() * 1000)
        assert "observing" in stored.snapshot["charts"]["voice"]["active"]


async def test_a_session_that_has_ended_leaves_no_more(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.tell("close").answer()
        await settled()
        assert (await kept(node.ledger)).ended
        assert "rested" not in [entry.event for entry in node.ledger._sessions[SESSION].journal.values()]


async def test_whoever_joins_a_session_that_is_put_away_gets_it_alive_again(autojump_clock: MockClock) -> None:
    gate = Gate("rested")
    async with open_node(MemoryLedger(gate)) as node:
        session = await node.open()
        session.finish()
        await gate.held.wait()
        async with trio.open_nursery() as nursery:

            async def open_it() -> None:
                assert await node.open() is not session

            nursery.start_soon(open_it)
            await settled()
            gate.opened.set()


async def test_a_database_that_does_not_take_the_rest_costs_the_snapshot_alone(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger(Away("rested"))
    async with open_node(ledger) as node:
        ann = await node.listen()
        await ann.say(1, VAGUE).answer()
        with capture_logs() as logs:
            await node.roster.drain(3)
        assert [(log["event"], log["entry"]) for log in logs] == [("the journal does not take it", "rested")]
    async with open_node(ledger) as node:
        assert (await node.join()).session.status()["active"][0] == "observing"
