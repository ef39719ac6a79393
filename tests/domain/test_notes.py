from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest
from attrs import evolve

from lossy.domain.notes import MAX_TEXT, MAX_TRANSCRIPT, Category, Note, NoteError, Status, as_payload
from lossy.domain.timecode import Rate, frame_at

NOTE = Note(
    id=UUID(int=1),
    video_id=UUID(int=2),
    session_id=UUID(int=3),
    author_id=UUID(int=4),
    text="The music is too loud.",
    category=Category.AUDIO,
    confidence=0.75,
    frame_in=1990,
    frame_out=None,
    rate=Rate(24000, 1001),
    onset_uncertainty_ms=80,
    status=Status.GHOST,
    transcript="um the music is too loud",
    provenance={"remark": "r1", "rules": ["named", "actionable"]},
    created_at=1_763_676_000_000,
)


def test_the_wire_has_these_keys_and_json_values() -> None:
    payload = as_payload(NOTE)
    assert orjson.loads(orjson.dumps(payload)) == payload
    assert payload == {
        "id": "00000000-0000-0000-0000-000000000001",
        "video_id": "00000000-0000-0000-0000-000000000002",
        "session_id": "00000000-0000-0000-0000-000000000003",
        "author_id": "00000000-0000-0000-0000-000000000004",
        "text": "The music is too loud.",
        "category": "audio",
        "confidence": 0.75,
        "frame_in": 1990,
        "frame_out": None,
        "rate": {"num": 24000, "den": 1001},
        "media_ms": 83_000,
        "onset_uncertainty_ms": 80,
        "status": "ghost",
        "transcript": "um the music is too loud",
        "provenance": {"remark": "r1", "rules": ["named", "actionable"]},
        "created_at": 1_763_676_000_000,
        "version": 1,
        "updated_at": 1_763_676_000_000,
    }


def test_a_note_made_without_a_session_says_so() -> None:
    assert as_payload(evolve(NOTE, session_id=None))["session_id"] is None


def test_the_media_time_on_the_wire_shows_the_frame() -> None:
    payload = as_payload(NOTE)
    assert frame_at(payload["media_ms"], NOTE.rate) == NOTE.frame_in


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": "x" * (MAX_TEXT + 1)},
        {"transcript": "x" * (MAX_TRANSCRIPT + 1)},
        {"confidence": 1.01},
        {"confidence": float("nan")},
        {"frame_in": -1},
        {"frame_out": 1989},
    ],
)
def test_a_note_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(NoteError):
        evolve(NOTE, **wrong)


def test_a_range_may_be_one_frame_and_text_as_long_as_allowed() -> None:
    assert evolve(NOTE, frame_out=1990, text="x" * MAX_TEXT).frame_out == 1990


def test_the_names_of_categories_and_states_are_stored_and_stay() -> None:
    assert [*Category] == [
        "pacing", "audio", "color", "graphics", "framing", "continuity", "performance", "story", "praise", "question",
        "general",
    ]  # fmt: skip
    assert [*Status] == ["ghost", "firmed", "queued", "posting", "posted", "failed", "deleted"]
