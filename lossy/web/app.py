"""The Quart application: REST, the few pages there are, and the socket's route."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from quart import Response, abort, has_request_context, request, websocket
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from lossy.channels import events
from lossy.channels.errors import Code, Refusal, internal, invalid, not_found
from lossy.channels.operations import OPERATIONS
from lossy.channels.wire import Serializer, UnsupportedVersion, serializer_for
from lossy.store.pool import StoreError
from lossy.web import (
    account_pages,
    accounts_rest,
    adapters,
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
)
from lossy.web.address import address_behind
from lossy.web.api import STATUS, Api, refused
from lossy.web.audio import join_audio
from lossy.web.bodies import Request, most_of
from lossy.web.credentials import Credentials
from lossy.web.later import join_chart_activity, join_dashboard, join_telemetry
from lossy.web.limits import CONNECT
from lossy.web.notes import join_notes
from lossy.web.notes_rest import serve_notes
from lossy.web.own_notes import join_own_notes
from lossy.web.quart_transport import QuartTransport
from lossy.web.sockets import Route, Routes, Socket
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
    exports.serve_exports,
    flags.serve_flags,
    accounts_rest.serve_account,
    accounts_rest.serve_devices,
    people_rest.serve_people,
    sharing_rest.serve_sharing,
    serve_notes,
    adapters.serve_adapters,
)
PAGES = (pages, entrance_pages, account_pages, people_pages, sharing_pages)

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

# How npm `phoenix` 1.8 sends its authToken: as a WebSocket subprotocol, beside `phoenix`.
BEARER = "base64url.bearer.phx."


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
    """A bad version or origin refuses the upgrade, and so do too many from one address; a bad token does not, because
    browsers try that again at once.
    """
    address = _client_address(node)
    serializer = _admit_socket(node, address)
    offered = websocket.requested_subprotocols
    await websocket.accept(subprotocol="phoenix" if "phoenix" in offered else None)
    token = _bearer(offered) or websocket.args.get("token")
    credentials = Credentials(node, address, token)
    async with QuartTransport.over(websocket) as transport:
        await Socket(node, ROUTES, transport, serializer, credentials).run()


def _client_address(node: Node) -> str:
    forwarded, peer = websocket.headers.getlist("X-Forwarded-For"), websocket.scope["client"]
    assert peer is not None, "we listen on TCP"
    return address_behind(node.settings.server.proxies, peer[0], forwarded)


def _admit_socket(node: Node, address: str) -> Serializer:
    """Aborts with the status of the refusal."""
    connects, origin = node.metrics.connects, websocket.headers.get("Origin")
    try:
        node.limits.spend(address, CONNECT)
        if origin is not None and origin not in node.origins:
            raise Refusal(Code.FORBIDDEN, "This origin may not connect.")
        serializer = serializer_for(websocket.args.get("vsn"))
    except Refusal as refusal:
        connects.labels(refusal.code.value).inc()
        abort(STATUS[refusal.code])
    except UnsupportedVersion:
        connects.labels(Code.UNSUPPORTED_VERSION.value).inc()
        abort(403)
    connects.labels("ok").inc()
    return serializer


def _bearer(offered: list[str]) -> str | None:
    encoded = next((protocol.removeprefix(BEARER) for protocol in offered if protocol.startswith(BEARER)), None)
    if encoded is None:
        return None
    try:
        # Clients use the standard alphabet despite the name, without padding; both alphabets are taken.
        standard = encoded.translate(str.maketrans("-_", "+/"))
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
