"""Every name the charts of a session use, and the charts themselves, checked against each other once at start-up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from lossy.charts.load import check_together, load_file
from lossy.charts.model import Chart, ChartError, Names
from lossy.domain import agent, voice
from lossy.sessions.effects import EFFECTS
from lossy.sessions.work import WORK
from lossy.settings import Agent, Settings, Voice

if TYPE_CHECKING:
    from pathlib import Path

    from lossy.charts.together import Charts

Rules = Mapping[str, Callable[..., Any]]


def _named(*rules: Callable[..., Any]) -> Rules:
    return {rule.__name__: rule for rule in rules}


GUARDS: Mapping[str, Rules] = {
    "voice": _named(
        voice.owner,
        voice.wakes,
        voice.falls_asleep,
        voice.spoken_before_pause,
        voice.spoken_before_break,
        voice.keeps,
        voice.breaks,
        voice.of_ignored_segment,
        voice.nothing_to_replay,
    ),
    "agent": _named(agent.room_to_wait, agent.good_enough, agent.somebody_waits, agent.closing),
}
UPDATES: Mapping[str, Rules] = {
    "voice": _named(
        voice.open_segment,
        voice.skip_segment,
        voice.refuse_segment,
        voice.keep_segment,
        voice.ignore_segment,
        voice.abandon_segment,
        voice.pause_by_person,
        voice.pause_by_silence,
        voice.listen,
        voice.gain_context,
        voice.lose_context,
        voice.count_error,
        voice.trip_breaker,
        voice.note_metrics,
        voice.apply_settings,
    ),
    "agent": _named(agent.take_remark, agent.queue_remark, agent.next_remark, agent.put_down, agent.note_close),
}
DELAYS: Mapping[str, type] = {"voice": Voice, "agent": Agent}
# A delay that a rule works out from its settings.
DERIVED: Mapping[str, frozenset[str]] = {"voice": frozenset({"breaker_backoff"}), "agent": frozenset()}


def load_charts(folder: Path) -> Charts:
    """The charts of a session, in the order in which they receive.

    Raises ChartError for any fault in a file, for a name that no table has, and for a row that no chart names.
    """
    charts = {name: load_file(folder / f"{name}.yaml", _names(name)) for name in GUARDS}
    check_together(charts.values())
    unused = sorted(row for name, chart in charts.items() for row in _unused(chart, name))
    unused += sorted(EFFECTS.keys() - {name for chart in charts.values() for name in _actions(chart)})
    working = {node.during.name for chart in charts.values() for node in chart.nodes.values() if node.during}
    unused += sorted(WORK.keys() - working)
    if unused:
        raise ChartError(f"no chart names {', '.join(unused)}")
    return charts


def delays(concern: Any) -> dict[str, int]:
    """The durations of one concern's settings by the names that charts use: without `_ms`."""
    values = attrs.asdict(concern)
    return {name.removesuffix("_ms"): value for name, value in values.items() if name.endswith("_ms")}


def initial_data(settings: Settings) -> dict[str, Mapping[str, Any]]:
    return {
        "voice": voice.initial(delays(settings.voice)),
        "agent": agent.initial(delays(settings.agent), min_confidence=settings.agent.min_confidence),
    }


def _names(chart: str) -> Names:
    return Names(
        guards=GUARDS[chart],
        updates=UPDATES[chart],
        effects=frozenset(EFFECTS) | {"send"},
        work=frozenset(WORK),
        delays=frozenset(delays(DELAYS[chart]())) | DERIVED[chart],
    )


def _actions(chart: Chart) -> set[str]:
    lists = [
        *(actions for node in chart.nodes.values() for actions in (node.entry, node.exit)),
        *(transition.do for transition in chart.transitions()),
    ]
    return {action.name for actions in lists for action in actions}


def _unused(chart: Chart, name: str) -> set[str]:
    guards = {transition.guard for transition in chart.transitions()}
    return (GUARDS[name].keys() - guards) | (UPDATES[name].keys() - _actions(chart))
