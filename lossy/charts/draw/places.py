"""Where `tools/draw` put everything, read from its JSON values. Places are px from the upper left corner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from attrs import frozen

Point = tuple[float, float]


@frozen
class Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def meets(self, other: Box) -> bool:
        """Whether they have more than a border in common."""
        beside = self.right <= other.x or other.right <= self.x
        return not (beside or self.bottom <= other.y or other.bottom <= self.y)


@frozen
class Places:
    width: float
    height: float
    boxes: Mapping[str, Box]
    labels: Mapping[str, Box]  # by arrow
    lines: Mapping[str, tuple[Point, ...]]  # by arrow, from its source to its target, corner to corner


def read(laid_out: Mapping[str, Any]) -> Places:
    return Places(
        laid_out["width"],
        laid_out["height"],
        {id: Box(**box) for id, box in laid_out["boxes"].items()},
        {id: Box(**box) for id, box in laid_out["labels"].items()},
        _lines(laid_out["lines"]),
    )


def _lines(parts: list[dict[str, Any]]) -> dict[str, tuple[Point, ...]]:
    points: dict[str, list[Point]] = defaultdict(list)
    for part in sorted(parts, key=lambda part: part["part"]):
        points[part["arrow"]] += [(point["x"], point["y"]) for point in part["points"]]
    return {arrow: _corners(line) for arrow, line in points.items()}


def _corners(points: list[Point]) -> tuple[Point, ...]:
    """Without those that the line passes straight."""
    distinct = [point for point, _ in groupby(points)]
    corners = distinct[:1]
    for before, here, after in zip(distinct, distinct[1:], distinct[2:], strict=False):
        if not (before[0] == here[0] == after[0] or before[1] == here[1] == after[1]):
            corners.append(here)
    return (*corners, distinct[-1])
