"""Text as a drawing sets it: pieces, each with a role that decides its face, in lines of a given width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from lossy.charts.draw.sizes import Weight, width

if TYPE_CHECKING:
    from collections.abc import Iterable

Role = Literal["title", "region", "event", "timer", "guard", "action", "key", "plain"]

FACES: dict[Role, tuple[float, Weight]] = {  # font size in px, weight
    "title": (14, 600),
    "region": (12, 600),
    "event": (11, 500),
    "timer": (11, 500),
    "guard": (11, 400),
    "action": (11, 400),
    "key": (11, 400),
    "plain": (11, 400),
}
LINE = 16  # from one baseline to the next, px
ASCENT = 12  # from the top of a line to its baseline, px
INDENT = 10  # where a broken line goes on, px
SPACE = 3.2  # between two pieces, px
CLOCK = 18  # of a timer's text, where its clock ends, px
CHIP = 6  # behind a timer's text, px
UNBROKEN = 130  # a phrase up to this width stays on one line, px


class Piece(NamedTuple):
    """What stays on one line: a word or a short phrase."""

    role: Role
    text: str

    @property
    def text_width(self) -> float:
        return width(self.text, *FACES[self.role])

    @property
    def width(self) -> float:
        return self.text_width + (CLOCK + CHIP if self.role == "timer" else 0)


class Line(NamedTuple):
    pieces: tuple[Piece, ...]
    indent: float = 0.0

    @property
    def width(self) -> float:
        return self.indent + sum(piece.width for piece in self.pieces) + SPACE * (len(self.pieces) - 1)


def phrase(role: Role, text: str) -> tuple[Piece, ...]:
    """One piece, or its words where it is long."""
    whole = Piece(role, text)
    return (whole,) if whole.width <= UNBROKEN else tuple(Piece(role, word) for word in text.split(" "))


def broken(pieces: Iterable[Piece], most: float) -> tuple[Line, ...]:
    """In lines of at most `most` px; a single piece that is wider has a line of its own."""
    lines: list[Line] = []
    for piece in pieces:
        if lines and (longer := Line((*lines[-1].pieces, piece), lines[-1].indent)).width <= most:
            lines[-1] = longer
        else:
            lines.append(Line((piece,), INDENT if lines else 0))
    return tuple(lines)
