"""What the server has of a review, asked of its database."""

from __future__ import annotations

from typing import Any

import psycopg
from attrs import frozen

TEXTS = ("Please make the intro shorter.", "Scratch that.", "Hold this frame a little longer please.")
# Of the tiny Whisper: 12 dB from one text to the next, and the loudest of a remark at full gain is above 1.2.
LOUDEST = 1.15
SHORTER, SCRATCH, HOLD = 0.9, 0.225, 0.056  # gains


@frozen
class Noted:
    text: str
    frame_in: int
    frame_out: int | None
    status: str
    uncertainty_ms: int
    title: str


def noted(database: str) -> list[Noted]:
    """Every note that is not deleted, in the order in which they were made."""
    query = """SELECT n.text, n.frame_in, n.frame_out, n.status, n.onset_uncertainty_ms, v.title
        FROM notes n JOIN videos v ON v.id = n.video_id WHERE n.status <> 'deleted' ORDER BY n.created_at, n.id"""
    with psycopg.connect(database) as connection:
        rows: list[Any] = connection.execute(query).fetchall()
    return [Noted(*row) for row in rows]
