"""What the stored snapshots of a chart depend on: the tree of its states, their kinds, and which have a timer or work.

Transitions, guards, effects and words are none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, product
from math import prod
from typing import TYPE_CHECKING

from attrs import frozen

from lossy.charts.model import HISTORIES, Chart, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of a chart with more configurations only so many are tried: a check has to end, and faults are of single states.
CONFIGURATIONS = 10_000


@frozen
class Outline:
    """What a snapshot depends on of one state."""

    parent: str | None
    kind: Kind
    timer: bool = False
    during: bool = False


Shape = Mapping[str, Outline]  # in document order


def shape(chart: Chart) -> Shape:
    return {
        node.id: Outline(node.parent, node.kind, node.timer is not None, node.during is not None)
        for node in sorted(chart.nodes.values(), key=lambda node: node.order)
    }


def differences(then: Shape, now: Shape) -> list[str]:
    """In what one shape is not the other, in words. Order is nothing."""
    words = [f"{id!r} is new" for id in now if id not in then]
    words += [f"{id!r} is gone" for id in then if id not in now]
    for id in (id for id in now if id in then):
        words += _different(id, then[id], now[id])
    return words


def _different(id: str, then: Outline, now: Outline) -> Iterator[str]:
    if then.kind is not now.kind:
        yield f"{id!r} was {then.kind.value} and is {now.kind.value}"
    if then.parent != now.parent:
        yield f"{id!r} is inside {repr(now.parent) if now.parent else 'no other state'} now"
    if then.timer != now.timer:
        yield f"{id!r} {_has(now.timer)} a timer"
    if then.during != now.during:
        yield f"{id!r} {_has(now.during)} work"


def _has(something: bool) -> str:
    return "now has" if something else "no longer has"


def configurations(shape: Shape) -> Iterator[frozenset[str]]:
    """Every configuration that the tree of states allows, reachable or not; CONFIGURATIONS at most."""
    tops = (id for id, outline in shape.items() if outline.parent is None)
    return islice((each for top in tops for each in _below(shape, top)), CONFIGURATIONS)


def how_many(shape: Shape) -> int:
    return sum(_count(shape, id) for id, outline in shape.items() if outline.parent is None)


def _below(shape: Shape, id: str) -> Iterator[frozenset[str]]:
    inside, here = children(shape, id), frozenset({id})
    if not inside:
        yield here
    elif shape[id].kind is Kind.PARALLEL:
        regions = ([*islice(_below(shape, child), CONFIGURATIONS)] for child in inside)
        yield from (here.union(*each) for each in product(*regions))
    else:
        yield from (here | each for child in inside for each in _below(shape, child))


def _count(shape: Shape, id: str) -> int:
    counts = [_count(shape, child) for child in children(shape, id)]
    return (prod(counts) if shape[id].kind is Kind.PARALLEL else sum(counts)) if counts else 1


def children(shape: Shape, id: str) -> list[str]:
    return [child for child, outline in shape.items() if outline.parent == id and outline.kind not in HISTORIES]
