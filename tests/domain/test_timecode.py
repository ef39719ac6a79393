from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.timecode import MAX_TERM, Rate, TimecodeError, frame_at, media_time, ms_of

COMMON = [
    Rate(24000, 1001),
    Rate(24),
    Rate(25),
    Rate(30000, 1001),
    Rate(30),
    Rate(48),
    Rate(50),
    Rate(60000, 1001),
    Rate(60),
    Rate(120),
    Rate(25, 2),
    Rate(1000),
]
rates = st.sampled_from(COMMON) | st.builds(
    lambda den, share: Rate(max(1, share * den // 1000), den), st.integers(1, 2**20), st.integers(1, 1_000_000)
)
frames = st.integers(0, 10**8)


@given(frames, rates)
def test_a_frame_is_shown_from_its_own_first_millisecond(frame: int, rate: Rate) -> None:
    first = ms_of(frame, rate)
    assert frame_at(first, rate) == frame
    assert first == 0 or frame_at(first - 1, rate) == frame - 1


@given(st.integers(0, 10**9), rates)
def test_the_frame_at_a_time_began_no_later(media_ms: int, rate: Rate) -> None:
    frame = frame_at(media_ms, rate)
    assert ms_of(frame, rate) <= media_ms < ms_of(frame + 1, rate)


def test_an_hour_of_ntsc_is_exact() -> None:
    assert frame_at(3_600_000, Rate(30000, 1001)) == 107_892
    assert frame_at(3_603_600, Rate(30000, 1001)) == 108_000
    assert ms_of(108_000, Rate(30000, 1001)) == 3_603_600


def test_nothing_is_shown_before_the_start() -> None:
    with pytest.raises(TimecodeError, match="before the start"):
        frame_at(-1, Rate(25))
    with pytest.raises(TimecodeError, match="before the start"):
        ms_of(-1, Rate(25))


def test_a_rate_is_in_lowest_terms() -> None:
    assert Rate(50, 2) == Rate(25)
    assert hash(Rate(50, 2)) == hash(Rate(25))


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("24000/1001", Rate(24000, 1001)),
        ("25", Rate(25)),
        ("25.000", Rate(25)),
        ("12.5", Rate(25, 2)),
        ("23.976", Rate(24000, 1001)),
        ("23.98", Rate(24000, 1001)),
        ("29.97", Rate(30000, 1001)),
        ("29.97002997", Rate(30000, 1001)),
        ("47.95", Rate(48000, 1001)),
        ("59.94", Rate(60000, 1001)),
        ("119.88", Rate(120000, 1001)),
    ],
)
def test_rates_are_read_as_players_write_them(text: str, rate: Rate) -> None:
    assert Rate.parse(text) == rate
    assert Rate.parse(str(rate)) == rate


@pytest.mark.parametrize(
    "text",
    ["", "0", "0/1", "1/0", "-25", "25 ", "1e3", "1_000", "24/", "1001", "NaN", "2\uff14", f"1/{2**31}"],
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(TimecodeError):
        Rate.parse(text)


@pytest.mark.parametrize(("num", "den"), [(0, 1), (-25, 1), (25, 0), (25, -1), (1001, 1), (MAX_TERM + 1, MAX_TERM)])
def test_a_rate_has_bounds(num: int, den: int) -> None:
    with pytest.raises(TimecodeError):
        Rate(num, den)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0:00", 0),
        ("1:23", 83_000),
        ("83:20", 5_000_000),
        ("1:02:03", 3_723_000),
        ("1:23.5", 83_500),
        ("1:23.045", 83_045),
    ],
)
def test_media_times_are_read(text: str, ms: int) -> None:
    assert media_time(text) == ms


@pytest.mark.parametrize(
    "text", ["", "83", "1:60", "1:2", "1:60:00", "-1:23", "1:23 ", "1:23:45:06", "a:bc", "1:23.4567"]
)
def test_what_is_no_media_time_is_refused(text: str) -> None:
    with pytest.raises(TimecodeError):
        media_time(text)
