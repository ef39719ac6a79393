"""The page at /charts: the visualizer, over the charts that this server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup
from quart import Blueprint, Response, redirect

from lossy.charts.offline import embedded
from lossy.charts.view import document
from lossy.store.accounts import ADMIN
from lossy.web.api import signed_in
from lossy.web.forms import show

if TYPE_CHECKING:
    from uuid import UUID

    from werkzeug.wrappers import Response as WerkzeugResponse

    from lossy.web.node import Node

# The document is data, which no policy minds; a PNG is drawn from an SVG that the page makes itself.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob:;"
    " connect-src 'self' ws: wss:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("visualizer", __name__)

    @routes.get("/charts")
    async def charts() -> Response:
        user = await signed_in(node)
        online = {"admin": user.role == ADMIN, "person": user.email}
        data = {**document([], online=online), "charts": [*node.charts]}
        response = await show(node, "charts.html", user, document=Markup(embedded(data)))
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @routes.get("/charts/why/<uuid:id>")
    async def why(id: UUID) -> WerkzeugResponse:
        """Where `lossy why` sends: a note's session at the step that made it."""
        return redirect(f"/charts#session={id}")

    return routes
