"""The graph that ELK lays out, as JSON values: every box and label with its size, nothing with a place.

It is a tree of states. Each island holds its edges, and its exits as points at its upper or lower border; a parallel
state has `regions`, one island each, which `tools/draw` puts side by side.
"""

from __future__ import annotations

from math import ceil
from typing import Any

from lossy.charts.draw.routes import Exit, Leg, Port, Routes, area
from lossy.charts.draw.scene import ROOT, Scene, any_of, head, initial
from lossy.charts.model import HISTORIES, Kind, Node

Graph = dict[str, Any]

MARGIN, ABOVE = 12, 8  # beside, and above and below, the text in a box, px
TITLE = 20  # height of a title's line, px
RING = 22  # room for a final state's ring before its title, px
DOT, HISTORY = 10, 24  # diameters, px
EXIT = 2  # width of a point at the border, px; even, as ELK puts a line at a whole number
ANY = (66, 20)  # width and height, px
EDGE = 16  # between the border of a state and those inside, px
BESIDE = 4  # between a line and its label, px

LAYER = "elk.layered.layering.layerConstraint"
LAYERED = {
    "elk.algorithm": "layered",
    "elk.direction": "DOWN",
    "elk.edgeRouting": "ORTHOGONAL",
    "elk.hierarchyHandling": "INCLUDE_CHILDREN",
    "elk.json.shapeCoords": "ROOT",
    "elk.json.edgeCoords": "ROOT",
    "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
    "elk.edgeLabels.placement": "CENTER",
    "elk.layered.edgeLabels.sideSelection": "SMART_UP",
    "elk.layered.spacing.nodeNodeBetweenLayers": "22",
    "elk.layered.spacing.edgeNodeBetweenLayers": "12",
    "elk.layered.spacing.edgeEdgeBetweenLayers": "10",
    "elk.spacing.nodeNode": "22",
    "elk.spacing.edgeNode": "14",
    "elk.spacing.edgeEdge": "12",
    "elk.spacing.edgeLabel": "2",
    "elk.spacing.componentComponent": "22",
}
AROUND = LAYERED | {"elk.padding": f"[top={EDGE},left={EDGE},bottom={EDGE},right={EDGE}]"}
# The title has its own room, as a node of the first layer, which lines from outside pass by.
BELOW_TITLE = LAYERED | {"elk.padding": f"[top=2,left={EDGE},bottom={EDGE},right={EDGE}]"}


def graph(scene: Scene) -> Graph:
    return _Graph(scene).whole()


def head_of(scene: Scene, node: Node) -> tuple[int, int]:
    """Width and height of the title and the text below it, with their margins."""
    title, text = scene.title(node), scene.text(node)
    ring = RING if node.kind is Kind.FINAL else 0
    return ceil(max(title.width + ring, text.width)) + 2 * MARGIN, TITLE + text.height + 2 * ABOVE


class _Graph:
    def __init__(self, scene: Scene) -> None:
        self.scene, self.routes = scene, Routes(scene)
        self.nodes = scene.chart.nodes
        self.sources = {arrow.source for arrow in self.routes.arrows}

    def whole(self) -> Graph:
        tops = [self.state(node) for node in self.nodes.values() if node.parent is None]
        return self.island(ROOT, [_point(initial(ROOT), DOT), *tops], AROUND)

    def state(self, node: Node) -> Graph:
        if node.kind in HISTORIES:
            return _point(node.id, HISTORY)
        if node.kind is Kind.PARALLEL:
            return self.parallel(node)
        if node.children:
            return {"id": node.id, "children": self.inside(node), "layoutOptions": BELOW_TITLE}
        return _box(node.id, *head_of(self.scene, node))

    def parallel(self, node: Node) -> Graph:
        width, height = head_of(self.scene, node)
        regions = [self.region(self.nodes[id]) for id in self.scene.chart.regions(node.id)]
        ports = [_port(port) for port in self.routes.ports[node.id]]
        return {"id": node.id, "regions": regions, "ports": ports, "head": height, "width": width}

    def region(self, node: Node) -> Graph:
        if self.scene.is_region(node):
            return self.island(node.id, self.inside(node), BELOW_TITLE)
        return self.island(area(node.id), [self.state(node)], AROUND)

    def inside(self, node: Node) -> list[Graph]:
        return [
            _box(head(node.id), *head_of(self.scene, node)) | {"layoutOptions": {LAYER: "FIRST"}},
            _point(initial(node.id), DOT),
            *([_box(any_of(node.id), *ANY)] if any_of(node.id) in self.sources else []),
            *(self.state(self.nodes[id]) for id in node.children),
        ]

    def island(self, id: str, children: list[Graph], options: dict[str, str]) -> Graph:
        exits = self.routes.exits[id]
        return {
            "id": id,
            "children": [*children, *map(_exit_point, exits)],
            "edges": [_edge(leg) for leg in self.routes.legs[id]],
            "exits": [_exit(exit) for exit in exits],
            "layoutOptions": options,
        }


def _edge(leg: Leg) -> Graph:
    source, target = (leg.target, leg.source) if leg.back else (leg.source, leg.target)
    return {
        "id": f"{leg.arrow.id}#{leg.part}",
        "sources": [source],
        "targets": [target],
        "labels": [_label(leg)] if leg.part == 0 and leg.arrow.label.entries else [],
        "arrow": leg.arrow.id,
        "part": leg.part,
        "back": leg.back,
    }


def _label(leg: Leg) -> Graph:
    label = leg.arrow.label
    # ELK leaves out a label without text.
    return {**_box(leg.arrow.id, ceil(label.width) + 2 * BESIDE, label.height), "text": "-"}


def _box(id: str, width: int, height: int) -> Graph:
    return {"id": id, "width": width, "height": height}


def _point(id: str, size: int) -> Graph:
    return _box(id, size, size)


def _exit_point(exit: Exit) -> Graph:
    layer = "FIRST_SEPARATE" if exit.up else "LAST_SEPARATE"
    return {**_point(exit.id, EXIT), "layoutOptions": {LAYER: layer}}


def _exit(exit: Exit) -> Graph:
    return {"id": exit.id, "arrow": exit.arrow, "part": exit.part, "up": exit.up, "inward": exit.inward}


def _port(port: Port) -> Graph:
    return {"id": port.id, "up": port.up, "exit": port.exit}
