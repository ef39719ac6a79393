"""A session as it went, one JSON object a line: what the visualizer goes through back and forth.

docs/reference/visualizer.md has the form. It has names alone, no payloads: nobody's words are in it, so that it can be
handed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.charts.load import SEND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lossy.charts.export.plain import Values
    from lossy.charts.model import Chart, Effect
    from lossy.charts.together import Charts, States

STEP = "step"  # the kind of a simulator's lines that are steps of sessions; other traces have nothing else
FIELDS = {"session": str, "n": int, "at": int, "chart": str, "event": str, "taken": list}


def trace_step(
    about: Mapping[str, Any], taken: Iterable[str], effects: Iterable[tuple[str, Effect]], standing: Values
) -> Values:
    """`about` has session, n, at, chart and event; `standing` is of `standing_of`."""
    return {**about, "taken": [*taken], "effects": [told_effect(*each) for each in effects], **standing}


def told_effect(chart: str, effect: Effect) -> list[Any]:
    """With whom it goes to where it is sent to another chart, and with nothing else that it carries."""
    return [chart, effect.name, dict(effect.args)] if effect.name == SEND else [chart, effect.name]


def standing_of(kinds: Charts, states: States | None) -> Values:
    """Where the charts of a session stand after a step, by their names in it; null where that is not known."""
    if states is None:
        return {"states": None, "timers": {}}
    return {
        "states": {name: _kind(kinds, name).in_order(state.active) for name, state in states.items()},
        "timers": {name: dict(state.deadlines) for name, state in states.items()},
    }


def _kind(kinds: Charts, name: str) -> Chart:
    return kinds[name.partition(":")[0]]


def is_aside(value: Any) -> bool:
    """Whether it is a line of a simulator's trace that tells of something else than a step of a session."""
    return isinstance(value, dict) and value.get("kind", STEP) != STEP


def read_step(value: Any) -> Values:
    """A line of a trace, as it was. Raises ValueError where it is none."""
    if not isinstance(value, dict):
        raise ValueError("it is no object")
    for name, kind in FIELDS.items():
        if type(value.get(name)) is not kind:
            raise ValueError(f"{name!r} is missing, or no {kind.__name__}")
    states = value.get("states")
    if states is not None and not (
        isinstance(states, dict) and all(isinstance(each, list) for each in states.values())
    ):
        raise ValueError("'states' has lists of states by the names of charts, or is null")
    return value
