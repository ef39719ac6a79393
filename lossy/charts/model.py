"""A statechart as plain values: what a file compiles to, what a step takes and what it gives back.

Instants are integer milliseconds since the Unix epoch, durations are milliseconds. An event carries its own
time `at`; nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from attrs import field, frozen

from lossy.charts.value import value

Data = Mapping[str, Any]
EMPTY: Data = {}
AFTER = "after."  # begins the event that a timer is; the state whose timer it is follows


class ChartError(ValueError):
    """A chart, a snapshot or a table of names is not usable; its arguments are the faults, each with its path."""

    def __str__(self) -> str:
        return "; ".join(map(str, self.args))


class Kind(Enum):
    ATOMIC = "atomic"
    COMPOUND = "compound"
    PARALLEL = "parallel"
    FINAL = "final"
    SHALLOW = "shallow"
    DEEP = "deep"


HISTORIES = frozenset({Kind.SHALLOW, Kind.DEEP})


class Restore(Enum):
    """What a timer's deadline becomes when a stored state runs again."""

    ABSOLUTE = "absolute"  # time went on while nobody ran the session
    REMAINING = "remaining"  # the time it had left
    RESTART = "restart"  # the whole delay once more


@value
class Event:
    name: str
    at: int
    payload: Data = EMPTY


Guard = Callable[[Data, Event], bool]
Update = Callable[..., Data]  # (data, event, **args of the file) -> data


@frozen
class Action:
    """One entry of `do`, `entry` or `exit`: the name of an update or of an effect, with its arguments."""

    name: str
    args: Data = EMPTY


@value
class Effect:
    """Something to be done outside.

    `event` is what caused it and `data` the data at that point of the step, so an effect performed later, or
    again after a crash, means the same.
    """

    name: str
    args: Data
    event: Event
    data: Data


class Taken(NamedTuple):
    """Which transitions a step took, by id and in order, and whether the chart has ever heard of the event."""

    transitions: tuple[str, ...]
    known: bool


@value
class State:
    """The snapshot, the journal entry, what a visualizer lights and what a test asserts.

    `deadlines` maps the id of a state whose timer runs to the instant at which it is due.
    """

    active: frozenset[str] = frozenset()
    history: Mapping[str, tuple[str, ...]] = EMPTY
    data: Data = EMPTY
    deadlines: Mapping[str, int] = EMPTY


@frozen(eq=False)
class Transition:
    id: str  # "source/event/position", stable as long as the file keeps its order
    source: str
    event: str | None  # None: eventless (`always`)
    targets: tuple[str, ...]
    guard: str | None
    do: tuple[Action, ...]
    internal: bool  # SCXML's type="internal": a compound source is not left for a target inside it
    why: str


@frozen(eq=False)
class Timer:
    delay: str  # the name of a delay in data["delays"]
    restore: Restore


@frozen(eq=False)
class Node:
    id: str
    kind: Kind
    parent: str | None
    order: int  # document order
    children: tuple[str, ...]
    initial: str | None
    default: tuple[str, ...]  # where a history without memory leads
    entry: tuple[Action, ...]
    exit: tuple[Action, ...]
    during: Action | None
    timer: Timer | None
    transitions: tuple[Transition, ...]
    ignores: Mapping[str, str]  # events of which it makes nothing on purpose, and why
    why: str


@value
class Move:
    """One step, whole. An invariant judges it; at the start `before` is empty and the event has no name."""

    before: State
    event: Event
    after: State
    effects: tuple[Effect, ...]
    taken: Taken


Invariant = Callable[[Any], bool]  # of a Move; rules know it by what it looks like


@frozen
class Migration:
    """How a snapshot of an earlier version becomes one of this: where its states went, and what its data becomes."""

    states: Mapping[str, str | None]  # old id -> new id; None: such a snapshot is refused
    data: str | None  # names a function of data, in Names.migrations


@frozen
class Names:
    """Everything a chart may name. A name that is not in its table is refused when the chart is loaded."""

    guards: Mapping[str, Guard] = field(factory=dict)
    updates: Mapping[str, Update] = field(factory=dict)
    effects: frozenset[str] = frozenset()
    work: frozenset[str] = frozenset()
    delays: frozenset[str] = frozenset()
    invariants: Mapping[str, Invariant] = field(factory=dict)
    migrations: Mapping[str, Callable[[Data], Data]] = field(factory=dict)


Origins = Mapping[str, Mapping[str, str]]  # where in the code -> name -> in words
LATER = "later "  # begins an origin that is not written yet; the capability's letter follows


