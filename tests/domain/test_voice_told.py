"""What the voice chart tells its clients and the agent, step by step."""

from __future__ import annotations

import pytest

from tests.domain.driven import MINUTE, SECOND
from tests.domain.voice_life import Life, begun, being, listening

LISTEN, REST, SEGMENT = "send to=agent event=listen", "send to=agent event=rest", "send to=agent event=segment"


@pytest.mark.parametrize(
    ("microphone", "event", "told"),
    [
        ("idle", "start", [LISTEN, "status"]),
        ("idle", "resume", [LISTEN, "status"]),
        ("observing", "start", ["status"]),
        ("observing", "pause", [REST, "status"]),
        ("observing", "stop", [REST, "status"]),
        ("observing", "context_lost", [REST, "status"]),
        ("observing", "silence_timeout", [REST, "status decision=pause reason=silence", "status"]),
        ("observing", "speech_start", ["status"]),
        ("recording", "speech_start", ["status"]),
        ("recording", "speech_end", [SEGMENT, "status"]),
        ("recording", "silence_timeout", ["status"]),
        ("recording", "cancel", ["status"]),
        ("recording", "start", []),
        ("recording", "pause", [REST, "status"]),
        ("cooldown", "speech_start", ["status"]),
        ("cooldown", "cancel", ["send to=agent event=cancel"]),
        ("error", "start", [LISTEN, "status"]),
        ("error", "pause", ["status"]),
        ("error", "error", []),
    ],
)
def test_an_event_is_told(microphone: str, event: str, told: list[str]) -> None:
    assert being(microphone).hear(event, 400).told == told


@pytest.mark.parametrize(("event", "reason"), [("error", "errors"), ("inference_failed", "inference")])
def test_a_breaker_that_opens_is_told_with_its_reason(event: str, reason: str) -> None:
    life = listening().hear(event).hear(event)
    assert life.told == []
    assert life.hear(event).told == [REST, f"status decision=pause reason={reason}", "status"]


def test_the_breakers_probe_is_told() -> None:
    assert being("error").wait(5 * SECOND).told == ["status decision=resume reason=probe", LISTEN, "status"]


def test_a_recording_at_its_limit_is_told() -> None:
    assert being("recording").wait(MINUTE).told == ["status decision=end_segment reason=length"]


@pytest.mark.parametrize(("event", "reason"), [("seek", "seek"), ("speech_start", "speech")])
def test_what_wakes_a_session_is_told(event: str, reason: str) -> None:
    asleep = listening().wait(15 * MINUTE)
    assert asleep.told == [REST, "status decision=pause reason=silence", "status"]
    assert asleep.hear(event).told == [f"status decision=resume reason={reason}", LISTEN, "status"]


def test_a_remark_that_a_pause_cut_short_is_told_to_the_agent_all_the_same() -> None:
    assert being("recording").hear("pause").hear("speech_end").told == [SEGMENT, "status"]


def test_a_cancel_of_who_speaks_is_theirs_and_not_the_agents() -> None:
    life = being("recording").hear("silence_timeout").hear("cancel")
    assert life.told == []
    assert life.hear("speech_end").counts == (0, {"cancelled": 1})


def test_words_go_to_the_agent_whatever_the_microphone_does() -> None:
    assert being("idle").hear("transcript_final", segment=7).told == ["send to=agent event=transcript"]


def test_words_of_an_ignored_segment_are_refused() -> None:
    life = listening().hear("speech_start", seq=7, device="laptop").hear("speech_end", 100, device="laptop")
    assert life.hear("transcript_final", segment=7, device="laptop").told == ["refuse reason=ignored_segment"]


@pytest.mark.parametrize("event", ["heartbeat", "drop"])
def test_every_word_of_the_link_is_told(event: str) -> None:
    assert listening().hear(event).told == ["status"]


def test_a_browser_that_comes_back_is_told_at_each_step() -> None:
    life = listening().hear("drop")
    assert life.hear("attach").told == ["status"]
    assert life.hear("caught_up").told == ["status"]


def test_an_end_is_told() -> None:
    assert being("recording").hear("close").told == [REST, "send to=agent event=close", "status"]


# -- what becomes of data -----------------------------------------------------------------------------------------


def test_the_latest_metrics_are_kept() -> None:
    life = listening().hear("metrics", rtt_ms=40).hear("metrics", rtt_ms=50)
    assert life["metrics"] == {"at": life.at, "rtt_ms": 50}
    assert life.told == []


def test_settings_under_a_live_session_hold_from_the_next_timer_on() -> None:
    life = listening().hear("settings_changed", delays={"cooldown": 900}, auto_pause=False)
    assert life.told == ["send to=agent event=settings_changed"]
    life.hear("speech_start").hear("speech_end")
    assert life.state.deadlines["cooldown"] == life.at + 900
    assert life.wait(20 * MINUTE).microphone == "observing"


@pytest.mark.parametrize("event", ["start", "resume"])
def test_who_is_listened_to_again_is_paused_no_more(event: str) -> None:
    assert being("idle").hear(event)["paused"] is None


@pytest.mark.parametrize("event", ["seek", "speech_start"])
def test_who_was_woken_is_paused_no_more(event: str) -> None:
    assert listening().wait(15 * MINUTE).hear(event)["paused"] is None


@pytest.mark.parametrize("microphone", ["idle", "observing", "recording", "error"])
@pytest.mark.parametrize("event", ["pause", "stop"])
def test_a_pause_by_a_person_says_so(microphone: str, event: str) -> None:
    life = being(microphone).hear(event)
    assert life["paused"] == {"at": life.at, "by": "person"}


def test_a_silence_that_the_client_tells_says_so() -> None:
    life = listening().hear("silence_timeout")
    assert life["paused"] == {"at": life.at, "by": "silence"}


@pytest.mark.parametrize("event", ["error", "inference_failed"])
def test_every_break_doubles_the_back_off(event: str) -> None:
    life = being("error").wait(5 * SECOND).hear(event)
    assert life.state.deadlines["error"] == life.at + 10 * SECOND


def test_words_that_could_not_be_understood_leave_the_link_as_it_is() -> None:
    life = listening().hear("inference_failed").hear("inference_failed")
    due = life.state.deadlines["connected"]
    assert life.hear("inference_failed").state.deadlines["connected"] == due


@pytest.mark.parametrize("event", ["error", "context_lost"])
def test_what_stops_the_microphone_leaves_the_link_as_it_is(event: str) -> None:
    life = listening().hear("error").hear("error")
    due = life.state.deadlines["connected"]
    assert life.hear(event).state.deadlines["connected"] == due


def test_nobody_is_told_of_what_moves_nothing() -> None:
    life: Life = begun()
    assert life.hear("speech_end").hear("seek").told == []
