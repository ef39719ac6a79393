"""What is told of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import evolve

from lossy.charts.model import Event
from lossy.domain.user_settings import UserSettings, for_session
from lossy.sessions.inbox import Happened
from lossy.sessions.restore import VOICE
from lossy.store.memory import MemoryLedger
from lossy.why.case import open_case
from lossy.why.session import tell_session
from tests.sessions.client import LAPTOP, PHONE, VAGUE
from tests.sessions.node import CHARTS, open_node, settled
from tests.why.cases import INITIAL, case_of, click, recorded, speak

if TYPE_CHECKING:
    from trio.testing import MockClock

CHOSEN = UserSettings(auto_pause=False, cooldown_ms=3_000)


async def test_a_session_counts_what_became_of_speech_and_remarks(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        for number, words in enumerate(("The logo is too dark.", "Scratch that.", VAGUE), 1):
            segment = speak(ann, 0, 1_000)
            await trio.sleep(1)
            await ann.say(number, words, segment=segment).answer()
            await trio.sleep(1)
        speak(ann, 0, 100)
        await trio.sleep(1)
        speak(ann, 0, 1_000)
        await trio.sleep(20)
        ann.tell("heartbeat")
        await settled()
        counts = tell_session(await case_of(node.ledger)).counts
    assert (counts.kept, counts.ignored, counts.missing) == (4, {"short": 1}, 1)
    assert (counts.remarks, counts.notes, counts.open) == (3, 1, 0)
    assert (counts.commands, counts.refused) == ({"scratch": 1}, {"low_confidence": 1})
    assert counts.signs_of_life == 1


async def test_a_session_tells_what_befell_it_in_order(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await trio.sleep(1)
        ann.tell("pause")
        ann.tell("resume")
        await trio.sleep(16 * 60)
        ann.tell("context_lost")
        ann.leave()
        await settled()
    async with open_node(ledger) as node:
        await node.join(device=PHONE)
        session = tell_session(await case_of(ledger))
    words = [happening.words for happening in session.happenings]
    assert words[:5] == ["joined", "microphone gained", "started, by click", "paused, by click", "resumed, by click"]
    assert "paused, after silence" in words
    assert words.index("paused, after silence") < words.index("microphone lost: nobody has it") < words.index("left")
    assert words.count("the session was taken up, in epoch 2") == 1
    assert session.epochs == (1, 2)
    assert session.about.devices == (str(LAPTOP), str(PHONE))
    assert [happening.n for happening in session.happenings] == sorted(h.n for h in session.happenings)
    assert session.stands is not None
    assert session.stands[0].active == ("idle", "connected")


async def test_an_open_breaker_is_told(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        for _ in range(3):
            ann.tell("error", reason="microphone unplugged")
        await trio.sleep(6)
        session = tell_session(await case_of(node.ledger))
    words = [happening.words for happening in session.happenings]
    assert words.count("the extension says: microphone unplugged") == 3
    assert "circuit breaker open: too many errors" in words
    assert "circuit breaker half open: the next segment is the probe" in words


async def test_what_is_not_known_of_a_session_is_said(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        kept = await recorded(node.ledger)
    session = tell_session(open_case(CHARTS, INITIAL, evolve(kept, snapshots={})))
    assert session.doubts == ((1, "its states are not known, for no snapshot from before it is kept"),)
    assert session.stands is None
    assert session.counts.notes == 1


async def test_a_change_of_settings_tells_what_is_different(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        for chosen in (CHOSEN, evolve(CHOSEN, commands=False)):
            ann.session.offer(Happened(VOICE, Event("settings_changed", ann.clock.now_ms(), for_session(chosen))))
            await settled()
        session = tell_session(await case_of(node.ledger))
    words = [happening.words for happening in session.happenings]
    assert words[-2] == "settings changed: auto pause on → off, cooldown 0.5 s → 3 s"
    assert words[-1] == "settings changed: commands on → off"


async def test_a_click_tells_what_it_did_and_to_which_note(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        for name in ("undo", "undo", "post"):
            click(ann, name)
            await settled()
        session = tell_session(await case_of(node.ledger))
    note = f"note {next(iter(session.notes))[:8]}, “The logo is too dark here.”"
    words = [happening.words for happening in session.happenings]
    assert words[-3:] == [
        f"deleted {note}, by click",
        f"brought back {note}, by click",
        f"approved {note}, by click",
    ]
