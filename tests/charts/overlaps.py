"""What overlaps in a laid-out chart and must not: titles, labels, boxes, lines that run through or along something."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from lossy.charts.draw.graph import ABOVE, MARGIN
from lossy.charts.draw.places import Box
from lossy.charts.draw.scene import ROOT, any_of, head, initial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lossy.charts.draw.places import Places
    from lossy.charts.draw.scene import Scene

T = TypeVar("T")

LINE = 0.2  # how wide a line is taken to be, px


@frozen
class Drawn:
    """The parts of a drawing by name. `around` are, for each box, the boxes it stands in."""

    texts: Mapping[str, Box]
    boxes: Mapping[str, Box]
    around: Mapping[str, frozenset[str]]
    lines: Mapping[str, tuple[tuple[float, float], ...]]


def drawn(scene: Scene, places: Places) -> Drawn:
    """Of finished places, as `svg` draws them. A region has no box; its title is a text like others'."""
    nodes = scene.chart.nodes
    titles = {f"title of {id}": _inner(places.boxes[head(id)]) for id, node in nodes.items() if node.children}
    owners = {pseudo(id): id for id in (ROOT, *nodes) for pseudo in (initial, any_of)}
    boxed = [id for id, node in nodes.items() if not scene.is_region(node)]
    boxes = {id: places.boxes[id] for id in (*boxed, *owners) if id in places.boxes}
    return Drawn({**places.labels, **titles}, boxes, {id: _around(scene, owners, id) for id in boxes}, places.lines)


def _inner(box: Box) -> Box:
    return Box(box.x + MARGIN, box.y + ABOVE, box.width - 2 * MARGIN, box.height - 2 * ABOVE)


def _around(scene: Scene, owners: Mapping[str, str], id: str) -> frozenset[str]:
    chart = scene.chart
    if id not in owners:
        return frozenset(chart.ancestors[id])
    return frozenset({owners[id], *chart.ancestors.get(owners[id], ())})


def overlaps(drawn: Drawn) -> Iterator[tuple[str, str]]:
    for (one, _), (other, _) in _among(drawn.texts.items()):
        yield one, other
    for (one, _), (other, _) in _among(drawn.boxes.items()):
        if one not in drawn.around[other] and other not in drawn.around[one]:
            yield one, other
    holding = _holding(drawn)
    for (text, place), (id, box) in _between(drawn.texts.items(), drawn.boxes.items()):
        if not (id in holding and _within(place, box)):
            yield text, id


def crossed(drawn: Drawn) -> Iterator[tuple[str, str]]:
    """Lines that run through a text."""
    for (id, _), (text, _) in _between(_pieces(drawn), drawn.texts.items()):
        yield id, text


def through(drawn: Drawn) -> Iterator[tuple[str, str]]:
    """Lines that run through a box that they neither begin nor end at, and that has no others inside."""
    holding = _holding(drawn)
    empty = [(id, box) for id, box in drawn.boxes.items() if id not in holding]
    for (id, _), (other, _) in _between(_pieces(drawn), empty):
        if other not in id.split(" → "):
            yield id, other


def along(drawn: Drawn) -> Iterator[tuple[str, str]]:
    """Two lines of which one hides a part of the other. Where they cross, they hide nothing."""
    for (one, first), (other, second) in _among(_pieces(drawn)):
        upright = first.height > first.width
        if one != other and upright == (second.height > second.width) and _shared(first, second, upright) > 2 * LINE:
            yield one, other


def _holding(drawn: Drawn) -> frozenset[str]:
    return frozenset[str]().union(*drawn.around.values())


def _among(boxes: Iterable[tuple[T, Box]]) -> Iterator[tuple[tuple[T, Box], tuple[T, Box]]]:
    """Each two that meet, the upper one first. They are gone through from above, which spares most comparisons."""
    still_there: list[tuple[T, Box]] = []
    for name, box in sorted(boxes, key=lambda named: named[1].y):
        still_there = [named for named in still_there if named[1].bottom > box.y]
        yield from ((above, (name, box)) for above in still_there if box.meets(above[1]))
        still_there.append((name, box))


def _between(
    ones: Iterable[tuple[str, Box]], others: Iterable[tuple[str, Box]]
) -> Iterator[tuple[tuple[str, Box], tuple[str, Box]]]:
    """Each of the ones with each of the others that it meets."""
    sided = [((side, name), box) for side, boxes in enumerate((ones, others)) for name, box in boxes]
    for pair in _among(sided):
        ((one, first), place), ((other, second), there) = sorted(pair, key=lambda named: named[0][0])
        if one != other:
            yield (first, place), (second, there)


def _shared(first: Box, second: Box, upright: bool) -> float:
    if upright:
        return min(first.bottom, second.bottom) - max(first.y, second.y)
    return min(first.right, second.right) - max(first.x, second.x)


def _pieces(drawn: Drawn) -> Iterator[tuple[str, Box]]:
    for id, line in drawn.lines.items():
        for (x, y), (to_x, to_y) in pairwise(line):
            left, top = min(x, to_x) - LINE / 2, min(y, to_y) - LINE / 2
            yield id, Box(left, top, abs(x - to_x) + LINE, abs(y - to_y) + LINE)


def _within(inner: Box, outer: Box) -> bool:
    beside = outer.x <= inner.x and inner.right <= outer.right
    return beside and outer.y <= inner.y and inner.bottom <= outer.bottom
