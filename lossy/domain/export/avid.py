"""Markers of Avid Media Composer as the text that its Markers window imports: a line each, with tabs between.

User, timecode, track, colour, comment, length in frames. Its other way in, an EDL, makes a sequence without markers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.domain.export.sheet import Colour
from lossy.domain.export.words import one_line, tagged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.domain.export.sheet import Marker, Sheet
    from lossy.domain.smpte import Timecode

TRACK = "V1"

# Every version has these eight.
COLOURS: Mapping[Colour, str] = {
    **{colour: colour.value.lower() for colour in Colour},
    Colour.ORANGE: "yellow",
    Colour.PINK: "magenta",
    Colour.PURPLE: "magenta",
}


def avid(sheet: Sheet) -> str:
    """Raises TimecodeError."""
    return "".join(_line(marker, sheet.film.numbered) for marker in sheet.markers)


def _line(marker: Marker, timecode: Timecode) -> str:
    fields = (
        one_line(marker.author),
        timecode.text(marker.frame_in),
        TRACK,
        COLOURS[marker.colour],
        tagged(one_line(marker.text), marker.id),
        str(marker.last_frame - marker.frame_in + 1),
    )
    return "\t".join(fields) + "\n"
