"""How often each transition was taken of late, counted in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import define, field

from lossy.store.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR_MS = 3_600_000
WINDOWS = {"the last hour": HOUR_MS, "the last day": 24 * HOUR_MS, "the last week": 7 * 24 * HOUR_MS}
# A week of a busy server is a scan of seconds: for so long the same answer does for whoever looks.
FRESH_MS = 10_000
# A count that takes longer than the page waits for is given up.
PATIENCE_MS = 8_000

# Of a link the device stands between the chart's name and the transition.
_COUNT = """
SELECT regexp_replace(id, '^[a-z0-9_]+:([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:)?', '') AS transition,
  count(*) FILTER (WHERE at >= %(hour)s), count(*) FILTER (WHERE at >= %(day)s), count(*)
FROM journal, unnest(taken) AS id WHERE at >= %(week)s AND starts_with(id, %(chart)s || ':') GROUP BY 1
"""

Heat = Mapping[str, Mapping[str, int]]  # by window, how often each transition was taken, by id


@define(eq=False)
class ChartHeat:
    pool: Pool
    _known: dict[str, tuple[int, Heat]] = field(factory=dict, init=False)

    async def of_chart(self, chart: str, now: int) -> Heat:
        """`now` is in ms since the Unix epoch. Raises StoreError."""
        counted_at, heat = self._known.get(chart, (now - FRESH_MS, {}))
        if now - counted_at >= FRESH_MS:
            heat = await self._count(chart, now)
            self._known[chart] = (now, heat)
        return heat

    async def _count(self, chart: str, now: int) -> Heat:
        since = dict(zip(("hour", "day", "week"), (now - span for span in WINDOWS.values()), strict=True))
        async with self.pool.lend() as connection, connection.transaction():
            await connection.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
            cursor = await connection.execute(_COUNT, {"chart": chart, **since})
            rows: Sequence[tuple[str, int, int, int]] = await cursor.fetchall()
        heat: dict[str, dict[str, int]] = {window: {} for window in WINDOWS}
        for transition, *counts in rows:
            for window, count in zip(WINDOWS, counts, strict=True):
                if count:
                    heat[window][transition] = count
        return heat
