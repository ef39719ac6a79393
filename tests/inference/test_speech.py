from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.inference.speech import (
    DEFAULTS,
    FRAME_MS,
    ONSET_LAG_MS,
    Hysteresis,
    SpeechEnd,
    SpeechEvent,
    SpeechStart,
    VadSettings,
)

SPEECH, UNSURE, QUIET = 0.875, 0.4, 0.1  # the first is a binary fraction: its mean is exact

# What the defaults ask for, in whole frames.
ENOUGH_SPEECH = 4  # 128 ms
ENOUGH_QUIET = 10  # 320 ms

probabilities = st.lists(st.floats(0, 1), max_size=300)
settings = st.builds(
    VadSettings,
    min_speech_ms=st.integers(0, 200),
    min_silence_ms=st.integers(0, 500),
    max_speech_ms=st.integers(400, 2_000),
)


def listen(frames: list[float], settings: VadSettings = DEFAULTS) -> list[SpeechEvent]:
    hysteresis = Hysteresis(settings)
    return [event for frame in frames for event in hysteresis.feed(frame)] + list(hysteresis.finish())


def spans(events: list[SpeechEvent]) -> list[tuple[int, int]]:
    return [(start.at_ms, end.at_ms) for start, end in zip(events[::2], events[1::2], strict=True)]


def test_an_utterance_begins_one_lag_before_its_first_frame_and_ends_where_it_got_quiet() -> None:
    frames = [QUIET] * 10 + [SPEECH] * 20 + [QUIET] * 20

    assert listen(frames) == [
        SpeechStart(320 - ONSET_LAG_MS, 320 + 128, SPEECH),
        SpeechEnd(960, 960 + 320, 960 - 320 + ONSET_LAG_MS, SPEECH),
    ]


def test_speech_in_the_very_first_frame_begins_with_the_stream() -> None:
    assert spans(listen([SPEECH] * 10)) == [(0, 320)]


def test_a_sound_that_is_too_short_is_nothing() -> None:
    short = [QUIET] * 5 + [SPEECH] * (ENOUGH_SPEECH - 1) + [QUIET] * 20

    assert listen(short) == []
    assert listen([QUIET] * 5 + [SPEECH] * (ENOUGH_SPEECH - 1)) == []


def test_a_short_pause_does_not_end_an_utterance_and_does_not_lower_its_probability() -> None:
    events = listen([SPEECH] * 10 + [QUIET] * (ENOUGH_QUIET - 1) + [SPEECH] * 10 + [QUIET] * ENOUGH_QUIET)

    assert spans(events) == [(0, 29 * FRAME_MS)]
    assert isinstance(events[1], SpeechEnd)
    assert events[1].mean_probability == SPEECH


def test_between_the_thresholds_nothing_changes() -> None:
    assert listen([UNSURE] * 50) == []
    assert spans(listen([SPEECH] * 10 + [UNSURE] * 50)) == [(0, 60 * FRAME_MS)]
    assert spans(listen([SPEECH] * 10 + [QUIET] + [UNSURE] * 50)) == [(0, 10 * FRAME_MS)]


def test_an_utterance_without_end_is_cut_at_the_limit_and_goes_on() -> None:
    events = listen([SPEECH] * (70_000 // FRAME_MS))

    assert spans(events) == [(0, 60_000), (60_000, 69_984)]
    assert events[1].known_at_ms == events[2].known_at_ms == 60_000


def test_in_a_pause_at_the_limit_it_ends_where_the_pause_began() -> None:
    settings = VadSettings(max_speech_ms=960)

    events = listen([SPEECH] * 28 + [QUIET] * 4 + [SPEECH] * 10, settings)

    assert spans(events) == [(0, 896), (1024 - ONSET_LAG_MS, 1344)]
    assert events[1].known_at_ms == 960


def test_an_onset_is_not_corrected_into_the_utterance_before_it() -> None:
    settings = VadSettings(min_silence_ms=32)

    assert spans(listen([SPEECH] * 10 + [QUIET] + [SPEECH] * 10, settings)) == [(0, 320), (320, 672)]


@given(st.lists(st.tuples(st.integers(ENOUGH_QUIET, 40), st.integers(ENOUGH_SPEECH, 100)), max_size=8))
def test_every_stretch_of_speech_is_found_once(stretches: list[tuple[int, int]]) -> None:
    frames: list[float] = []
    spoken = []
    for quiet, speech in stretches:
        begin = len(frames) + quiet
        spoken.append((begin * FRAME_MS - ONSET_LAG_MS, (begin + speech) * FRAME_MS))
        frames += [QUIET] * quiet + [SPEECH] * speech

    assert spans(listen(frames)) == spoken


@given(probabilities, settings)
def test_events_alternate_and_never_overlap(frames: list[float], settings: VadSettings) -> None:
    events = listen(frames, settings)

    assert all(isinstance(event, (SpeechStart, SpeechEnd)[i % 2]) for i, event in enumerate(events))
    assert len(events) % 2 == 0
    times = [event.at_ms for event in events]
    assert times == sorted(times)
    assert all(0 <= event.at_ms <= event.known_at_ms <= len(frames) * FRAME_MS for event in events)


@given(probabilities, settings)
def test_an_utterance_is_as_long_as_it_says_and_never_over_the_limit(
    frames: list[float], settings: VadSettings
) -> None:
    events = listen(frames, settings)

    for start, end in zip(events[::2], events[1::2], strict=True):
        assert isinstance(end, SpeechEnd)
        assert end.duration_ms == end.at_ms - start.at_ms <= settings.max_speech_ms


@given(probabilities, settings)
def test_what_was_known_does_not_depend_on_what_comes(frames: list[float], settings: VadSettings) -> None:
    hysteresis = Hysteresis(settings)
    live = [event for frame in frames for event in hysteresis.feed(frame)]

    assert listen([*frames, SPEECH, QUIET], settings)[: len(live)] == live


@pytest.mark.parametrize(
    "wrong",
    [{"on": 0.3, "off": 0.5}, {"on": 1.5}, {"off": -0.1}, {"max_speech_ms": 100}, {"min_speech_ms": -1}],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        VadSettings(**wrong)  # type: ignore[arg-type]
