"""The marker EDL of DaVinci Resolve: what its "Timeline Markers to EDL" writes and "... from EDL" reads.

An event of one frame is a marker; the line after it has its note, then its colour, name and length behind bars.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from lossy.domain.export.sheet import Colour
from lossy.domain.export.words import one_line, tagged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lossy.domain.export.sheet import Marker, Sheet
    from lossy.domain.smpte import Timecode

# Resolve has neither magenta nor orange.
COLOURS: Mapping[Colour, str] = {
    **{colour: colour.value.title() for colour in Colour},
    Colour.MAGENTA: "Fuchsia",
    Colour.ORANGE: "Sand",
}

BAR, BROKEN_BAR = "|", "\N{BROKEN BAR}"

# A note on this line must not look like a statement of the EDL: a number makes an event of it, and Resolve loses the
# marker; an asterisk makes a comment; words in capitals are statements (TITLE, FCM, M2, FROM CLIP NAME, LOC).
STATEMENT = re.compile(r"[0-9*]|[A-Z][A-Z0-9]|- ")


def edl(sheet: Sheet) -> str:
    """Raises TimecodeError. Resolve keeps one marker of each frame, so notes that begin on one frame are one."""
    timecode = sheet.film.numbered
    mode = "DROP FRAME" if timecode.drop else "NON-DROP FRAME"
    head = f"TITLE: {one_line(sheet.film.title)}\nFCM: {mode}\n"
    frames = groupby(sheet.markers, key=lambda marker: marker.frame_in)
    return head + "".join(_event(number, [*markers], timecode) for number, (_, markers) in enumerate(frames, 1))


def _event(number: int, markers: Sequence[Marker], timecode: Timecode) -> str:
    first = markers[0].frame_in
    span = f"{timecode.text(first)} {timecode.text(first + 1)}"
    name = ", ".join(dict.fromkeys(marker.category.value for marker in markers))
    length = max(marker.last_frame for marker in markers) - first + 1
    marks = f"|C:ResolveColor{COLOURS[markers[0].colour]} |M:{name} |D:{length}"
    return f"\n{number:03}  001      V     C        {span} {span}\n{_note(markers)} {marks}\n"


def _note(markers: Iterable[Marker]) -> str:
    note = " ".join(tagged(one_line(marker.text).replace(BAR, BROKEN_BAR), marker.id) for marker in markers)
    return guarded(note)


def guarded(note: str) -> str:
    return f"- {note}" if STATEMENT.match(note) else note


def unguarded(note: str) -> str:
    rest = note.removeprefix("- ")
    return rest if STATEMENT.match(rest) else note
