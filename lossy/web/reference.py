"""What may be asked under /api: as OpenAPI, and on a page to try it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from quart import Blueprint, Response, render_template, send_from_directory

from lossy.channels.openapi import openapi
from lossy.web.api import Api, Asked

if TYPE_CHECKING:
    from lossy.web.node import Node

# Swagger UI sets styles on elements and draws its icons from data: URLs; it asks nobody but this server.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
ASSETS = ("swagger-ui-bundle.js", "swagger-ui.css")


def serve_reference(node: Node) -> Api:
    api = Api.named("reference", node)
    description = orjson.dumps(openapi())

    @api.handles("openapi")
    async def openapi_json(asked: Asked) -> Response:
        return Response(description, content_type="application/json")

    return api


def try_it() -> Blueprint:
    routes = Blueprint("try_it", __name__)
    folder = _swagger_ui()

    @routes.get("/api/docs")
    async def docs() -> Response:
        page = await render_template("api.html")
        return Response(page, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    @routes.get("/api/docs/<any(" + ", ".join(map(repr, ASSETS)) + "):name>")
    async def asset(name: str) -> Response:
        return await send_from_directory(folder, name)

    return routes


def _swagger_ui() -> Path:
    """Of the package only the files that it carries are used; it is not imported."""
    spec = find_spec("swagger_ui")
    assert spec is not None, "it is among the dependencies"
    assert spec.origin is not None, "it is a package with an __init__"
    return Path(spec.origin).parent / "static"
