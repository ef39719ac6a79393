"""The elements of SVG that a drawing is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from lossy.charts.draw.lines import CLOCK, SPACE, Line, Piece

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.charts.draw.places import Box, Point

ROUND = 7  # radius of an arrow's corners, px
HEAD, HALF = 7, 3.2  # length and half the width of an arrow's head, px


def number(value: float) -> str:
    """To a tenth of a pixel, which is finer than anybody sees."""
    return f"{value:.1f}".removesuffix(".0")


def rect(kind: str, box: Box, round: float) -> str:
    return (
        f'<rect class="{kind}" x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" '
        f'height="{number(box.height)}" rx="{number(round)}"/>'
    )


def circle(kind: str, box: Box) -> str:
    r = box.width / 2
    return f'<circle class="{kind}" cx="{number(box.x + r)}" cy="{number(box.y + r)}" r="{number(r)}"/>'


def ring(x: float, y: float) -> str:
    """A final state's sign."""
    at = f'cx="{number(x)}" cy="{number(y)}"'
    return f'<circle class="ring" {at} r="6.5"/><circle class="dot" {at} r="3.5"/>'


def line(kind: str, start: Point, end: Point) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<path class="{kind}" d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}"/>'


# -- text -------------------------------------------------------------------------------------------------------------


def text(piece: Piece, x: float, baseline: float) -> str:
    """With its width, so that a wider font than was measured is set closer instead of running over."""
    return (
        f'<text class="{piece.role}" x="{number(x)}" y="{number(baseline)}" textLength="{number(piece.text_width)}" '
        f'lengthAdjust="spacingAndGlyphs">{escape(piece.text)}</text>'
    )


def centred(words: str, box: Box) -> str:
    x, y = box.x + box.width / 2, box.y + box.height / 2 + 4
    return f'<text x="{number(x)}" y="{number(y)}" text-anchor="middle">{escape(words)}</text>'


def pieces(line: Line, x: float, baseline: float) -> Iterator[str]:
    x += line.indent
    for piece in line.pieces:
        if piece.role == "timer":
            yield _chip(x, baseline, piece.width)
        yield text(piece, x + (CLOCK if piece.role == "timer" else 0), baseline)
        x += piece.width + SPACE


def _chip(x: float, baseline: float, width: float) -> str:
    cx, cy = number(x + 10), number(baseline - 4)
    return (
        f'<rect class="chip" x="{number(x)}" y="{number(baseline - 11)}" width="{number(width)}" height="15" rx="7.5"/>'
        f'<circle class="clock" cx="{cx}" cy="{cy}" r="4.5"/>'
        f'<path class="clock" d="M{cx} {cy}v-2.5M{cx} {cy}l1.8 1.2"/>'
    )


# -- arrows -----------------------------------------------------------------------------------------------------------


def path(points: tuple[Point, ...]) -> str:
    """With rounded corners, and short of its end by half the head."""
    (x, y), *_ = points
    d = [f"M{number(x)} {number(y)}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        r = min(ROUND, _length(before, here) / 2, _length(here, after) / 2)
        d.append(f"L{_at(_towards(here, before, r))}Q{_at(here)} {_at(_towards(here, after, r))}")
    d.append(f"L{_at(_towards(points[-1], points[-2], HEAD / 2))}")
    return f'<path class="line" d="{"".join(d)}"/>'


def head(points: tuple[Point, ...]) -> str:
    (before, tip) = points[-2:]
    x, y = _towards(tip, before, HEAD)
    dx, dy = (0, HALF) if before[1] == tip[1] else (HALF, 0)
    corners = [(x - dx, y - dy), tip, (x + dx, y + dy)]
    return f'<path class="head" d="M{"L".join(map(_at, corners))}z"/>'


def _towards(start: Point, end: Point, by: float) -> Point:
    length = _length(start, end) or 1
    return start[0] + (end[0] - start[0]) * by / length, start[1] + (end[1] - start[1]) * by / length


def _length(start: Point, end: Point) -> float:
    return abs(start[0] - end[0]) + abs(start[1] - end[1])


def _at(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
