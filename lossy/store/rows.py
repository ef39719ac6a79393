"""What commits leave behind, as rows: JSON values by the names of their columns, with the types that those have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.clock import as_datetime
from lossy.store.ledger import EndSession, Release
from lossy.store.note_life import outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.domain.notes import Note
    from lossy.store.ledger import Commit, Entry, SettleRemark
    from lossy.store.note_life import Change

Row = dict[str, Any]

ENTRY: Mapping[str, str] = {
    "session_id": "uuid",
    "n": "bigint",
    "at": "bigint",
    "chart": "text",
    "event": "text",
    "payload": "jsonb",
    "device_id": "uuid",
    "seq": "bigint",
    "taken": "text[]",
    "epoch": "integer",
}
# By table.
WRITES: Mapping[str, Mapping[str, str]] = {
    "notes": {
        **dict.fromkeys(("id", "video_id", "session_id", "author_id"), "uuid"),
        **dict.fromkeys(("text", "category", "status", "transcript"), "text"),
        "confidence": "double precision",
        **dict.fromkeys(("frame_in", "frame_out"), "bigint"),
        **dict.fromkeys(("rate_num", "rate_den", "onset_uncertainty_ms", "version"), "integer"),
        **dict.fromkeys(("provenance", "state"), "jsonb"),
        **dict.fromkeys(("created_at", "updated_at"), "timestamptz"),
    },
    "note_changes": {
        **dict.fromkeys(("note_id", "by", "session_id"), "uuid"),
        "version": "integer",
        "at": "timestamptz",
        **dict.fromkeys(("event", "status", "text", "category"), "text"),
        "confidence": "double precision",
        **dict.fromkeys(("frame_in", "frame_out", "n"), "bigint"),
    },
    "note_outcomes": {
        **dict.fromkeys(("note_id", "session_id"), "uuid"),
        **dict.fromkeys(("category", "outcome"), "text"),
        **dict.fromkeys(("confidence", "threshold"), "double precision"),
        "at": "timestamptz",
    },
    "remarks": {**dict.fromkeys(("author_id", "id", "session_id"), "uuid"), "n": "bigint", "outcome": "jsonb"},
}
# What becomes of a session's own row; null leaves it as it is. One that `rests` is held by nobody from then on.
SESSION: Mapping[str, str] = {
    "snapshot": "jsonb",
    "snapshot_n": "bigint",
    "ended_at": "timestamptz",
    "rests": "boolean",
}


def of_entry(commit: Commit) -> Row:
    entry = commit.entry
    return {
        "session_id": entry.session_id,
        "n": entry.n,
        "at": entry.at,
        "chart": entry.chart,
        "event": entry.event,
        "payload": entry.payload,
        "device_id": entry.device_id,
        "seq": entry.seq,
        "taken": entry.taken,
        "epoch": commit.epoch,
    }


def of_note(note: Note, state: Mapping[str, Any]) -> Row:
    """`state` is that of its chart, as it is stored."""
    return {
        "id": note.id,
        "video_id": note.video_id,
        "session_id": note.session_id,
        "author_id": note.author_id,
        "text": note.text,
        "category": note.category,
        "confidence": note.confidence,
        "frame_in": note.frame_in,
        "frame_out": note.frame_out,
        "rate_num": note.rate.num,
        "rate_den": note.rate.den,
        "onset_uncertainty_ms": note.onset_uncertainty_ms,
        "status": note.status,
        "transcript": note.transcript,
        "provenance": note.provenance,
        "created_at": as_datetime(note.created_at),
        "version": note.version,
        "updated_at": as_datetime(note.updated_at),
        "state": state,
    }


def of_change(change: Change, entry: Entry) -> Row:
    return {
        "note_id": change.note_id,
        "version": change.version,
        "at": as_datetime(change.at),
        "by": change.by,
        "event": change.event,
        "status": change.status,
        "text": change.text,
        "category": change.category,
        "confidence": change.confidence,
        "frame_in": change.frame_in,
        "frame_out": change.frame_out,
        "session_id": entry.session_id,
        "n": entry.n,
    }


def of_outcome(note: Note, threshold: float | None) -> Row:
    """Of the decision to keep it, as long as its author has said nothing."""
    return {
        "note_id": note.id,
        "session_id": note.session_id,
        "category": note.category,
        "confidence": note.confidence,
        "threshold": threshold,
        "outcome": outcome(note.status, ()),
        "at": as_datetime(note.created_at),
    }


def of_remark(settled: SettleRemark, entry: Entry) -> Row:
    return {
        "author_id": settled.author_id,
        "id": settled.id,
        "session_id": entry.session_id,
        "n": entry.n,
        "outcome": settled.outcome,
    }


def of_session(commit: Commit) -> Row | None:
    """None of most commits."""
    if commit.snapshot is None and not commit.writes:
        return None
    ended = next((as_datetime(write.at) for write in commit.writes if isinstance(write, EndSession)), None)
    rests = ended is not None or any(isinstance(write, Release) for write in commit.writes)
    if commit.snapshot is None and not rests:
        return None
    return {
        "id": commit.entry.session_id,
        "snapshot": commit.snapshot,
        "snapshot_n": None if commit.snapshot is None else commit.entry.n,
        "ended_at": ended,
        "rests": rests,
    }
