"""What became of a chart: its states, transitions, timers, events, effects and invariants, one value for each change.

A state is the same state when it has the same id. Transitions have no names of their own, so those of one state on
one event are paired by what they share: all of it, then the guard, then the targets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

from attrs import frozen

from lossy.charts.fields import (
    TABLES,
    Fields,
    merged_order,
    of_chart,
    of_state,
    of_timer,
    of_transition,
    transitions,
)
from lossy.charts.model import Transition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lossy.charts.model import Chart, Node

How = Literal["added", "removed", "moved", "changed"]
T = TypeVar("T")
F = TypeVar("F")
WORDS = frozenset({"why", "words"})  # fields that say something to people and nothing to the machine


@frozen
class Detail:
    """One field of what changed. None: it is not there."""

    field: str
    old: Any
    new: Any


@frozen
class Change:
    """`what` is a chart, state, timer or transition, or a row of one of the TABLES.

    The id of a transition that changed is that of the later file, and `earlier` the one it had.
    """

    how: How
    what: str
    id: str
    state: str | None = None  # whose it is
    details: tuple[Detail, ...] = ()
    earlier: str | None = None

    @property
    def quiet(self) -> bool:
        """Whether only words changed."""
        return self.how == "changed" and all(detail.field in WORDS for detail in self.details)


def diff(old: Chart, new: Chart) -> tuple[Change, ...]:
    """All changes: those of a state together, in the order of the later file, and what concerns no one state last."""
    return tuple(_changes(old, new))


def _changes(old: Chart, new: Chart) -> Iterator[Change]:
    yield from _compared("chart", new.name, of_chart(old), of_chart(new))
    for id in merged_order(old, new):
        yield from _of_one_state(id, old.nodes.get(id), new.nodes.get(id))
    for what, rows in TABLES.items():
        before, after = rows(old), rows(new)
        for name in dict.fromkeys([*after, *before]):
            yield from _compared(what, name, before.get(name), after.get(name))


def _of_one_state(id: str, old: Node | None, new: Node | None) -> Iterator[Change]:
    if old is not None and new is not None and old.parent != new.parent:
        yield Change("moved", "state", id, id, (Detail("parent", old.parent, new.parent),))
    yield from _compared("state", id, _fields(of_state, old), _fields(of_state, new), state=id, but="parent")
    yield from _compared("timer", id, _fields(of_timer, old), _fields(of_timer, new), state=id)
    before, after = _fields(transitions, old) or {}, _fields(transitions, new) or {}
    for event in dict.fromkeys([*after, *before]):
        yield from _of_list(id, before.get(event, []), after.get(event, []))


def _of_list(state: str, old: list[Transition], new: list[Transition]) -> Iterator[Change]:
    """The transitions of one state on one event."""
    pairs = paired(old, new)
    stayed = [was for was, now in pairs if was is not None and now is not None]
    tried = sorted(stayed, key=old.index)
    for was, now in pairs:
        if was is not None and now is not None:
            before = {**of_transition(was), "order": tried.index(was) + 1}
            after = {**of_transition(now), "order": stayed.index(was) + 1}
            yield from _compared("transition", now.id, before, after, state=state, earlier=was.id)
        elif now is not None:
            yield from _compared("transition", now.id, None, of_transition(now), state=state)
        elif was is not None:
            yield from _compared("transition", was.id, of_transition(was), None, state=state)


def paired(old: list[Transition], new: list[Transition]) -> list[tuple[Transition | None, Transition | None]]:
    """Which became which, in the order of `new`; removed ones last."""
    left, found = [*old], dict[str, Transition]()
    for shared in SHARED:
        for now in (each for each in new if each.id not in found):
            was = next((each for each in left if shared(each) == shared(now)), None)
            if was is not None:
                found[now.id] = was
                left.remove(was)
    if len(old) == len(new) == len(left) == 1:
        found[new[0].id] = left.pop()
    return [*((found.get(now.id), now) for now in new), *((was, None) for was in left)]


# What makes two transitions on one event the same one, the surest first.
SHARED: tuple[Callable[[Transition], Any], ...] = (
    of_transition,
    lambda each: (each.guard, each.targets),
    lambda each: each.guard,
    lambda each: each.targets,
)


def _fields(fields: Callable[[T], F | None], of: T | None) -> F | None:
    return None if of is None else fields(of)


def _compared(
    what: str,
    id: str,
    old: Fields | None,
    new: Fields | None,
    *,
    state: str | None = None,
    earlier: str | None = None,
    but: str | None = None,
) -> Iterator[Change]:
    """One change or none. `but` is a field that counts only for what is added or removed."""
    if old is None and new is None:
        return
    both, before, after = old is not None and new is not None, old or {}, new or {}
    details = tuple(
        Detail(name, before.get(name), after.get(name))
        for name in dict.fromkeys([*after, *before])
        if before.get(name) != after.get(name) and not (both and name == but)
    )
    if details or not both:
        how: How = "changed" if both else "removed" if new is None else "added"
        yield Change(how, what, id, state, details, earlier)
