"""Drawings of charts, with the delays of today's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.draw.scene import Scene
from lossy.charts.draw.svg import svg as written
from lossy.layout import lay_out
from lossy.sessions.facts import usual_delays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.charts.draw.marks import Marks
    from lossy.charts.model import Chart


def svg(chart: Chart, *, delays: Mapping[str, int] | None = None, marks: Marks | None = None) -> str:
    """One chart as SVG. `delays` are in ms by name, those of the settings unless given. Raises DrawingError."""
    scene = Scene(chart, usual_delays(chart.name) if delays is None else delays, marks or {})
    return written(scene, lay_out([scene])[0])
