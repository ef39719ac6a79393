"""JSON, for programs. What was said aloud and how the note came to be stay here: a file is passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from lossy.domain.timecode import ms_of

if TYPE_CHECKING:
    from lossy.domain.export.sheet import Film, Marker, Sheet

FORMAT = "lossy-notes"
VERSION = 1


def document(sheet: Sheet) -> str:
    film = sheet.film
    written = {
        "format": FORMAT,
        "version": VERSION,
        "video": {
            "id": str(film.video_id),
            "title": film.title,
            "rate": {"num": film.rate.num, "den": film.rate.den},
            "timecode": film.timecode and {"start": film.timecode.text(0), "drop_frame": film.timecode.drop},
        },
        "notes": [_note(film, marker) for marker in sheet.markers],
    }
    return orjson.dumps(written, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _note(film: Film, marker: Marker) -> dict[str, Any]:
    return {
        "id": str(marker.id),
        "frame_in": marker.frame_in,
        "frame_out": marker.frame_out,
        "timecode_in": film.timecode and film.timecode.text(marker.frame_in),
        "media_ms": ms_of(marker.frame_in, film.rate),
        "text": marker.text,
        "category": marker.category.value,
        "status": marker.status.value,
        "author": marker.author,
        "created_at": marker.created_at,
    }
