"""What a design review keeps and asks of a server: notes at a chart, how often it went where, and sessions on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import trio
from quart import Response

from lossy.channels.errors import Code, Refusal, not_found
from lossy.sessions.catalog import OF_SESSION, initial_data
from lossy.web.api import Api, Asked
from lossy.web.comparing import Comparing
from lossy.why.trace import trace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from lossy.charts.model import Chart
    from lossy.web.node import Node

# More than a person goes through, and less than a second to play again.
STEPS = 2_000


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
        heat = await node.chart_heat.of_chart(chart_of(asked).name, node.clock.now_ms())
        return {"heat": [{"label": label, "transitions": counts} for label, counts in heat.items()]}

    @api.handles("chart_trace")
    async def chart_trace(asked: Asked) -> Mapping[str, Any]:
        session_id, n = await _meant(node, asked.ids["of_id"])
        recorded = await node.journal.session(session_id)
        if recorded is None:
            raise not_found()
        charts = {name: node.charts[name] for name in OF_SESSION}
        # A long journal takes some tenths of a second to play again, in which every socket would wait.
        steps = await trio.to_thread.run_sync(trace, charts, initial_data(node.settings), recorded, n, STEPS)
        return {"session": str(session_id), "n": n, "total": len(recorded.entries), "steps": steps}

    return api


async def _meant(node: Node, id: UUID) -> tuple[UUID, int | None]:
    """The session of that id; or that of the note of that id, with the entry that made it."""
    kept = await node.journal.note(id)
    if kept is None:
        return id, None
    made = next((each for each in kept.changes if each.session_id is not None), None)
    if made is None or made.session_id is None:
        raise Refusal(Code.NOT_FOUND, "This note was typed, and no session made it.")
    return made.session_id, made.n
