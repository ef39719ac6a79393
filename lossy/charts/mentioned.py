"""A chart as it is written, for who only looks at it: every name in the file is taken to be in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.charts.document import ChartDoc, Go, StateDoc, parse
from lossy.charts.load import load
from lossy.charts.model import Chart, Names

if TYPE_CHECKING:
    from collections.abc import Iterator


def as_written(text: str) -> Chart:
    """A chart to be compared or drawn, and not to be run: its code is not here. Raises ChartError as `load` does."""
    return load(text, mentioned(parse(text)))


def mentioned(doc: ChartDoc) -> Names:
    states = [*_states(doc.states)]
    gos = [go for state in states for go in _gos(state)]
    actions = [action for state in states for action in (*state.entry, *state.exit)]
    actions += [action for go in gos for action in go.do]
    return Names(
        guards={go.guard: _nothing for go in gos if go.guard is not None},
        effects=frozenset(action.name for action in actions),
        work=frozenset(state.during.name for state in states if state.during is not None),
        delays=frozenset(state.after.delay for state in states if state.after is not None),
        invariants=dict.fromkeys(doc.invariants, _nothing),
        migrations={migration.data: _nothing for migration in doc.migrations.values() if migration.data is not None},
    )


def _nothing(*_: Any) -> Any:
    raise NotImplementedError("a chart that was only looked at has no rules")


def _states(states: dict[str, StateDoc]) -> Iterator[StateDoc]:
    for state in states.values():
        yield state
        yield from _states(state.states)


def _gos(state: StateDoc) -> Iterator[Go]:
    yield from state.always
    for gos in state.events.values():
        yield from gos
    if state.after is not None:
        yield state.after
