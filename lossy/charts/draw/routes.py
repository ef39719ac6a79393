"""The way of each arrow through the islands of a drawing.

An island is what is laid out in one piece: the chart around its parallel states, and each region of one. An arrow
that crosses the border of a region leaves it by an exit at the region's edge, and goes on from a port of the parallel
state at the same spot. An arrow is `back` when its target stands before its source in the file: ELK gets it turned
round, so it sees no cycles, and what comes first in the file stands above.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from lossy.charts.draw.scene import ROOT, Arrow, Scene, any_of, initial
from lossy.charts.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator


@frozen
class Leg:
    """The part of an arrow in one island; `part` counts them from its source."""

    arrow: Arrow
    part: int
    source: str
    target: str
    back: bool


@frozen
class Exit:
    """Where an arrow crosses the border of a region, and of the parallel state around it."""

    id: str
    arrow: str
    part: int  # of the leg inside
    up: bool  # by the upper border
    inward: bool


@frozen
class Port:
    """Where an arrow meets the border of a parallel state. Without an exit it goes no further."""

    id: str
    up: bool
    exit: str | None


@frozen
class _Stop:
    """A state, pseudostate or parallel state on the way, and the island it stands in."""

    id: str
    island: str


def area(id: str) -> str:
    """The island of a region that is no compound state, and so has a box of its own within."""
    return f"{id}:area"


@define(eq=False)
class Routes:
    scene: Scene
    arrows: list[Arrow] = field(init=False)
    owners: dict[str, str] = field(init=False)  # of the pseudostates
    legs: dict[str, list[Leg]] = field(factory=lambda: defaultdict(list))  # by island
    exits: dict[str, list[Exit]] = field(factory=lambda: defaultdict(list))  # by island
    ports: dict[str, list[Port]] = field(factory=lambda: defaultdict(list))  # by parallel state

    def __attrs_post_init__(self) -> None:
        self.arrows = [*self.scene.arrows()]
        ids = (ROOT, *self.scene.chart.nodes)
        self.owners = {pseudo(id): id for id in ids for pseudo in (initial, any_of)}
        for arrow in self.arrows:
            self.lay(arrow)

    def lay(self, arrow: Arrow) -> None:
        out, into = [*self.stops(arrow.source)], [*self.stops(arrow.target)]
        while len(out) > 1 and len(into) > 1 and out[-2].island == into[-2].island:
            out.pop()
            into.pop()
        back = self.is_back(arrow)
        left = self.leave(arrow, out, back)
        self.enter(arrow, into, back, left, part=len(out) - 1)

    def leave(self, arrow: Arrow, out: list[_Stop], back: bool) -> str:
        """Lays the legs up to the island that both ends have in common; the result is where they end in it."""
        at = self.end(out[0].id, arrow, up=back)
        for part, (stop, outer) in enumerate(pairwise(out)):
            exit = Exit(f"{stop.island}|{arrow.id}", arrow.id, part, back, inward=False)
            self.exits[stop.island].append(exit)
            self.legs[stop.island].append(Leg(arrow, part, at, exit.id, back))
            at = self.port(outer.id, arrow, up=back, exit=exit.id)
        return at

    def enter(self, arrow: Arrow, into: list[_Stop], back: bool, at: str, part: int) -> None:
        for outer, stop in pairwise(reversed(into)):
            exit = Exit(f"{stop.island}|{arrow.id}", arrow.id, part + 1, not back, inward=True)
            self.exits[stop.island].append(exit)
            port = self.port(outer.id, arrow, up=not back, exit=exit.id)
            self.legs[outer.island].append(Leg(arrow, part, at, port, back))
            part, at = part + 1, exit.id
        last = self.end(into[0].id, arrow, up=not back)
        self.legs[into[0].island].append(Leg(arrow, part, at, last, back))

    def stops(self, id: str) -> Iterator[_Stop]:
        """From an end outwards: itself, then each parallel state around it."""
        nodes, stop = self.scene.chart.nodes, id
        while (around := self.around(id)) is not None:
            if nodes[around].kind is Kind.PARALLEL:
                yield _Stop(stop, area(id))
                stop = around
            elif self.scene.is_region(nodes[around]):
                yield _Stop(stop, around)
                stop = around = str(nodes[around].parent)
            id = around
        yield _Stop(stop, ROOT)

    def around(self, id: str) -> str | None:
        owner = self.owners.get(id)
        return self.scene.chart.nodes[id].parent if owner is None else None if owner == ROOT else owner

    def is_back(self, arrow: Arrow) -> bool:
        source, target = self.place(arrow.source), self.place(arrow.target)
        return next((a > b for a, b in zip(source, target, strict=False) if a != b), False)

    def place(self, id: str) -> list[int]:
        """Its place in the file, after that of each state around it. A pseudostate comes first in its state."""
        around = self.around(id)
        outer = [] if around is None else self.place(around)
        return [*outer, -1 if id in self.owners else self.scene.chart.nodes[id].order]

    def end(self, id: str, arrow: Arrow, *, up: bool) -> str:
        """A parallel state is joined at a port, since it may have others already."""
        nodes = self.scene.chart.nodes
        parallel = id in nodes and nodes[id].kind is Kind.PARALLEL
        return self.port(id, arrow, up=up, exit=None) if parallel else id

    def port(self, id: str, arrow: Arrow, *, up: bool, exit: str | None) -> str:
        port = Port(f"{id}|{arrow.id}|port", up, exit)
        self.ports[id].append(port)
        return port.id
