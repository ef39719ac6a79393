"""Opted-in audio through a live session, in virtual time. Times are ms since NOON."""

from __future__ import annotations

import base64
import pickle
from typing import TYPE_CHECKING, Any

import pytest
import trio
from structlog.testing import capture_logs

from lossy.channels.errors import Code, Refusal
from lossy.channels.topics import VideoNotes
from lossy.domain.agent import WAITING
from lossy.inference.stt import WhisperSettings
from lossy.inference.transcriber import WhisperTranscriber
from lossy.sessions.hearing import FULL_BYTES, Ears
from lossy.sessions.restore import AGENT, VOICE
from lossy.store.memory import MemoryLedger
from tests.inference.test_samples import opus
from tests.inference.tiny_whisper import write_saying
from tests.sessions.client import NOON, PHONE
from tests.sessions.drafting import Drafting
from tests.sessions.listening import Scripted, Speaker, ears, open_ears, said
from tests.sessions.node import SESSION, VIDEO, Node, settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from trio.testing import MockClock

    from lossy.sessions.session import Session
    from lossy.store.ledger import Entry


def heard(session: Session) -> list[str]:
    return [entry.event for entry in entries(session) if entry.event in ("audio_full", "failed.transcribing_here")]


def entries(session: Session) -> list[Entry]:
    ledger: Any = session.ledger
    return [entry for _, entry in sorted(ledger._sessions[session.id].journal.items())]


def transcripts(session: Session) -> list[dict[str, Any]]:
    return [dict(entry.payload) for entry in entries(session) if entry.event == "transcript_final"]


def texts(node: Node) -> list[str]:
    notes: list[Any] = [push.payload for push in node.published if push.event == "note_created"]
    return [note["text"] for note in notes]


def refusal(speaker: Speaker, loudness: int = 1, ms: int = 100) -> Refusal:
    with pytest.raises(Refusal) as refused:
        speaker.send(loudness, ms)
    return refused.value


# -- words --------------------------------------------------------------------------------------------------------


async def test_what_the_server_heard_becomes_a_note(autojump_clock: MockClock) -> None:
    shared = ears(Scripted(seconds=0.4))
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        await ann.say(1, 2_000)
        assert shared.memory.held > 64_000
        await until(2_500)

        (words,) = transcripts(ann.client.session)
        assert words == {
            "id": words["id"],
            "text": said(1),
            "media_ms": 61_000,
            "duration_ms": 2_000,
            "segment": 1,
            "stt_confidence": 0.9,
            "spoken_at": NOON,
        }
        assert texts(node) == [said(1)]
        assert shared.memory.held == 0
        assert ann.client.session.states[AGENT].data["worded"] == 1


async def test_remarks_spoken_while_others_are_transcribed_become_notes_in_their_order(
    autojump_clock: MockClock,
) -> None:
    transcriber = Scripted(seconds=1.5)
    async with open_ears(ears(transcriber)) as node:
        ann = Speaker(await node.listen())
        for loudness in range(1, 11):
            await ann.say(loudness, 600)
            await trio.sleep(0.4)
        await until(60_000)

        assert transcriber.done == [*range(1, 11)]
        assert texts(node) == [said(loudness) for loudness in range(1, 11)]
        data = ann.client.session.states[AGENT].data
        assert (data["segments"], data["worded"], data["missing"]) == (10, 10, 0)


async def test_a_remark_without_words_makes_none(autojump_clock: MockClock) -> None:
    """The transcriber heard nothing, or was too unsure of it."""
    shared = ears(Scripted({1: ""}))
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        await ann.say(1)
        await ann.say(2)
        await settled()

        assert texts(node) == [said(2)]
        assert ann.client.session.states[AGENT].data["missing"] == 1
        assert shared.memory.held == 0


