"""Notes in the formats of others, as text. The same sheet always gives the same text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from attrs import frozen

from lossy.domain.export.avid import avid
from lossy.domain.export.document import document
from lossy.domain.export.edl import edl
from lossy.domain.export.fcpxml import fcpxml
from lossy.domain.export.markdown import markdown
from lossy.domain.export.otio import otio
from lossy.domain.export.premiere import premiere
from lossy.domain.export.sheet import EXPORTABLE, Said, Sheet, film, sheet
from lossy.domain.export.spreadsheet import spreadsheet
from lossy.domain.notes import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from lossy.domain.timecode import Rate

# Beyond these a file is of no use to anybody, and making it would keep others waiting.
MAX_EXPORTED = 10_000
MAX_EXPORTED_TEXT = 4_000_000  # characters, of all notes together

MAX_NAME = 80


class TooMuch(ValueError):
    """There are more notes than a file may have."""


@frozen
class Format:
    """`write` raises TimecodeError where the format needs a timecode and the film's rate has none."""

    title: str
    media_type: str
    suffix: str
    write: Callable[[Sheet], str]


FORMATS: Mapping[str, Format] = {
    "csv": Format("CSV, for spreadsheets", "text/csv", "csv", spreadsheet),
    "markdown": Format("Markdown, to read", "text/markdown", "md", markdown),
    "json": Format("JSON, for programs", "application/json", "json", document),
    "edl": Format("DaVinci Resolve: timeline markers", "text/plain", "edl", edl),
    "premiere": Format("Premiere Pro: Final Cut Pro 7 XML", "application/xml", "xml", premiere),
    "fcpxml": Format("Final Cut Pro: FCPXML", "application/xml", "fcpxml", fcpxml),
    "avid": Format("Avid Media Composer: markers as text", "text/plain", "txt", avid),
    "otio": Format("OpenTimelineIO", "application/json", "otio", otio),
}


@frozen
class Wanted:
    """Which notes, and how. `start` is the timecode of the film's first frame, the usual one without."""

    format: Format
    start: str | None = None
    drop_frame: bool = False
    statuses: AbstractSet[Status] = EXPORTABLE

    def write(self, video_id: UUID, title: str, rate: Rate, said: Iterable[Said]) -> str:
        """The notes of that video as a file. Raises TimecodeError."""
        of = film(video_id, title, rate, self.start, drop=self.drop_frame)
        return self.format.write(sheet(of, said, self.statuses))


def file_name(title: str, format: Format) -> str:
    """Of ASCII letters, digits, dots and hyphens alone, so that every system and header takes it."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9.]+", "-", plain)[:MAX_NAME].strip("-.")
    return f"{name or 'notes'}.{format.suffix}"
