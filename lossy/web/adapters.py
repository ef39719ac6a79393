"""`/api/platform_adapters`: what a browser reads addresses of videos by, the same as in the extension's own file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Response, request

from lossy.domain.platforms.export import as_text, manifest
from lossy.web.api import Api, Asked

if TYPE_CHECKING:
    from lossy.web.node import Node


def serve_adapters(node: Node) -> Api:
    api, given = Api.named("adapters", node), manifest()
    text = as_text(given)

    @api.handles("platform_adapters")
    async def platform_adapters(asked: Asked) -> Response:
        response = Response(text, content_type="application/json")
        response.headers["Cache-Control"] = "no-cache"  # kept, and asked for by its hash
        response.set_etag(given["hash"])
        return await response.make_conditional(request)

    return api
