"""The Quart application: REST, the few pages there are, and the socket's route."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from quart import Response, abort, has_request_context, request, websocket
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from lossy.channels import events
from lossy.channels.errors import Code, Refusal, internal, invalid, not_found
from lossy.channels.handshake import NotOpened, Opening
from lossy.channels.operations import OPERATIONS
from lossy.store.pool import StoreError
from lossy.web import (
    account_pages,
    accounts_rest,
    adapters,
    chart_reviews,
    charts,
    entrance_pages,
    exports,
    flags,
    pages,
    people_pages,
    people_rest,
    reference,
    rest,
    scrape,
    sharing_pages,
    sharing_rest,
    visualizer,
)
from lossy.web.admission import admit
from lossy.web.api import Api, refused
from lossy.web.audio import join_audio
from lossy.web.bodies import Request, most_of
from lossy.web.chart_activity import join_chart_activity
from lossy.web.later import join_dashboard, join_telemetry
from lossy.web.notes import join_notes
from lossy.web.notes_rest import serve_notes
from lossy.web.own_notes import join_own_notes
from lossy.web.quart_transport import QuartTransport
from lossy.web.sockets import Route, Routes
from lossy.web.user import join_user
from lossy.web.video import join_video_meta
from lossy.web.voice import join_voice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lossy.web.node import Node

ROUTES: Routes = {
    table.kind: Route(table, join)
    for table, join in (
        (events.VOICE, join_voice),
        (events.VIDEO_NOTES, join_notes),
        (events.USER_NOTES, join_own_notes),
        (events.VIDEO_META, join_video_meta),
        (events.USER, join_user),
        (events.AUDIO, join_audio),
        (events.TELEMETRY, join_telemetry),
        (events.DASHBOARD, join_dashboard),
        (events.CHART_ACTIVITY, join_chart_activity),
    )
}

APIS: Sequence[Callable[[Node], Api]] = (
    rest.serve_settings,
    reference.serve_reference,
    charts.serve_charts,
    chart_reviews.serve_reviews,
    exports.serve_exports,
    flags.serve_flags,
    accounts_rest.serve_account,
    accounts_rest.serve_devices,
    people_rest.serve_people,
    sharing_rest.serve_sharing,
    serve_notes,
    adapters.serve_adapters,
)
PAGES = (pages, entrance_pages, account_pages, people_pages, sharing_pages, visualizer)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",  # without any, a browser's form says `Origin: null`
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",  # notes and tokens are their reader's alone
}
log = structlog.get_logger()


def make_app(node: Node) -> QuartTrio:
    app = QuartTrio(__name__)
    app.request_class = Request
    app.register_blueprint(rest.health(node))
    app.register_blueprint(scrape.blueprint(node))
    for part in PAGES:
        app.register_blueprint(part.blueprint(node))
    app.register_blueprint(reference.try_it())
    _serve_api(app, [serve(node) for serve in APIS])

    @app.websocket("/socket/websocket")
    async def socket() -> None:
        await _serve_socket(node)

    _register_errors(app)

    @app.after_request
    async def harden(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _serve_api(app: QuartTrio, apis: Sequence[Api]) -> None:
    for api in apis:
        app.register_blueprint(api.routes)
    unserved = OPERATIONS.keys() - {name for api in apis for name in api.served}
    assert not unserved, f"operations without a handler: {sorted(unserved)}"


def _register_errors(app: QuartTrio) -> None:
    @app.errorhandler(Refusal)
    async def refuse(refusal: Refusal) -> Response:
        return refused(refusal)

    @app.errorhandler(HTTPException)
    async def refuse_request(error: HTTPException) -> HTTPException | Response:
        """What the framework refuses by itself has our shape under /api; a person gets the page it makes of it."""
        if not has_request_context() or not request.path.startswith("/api/"):
            return error
        response = refused(_as_refusal(error), error.code)
        if isinstance(error, MethodNotAllowed) and error.valid_methods is not None:
            response.headers["Allow"] = ", ".join(error.valid_methods)
        return response

    @app.errorhandler(Exception)
    async def fail(error: Exception) -> Response:
        """Our fault. The route is logged rather than the path, which may hold a sign-in link's secret."""
        incident = str(uuid4())
        log.exception("request failed", route=str((request or websocket).url_rule), incident=incident, exc_info=error)
        return refused(internal(incident), 503 if isinstance(error, StoreError) else None)


def _as_refusal(error: HTTPException) -> Refusal:
    match error.code:
        case 404:
            return not_found()
        case 405:
            return invalid("method", "This address does not take it.")
        case 413:
            return Refusal(Code.TOO_LARGE, f"This request may hold {most_of(request.method, request.path)} bytes.")
        case _:
            return invalid("$", error.name)


async def _serve_socket(node: Node) -> None:
    """A connection whose first request is this one does not come here: `web/front.py` serves it."""
    offered, peer = tuple(websocket.requested_subprotocols), websocket.scope["client"]
    forwarded = tuple(websocket.headers.getlist("X-Forwarded-For"))
    assert peer is not None, "we listen on TCP"
    opening = Opening(websocket.query_string.decode(), websocket.headers.get("Origin"), offered, forwarded)
    try:
        admitted = admit(node, ROUTES, opening, peer[0])
    except NotOpened as refused:
        abort(refused.status)
    await websocket.accept(subprotocol=admitted.protocol)
    async with QuartTransport.over(websocket) as transport:
        await admitted.serve(transport)
