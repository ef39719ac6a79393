"""The statecharts of this server, to be read and drawn by others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from quart import Response

from lossy.channels.errors import not_found
from lossy.charts.export import FORMATS
from lossy.charts.view import view
from lossy.sessions.facts import facts, shipped
from lossy.web.api import Api, Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.web.node import Node

MEDIA = {"json": "application/json", "xstate": "application/json", "scxml": "application/xml", "mermaid": "text/plain"}


def serve_charts(node: Node) -> Api:
    api = Api.named("charts", node)

    @api.handles("list_charts")
    async def list_charts(asked: Asked) -> Mapping[str, Any]:
        charts = sorted(node.charts.values(), key=lambda chart: chart.name)
        return {"charts": [{"name": chart.name, "version": chart.version, "why": chart.why} for chart in charts]}

    @api.handles("get_chart")
    async def get_chart(asked: Asked) -> Response:
        chart = node.charts.get(asked.ids["name"])
        if chart is None:
            raise not_found()
        format_ = asked.query.format
        return Response(FORMATS[format_](chart), content_type=MEDIA[format_])

    @api.handles("view_chart")
    async def view_chart(asked: Asked) -> Response:
        chart = node.charts.get(asked.ids["name"])
        if chart is None:
            raise not_found()
        return Response(orjson.dumps(view(chart, shipped(chart), facts(chart))), content_type="application/json")

    return api
