"""The Quart application: REST, the few pages there are, and the socket's route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Response, abort, websocket
from quart_trio import QuartTrio

from lossy.channels import events
from lossy.channels.handshake import NotOpened, Opening
from lossy.channels.operations import OPERATIONS
from lossy.web import (
    account_pages,
    accounts_rest,
    adapters,
    chart_reviews,
    chart_sessions,
    charts,
    downloads,
    entrance_pages,
    exports,
    flag_pages,
    flags,
    guide_pages,
    library_pages,
    overview_pages,
    pages,
    people_pages,
    people_rest,
    reference,
    rest,
    review_pages,
    scrape,
    settings_pages,
    sharing_pages,
    sharing_rest,
    visualizer,
)
from lossy.web.admission import admit
from lossy.web.audio import join_audio
from lossy.web.bodies import Request
from lossy.web.chart_activity import join_chart_activity
from lossy.web.faults import register_faults
from lossy.web.later import join_dashboard
from lossy.web.notes import join_notes
from lossy.web.notes_rest import serve_notes
from lossy.web.own_notes import join_own_notes
from lossy.web.quart_transport import QuartTransport
from lossy.web.sockets import Route, Routes
from lossy.web.telemetry import join_telemetry
from lossy.web.user import join_user
from lossy.web.video import join_video_meta
from lossy.web.voice import join_voice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lossy.web.api import Api
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
    chart_sessions.serve_chart_sessions,
    exports.serve_exports,
    flags.serve_flags,
    accounts_rest.serve_account,
    accounts_rest.serve_devices,
    people_rest.serve_people,
    sharing_rest.serve_sharing,
    serve_notes,
    adapters.serve_adapters,
)
PAGES = (
    pages,
    entrance_pages,
    guide_pages,
    library_pages,
    review_pages,
    sharing_pages,
    account_pages,
    settings_pages,
    people_pages,
    flag_pages,
    overview_pages,
    downloads,
    visualizer,
)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",  # without any, a browser's form says `Origin: null`
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",  # notes and tokens are their reader's alone
}


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

    register_faults(app, node)

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
