"""What a design review keeps and asks of a server: notes at a chart, how often it went where, other versions of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import structlog
from quart import Response

from lossy.channels.errors import Code, Refusal, not_found
from lossy.charts.view import Counts
from lossy.sessions.measured import measured
from lossy.web.api import Api, Asked
from lossy.web.comparing import Comparing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lossy.charts.model import Chart
    from lossy.web.node import Node

log = structlog.get_logger()


def serve_reviews(node: Node) -> Api:
    api = Api.named("chart_reviews", node)

    def chart_of(asked: Asked) -> Chart:
        chart = node.charts.get(asked.ids["name"])
        if chart is None:
            raise not_found()
        return chart

    @api.handles("list_chart_notes")
    async def list_chart_notes(asked: Asked) -> Mapping[str, Any]:
        notes = await node.chart_notes.of_chart(chart_of(asked).name)
        return {"notes": [{**attrs.asdict(note), "id": str(note.id)} for note in notes]}

    @api.handles("write_chart_note")
    async def write_chart_note(asked: Asked) -> None:
        chart, note = chart_of(asked), asked.body
        if note.anchor not in chart.nodes and note.anchor not in {each.id for each in chart.transitions()}:
            raise Refusal(Code.NOT_FOUND, "This chart has no such state or transition.")
        await node.chart_notes.add(note.id, chart.name, note.anchor, note.text, asked.user.id)

    @api.handles("remove_chart_note")
    async def remove_chart_note(asked: Asked) -> None:
        if not await node.chart_notes.remove(asked.ids["note_id"], chart_of(asked).name, asked.user.id):
            raise not_found()

    comparing = Comparing()

    @api.handles("compare_chart")
    async def compare_chart(asked: Asked) -> Response:
        made = await comparing.with_file(chart_of(asked), asked.body.chart)
        return Response(made, content_type="application/json")

    @api.handles("chart_heat")
    async def chart_heat(asked: Asked) -> Mapping[str, Any]:
        chart = chart_of(asked)
        heat = await node.chart_heat.of_chart(chart.name, node.clock.now_ms())
        counts = [*(Counts(label, taken) for label, taken in heat.items()), *_measured(chart)]
        return {"heat": [each.values for each in counts]}

    return api


def _measured(chart: Chart) -> Sequence[Counts]:
    """A file that is being written, or is none of ours, is passed over: it is there for a developer's eyes."""
    try:
        return [*measured(chart)]
    except (OSError, ValueError, LookupError) as error:
        log.warning("coverage is not read", chart=chart.name, error=str(error))
        return []