async def test_words_that_the_agent_has_no_room_for_come_again(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = {said(loudness): 5.0 for loudness in range(1, WAITING + 15)}
    Drafting(slow).use(monkeypatch)
    async with open_ears(ears()) as node:
        ann = Speaker(await node.listen())
        for loudness in range(1, WAITING + 15):
            await ann.say(loudness, 600)
            await trio.sleep(0.1)
        await until(400_000)

        assert texts(node) == [said(loudness) for loudness in range(1, WAITING + 15)]


async def test_a_real_model_hears_a_session(tmp_path: Path) -> None:
    """In real time, with threads."""
    write_saying(tmp_path / "saying", "Please make the intro shorter.")
    shared = ears()
    shared.transcriber = WhisperTranscriber(WhisperSettings(tmp_path / "saying"))
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        ann.begin()
        for chunk in opus("mono", "20"):
            session = ann.client.session
            session.hearing.receive(str(ann.client.device_id), chunk, session.states)
        made = trio.Event()
        with node.roster.bus.subscribe(str(VideoNotes(VIDEO.id)), lambda _: made.set()), trio.fail_after(10):
            ann.client.hear("speech_end", ann.client.clock.now_ms() + 1_000)
            await made.wait()
        await settled()

        assert texts(node) == ["Please make the intro shorter."]
        assert shared.memory.held == 0


# -- what is heard ------------------------------------------------------------------------------------------------


async def test_what_comes_outside_of_a_segment_is_dropped_at_once(autojump_clock: MockClock) -> None:
    transcriber = Scripted()
    shared = ears(transcriber)
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        await ann.talk(7, 500)
        assert shared.memory.held == 0
        await ann.say(1, 1_000)
        await ann.talk(7, 500)
        await settled()

        assert transcriber.heard == [(1, 1_000)]
        assert shared.memory.held == 0


async def test_sound_belongs_to_its_segment_however_far_behind_the_session_is(autojump_clock: MockClock) -> None:
    """Nothing between: two remarks and what came outside of them, within the time that one commit takes."""
    transcriber = Scripted()
    async with open_ears(ears(transcriber)) as node:
        ann = Speaker(await node.listen())
        for loudness in (1, 2):
            at = NOON + loudness * 3_000
            ann.client.hear("speech_start", at, media_ms=61_000)
            ann.send(loudness, 1_000)
            ann.client.hear("speech_end", at + 1_000)
            ann.send(7, 1_000)
        await until(60_000)

        assert transcriber.heard == [(1, 1_000), (2, 1_000)]


async def test_a_repeated_chunk_is_ignored_and_a_gap_noted(autojump_clock: MockClock) -> None:
    transcriber = Scripted()
    async with open_ears(ears(transcriber)) as node:
        ann = Speaker(await node.listen())
        hearing = ann.client.session.hearing
        ann.begin()
        for sequence in (1, 2, 2, 1, 5, 6):
            ann.send(1, sequence=sequence)
        await trio.sleep(1)
        ann.end()
        await settled()

        assert transcriber.heard == [(1, 400)]
        assert (hearing.received_through(str(ann.client.device_id)), hearing.missed) == (6, 2)


async def test_a_segment_that_is_ignored_is_not_transcribed_nor_kept(autojump_clock: MockClock) -> None:
    transcriber = Scripted()
    shared = ears(transcriber)
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        await ann.say(1, 200)  # too short
        await settled()
        assert shared.memory.held == 0

        ann.begin()
        await ann.talk(2, 1_000)
        await ann.client.tell("cancel").answer()
        assert shared.memory.held == 0
        await ann.talk(2, 1_000)
        ann.end()
        await until(60_000)
        assert (transcriber.heard, shared.memory.held) == ([], 0)


async def test_events_that_are_sent_again_change_nothing(autojump_clock: MockClock) -> None:
    transcriber = Scripted()
    async with open_ears(ears(transcriber)) as node:
        ann = Speaker(await node.listen())
        ann.begin()
        await ann.talk(1, 500)
        ann.client.repeat("speech_start", 1, NOON + 40, media_ms=61_000)
        await ann.talk(1, 500)
        ann.end()
        ann.client.repeat("speech_end", 2)
        await settled()

        assert transcriber.heard == [(1, 1_000)]


async def test_events_that_are_sent_again_before_they_were_taken_change_nothing(autojump_clock: MockClock) -> None:
    """Each burst of these is there before the session looks."""
    transcriber = Scripted()
    async with open_ears(ears(transcriber)) as node:
        ann = Speaker(await node.listen())
        ann.begin()
        ann.send(1, 300)
        ann.client.repeat("speech_start", 1, NOON + 40, media_ms=61_000)
        ann.send(1, 300)
        await trio.sleep(1)
        ann.end()
        await settled()
        ann.begin()
        ann.client.repeat("speech_start", 1, NOON + 40, media_ms=61_000)
        ann.send(2, 300)
        await trio.sleep(1)
        ann.end()
        await settled()

        assert transcriber.heard == [(1, 600), (2, 300)]


async def test_a_number_that_a_reset_gives_anew_is_of_another_segment(autojump_clock: MockClock) -> None:
    transcriber = Scripted()
    shared = ears(transcriber)
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        ann.client.repeat("speech_start", 2, NOON)  # and the first has not arrived
        ann.send(7, 300)
        await trio.sleep(5)
        ann.client.hear("speech_end")
        ann.begin()
        ann.send(1, 300)
        await trio.sleep(1)
        ann.end()
        await settled()

        assert transcriber.heard == [(1, 300)]
        assert shared.memory.held == 0


async def test_a_segment_whose_end_is_refused_for_now_keeps_its_sound(autojump_clock: MockClock) -> None:
    """The events come again in their order; the sound came once."""
    transcriber = Scripted()
    async with open_ears(ears(transcriber)) as node:
        ann = Speaker(await node.listen())
        ann.begin()
        await ann.talk(1, 1_000)
        ended, ann.client.seq = NOON + 1_000, 2
        ann.begin()  # the third event, though the second has not arrived
        await settled()
        ann.client.repeat("speech_end", 2, ended)
        ann.client.repeat("speech_start", 3, ended, media_ms=61_000)
        await settled()
        await ann.talk(2, 1_000)
        ann.end()
        await settled()

        assert transcriber.heard == [(1, 1_000), (2, 1_000)]


async def test_a_pause_deletes_what_is_being_said(autojump_clock: MockClock) -> None:
    transcriber = Scripted(seconds=5)
    shared = ears(transcriber)
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        await ann.say(1, 1_000)
        ann.begin()
        await ann.talk(2, 1_000)
        await ann.client.tell("pause").answer()
        await until(2_500)
        assert shared.memory.held < 40_000, "the remark before it is being transcribed"
        await until(60_000)

        assert transcriber.heard == [(1, 1_000)]
        assert (texts(node), shared.memory.held) == ([said(1)], 0)


async def test_who_ended_before_the_pause_is_heard(autojump_clock: MockClock) -> None:
    async with open_ears(ears()) as node:
        ann = Speaker(await node.listen())
        await ann.say(1, 1_000)
        ann.client.tell("pause")
        await settled()
        assert texts(node) == [said(1)]


async def test_the_end_of_a_session_leaves_nothing(autojump_clock: MockClock) -> None:
    transcriber = Scripted(seconds=2)
    shared = ears(transcriber)
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        await ann.say(1, 1_000)
        ann.begin()
        await ann.talk(2, 1_000)
        await ann.client.tell("close").answer()
        await until(60_000)

        assert texts(node) == [said(1)], "what was said before the end is still decided"
        assert ann.client.endings == ["ended"]
        assert shared.memory.held == 0


async def test_a_crash_leaves_nothing_and_the_session_goes_on(autojump_clock: MockClock) -> None:
    ledger, transcriber = MemoryLedger(), Scripted(seconds=100)
    before = ears(transcriber)
    async with open_ears(before, ledger) as node:
        ann = Speaker(await node.listen())
        await ann.say(1, 1_000)
        await settled()
        assert transcriber.heard == [(1, 1_000)]

    assert before.memory.held == 0
    async with open_ears(ears(), ledger) as node:
        session = await node.open()
        await settled()
        data = session.states[AGENT].data
        assert (data["awaited"], data["missing"]) == ([], 1)
        assert not transcripts(session)


async def test_no_sound_is_ever_written_down(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    with capture_logs() as logs:
        async with open_ears(ears(Scripted(failing=1)), ledger) as node:
            ann = Speaker(await node.listen())
            await ann.say(0xAB, 1_000)
            ann.begin()
            await ann.talk(0xAB, 65_000)
            ann.end()
            await until(120_000)
            assert len(texts(node)) == 3

    written = pickle.dumps((ledger._sessions, ledger.notes, ledger.changes, ledger.outcomes, logs))
    assert said(0xAB).encode() in written
    for form in (b"\xab\x00" * 6, (b"\xab\x00" * 6).hex().encode(), base64.b64encode(b"\xab\x00" * 6), b"\\xab"):
        assert form not in written


# -- whose choice it is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shared", "opted_in"),
    [(ears(), False), (Ears(), True), (ears(Scripted(usable=False)), True)],
    ids=["not opted in", "no model", "a model that does not load"],
)
async def test_audio_is_refused_unless_the_user_lets_a_server_hear_that_can(
    autojump_clock: MockClock, shared: Ears, opted_in: bool
) -> None:
    async with open_ears(shared, opted_in=opted_in) as node:
        ann = Speaker(await node.listen())
        ann.begin()
        await settled()
        assert refusal(ann).code == Code.AUDIO_NOT_ACCEPTED
        assert shared.memory.held == 0


async def test_who_takes_their_consent_back_is_forgotten_at_once(autojump_clock: MockClock) -> None:
    transcriber = Scripted(seconds=5)
    shared = ears(transcriber)
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        await ann.say(1, 1_000)
        ann.begin()
        await ann.talk(2, 1_000)
        ann.client.tell("settings_changed", server_stt=False)
        await settled()
        assert shared.memory.held == 0
        assert refusal(ann).code == Code.AUDIO_NOT_ACCEPTED
        await until(60_000)
        assert texts(node) == []


async def test_without_a_model_the_words_of_the_browser_are_waited_for(autojump_clock: MockClock) -> None:
    async with open_ears(Ears()) as node:
        ann = await node.listen()
        ann.hear("speech_start", media_ms=61_000)
        await trio.sleep(1)
        ann.hear("speech_end")
        await until(9_000)
        assert ann.session.states[AGENT].data["awaited"]
        ann.say(1, segment=1)
        await until(12_000)
        data = ann.session.states[AGENT].data
        assert (data["worded"], data["missing"]) == (1, 0)


async def test_another_device_does_not_hear_into_the_segment(autojump_clock: MockClock) -> None:
    transcriber = Scripted()
    shared = ears(transcriber)
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        phone = Speaker(await node.join(device=PHONE))
        await settled()
        assert ann.client.session.states[VOICE].data["owner"]["device"] == str(PHONE)
        ann.begin()
        ann.send(1)
        await settled()
        assert shared.memory.held == 0
        phone.begin()
        await phone.talk(2, 500)
        ann.send(1)
        await phone.talk(2, 500)
        phone.end()
        await settled()
        assert transcriber.heard == [(2, 1_000)]


# -- how much -----------------------------------------------------------------------------------------------------


async def test_a_minute_of_sound_forces_a_transcription(autojump_clock: MockClock) -> None:
    transcriber = Scripted(seconds=3)
    shared = ears(transcriber)
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        ann.begin()
        await ann.talk(1, 59_900)
        await settled()
        assert (heard(ann.client.session), transcriber.heard) == ([], [])
        await ann.talk(1, 100)
        await settled()
        assert (heard(ann.client.session), transcriber.heard) == (["audio_full"], [(1, 60_000)])

        ann.media_ms = 121_000
        await ann.talk(2, 30_000)
        ann.end()
        await until(120_000)
        assert transcriber.heard == [(1, 60_000), (2, 30_000)]
        first, second = transcripts(ann.client.session)
        assert first["id"] != second["id"]
        assert [first[name] for name in ("segment", "media_ms", "duration_ms", "spoken_at")] == [
            None, 61_000, 60_000, NOON,
        ]  # fmt: skip
        assert [second[name] for name in ("segment", "media_ms", "duration_ms", "spoken_at")] == [
            1, 121_000, 30_000, NOON + 60_000,
        ]  # fmt: skip
        assert texts(node) == [said(1), said(2)]
        assert shared.memory.held == 0


async def test_five_megabytes_force_a_transcription(autojump_clock: MockClock) -> None:
    """At 48 kHz they are there after 52 s: 520 chunks of 9600 bytes, and the 521st."""
    transcriber = Scripted()
    async with open_ears(ears(transcriber)) as node:
        ann = Speaker(await node.listen(), rate=48_000)
        ann.begin()
        await ann.talk(1, 52_000)
        await settled()
        assert transcriber.heard == []
        ann.send(1, 4)
        await settled()
        assert transcriber.heard == []
        ann.send(1, 80)
        await settled()
        assert FULL_BYTES + 64 == 520 * 9_600 + 384 + 80 * 96
        assert transcriber.heard == [(1, 52_084)]


async def test_beyond_what_is_transcribed_and_as_much_again_sound_is_refused(autojump_clock: MockClock) -> None:
    transcriber = Scripted(seconds=100)
    shared = ears(transcriber, timeout_s=1_000)
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        ann.begin()
        await ann.talk(1, 120_000)
        refused = refusal(ann)
        assert (refused.code, refused.details) == (Code.RATE_LIMITED, {"retry_after_ms": 1_000})
        held = shared.memory.held
        assert 2 * 1_920_000 <= held < 2 * 1_920_000 * 1.07

        await until(160_000 + 1)  # the first minute has its words
        assert transcriber.heard == [(1, 60_000), (1, 60_000)]
        ann.send(3)
        ann.end()
        await until(1_000_000)
        assert transcriber.heard == [(1, 60_000), (1, 60_000), (3, 100)]
        assert len(texts(node)) == 3
        assert shared.memory.held == 0


async def test_remarks_that_fill_it_while_others_are_transcribed_are_next_without_being_called(
    autojump_clock: MockClock,
) -> None:
    transcriber = Scripted(seconds=100)
    async with open_ears(ears(transcriber, timeout_s=1_000)) as node:
        ann = Speaker(await node.listen())
        for loudness, ms in ((1, 1_000), (2, 30_000), (3, 30_000)):
            await ann.say(loudness, ms)
        await until(1_000_000)

        assert transcriber.heard == [(1, 1_000), (2, 30_000), (3, 30_000)]
        assert heard(ann.client.session) == []


async def test_the_sessions_of_a_node_share_a_bound(autojump_clock: MockClock) -> None:
    shared = ears(limit=10_000)
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        ann.begin()
        for _ in range(2):
            ann.send(1)
        assert refusal(ann).code == Code.RATE_LIMITED
        assert shared.memory.held == 2 * (3_200 + 180)
        assert node.roster.live(SESSION, ann.client.session.user_id) is not None


# -- faults -------------------------------------------------------------------------------------------------------


async def test_a_transcriber_that_fails_is_tried_again(autojump_clock: MockClock) -> None:
    transcriber = Scripted(failing=2)
    shared = ears(transcriber)
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        await ann.say(1, 1_000)
        await until(1_400)
        assert shared.memory.held > 0
        await until(10_000)

        assert transcriber.heard == [(1, 1_000)] * 3
        assert (texts(node), shared.memory.held) == ([said(1)], 0)


async def test_one_that_never_answers_is_given_up_and_its_author_told(autojump_clock: MockClock) -> None:
    transcriber = Scripted(seconds=1_000)
    shared = ears(transcriber, timeout_s=10)
    async with open_ears(shared) as node:
        ann = Speaker(await node.listen())
        await ann.say(1, 1_000)
        await until(60_000)

        session = ann.client.session
        reasons = [entry.payload for entry in entries(session) if entry.event == "failed.transcribing_here"]
        assert reasons == [{"reason": "transcription_timeout"}] * 4
        assert len(transcriber.heard) == 4
        assert session.states[AGENT].data["missing"] == 1
        assert session.states[VOICE].data["errors"]
        assert shared.memory.held == 0
