"""The voice chart with its rules: what becomes a remark, and who is listened to, at the exact boundaries."""

import pytest

from lossy.charts.model import Event
from tests.domain.voice_session import HOUR, MINUTE, Session, T, listening, say

# -- one segment --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "counts"), [(249, (0, {"short": 1})), (250, (1, {})), (0, (0, {"short": 1}))])
def test_a_remark_lasts_as_long_as_the_guard(length: int, counts: object) -> None:
    assert say(listening(), 0, length).counts == counts


@pytest.mark.parametrize(("probability", "counts"), [(0.39, (0, {"noise": 1})), (0.4, (1, {}))])
def test_what_is_probably_no_speech_is_noise(probability: float, counts: object) -> None:
    assert say(listening(), 0, 900, probability=probability).counts == counts


@pytest.mark.parametrize(
    ("begins", "ends", "counts"),
    [
        (1, 499, (1, {"cooldown": 1})),
        (1, 500, (2, {})),
        (249, 499, (1, {"cooldown": 1})),
        (499, 700, (1, {"short": 1})),
        (499, 749, (2, {})),
        (500, 749, (1, {"short": 1})),
        (500, 750, (2, {})),
    ],
)
def test_a_segment_that_begins_within_the_cooldown_must_outlast_it(begins: int, ends: int, counts: object) -> None:
    session = say(listening(), 0, 1_000)
    assert session.microphone == "cooldown"
    assert say(session, 1_000 + begins, ends - begins).counts == counts


@pytest.mark.parametrize(("after_ms", "microphone"), [(499, "cooldown"), (500, "observing")])
def test_the_cooldown_ends(after_ms: int, microphone: str) -> None:
    assert say(listening(), 0, 1_000).wait(T + 1_000 + after_ms).microphone == microphone


def test_an_ignored_segment_begins_no_cooldown() -> None:
    session = say(listening(), 0, 100)
    assert session.microphone == "observing"
    assert say(session, 101, 250).counts == (1, {"short": 1})


@pytest.mark.parametrize(("length", "decided"), [(59_999, []), (60_000, [("end_segment", "length")])])
def test_after_the_maximum_the_client_is_told_to_end_the_segment(length: int, decided: object) -> None:
    session = say(listening(), 0, length)
    assert session.decided == decided
    assert session.counts == (1, {}), "and what it ends is kept all the same"


def test_a_segment_past_the_maximum_is_still_being_recorded() -> None:
    assert listening().hear("speech_start", 0).wait(T + 2 * MINUTE).microphone == "recording"


def test_a_segment_whose_end_was_lost_is_unfinished_when_the_next_one_begins() -> None:
    session = say(listening().hear("speech_start", 0), 3_000, 500)
    assert session.counts == (1, {"unfinished": 1})


def test_a_segment_that_is_open_at_the_end_is_unfinished() -> None:
    assert listening().hear("speech_start", 0).hear("close", 900).counts == (0, {"unfinished": 1})


@pytest.mark.parametrize("before", [[], ["pause"], ["error", "error", "error"]], ids=["speaking", "paused", "broken"])
def test_a_remark_taken_back_is_ignored(before: list[str]) -> None:
    session = listening().hear("speech_start", 0)
    for name in before:
        session.hear(name, 400)
    assert session.hear("cancel", 500).hear("speech_end", 900).counts == (0, {"cancelled": 1})


def test_what_is_refused_already_keeps_its_reason() -> None:
    session = listening().hear("pause", 0).hear("speech_start", 100).hear("cancel", 500)
    assert session.hear("speech_end", 900).counts == (0, {"paused": 1})


def test_the_words_of_an_ignored_segment_are_refused_and_all_others_go_on() -> None:
    session = listening().hear("speech_start", 0, seq=7).hear("speech_end", 100)
    session.hear("transcript_final", 900, segment=7)
    assert session.refused == ["ignored_segment"]
    session.hear("transcript_final", 950, segment=8)
    assert session.refused == ["ignored_segment"]
    assert session.taken[-1] == "live/transcript_final/1"


def test_the_words_of_a_segment_whose_end_was_lost_go_on() -> None:
    session = listening().hear("speech_start", 0, seq=7).hear("speech_start", 3_000, seq=8)
    assert session.hear("transcript_final", 4_000, segment=7).refused == []


# -- pauses -------------------------------------------------------------------------------------------------------


