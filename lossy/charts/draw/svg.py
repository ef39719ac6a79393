"""A laid-out chart as SVG, the same bytes each time.

States are groups with `data-state`, and in `data-box` their place (x, y, width, height); lines and labels groups with
`data-transition`, the ids of the transitions with spaces between. A mark is a class on them, `is-added` and so on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from lossy.charts.draw import strokes
from lossy.charts.draw.finish import finished
from lossy.charts.draw.graph import ABOVE, BESIDE, MARGIN, RING, TITLE, head_of
from lossy.charts.draw.lines import ASCENT, LINE
from lossy.charts.draw.routes import area
from lossy.charts.draw.scene import BETWEEN, ROOT, any_of, head, initial
from lossy.charts.draw.strokes import number
from lossy.charts.draw.style import style
from lossy.charts.draw.wording import title
from lossy.charts.model import HISTORIES, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lossy.charts.draw.places import Box, Places
    from lossy.charts.draw.scene import Arrow, Entry, Label, Scene
    from lossy.charts.model import Node, Transition

BASELINE = 15  # of a title in its line, px
CORNER, OUTER_CORNER, PILL = 10, 14, 18  # radii of an atomic state, of one with others inside, of a final one, px


def svg(scene: Scene, places: Places, digest: str = "") -> str:
    """`digest` tells what the drawing was made of; it stands in `data-digest`."""
    chart, places = scene.chart, finished(scene, places)
    width, height = number(places.width), number(places.height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="name about" data-chart={quoteattr(chart.name)} data-digest="{digest}">',
        f'<title id="name">Statechart {escape(title(chart.name))}</title>',
        f'<desc id="about">{escape(chart.why)}</desc>',
        f"<style>{style()}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        *_states(scene, places),
        *_arrows(scene, places),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


# -- states -----------------------------------------------------------------------------------------------------------


def _states(scene: Scene, places: Places) -> Iterator[str]:
    """Those around others first, so that they lie below."""
    boxes = places.boxes
    yield strokes.circle("dot", boxes[initial(ROOT)])
    for node in scene.chart.nodes.values():
        if area(node.id) in boxes:
            yield from _borders(scene, boxes[str(node.parent)], node, boxes[area(node.id)])
        if node.id in boxes:
            yield from _state(scene, places, node)
        if initial(node.id) in boxes:
            yield strokes.circle("dot", boxes[initial(node.id)])
        if any_of(node.id) in boxes:
            yield _any(boxes[any_of(node.id)])


def _state(scene: Scene, places: Places, node: Node) -> Iterator[str]:
    box, mark = places.boxes[node.id], scene.marks.get(node.id)
    kinds = [node.kind.value, *([f"is-{mark}"] if mark else [])]
    place = " ".join(map(number, (box.x, box.y, box.width, box.height)))
    yield f'<g class="{" ".join(kinds)}" data-state={quoteattr(node.id)} data-box="{place}">{_tip(node.why)}'
    if node.kind in HISTORIES:
        yield _history(node, box)
    else:
        if scene.is_region(node):
            yield from _borders(scene, places.boxes[str(node.parent)], node, box)
        else:
            yield strokes.rect("box", box, _corner(node))
        yield from _text(scene, node, places.boxes.get(head(node.id), box))
    yield "</g>"


def _corner(node: Node) -> int:
    if node.kind is Kind.FINAL:
        return PILL
    return OUTER_CORNER if node.children else CORNER


def _text(scene: Scene, node: Node, box: Box) -> Iterator[str]:
    x, y = box.x + MARGIN, box.y + ABOVE
    ring = RING if node.kind is Kind.FINAL else 0
    if ring:
        yield strokes.ring(x + 7, y + BASELINE - 5)
    yield strokes.text(scene.title(node), x + ring, y + BASELINE)
    yield from _label(scene.text(node), x, y + TITLE)


def _borders(scene: Scene, around: Box, node: Node, box: Box) -> Iterator[str]:
    """Of a region: a rule below the title of the parallel state, dashes between it and its neighbours."""
    _, below_title = head_of(scene, scene.chart.nodes[str(node.parent)])
    above = "rule" if box.y < around.y + below_title + 1 else "dashed"
    yield strokes.line(above, (box.x, box.y), (box.right, box.y))
    if box.x > around.x:
        yield strokes.line("dashed", (box.x, box.y), (box.x, box.bottom))


def _any(box: Box) -> str:
    return f'<g class="pseudo">{strokes.rect("", box, box.height / 2)}{strokes.centred("any state", box)}</g>'


def _history(node: Node, box: Box) -> str:
    letter = "H*" if node.kind is Kind.DEEP else "H"
    return f'<g class="pseudo">{strokes.circle("", box)}{strokes.centred(letter, box)}</g>'


# -- arrows -----------------------------------------------------------------------------------------------------------


def _arrows(scene: Scene, places: Places) -> Iterator[str]:
    arrows = [*scene.arrows()]
    for arrow in arrows:
        line = places.lines[arrow.id]
        yield f"<g{_of(arrow)}>{strokes.path(line)}{strokes.head(line)}</g>"
    for arrow in arrows:
        if arrow.id in places.labels:
            box = places.labels[arrow.id]
            yield from _label(arrow.label, box.x + BESIDE, box.y)


def _of(arrow: Arrow) -> str:
    """The attributes of a line. It has a mark when all its transitions have the same one."""
    entries = arrow.label.entries
    marks = {entry.mark for entry in entries}
    return _attributes([t for entry in entries for t in entry.transitions], marks.pop() if len(marks) == 1 else None)


def _label(label: Label, x: float, y: float) -> Iterator[str]:
    for entry in label.entries:
        yield f"<g{_attributes(entry.transitions, entry.mark)}>{_tip(_why(entry))}"
        for line in entry.lines:
            yield from strokes.pieces(line, x, y + ASCENT)
            y += LINE
        yield "</g>"
        y += BETWEEN


def _attributes(transitions: Iterable[Transition], mark: str | None) -> str:
    ids = " ".join(transition.id for transition in transitions)
    of = f" data-transition={quoteattr(ids)}" if ids else ""
    return of + (f' class="is-{mark}"' if mark else "")


def _why(entry: Entry) -> str:
    return " ".join(dict.fromkeys(transition.why for transition in entry.transitions if transition.why))


def _tip(why: str) -> str:
    return f"<title>{escape(why)}</title>" if why else ""
