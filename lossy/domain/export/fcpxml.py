"""FCPXML 1.9 for Final Cut Pro: a project that holds one gap, with the notes as markers on it.

A marker with `completed` is a to-do, red until it is ticked; praise asks for nothing and is an ordinary marker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from lossy.domain.export.words import tagged
from lossy.domain.export.xml import add, written
from lossy.domain.notes import Category

if TYPE_CHECKING:
    from lossy.domain.export.sheet import Marker, Sheet
    from lossy.domain.smpte import Timecode

VERSION = "1.9"
FORMAT = "r1"


def fcpxml(sheet: Sheet) -> str:
    """Raises TimecodeError. Times are whole frames, as fractions of seconds."""
    timecode = sheet.film.numbered
    title, start, duration = sheet.film.title, _time(timecode.start, timecode), _time(sheet.end, timecode)
    root = Element("fcpxml", version=VERSION)
    add(add(root, "resources"), "format", id=FORMAT, frameDuration=_time(1, timecode), width="1920", height="1080")
    project = add(add(add(root, "library"), "event", name="Lossy"), "project", name=title)
    counting = "DF" if timecode.drop else "NDF"
    sequence = add(project, "sequence", format=FORMAT, duration=duration, tcStart=start, tcFormat=counting)
    gap = add(add(sequence, "spine"), "gap", name="Gap", offset=start, start=start, duration=duration)
    for marker in sheet.markers:
        _add_marker(gap, marker, timecode)
    return written(root)


def _add_marker(gap: Element, marker: Marker, timecode: Timecode) -> None:
    element = add(
        gap,
        "marker",
        start=_time(timecode.start + marker.frame_in, timecode),
        duration=_time(marker.last_frame - marker.frame_in + 1, timecode),
        value=marker.text,
        note=tagged(f"{marker.category.value}, {marker.author}", marker.id),
    )
    if marker.category is not Category.PRAISE:
        element.set("completed", "0")


def _time(frames: int, timecode: Timecode) -> str:
    seconds, rest = divmod(frames * timecode.rate.den, timecode.rate.num)
    return f"{seconds}s" if rest == 0 else f"{frames * timecode.rate.den}/{timecode.rate.num}s"
