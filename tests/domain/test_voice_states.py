"""Where each event leads from each state of the voice chart, and when each of its timers is due."""

from __future__ import annotations

import pytest

from tests.domain.driven import HOUR, MINUTE, SECOND, T
from tests.domain.voice_life import Life, beating, begun, being, listening

# -- the microphone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("microphone", "event", "to"),
    [
        ("idle", "start", "observing"),
        ("idle", "resume", "observing"),
        ("idle", "error", "idle"),
        ("idle", "speech_start", "idle"),
        ("observing", "start", "observing"),
        ("observing", "resume", "observing"),
        ("observing", "silence_timeout", "idle"),
        ("observing", "speech_start", "recording"),
        ("observing", "speech_end", "observing"),
        ("recording", "speech_start", "recording"),
        ("recording", "speech_end", "cooldown"),
        ("recording", "silence_timeout", "observing"),
        ("recording", "cancel", "observing"),
        ("recording", "start", "recording"),
        ("cooldown", "speech_start", "recording"),
        ("cooldown", "cancel", "cooldown"),
        ("error", "start", "observing"),
        ("error", "resume", "observing"),
        ("error", "speech_start", "error"),
        ("error", "error", "error"),
        *(
            (state, event, "idle")
            for state in ("observing", "recording", "cooldown", "error")
            for event in ("pause", "stop", "context_lost")
        ),
    ],
)
def test_an_event_leads_the_microphone(microphone: str, event: str, to: str) -> None:
    assert being(microphone).hear(event, 400).microphone == to


@pytest.mark.parametrize("microphone", ["idle", "observing", "recording", "cooldown", "error"])
def test_a_close_ends_the_session_wherever_it_is(microphone: str) -> None:
    """Nobody is listened to any more; it is over once the agent says that all is decided."""
    life = being(microphone).hear("close")
    assert life.state.active == {"closing"}
    assert life.state.deadlines == {}
    assert life.hear("speech_start").hear("start").state.active == {"closing"}
    assert life.hear("all_decided").state.active == {"ended"}
    assert [effect.name for effect in life.moves[-1].effects] == ["status"], "and the clients are told"


def test_words_that_come_after_the_close_are_passed_on_but_for_those_of_noise() -> None:
    life = being("observing").hear("speech_start", device="laptop", seq=7)
    life.hear("speech_end", device="laptop", probability=0.1)
    for segment, effects in ((1, ["send"]), (7, ["refuse"])):
        life.hear("close").hear("transcript_final", id="a", device="laptop", segment=segment)
        assert [effect.name for effect in life.moves[-1].effects] == effects


def test_nothing_is_decided_before_it_was_asked_for() -> None:
    assert being("observing").hear("all_decided").microphone == "observing"


@pytest.mark.parametrize("event", ["error", "inference_failed"])
def test_errors_of_a_microphone_that_is_off_count_and_open_no_breaker(event: str) -> None:
    life = being("idle").hear(event).hear(event).hear(event)
    assert life.microphone == "idle"
    assert life.hear("start").hear(event).microphone == "error"


@pytest.mark.parametrize("event", ["error", "inference_failed"])
def test_an_error_from_before_the_break_that_is_heard_of_within_it_only_counts(event: str) -> None:
    life = being("error")
    opened, due = life["broken_at"], life.state.deadlines["error"]
    life.late(event, 500)
    assert (life["broken_at"], life.state.deadlines["error"], len(life["errors"])) == (opened, due, 3)
    assert life["errors"][-1] == T + 500


def test_speech_from_before_the_break_that_is_heard_of_within_it_counts() -> None:
    life = being("error").late("speech_start", 100).late("speech_end", 900)
    assert (life.microphone, life.counts) == ("error", (1, {}))


def test_speech_within_the_break_does_not() -> None:
    life = being("error").hear("speech_start", 100).hear("speech_end", 900)
    assert (life.microphone, life.counts) == ("error", (0, {"error": 1}))


@pytest.mark.parametrize("event", ["start", "resume"])
def test_a_person_ends_a_back_off(event: str) -> None:
    assert being("error").hear(event).hear("speech_start").hear("speech_end").counts == (1, {})


@pytest.mark.parametrize("event", ["start", "resume"])
@pytest.mark.parametrize(("spoken", "counts"), [([], (1, {})), (["speech_start"], (1, {"unfinished": 1}))])
def test_a_person_ends_a_back_off_whose_timer_has_ended_already(event: str, spoken: list[str], counts: object) -> None:
    """What they said after it, and within what would have been the back-off, is heard of only now."""
    life = being("error").wait(10 * SECOND)
    for name in spoken:
        life.hear(name)
    life.late(event, 2_000).late("speech_start", 3_000).late("speech_end", 4_000)
    assert life.counts == counts


