from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.smpte import DROPPED, Timecode, has_timecode
from lossy.domain.timecode import Rate, TimecodeError
from tests.charts.strategies import NIGHTLY

FILM, NTSC, NTSC_60 = Rate(24_000, 1001), Rate(30_000, 1001), Rate(60_000, 1001)
NUMBERINGS = [
    Timecode(FILM),
    Timecode(Rate(24)),
    Timecode(Rate(25)),
    Timecode(NTSC),
    Timecode(NTSC, drop=True),
    Timecode(Rate(30)),
    Timecode(Rate(50)),
    Timecode(NTSC_60),
    Timecode(NTSC_60, drop=True),
    Timecode(Rate(60)),
]


def name(numbering: Timecode) -> str:
    return f"{numbering.rate}{' drop' if numbering.drop else ''}"


# Dropping repeats every ten minutes, so two such spans are all there is to see of an hour.
TENS = 6 if NIGHTLY else 2


@pytest.mark.parametrize("numbering", NUMBERINGS, ids=name)
def test_every_frame_of_an_hour_has_a_number_of_its_own(numbering: Timecode) -> None:
    """In order, none that is dropped, and each leads back to its frame."""
    dropped = DROPPED[numbering.rate] if numbering.drop else 0
    minutes = range(60 - 10 * TENS, 60)
    left_out = {f"00:{minute:02}:00;{n:02}" for minute in minutes if minute % 10 for n in range(dropped)}
    ten = numbering.base * 600 - dropped * 9
    frames = range((6 - TENS) * ten, 6 * ten)
    texts = [numbering.text(frame) for frame in frames]
    assert texts == sorted(set(texts) - left_out)
    assert [numbering.frame(text) for text in texts] == [*frames]
    assert numbering.text(frames[0])[:6] == f"00:{minutes[0]:02}:"
    assert numbering.text(6 * ten)[:8] == "01:00:00"


@given(st.sampled_from(NUMBERINGS), st.integers(0, 23 * 3600 * 24), st.integers(0, 3600 * 24 - 1))
def test_a_number_leads_back_to_its_frame_whatever_the_start(numbering: Timecode, frame: int, start: int) -> None:
    numbering = Timecode(numbering.rate, numbering.drop, start)
    assert numbering.frame(numbering.text(frame)) == frame


@pytest.mark.parametrize(
    ("numbering", "frame", "text"),
    [
        (Timecode(Rate(25)), 24, "00:00:00:24"),
        (Timecode(Rate(25)), 25, "00:00:01:00"),
        (Timecode(FILM), 86_400, "01:00:00:00"),
        (Timecode(NTSC), 1800, "00:01:00:00"),
        (Timecode(NTSC, drop=True), 1799, "00:00:59;29"),
        (Timecode(NTSC, drop=True), 1800, "00:01:00;02"),
        (Timecode(NTSC, drop=True), 17_981, "00:09:59;29"),
        (Timecode(NTSC, drop=True), 17_982, "00:10:00;00"),
        (Timecode(NTSC, drop=True), 107_892, "01:00:00;00"),
        (Timecode(NTSC, drop=True), 2_589_407, "23:59:59;29"),
        (Timecode(NTSC_60, drop=True), 3599, "00:00:59;59"),
        (Timecode(NTSC_60, drop=True), 3600, "00:01:00;04"),
        (Timecode(NTSC_60, drop=True), 215_784, "01:00:00;00"),
        (Timecode(Rate(120)), 119, "00:00:00:119"),
        (Timecode.starting(FILM, "01:00:00:00"), 0, "01:00:00:00"),
        (Timecode.starting(NTSC, "01:00:00;00"), 1800, "01:01:00;02"),
        (Timecode.starting(NTSC, "01:00:00:00", drop=True), 1800, "01:01:00;02"),
    ],
)
def test_known_numbers(numbering: Timecode, frame: int, text: str) -> None:
    assert numbering.text(frame) == text
    assert numbering.frame(text) == frame


def test_what_numbers_nothing() -> None:
    for rate in (Rate(25, 2), Rate(1000), Rate(29_970, 1000), Rate(240)):
        assert not has_timecode(rate)
        with pytest.raises(TimecodeError, match="no timecode at"):
            Timecode(rate)
    for rate in (Rate(25), Rate(30), FILM, Rate(120_000, 1001)):
        assert has_timecode(rate)
        with pytest.raises(TimecodeError, match="no drop-frame timecode"):
            Timecode(rate, drop=True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("00:01:00;00", "leaves this number out"),
        ("00:01:00:01", "leaves this number out"),
        ("00:09:00;01", "leaves this number out"),
        ("24:00:00;00", "not a timecode"),
        ("00:60:00;00", "not a timecode"),
        ("00:00:60;00", "not a timecode"),
        ("00:00:00;30", "not a timecode"),
        ("0:00:00;00", "not a timecode"),
        ("00:00:00;00\n", "not a timecode"),
        ("00:00:00.00", "not a timecode"),
        ("\uff10\uff10:00:00:00", "not a timecode"),
        ("", "not a timecode"),
    ],
)
def test_what_is_no_number(text: str, why: str) -> None:
    with pytest.raises(TimecodeError, match=why):
        Timecode(NTSC, drop=True).frame(text)


def test_numbers_have_an_end_and_a_beginning() -> None:
    film = Timecode.starting(Rate(24), "23:59:59:00")
    assert film.text(23) == "23:59:59:23"
    for frame in (24, -1):
        with pytest.raises(TimecodeError, match="no number"):
            film.text(frame)
    with pytest.raises(TimecodeError, match=r"before the start, 23:59:59:00"):
        film.frame("23:59:58:23")


def test_a_semicolon_is_not_ignored() -> None:
    assert Timecode(NTSC, drop=True).frame("00;00;01;00") == 30
    with pytest.raises(TimecodeError, match="where no frames are dropped"):
        Timecode(NTSC).frame("00:00:01;00")
    with pytest.raises(TimecodeError, match="no drop-frame"):
        Timecode.starting(Rate(25), "01:00:00;00")
