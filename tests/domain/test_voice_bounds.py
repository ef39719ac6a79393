"""What a voice session remembers does not grow with what it hears."""

from __future__ import annotations

from typing import Any

from lossy.charts.model import Event
from lossy.domain import voice
from lossy.domain.voice import REFUSED_KEPT
from tests.charts.voice_chart import voice_data

MANY = 3 * REFUSED_KEPT


def heard(name: str, number: int, **facts: Any) -> Event:
    return Event(name, 1_000 * number, {"device": "laptop", "seq": number, **facts})


def test_of_ignored_segments_the_latest_are_known() -> None:
    data = voice_data()
    for number in range(MANY):
        data = voice.turn_away(data, heard("speech_start", number), reason="read_only")
    assert data["refused"] == [["laptop", number] for number in range(MANY - REFUSED_KEPT, MANY)]
    assert data["ignored"] == {"read_only": MANY}


def test_of_errors_as_many_are_known_as_open_the_breaker() -> None:
    data = voice_data()
    for number in range(MANY):
        data = voice.count_error(data, heard("error", number))
    assert len(data["errors"]) == data["limits"]["breaker_errors"]


def test_figures_take_the_place_of_those_before() -> None:
    data = voice_data()
    for number in range(MANY):
        data = voice.note_metrics(data, heard("metrics", number, figures={f"figure {number}": 1.0}))
    assert data["metrics"]["figures"] == {f"figure {MANY - 1}": 1.0}


def test_a_device_that_joins_again_is_there_once() -> None:
    data = voice_data()
    for number in range(MANY):
        data = voice.note_device(data, heard("attach", number))
    assert data["devices"] == ["laptop"]
