"""A session as a trace, for the visualizer: its journal played again, a step for each entry. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.charts.step import TIMERS
from lossy.charts.trace import standing_of, trace_step
from lossy.why.replay import replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lossy.charts.model import Data, Effect
    from lossy.charts.together import Charts
    from lossy.store.journal_reading import Recorded
    from lossy.why.replay import Step

Values = dict[str, Any]


def trace(
    charts: Charts, initial: Mapping[str, Data], recorded: Recorded, around: int | None, most: int
) -> list[Values]:
    """`most` steps: the last ones, or those around the entry of that number."""
    steps = replay(charts, initial, recorded)
    numbers = [step.entry.n for step in steps]
    at = numbers.index(around) if around in numbers else len(steps)
    begin = max(0, min(at - most // 2, len(steps) - most))
    return [_step(charts, step) for step in steps[begin : begin + most]]


def _step(charts: Charts, step: Step) -> Values:
    entry = step.entry
    about = {"session": str(entry.session_id), "n": entry.n, "at": entry.at, "chart": entry.chart}
    return trace_step({**about, "event": entry.event}, entry.taken, _effects(step), standing_of(charts, step.after))


def _effects(step: Step) -> Iterator[tuple[str, Effect]]:
    for heard in step.heard:
        yield from ((heard.chart, effect) for effect in heard.move.effects if effect.name not in TIMERS)
