"""What is found in the file of an editor's tool."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.domain.notes import MAX_TEXT, Category
from lossy.domain.timecode import frame_at

if TYPE_CHECKING:
    from lossy.domain.timecode import Rate

# A long film has some hundred notes, and a marker takes 150 bytes in an EDL and 1,500 in OpenTimelineIO.
MAX_IMPORTED = 2_000
MAX_FILE = 4_000_000  # bytes

LONGEST_MS = 24 * 3_600_000  # no film is longer

# The words of a marker that has none.
WORDLESS = "Marker"


class ImportFault(ValueError):
    """The file cannot be taken. `path` leads to the fault: `line.7`, or `tracks.markers.3.marked_range`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


@frozen
class Found:
    """A marker at its frames of the film. `id` is the one it says it has: of a note that was exported."""

    frame_in: int
    frame_out: int | None
    text: str
    category: Category | None = None
    id: UUID | None = None


def at_frames(path: str, first: int, length: int, rate: Rate) -> tuple[int, int | None]:
    """A marker of one frame is of a moment. Raises ImportFault."""
    if first < 0:
        raise ImportFault(path, "It is before the film begins; another start timecode may be meant.")
    if first + length > frame_at(LONGEST_MS, rate):
        raise ImportFault(path, "It ends more than 24 hours after the film begins.")
    return first, first + length - 1 if length > 1 else None


def in_words(path: str, text: str) -> str:
    """Raises ImportFault."""
    if len(text) > MAX_TEXT:
        raise ImportFault(path, f"A note may have {MAX_TEXT} characters.")
    if "\0" in text:
        raise ImportFault(path, "It must not hold the character NUL.")
    return text or WORDLESS


def check_count(markers: list[Found], path: str) -> None:
    """Raises ImportFault."""
    if len(markers) > MAX_IMPORTED:
        raise ImportFault(path, f"One file may have {MAX_IMPORTED} markers; make several of it.")


def category_named(name: str) -> Category | None:
    return Category(name) if name in [*Category] else None