@pytest.mark.parametrize("event", ["start", "resume"])
def test_the_word_of_somebody_without_the_microphone_changes_nothing(event: str) -> None:
    life = being("observing").hear("context_lost")
    assert life.hear(event).state is life.moves[-2].after


@pytest.mark.parametrize(("device", "to"), [("laptop", "observing"), ("phone", "recording")])
def test_who_is_gone_for_good_speaks_no_more_and_others_do(device: str, to: str) -> None:
    life = listening().hear("speech_start", device="laptop").hear("link_expired", device=device)
    assert life.microphone == to
    assert life.hear("speech_end", device="laptop").counts == (1, {}), "what they kept of it still counts"


def test_after_the_detector_gave_up_the_end_still_decides() -> None:
    life = being("recording").hear("silence_timeout")
    assert life.microphone == "observing"
    assert life.hear("speech_end").counts == (1, {})


def test_a_remark_of_somebody_who_was_never_listened_to_is_no_remark() -> None:
    life = begun().hear("attach", 0).hear("start").hear("speech_start").hear("speech_end")
    assert (life.microphone, life.counts) == ("idle", (0, {"read_only": 1}))


# -- its timers ---------------------------------------------------------------------------------------------------


def test_hours_of_a_pause_end_the_session_though_a_browser_is_there() -> None:
    life = beating(being("idle"), 4 * HOUR - 1)
    assert life.link == "connected"
    assert life.wait(1).state.active == {"closing"}


def test_hours_without_a_browser_end_the_session_though_it_listens() -> None:
    life = listening(auto_pause=False).hear("drop").wait(4 * HOUR - 1)
    assert (life.microphone, life.link) == ("observing", "disconnected")
    assert life.wait(1).state.active == {"closing"}


@pytest.mark.parametrize(
    ("microphone", "ms", "to"),
    [("recording", 60 * SECOND, "recording"), ("cooldown", 500, "observing"), ("error", 5 * SECOND, "observing")],
)
def test_a_state_of_the_microphone_lasts_as_long_as_its_timer(microphone: str, ms: int, to: str) -> None:
    life = being(microphone).wait(ms - 1)
    assert (life.microphone, life.state.deadlines[microphone]) == (microphone, life.at + 1)
    assert life.wait(1).microphone == to
    assert microphone not in life.state.deadlines


# -- the link -----------------------------------------------------------------------------------------------------


def reached(link: str) -> Life:
    life = listening()
    if link != "connected":
        life.hear("drop")
    if link == "reconnecting":
        life.hear("attach")
    assert life.link == link
    return life


@pytest.mark.parametrize(
    ("link", "event", "to"),
    [
        ("disconnected", "attach", "reconnecting"),
        ("disconnected", "heartbeat", "connected"),
        ("disconnected", "caught_up", "disconnected"),
        ("disconnected", "drop", "disconnected"),
        ("reconnecting", "caught_up", "connected"),
        ("reconnecting", "attach", "reconnecting"),
        ("reconnecting", "drop", "disconnected"),
        ("reconnecting", "heartbeat", "reconnecting"),
        ("connected", "heartbeat", "connected"),
        ("connected", "attach", "connected"),
        ("connected", "drop", "disconnected"),
        ("connected", "caught_up", "connected"),
    ],
)
def test_an_event_leads_the_link(link: str, event: str, to: str) -> None:
    assert reached(link).hear(event).link == to


@pytest.mark.parametrize(
    ("link", "event", "ms", "to"),
    [
        ("connected", "attach", 45 * SECOND, "disconnected"),
        ("connected", "heartbeat", 45 * SECOND, "disconnected"),
    ],
)
def test_a_word_of_the_browser_begins_the_wait_anew(link: str, event: str, ms: int, to: str) -> None:
    life = reached(link).hear(event, 5 * SECOND).wait(ms - 1)
    assert life.link == link
    assert life.wait(1).link == to


# -- what a stored one becomes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "ran_ms", "left_ms"),
    [
        # Away for a minute. What is left of a timer that time went on for is less by that, and may be past.
        ("idle", HOUR, 3 * HOUR - MINUTE),
        ("observing", 10 * MINUTE, 5 * MINUTE),  # nobody was silent while nobody listened
        ("recording", 20 * SECOND, -20 * SECOND),
        ("cooldown", 100, 500),
        ("error", 1 * SECOND, -56 * SECOND),
        ("disconnected", HOUR, 3 * HOUR - MINUTE),
        ("connected", 30 * SECOND, 45 * SECOND),  # no browser could beat
    ],
)
def test_a_stored_session_waits_for_what_is_left(state: str, ran_ms: int, left_ms: int) -> None:
    life = being(state) if state in ("idle", "observing", "recording", "cooldown", "error") else reached(state)
    since = life.at
    life.at += ran_ms
    restored = life.restored(away_ms=MINUTE)
    assert restored.at == since + ran_ms + MINUTE
    assert restored.state.deadlines[state] == restored.at + left_ms
