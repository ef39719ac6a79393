"""What is found in the file of an editor's tool."""

from __future__ import annotations

from uuid import UUID

from attrs import frozen

from lossy.domain.notes import MAX_TEXT, Category

# A long film has some hundred notes, and a marker takes 150 bytes in an EDL and 1,500 in OpenTimelineIO.
MAX_IMPORTED = 2_000
MAX_FILE = 4_000_000  # bytes

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


def found(path: str, first: int, length: int, text: str, category: Category | None, id: UUID | None) -> Found:
    """A marker of one frame is of a moment. Raises ImportFault."""
    if first < 0:
        raise ImportFault(path, "It is before the film begins; another start timecode may be meant.")
    if len(text) > MAX_TEXT:
        raise ImportFault(path, f"A note may have {MAX_TEXT} characters.")
    return Found(first, first + length - 1 if length > 1 else None, text or WORDLESS, category, id)


def check_count(markers: list[Found], path: str) -> None:
    """Raises ImportFault."""
    if len(markers) > MAX_IMPORTED:
        raise ImportFault(path, f"One file may have {MAX_IMPORTED} markers; make several of it.")


def category_named(name: str) -> Category | None:
    return Category(name) if name in [*Category] else None
