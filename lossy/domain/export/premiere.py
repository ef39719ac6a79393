"""Final Cut Pro 7 XML ("xmeml"), the one file with markers that Premiere Pro imports: a sequence with them on it.

The sequence holds a slug as long as the notes reach: one with nothing in it has no length. Premiere takes the size of
a sequence from the format of its media.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from lossy.domain.export.sheet import Colour
from lossy.domain.export.words import tagged
from lossy.domain.export.xml import add, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.domain.export.sheet import Marker, Sheet
    from lossy.domain.smpte import Timecode

NO_OUT = -1  # the end of a marker that is of a moment

# Red, green and blue of the markers of Final Cut Pro 7; its turquoise is the nearest to cyan.
COLOURS: Mapping[Colour, tuple[int, int, int]] = {
    Colour.BLUE: (0, 128, 255),
    Colour.CYAN: (48, 191, 191),
    Colour.GREEN: (48, 191, 72),
    Colour.MAGENTA: (255, 0, 127),
    Colour.ORANGE: (255, 127, 0),
    Colour.PINK: (255, 0, 127),
    Colour.PURPLE: (127, 0, 255),
    Colour.RED: (255, 0, 0),
    Colour.YELLOW: (255, 255, 0),
}

# Premiere's own swatches, as it writes and reads them: the bytes of alpha, blue, green and red as one number. A marker
# that says none is green.
SWATCHES: Mapping[Colour, int] = {
    Colour.BLUE: 0xFFFC8D42,
    Colour.CYAN: 0xFFD6F419,
    Colour.MAGENTA: 0xFFB18BAF,
    Colour.ORANGE: 0xFF246FE9,
    Colour.PINK: 0xFFB18BAF,
    Colour.PURPLE: 0xFF863771,
    Colour.RED: 0xFF2C36D2,
    Colour.YELLOW: 0xFF2BA1D0,
}


def premiere(sheet: Sheet) -> str:
    """Raises TimecodeError."""
    timecode, end = sheet.film.numbered, sheet.end
    root = Element("xmeml", version="4")
    sequence = add(root, "sequence", id="sequence-1")
    add(sequence, "name", sheet.film.title)
    add(sequence, "duration", end)
    _add_rate(sequence, timecode)
    _add_timecode(sequence, timecode)
    _add_slug(sequence, timecode, end)
    for marker in sheet.markers:
        _add_marker(sequence, marker)
    return written(root)


def _add_marker(sequence: Element, marker: Marker) -> None:
    element = add(sequence, "marker")
    add(element, "name", marker.category.value)
    add(element, "comment", tagged(marker.text, marker.id))
    add(element, "in", marker.frame_in)
    add(element, "out", NO_OUT if marker.frame_out is None else marker.frame_out + 1)
    if swatch := SWATCHES.get(marker.colour):
        add(element, "pproColor", swatch)
    colour = add(element, "color")
    for name, value in zip(("alpha", "red", "green", "blue"), (0, *COLOURS[marker.colour]), strict=True):
        add(colour, name, value)


def _add_rate(parent: Element, timecode: Timecode) -> None:
    rate = add(parent, "rate")
    add(rate, "timebase", timecode.base)
    add(rate, "ntsc", _truth(timecode.rate.den != 1))


def _add_timecode(sequence: Element, timecode: Timecode) -> None:
    element = add(sequence, "timecode")
    _add_rate(element, timecode)
    add(element, "string", timecode.text(0))
    add(element, "frame", timecode.start)
    add(element, "displayformat", "DF" if timecode.drop else "NDF")


def _add_slug(sequence: Element, timecode: Timecode, end: int) -> None:
    video = add(add(sequence, "media"), "video")
    picture = add(add(video, "format"), "samplecharacteristics")
    _add_rate(picture, timecode)
    add(picture, "width", 1920)
    add(picture, "height", 1080)
    item = add(add(video, "track"), "generatoritem", id="slug-1")
    add(item, "name", "Slug")
    add(item, "duration", end)
    _add_rate(item, timecode)
    for name, frame in {"in": 0, "out": end, "start": 0, "end": end}.items():
        add(item, name, frame)
    effect = add(item, "effect")
    for name, value in {"name": "Slug", "effectid": "Slug", "effecttype": "generator", "mediatype": "video"}.items():
        add(effect, name, value)


def _truth(value: bool) -> str:
    return "TRUE" if value else "FALSE"
