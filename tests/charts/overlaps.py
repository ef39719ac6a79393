"""What overlaps in a laid-out chart and must not: titles, labels, boxes, lines that run through or along something."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from attrs import frozen

from lossy.charts.draw.finish import finished
from lossy.charts.draw.graph import ABOVE, MARGIN
from lossy.charts.draw.places import Box
from lossy.charts.draw.scene import ROOT, any_of, head, initial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.charts.draw.places import Places
    from lossy.charts.draw.scene import Scene

LINE = 0.2  # how wide a line is taken to be, px


@frozen
class Drawn:
    """The parts of a drawing by name. `around` are, for each box, the boxes it stands in."""

    texts: Mapping[str, Box]
    boxes: Mapping[str, Box]
    around: Mapping[str, frozenset[str]]
    lines: Mapping[str, tuple[tuple[float, float], ...]]


def drawn(scene: Scene, raw: Places) -> Drawn:
    """As `svg` draws it. A region has no box; its title is a text like that of others with states inside."""
    places, nodes = finished(scene, raw), scene.chart.nodes
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
    for (one, first), (other, second) in combinations(drawn.texts.items(), 2):
        if first.meets(second):
            yield one, other
    for (one, first), (other, second) in combinations(drawn.boxes.items(), 2):
        within = one in drawn.around[other] or other in drawn.around[one]
        if first.meets(second) and not within:
            yield one, other
    for text, place in drawn.texts.items():
        for id, box in drawn.boxes.items():
            holds_others = any(id in around for around in drawn.around.values())
            if place.meets(box) and not (holds_others and _within(place, box)):
                yield text, id


def crossed(drawn: Drawn) -> Iterator[tuple[str, str]]:
    """Lines that run through a text."""
    for id, line in drawn.lines.items():
        for piece in _pieces(line):
            yield from ((id, text) for text, place in drawn.texts.items() if piece.meets(place))


def through(drawn: Drawn) -> Iterator[tuple[str, str]]:
    """Lines that run through a box that they neither begin nor end at, and that has no others inside."""
    holding = frozenset[str]().union(*drawn.around.values())
    empty = {id: box for id, box in drawn.boxes.items() if id not in holding}
    for id, line in drawn.lines.items():
        ends = id.split(" → ")
        for piece in _pieces(line):
            yield from ((id, other) for other, box in empty.items() if other not in ends and piece.meets(box))


def along(drawn: Drawn) -> Iterator[tuple[str, str]]:
    """Two lines of which one hides a part of the other. Where they cross, they hide nothing."""
    pieces = [(id, piece) for id, line in drawn.lines.items() for piece in _pieces(line)]
    for (one, first), (other, second) in combinations(pieces, 2):
        upright = first.height > first.width
        if one != other and upright == (second.height > second.width) and first.meets(second):
            shared = _shared(first, second, upright)
            if shared > 2 * LINE:
                yield one, other


def _shared(first: Box, second: Box, upright: bool) -> float:
    if upright:
        return min(first.bottom, second.bottom) - max(first.y, second.y)
    return min(first.right, second.right) - max(first.x, second.x)


def _pieces(line: tuple[tuple[float, float], ...]) -> Iterator[Box]:
    for (x, y), (to_x, to_y) in pairwise(line):
        yield Box(min(x, to_x) - LINE / 2, min(y, to_y) - LINE / 2, abs(x - to_x) + LINE, abs(y - to_y) + LINE)


def _within(inner: Box, outer: Box) -> bool:
    beside = outer.x <= inner.x and inner.right <= outer.right
    return beside and outer.y <= inner.y and inner.bottom <= outer.bottom