def test_only_the_owner_is_heard() -> None:
    session = say(listening().hear("context_lost", 100).hear("start", 150), 200, 900)
    assert (session.microphone, session.counts) == ("idle", (0, {"read_only": 1}))
    assert say(session.hear("context_gained", 2_000).hear("start", 2_000), 2_001, 900).counts == (1, {"read_only": 1})


@pytest.mark.parametrize("pause", ["pause", "stop"])
@pytest.mark.parametrize("after", [[], ["silence_timeout"], ["seek"]], ids=["", "then silence", "then a seek"])
def test_a_pause_by_a_person_is_not_ended_by_speech(pause: str, after: list[str]) -> None:
    session = listening().hear(pause, 100)
    for name in after:
        session.hear(name, 200)
    assert say(session, 300, 900).counts == (0, {"paused": 1})
    assert session.microphone == "idle"


def test_a_person_may_pause_what_silence_has_paused() -> None:
    session = listening().hear("silence_timeout", 100).hear("pause", 200)
    assert say(session, 300, 900).counts == (0, {"paused": 1})


def test_speech_before_a_pause_counts_whenever_it_is_heard_of() -> None:
    session = listening().hear("pause", 5_000)
    session.hear_late("speech_start", 4_999).hear_late("speech_end", 5_500)
    assert session.counts == (1, {})
    session.hear_late("speech_start", 5_600).hear_late("speech_end", 6_000)
    assert session.counts == (1, {"paused": 1})


def test_speech_that_begins_with_the_pause_does_not() -> None:
    session = listening().hear("pause", 5_000).hear("speech_start", 5_000).hear("speech_end", 6_000)
    assert session.counts == (0, {"paused": 1})


def test_speech_that_a_pause_cuts_into_counts() -> None:
    assert listening().hear("speech_start", 0).hear("pause", 400).hear("speech_end", 900).counts == (1, {})


@pytest.mark.parametrize(("silence_ms", "microphone"), [(15 * MINUTE - 1, "observing"), (15 * MINUTE, "idle")])
def test_long_silence_pauses(silence_ms: int, microphone: str) -> None:
    session = say(listening(), 0, 1_000)
    assert session.wait(T + 1_500 + silence_ms).microphone == microphone
    assert session.decided == ([("pause", "silence")] if microphone == "idle" else [])


@pytest.mark.parametrize(("name", "microphone"), [("speech_start", "recording"), ("seek", "observing")])
def test_speech_or_a_seek_ends_a_pause_by_silence(name: str, microphone: str) -> None:
    session = listening().hear(name, 20 * MINUTE)
    assert session.microphone == microphone
    assert session.decided[0] == ("pause", "silence")
    assert session.decided[1][0] == "resume"


def test_without_auto_resume_they_do_not() -> None:
    session = say(listening(auto_resume=False).hear("seek", 20 * MINUTE), 21 * MINUTE, 900)
    assert (session.microphone, session.counts) == ("idle", (0, {"paused": 1}))


def test_without_auto_pause_silence_changes_nothing() -> None:
    assert listening(auto_pause=False).hear("silence_timeout", 100).wait(T + HOUR).microphone == "observing"


def test_a_pause_by_silence_is_undone_by_speech_before_it() -> None:
    session = listening(auto_resume=False).wait(T + 20 * MINUTE)
    session.hear_late("speech_start", 14 * MINUTE).hear_late("speech_end", 14 * MINUTE + 900)
    assert session.microphone == "cooldown"
    assert say(session, 21 * MINUTE, 900).counts == (2, {}), "15 minutes have not passed since the first"


def test_a_silence_heard_of_late_began_when_it_began() -> None:
    session = listening(auto_resume=False).wait(T + 20 * MINUTE).hear_late("silence_timeout", 5 * MINUTE)
    session.hear_late("speech_start", 6 * MINUTE).hear_late("speech_end", 6 * MINUTE + 900)
    assert session.counts == (0, {"paused": 1})


def test_a_seek_before_the_silence_ends_nothing() -> None:
    session = listening(auto_resume=False).wait(T + 20 * MINUTE).hear_late("seek", 14 * MINUTE)
    assert session.microphone == "idle"


def test_silence_does_not_take_the_place_of_another_pause() -> None:
    session = listening().hear("context_lost", 5_000).hear_late("silence_timeout", 4_000)
    assert session.state.data["paused"] == {"at": T + 5_000, "by": "context"}


