"""What is mended after the layout: lines that jog for a few pixels, and titles that stand far from their corner."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from attrs import evolve

from lossy.charts.draw.graph import head_of
from lossy.charts.draw.places import Box, Places, Point
from lossy.charts.draw.scene import any_of, head, initial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lossy.charts.draw.scene import Arrow, Scene
    from lossy.charts.model import Node

Line = tuple[Point, ...]

JOG = 12  # the widest that is straightened, px
CORNER = 12  # between an end and the corner of its box, px
CLEAR = 4  # on each side of a line, px; texts have a margin of their own


def finished(scene: Scene, places: Places) -> Places:
    straight = evolve(places, lines=_straightened(scene, places))
    titled = [node for node in scene.chart.nodes.values() if node.children]
    lines = [box for line in straight.lines.values() for box in _uprights(line)]
    heads = {head(node.id): _head(scene, straight, lines, node) for node in titled}
    return evolve(straight, boxes={**places.boxes, **heads})


# -- lines ------------------------------------------------------------------------------------------------------------


def _straightened(scene: Scene, places: Places) -> dict[str, Line]:
    lines = dict(places.lines)
    uprights = {id: [*_uprights(line)] for id, line in lines.items()}

    def in_the_way(arrow: Arrow) -> Iterator[Box]:
        yield from places.labels.values()
        yield from (box for id, boxes in uprights.items() if id != arrow.id for box in boxes)

    for arrow in scene.arrows():
        source, target = places.boxes[arrow.source], places.boxes[arrow.target]
        begun = _without_jog(lines[arrow.id], source, in_the_way(arrow))
        lines[arrow.id] = _without_jog(begun[::-1], target, in_the_way(arrow))[::-1]
        uprights[arrow.id] = [*_uprights(lines[arrow.id])]
    return lines


def _without_jog(line: Line, box: Box, in_the_way: Iterable[Box]) -> Line:
    """The line with its first point moved along the border of `box`, where that is free."""
    if len(line) < 4 or line[0][0] != line[1][0] or line[2][0] != line[3][0]:
        return line
    (old, y), x, turn = line[0], line[2][0], line[1][1]
    moved = Box(x - CLEAR, min(y, turn), 2 * CLEAR, abs(turn - y))
    near = abs(x - old) <= JOG and box.x + CORNER <= x <= box.right - CORNER
    return ((x, y), *line[3:]) if near and not any(map(moved.meets, in_the_way)) else line


# -- titles -----------------------------------------------------------------------------------------------------------


def _head(scene: Scene, places: Places, lines: Sequence[Box], node: Node) -> Box:
    """As far left as what stands beside it and the lines that enter from above leave room."""
    border = places.boxes[node.id]
    width, height = head_of(scene, node)
    at = places.boxes.get(head(node.id), Box(border.right - width, border.y, width, height))
    inside = [places.boxes.get(id) for id in (initial(node.id), any_of(node.id), *node.children)]
    strip = evolve(at, x=border.x, width=border.width)
    beside = [*(box for box in inside if box), *places.labels.values(), *lines]
    in_the_way = [box for box in beside if strip.meets(box)]
    free = (evolve(at, x=x) for x in sorted([border.x, *(box.right for box in in_the_way)]) if x <= at.x)
    return next((moved for moved in free if not any(map(moved.meets, in_the_way))), at)


def _uprights(line: Line) -> Iterator[Box]:
    for (x, y), (to_x, to_y) in pairwise(line):
        if x == to_x:
            yield Box(x - CLEAR, min(y, to_y), 2 * CLEAR, abs(y - to_y))
