"""Markdown (CommonMark): a list for people. The ids are in comments, which no reader shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lossy.domain.export.words import one_line
from lossy.domain.timecode import range_text

if TYPE_CHECKING:
    from lossy.domain.export.sheet import Film, Marker, Sheet

# What has a meaning within a line. What has one at its beginning alone cannot be there: an item begins with its time.
_MARKUP = re.compile(r"[\\`*_\[\]<>&~|!$^]")


def markdown(sheet: Sheet) -> str:
    film = sheet.film
    numbers = f", timecode from {film.timecode.text(0)}" if film.timecode else ""
    head = f"# Notes on {_escaped(film.title)}\n\n{film.rate} frames a second{numbers}.\n"
    items = "".join(_item(film, marker) for marker in sheet.markers)
    return f"{head}\n{items}" if items else head


def _item(film: Film, marker: Marker) -> str:
    words = f"{_escaped(marker.text)} *({_escaped(_about(marker))})*"
    return f"- **{_when(film, marker)}** {words} <!-- lossy {marker.id} -->\n"


def _about(marker: Marker) -> str:
    return ", ".join((marker.category.value, marker.status.value, marker.author))


def _when(film: Film, marker: Marker) -> str:
    if film.timecode is None:
        return range_text(marker.frame_in, marker.frame_out, film.rate)
    ends = [marker.frame_in] if marker.frame_out is None else [marker.frame_in, marker.frame_out]
    return " \N{EN DASH} ".join(map(film.timecode.text, ends))


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", one_line(text))