@pytest.mark.parametrize("name", ["start", "resume"])
def test_the_wait_for_silence_begins_anew_with_a_persons_act(name: str) -> None:
    session = listening().hear(name, 10 * MINUTE)
    assert session.wait(T + 25 * MINUTE - 1).microphone == "observing"
    assert session.wait(T + 25 * MINUTE).microphone == "idle"


# -- the breaker --------------------------------------------------------------------------------------------------


def _broken(session: Session, at: int) -> Session:
    for ms in (0, 1, 2):
        session.hear("error", at + ms)
    assert session.microphone == "error"
    return session


@pytest.mark.parametrize(("third_ms", "microphone"), [(59_999, "error"), (60_000, "observing")])
def test_three_errors_within_a_minute_open_the_breaker(third_ms: int, microphone: str) -> None:
    assert listening().hear("error", 0).hear("error", 1).hear("error", third_ms).microphone == microphone


@pytest.mark.parametrize(("name", "reason"), [("error", "errors"), ("inference_failed", "inference")])
def test_the_breaker_says_why(name: str, reason: str) -> None:
    session = listening()
    for at in (0, 1, 2):
        session.hear(name, at)
    assert session.decided == [("pause", reason)]


def test_the_back_off_doubles_to_its_maximum_while_every_probe_fails() -> None:
    session = _broken(listening(), 0)
    back_offs = []
    for _ in range(6):
        opened = session.state.data["broken_at"]
        due = session.state.deadlines["error"]
        back_offs.append(due - opened)
        assert session.wait(due - 1).microphone == "error"
        assert session.wait(due).microphone == "observing"
        session.step(Event("error", due))
    assert back_offs == [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]


def test_a_kept_segment_closes_the_breaker() -> None:
    session = say(_broken(listening(), 0), 6_000, 900)
    assert session.counts == (1, {})
    session.hear("error", 7_000).hear("error", 7_001)
    assert session.microphone != "error", "it takes three errors again"
    session.hear("error", 7_002)
    assert session.state.deadlines["error"] == T + 7_002 + 5_000, "and the first back-off"


@pytest.mark.parametrize("length", [249, 250])
def test_the_probe_must_be_kept(length: int) -> None:
    session = say(_broken(listening(), 0), 6_000, length)
    assert session.state.data["probing"] is (length == 249)


def test_a_segment_from_before_the_break_is_no_probe() -> None:
    session = _broken(listening().hear("speech_start", 0), 100).hear("speech_end", 900)
    assert session.counts == (1, {})
    assert session.hear("error", 6_000).microphone == "error"
    assert session.state.deadlines["error"] == T + 6_000 + 10_000


def test_speech_within_the_back_off_is_ignored_even_when_heard_of_after_it() -> None:
    session = say(_broken(listening(), 0), 3_000, 900)
    assert session.counts == (0, {"error": 1})
    late = _broken(listening(), 0).wait(T + 8_000)
    late.hear_late("speech_start", 3_000).hear_late("speech_end", 3_900)
    assert late.counts == session.counts


def test_an_error_within_the_back_off_fails_no_probe_even_when_heard_of_after_it() -> None:
    session = _broken(listening(), 0).wait(T + 8_000).hear_late("error", 3_000)
    assert session.microphone == "observing"


def test_a_person_may_try_before_the_back_off_ends() -> None:
    assert say(_broken(listening(), 0).hear("start", 1_000), 1_500, 900).counts == (1, {})


# -- the link -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("silence_ms", "link"), [(44_999, "connected"), (45_000, "disconnected")])
def test_a_browser_that_does_not_beat_is_gone(silence_ms: int, link: str) -> None:
    session = listening().hear("heartbeat", 20_000)
    assert session.wait(T + 20_000 + silence_ms).link == link


def test_a_browser_that_is_back_is_up_to_date_when_its_link_says_so() -> None:
    session = listening().hear("drop", 1_000).hear("attach", 2_000).wait(T + 60_000)
    assert session.link == "reconnecting"
    assert session.hear("caught_up", 60_000).link == "connected"


def test_a_session_is_left_by_its_last_device() -> None:
    session = listening().hear("attach", 1_000, device="laptop").hear("drop", 2_000)
    session.hear("attach", 2_000, device="phone")
    assert session.hear("drop", 3_000, device="laptop").link == "connected"
    assert session.hear("drop", 4_000, device="phone").link == "disconnected"


