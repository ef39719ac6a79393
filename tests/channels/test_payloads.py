"""What is refused of a payload, and the path of the field that is at fault."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.channels.errors import Code, Refusal
from lossy.channels.note_payloads import GetNotes, NoteWording
from lossy.channels.payloads import (
    CommandGiven,
    JoinPlain,
    JoinVoice,
    TokenRequest,
    TranscriptFinal,
    VideoDetected,
    VoiceEvent,
)
from lossy.channels.reading import read
from lossy.domain.notes import Category, Status

ID = "00000000-0000-0000-0000-000000000001"
GOOD: dict[type, dict[str, Any]] = {
    JoinVoice: {"video_id": ID, "device_id": ID, "requested_version": 2},
    JoinPlain: {},
    VoiceEvent: {"kind": "speech_start", "at": 5, "seq": 1},
    TranscriptFinal: {"id": ID, "text": "Too dark.", "at": 5, "media_ms": 0, "duration_ms": 900},
    CommandGiven: {"name": "start", "at": 5},
    VideoDetected: {"url": "https://example.com", "title": "cut", "rate": "25"},
    TokenRequest: {"device_id": ID},
    NoteWording: {"version": 1},
    GetNotes: {},
}
MISSING = object()


@pytest.mark.parametrize("kind", GOOD, ids=lambda kind: kind.__name__)
def test_what_fits_is_read(kind: type) -> None:
    assert isinstance(read(kind, GOOD[kind]), kind)


def test_everything_that_may_be_left_out_may_be_given() -> None:
    joined = read(
        JoinVoice,
        {
            **GOOD[JoinVoice],
            "at": 2**53 - 1,
            "token": "a.b.c",
            "tab_id": "7",
            "last_push_seq": 0,
            "push_epoch": 1,
            "last_known_state": {"session_id": ID, "seq": 4},
        },
    )
    assert (joined.video_id, joined.last_push_seq) == (UUID(ID), 0)
    heard = read(VoiceEvent, {"kind": "metrics", "at": 0, "figures": {"rms": 1, "snr_db": -3.5}})
    assert heard.figures == {"rms": 1.0, "snr_db": -3.5}


def test_what_is_one_of_several_is_read_as_that() -> None:
    asked = read(GetNotes, {"category": ["color"], "status": ["ghost"]})
    assert (asked.category[0] is Category.COLOR, asked.status[0] is Status.GHOST) == (True, True)


BAD: list[tuple[type, dict[str, object], str]] = [
    (JoinVoice, {"video_id": MISSING}, "video_id"),
    (JoinVoice, {"video_id": "cut"}, "video_id"),
    (JoinVoice, {"video_id": 1}, "video_id"),
    (JoinVoice, {"device_id": None}, "device_id"),
    (JoinVoice, {"requested_version": "2"}, "requested_version"),
    (JoinVoice, {"requested_version": 2.0}, "requested_version"),
    (JoinVoice, {"requested_version": True}, "requested_version"),
    (JoinVoice, {"requested_version": 0}, "requested_version"),
    (JoinVoice, {"at": -1}, "at"),
    (JoinVoice, {"at": 2**53}, "at"),
    (JoinVoice, {"tab_id": ""}, "tab_id"),
    (JoinVoice, {"tab_id": "x" * 101}, "tab_id"),
    (JoinVoice, {"tab_id": "a\0b"}, "tab_id"),
    (JoinVoice, {"last_push_seq": -1}, "last_push_seq"),
    (JoinVoice, {"push_epoch": 0}, "push_epoch"),
    (JoinVoice, {"last_known_state": []}, "last_known_state"),
    (JoinVoice, {"user_id": ID}, "user_id"),
    (JoinVoice, {"token": "x" * 2001}, "token"),
    (JoinPlain, {"video_id": ID}, "video_id"),
    (VoiceEvent, {"kind": MISSING}, "kind"),
    (VoiceEvent, {"kind": "shout"}, "kind"),
    (VoiceEvent, {"kind": ["speech_start"]}, "kind"),
    (VoiceEvent, {"at": MISSING}, "at"),
    (VoiceEvent, {"at": 1.5}, "at"),
    (VoiceEvent, {"seq": 0}, "seq"),
    (VoiceEvent, {"seq": 2**53}, "seq"),
    (VoiceEvent, {"media_ms": -1}, "media_ms"),
    (VoiceEvent, {"media_ms": 24 * 3_600_000 + 1}, "media_ms"),
    (VoiceEvent, {"probability": 1.01}, "probability"),
    (VoiceEvent, {"probability": "1"}, "probability"),
    (VoiceEvent, {"probability": float("nan")}, "probability"),
    (VoiceEvent, {"reason": ""}, "reason"),
    (VoiceEvent, {"reason": "x" * 2001}, "reason"),
    (VoiceEvent, {"figures": None}, "figures"),
    (VoiceEvent, {"figures": {"rms": "loud"}}, "figures.rms"),
    (VoiceEvent, {"figures": {"": 1}}, "figures."),
    (VoiceEvent, {"figures": {"x" * 41: 1}}, f"figures.{'x' * 41}"),
    (VoiceEvent, {"figures": {"a @ $.b": True}}, "figures.a @ $.b"),
    (TranscriptFinal, {"id": "x"}, "id"),
    (TranscriptFinal, {"text": None}, "text"),
    (TranscriptFinal, {"text": "a\0b"}, "text"),
    (TranscriptFinal, {"text": "x" * 4000}, "text"),
    (TranscriptFinal, {"duration_ms": MISSING}, "duration_ms"),
    (TranscriptFinal, {"segment": 0}, "segment"),
    (TranscriptFinal, {"stt_confidence": -0.1}, "stt_confidence"),
    (CommandGiven, {"name": 1}, "name"),
    (CommandGiven, {"at": None}, "at"),
    (CommandGiven, {"note_ids": []}, "note_ids"),
    (VideoDetected, {"url": ""}, "url"),
    (VideoDetected, {"title": "x" * 2001}, "title"),
    (VideoDetected, {"rate": 25}, "rate"),
    (TokenRequest, {"device_id": {}}, "device_id"),
    (NoteWording, {"category": "colour"}, "category"),
    (NoteWording, {"category": 1}, "category"),
    (GetNotes, {"status": ["ghost", "gone"]}, "status.1"),
]


@pytest.mark.parametrize(("kind", "changes", "path"), BAD)
def test_what_does_not_fit_is_refused_with_its_path(kind: type, changes: dict[str, object], path: str) -> None:
    changed = {**GOOD[kind], **changes}
    refusal = refused(kind, {name: value for name, value in changed.items() if value is not MISSING})
    assert refusal.details == {"path": path}


@pytest.mark.parametrize("payload", [None, [], "x", 5, b"bytes", [["kind", "seek"]]])
def test_what_is_no_object_is_refused(payload: object) -> None:
    assert refused(VoiceEvent, payload).details == {"path": "$"}


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    names = "x" * 1_000_000, "secret"
    refusal = refused(VoiceEvent, {**GOOD[VoiceEvent], "reason": names[0], "kind": "speech_" + names[1]})
    assert "secret" not in refusal.message
    assert len(refused(VoiceEvent, {**GOOD[VoiceEvent], names[0]: 1}).details["path"]) == 100


def refused(kind: type, payload: object) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        read(kind, payload)
    assert refusal.value.code is Code.INVALID
    return refusal.value


json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(kind=st.sampled_from([*GOOD]), data=st.data())
def test_nothing_but_a_refusal_is_raised(kind: type, data: st.DataObject) -> None:
    names = [*GOOD[kind], "figures", "seq", "token", "x"]
    payload = data.draw(st.dictionaries(st.sampled_from(names), json, max_size=4))
    for sent in (payload, {**GOOD[kind], **payload}):
        path = path_of_fault(kind, sent)
        assert path is None or path == "$" or path.partition(".")[0] in names


def path_of_fault(kind: type, payload: object) -> str | None:
    try:
        read(kind, payload)
    except Refusal as refusal:
        return str(refusal.details["path"])
    return None
