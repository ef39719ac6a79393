"""A chart of this server beside another version of it, that somebody has as a file."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
import trio
from attrs import define, field

from lossy.channels.errors import invalid
from lossy.charts.draw.scene import Scene
from lossy.charts.draw.svg import svg
from lossy.charts.mentioned import as_written
from lossy.charts.merge import merged
from lossy.charts.model import ChartError
from lossy.charts.view import Compared, view
from lossy.layout import DrawingError, lay_out
from lossy.sessions.facts import facts, shipped

if TYPE_CHECKING:
    from lossy.charts.model import Chart

# Answers kept, each some 300 kB: a reviewer looks at one, and comes back to it.
KEPT = 8
# A layout keeps a core busy for seconds: one at a time on a node, and whoever comes second waits.
AT_ONCE = 1


@define(eq=False)
class Comparing:
    _known: dict[str, bytes] = field(factory=dict, init=False)
    _room: trio.CapacityLimiter = field(factory=lambda: trio.CapacityLimiter(AT_ONCE), init=False)

    async def with_file(self, chart: Chart, text: str) -> bytes:
        """The view of both as JSON. Raises Refusal (invalid) where the text is no chart.

        Where nobody can lay out a drawing of both, it is of today's chart: what was removed is told in words alone.
        """
        key = sha256(f"{chart.name}\0{text}".encode()).hexdigest()
        if key not in self._known:
            made = await trio.to_thread.run_sync(partial(_compare, chart, text), limiter=self._room)
            self._known[key] = orjson.dumps(made)
            for oldest in [*self._known][:-KEPT]:
                del self._known[oldest]
        return self._known[key]


def _compare(chart: Chart, text: str) -> dict[str, Any]:
    try:
        old = as_written(text)
    except ChartError as error:
        raise invalid("chart", f"This is no chart: {error.args[0]}") from None
    about = facts(chart)
    both, marks = merged(old, chart)
    compared = Compared(old, f"version {old.version} of the file", f"version {chart.version} of this server")
    try:
        scene = Scene(both, about.delays, marks)
        picture = svg(scene, lay_out([scene], quick=True)[0])
    except DrawingError:
        picture = shipped(chart)
    return view(chart, picture, about, compared=compared)
