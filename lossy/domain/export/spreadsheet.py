"""CSV (RFC 4180), a row for each note."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lossy.domain.timecode import media_text, ms_of

if TYPE_CHECKING:
    from lossy.domain.export.sheet import Film, Marker, Sheet

COLUMNS = (
    "timecode_in",
    "timecode_out",
    "frame_in",
    "frame_out",
    "media_time",
    "text",
    "category",
    "status",
    "author",
    "created_at",
    "id",
)

# Excel takes a file without it for Windows-1252.
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"

# What a spreadsheet takes for a formula and runs, were it in a note; full-width forms too, where Japanese is set.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def spreadsheet(sheet: Sheet) -> str:
    written = io.StringIO(newline="")
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    rows.writerows(map(_cell, _row(sheet.film, marker)) for marker in sheet.markers)
    return BYTE_ORDER_MARK + written.getvalue()


def _row(film: Film, marker: Marker) -> list[str]:
    out = "" if marker.frame_out is None else str(marker.frame_out)
    return [
        _number(film, marker.frame_in),
        "" if marker.frame_out is None else _number(film, marker.frame_out),
        str(marker.frame_in),
        out,
        media_text(ms_of(marker.frame_in, film.rate)),
        marker.text,
        marker.category.value,
        marker.status.value,
        marker.author,
        datetime.fromtimestamp(marker.created_at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        str(marker.id),
    ]


def _number(film: Film, frame: int) -> str:
    return "" if film.timecode is None else film.timecode.text(frame)


def _cell(text: str) -> str:
    """An apostrophe first makes text of it; one there already gets another, so that taking one away gives it back."""
    return f"'{text}" if _FORMULA.match(text) else text