def owned_by_the_laptop() -> Session:
    return listening().hear("context_gained", 0, tab="1", device="laptop")


def test_a_device_that_is_read_only_makes_no_remark_and_does_not_end_anothers() -> None:
    session = owned_by_the_laptop().hear("speech_start", 1_000, device="laptop", seq=1)
    session.hear("speech_start", 1_500, device="phone", seq=1).hear("speech_end", 2_500, device="phone", seq=2)
    assert session.counts == (0, {"read_only": 1})
    assert session.hear("speech_end", 3_000, device="laptop", seq=2).counts == (1, {"read_only": 1})


def test_what_was_begun_before_the_microphone_went_to_another_device_still_counts() -> None:
    session = owned_by_the_laptop().hear("speech_start", 1_000, device="laptop", seq=1)
    session.hear("context_lost", 2_000).hear("context_gained", 2_000, tab="2", device="phone")
    assert session.hear("speech_end", 3_000, device="laptop", seq=2).counts == (1, {})


def lapsed(session: Session) -> Session:
    """Nobody took it: its tab was away for longer than the grace."""
    return session.hear("context_lost", 40_000, epoch=0)


def regained(session: Session, *, regained: bool = True) -> Session:
    return session.hear("context_gained", 60_000, epoch=1, tab="1", regained=regained)


def test_what_is_said_while_nobody_had_the_microphone_counts_with_its_return() -> None:
    session = regained(lapsed(listening()))
    assert session.microphone == "observing"
    session.hear_late("speech_start", 45_000, seq=1).hear_late("speech_end", 47_000, seq=2)
    assert session.counts == (1, {})


def test_words_on_both_sides_of_the_loss_are_one_remark() -> None:
    session = regained(lapsed(listening().hear("speech_start", 39_000, seq=1)))
    assert session.hear_late("speech_end", 42_000, seq=2).counts == (1, {})


def test_where_another_had_it_in_between_nobody_listens_again() -> None:
    session = regained(lapsed(listening()), regained=False)
    assert session.microphone == "idle"
    assert say(session, 61_000, 1_000).counts == (0, {"paused": 1})


@pytest.mark.parametrize("by", ["person", "silence"])
def test_a_pause_is_there_again_with_the_microphone(by: str) -> None:
    session = listening().hear("pause" if by == "person" else "silence_timeout", 5_000)
    assert lapsed(session).state.data["paused"] == {"at": T + 40_000, "by": "context"}
    assert regained(session).state.data["paused"] == {"at": T + 5_000, "by": by}
    assert session.microphone == "idle"
    assert say(session, 61_000, 1_000).counts[0] == (by == "silence")


def test_who_pauses_while_nobody_has_it_is_not_listened_to() -> None:
    session = regained(lapsed(listening()).hear("pause", 50_000))
    assert (session.microphone, session.state.data["paused"]) == ("idle", {"at": T + 50_000, "by": "person"})


def test_what_never_listened_does_not_with_the_microphone() -> None:
    session = Session().hear("context_gained", 0)
    assert regained(lapsed(session)).microphone == "idle"


def test_a_loss_that_is_told_twice_is_one() -> None:
    session = lapsed(listening()).hear("context_lost", 41_000, epoch=0)
    assert regained(session).microphone == "observing"


def test_an_older_return_changes_nothing() -> None:
    session = lapsed(listening()).hear("context_lost", 41_000, epoch=5)
    assert regained(session).microphone == "idle"


def test_old_word_of_the_microphone_changes_nothing() -> None:
    session = listening().hear("context_gained", 0, tab="2", device="phone", epoch=7)
    session.hear("context_lost", 1_000, epoch=6).hear("context_gained", 1_000, tab="1", device="laptop", epoch=6)
    assert session.state.data["owner"] == {"tab": "2", "device": "phone"}


def test_what_is_spoken_while_the_link_is_down_still_counts() -> None:
    session = say(listening().hear("drop", 1_000), 2_000, 900)
    assert session.counts == (1, {})


def test_five_remarks_replayed_after_a_break_are_five_remarks() -> None:
    session = listening().wait(T + 50 * MINUTE)
    for n in range(5):
        session.hear_late("speech_start", 10_000 + n * 4_000).hear_late("speech_end", 13_000 + n * 4_000)
    assert session.counts == (5, {})
