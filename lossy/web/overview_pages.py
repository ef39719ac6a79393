"""The server at a glance, for admins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, Response

from lossy.store.overview import read_overview
from lossy.web.forms import show
from lossy.web.people_pages import signed_in_admin

if TYPE_CHECKING:
    from lossy.web.node import Node

CHANGES = 5  # of flags, the latest


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("overview", __name__)

    @routes.get("/admin")
    async def overview() -> Response:
        admin = await signed_in_admin(node)
        counted = await read_overview(node.pool)
        changes = await node.flag_watch.store.history(None, None, CHANGES)
        return await show(node, "overview.html", admin, counted=counted, sockets=len(node.sockets), changes=changes)

    return routes