@frozen(eq=False)
class Chart:
    """A compiled chart. Immutable, apart from what `step` remembers about it: plans, and functions written for it."""

    name: str
    version: int
    why: str
    initial: str
    nodes: Mapping[str, Node]
    hears: Origins  # who sends its events
    effects: Origins  # who performs its effects and its work
    invariants: Mapping[str, str]  # what holds after every step, by name, in words
    migrations: Mapping[int, Migration]  # by the version that a snapshot is of
    names: Names
    ancestors: Mapping[str, tuple[str, ...]] = field(init=False)  # innermost first
    alphabet: frozenset[str] = field(init=False)  # every event some state hears
    delays: frozenset[str] = field(init=False, repr=False)  # every one that some timer names
    _order: Mapping[str, int] = field(init=False, repr=False)
    _ends: frozenset[str] = field(init=False, repr=False)
    _atomic: frozenset[str] = field(init=False, repr=False)
    plans: dict[Any, Any] = field(factory=dict, init=False, repr=False)
    candidates: dict[Any, Any] = field(factory=dict, init=False, repr=False)
    learned: dict[Any, Any] = field(factory=dict, init=False, repr=False)
    compiled: dict[Any, Any] = field(factory=dict, init=False, repr=False)
    judges: dict[Any, Any] = field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "ancestors", {id: tuple(self._up(id)) for id in self.nodes})
        heard = (transition.event for transition in self.transitions())
        object.__setattr__(self, "alphabet", frozenset(event for event in heard if event is not None))
        object.__setattr__(self, "delays", frozenset(node.timer.delay for node in self.nodes.values() if node.timer))
        object.__setattr__(self, "_order", {id: node.order for id, node in self.nodes.items()})
        ends = (id for id, node in self.nodes.items() if node.kind is Kind.FINAL and node.parent is None)
        object.__setattr__(self, "_ends", frozenset(ends))
        atomic = (id for id, node in self.nodes.items() if node.kind in (Kind.ATOMIC, Kind.FINAL))
        object.__setattr__(self, "_atomic", frozenset(atomic))

    def _up(self, id: str) -> Iterator[str]:
        parent = self.nodes[id].parent
        while parent is not None:
            yield parent
            parent = self.nodes[parent].parent

    def transitions(self) -> Iterator[Transition]:
        for node in self.nodes.values():
            yield from node.transitions

    def broken(self, move: Move) -> tuple[str, ...]:
        """The names of the invariants that do not hold of this step."""
        holds = self.names.invariants
        broken: tuple[str, ...] = ()
        for name in self.invariants:
            if not holds[name](move):
                broken += (name,)
        return broken

    def inside(self, id: str, ancestor: str | None) -> bool:
        """Whether `id` is a proper descendant of `ancestor`; None stands for the chart itself."""
        return ancestor is None or ancestor in self.ancestors[id]

    def in_order(self, ids: frozenset[str] | set[str]) -> list[str]:
        return sorted(ids, key=self._order.__getitem__)

    def regions(self, id: str) -> tuple[str, ...]:
        return tuple(child for child in self.nodes[id].children if self.nodes[child].kind not in HISTORIES)

    def is_atomic(self, id: str) -> bool:
        return id in self._atomic

    def ended(self, active: frozenset[str]) -> bool:
        """Whether a final state at the top is reached, after which nothing moves any more."""
        return not self._ends.isdisjoint(active)

    def legal(self, active: frozenset[str]) -> bool:
        """Whether `active` is a configuration: one top state, one child of each compound, all of each parallel."""
        if not active or any(id not in self.nodes or self.nodes[id].kind in HISTORIES for id in active):
            return False
        tops = [id for id in active if self.nodes[id].parent is None]
        return len(tops) == 1 and all(self._whole(id, active) for id in active)

    def _whole(self, id: str, active: frozenset[str]) -> bool:
        node, regions = self.nodes[id], self.regions(id)
        within = sum(child in active for child in regions)
        wanted = {Kind.COMPOUND: 1, Kind.PARALLEL: len(regions)}.get(node.kind, 0)
        return within == wanted and (node.parent is None or node.parent in active)


def dump(chart: Chart, state: State) -> dict[str, Any]:
    """The state as JSON values; `read` gives it back unchanged."""
    return {
        "chart": chart.name,
        "version": chart.version,
        "active": chart.in_order(state.active),
        "history": {id: list(ids) for id, ids in state.history.items()},
        "data": state.data,
        "deadlines": dict(state.deadlines),
    }


def read(chart: Chart, stored: Mapping[str, Any]) -> State:
    """The state that `dump` wrote. One of an earlier version has to be `migrated` first.

    Raises ChartError when it is of another chart or version, or is no configuration of this one.
    """
    if (stored["chart"], stored["version"]) != (chart.name, chart.version):
        raise ChartError(
            f"a snapshot of {stored['chart']} version {stored['version']} does not fit "
            f"{chart.name} version {chart.version}"
        )
    active = as_one(frozenset(stored["active"]))
    if not chart.legal(active):
        raise ChartError(f"{sorted(active)} is no configuration of {chart.name} @ $.active")
    history = {id: tuple(ids) for id, ids in stored["history"].items()}
    return State(active, history, stored["data"], dict(stored["deadlines"]))


# A session is in one of a few hundred configurations, most of them in the same few.
@lru_cache(1024)
def as_one(active: frozenset[str]) -> frozenset[str]:
    """The first of those that are equal. Sessions hold it together, at 700 bytes, and what is looked up by it is found
    by identity.
    """
    return active
