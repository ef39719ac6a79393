"""The first page: every video that somebody reaches, where it stands, and what to do with it next."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from quart import Blueprint, Response, request

from lossy.channels import events
from lossy.channels.errors import Code, Refusal, invalid
from lossy.channels.page_payloads import LookThrough, MoveVideo, QueueByAddress
from lossy.channels.query import read_query
from lossy.domain.library import Status
from lossy.store.library import BadCursor
from lossy.store.shelves import Asked, Page, Shelves
from lossy.web.api import by_cookie, signed_in, status_of
from lossy.web.entrance_pages import to
from lossy.web.forms import asked_of, read_form, show
from lossy.web.library import read_sighting

if TYPE_CHECKING:
    from uuid import UUID

    from lossy.store.accounts import User
    from lossy.web.node import Node

STANDING = {
    "open": (Status.QUEUED, Status.ACTIVE),
    "queued": (Status.QUEUED,),
    "active": (Status.ACTIVE,),
    "archived": (Status.ARCHIVED,),
}
QUEUE, MOVE = (events.VIDEO_META.events[name] for name in ("queue_video", "update_video_status"))


def blueprint(node: Node) -> Blueprint:
    routes, shelves = Blueprint("library", __name__), Shelves(node.pool)

    @routes.get("/")
    async def home() -> Response:
        user = await by_cookie(node)
        if user is None:
            return await show(node, "signed_out.html", status=401)
        return await _library(node, shelves, user)

    @routes.post("/videos")
    async def queue() -> Response:
        user = await signed_in(node)
        asked = await read_form(node, QueueByAddress)
        node.limits.spend(user.id, QUEUE)
        try:
            entry = await node.library.queue(user.id, read_sighting(asked.url, None, None, None))
        except Refusal as refusal:
            return await _library(node, shelves, user, refusal, asked.url)
        return to(f"/videos/{entry.id}")

    @routes.post("/videos/<uuid:video_id>/status")
    async def move(video_id: UUID) -> Response:
        """Back to where it was asked, so that the next of the list can be put away."""
        user = await signed_in(node)
        asked = await read_form(node, MoveVideo)
        node.limits.spend(user.id, MOVE)
        await node.library.set_status(user.id, video_id, asked.status)
        back = request.args.get("back", "")
        return to(f"/videos/{video_id}" if back == "video" else f"/?show={back if back in STANDING else 'open'}")

    return routes


async def _library(
    node: Node, shelves: Shelves, user: User, fault: Refusal | None = None, address: str = ""
) -> Response:
    if fault is not None and fault.code not in (Code.INVALID, Code.RATE_LIMITED):
        raise fault
    asked = read_query(LookThrough, asked_of(request.args))
    page, counts = await _page(shelves, user, asked), await shelves.counts(user.id)
    return await show(
        node,
        "library.html",
        user,
        status=200 if fault is None else status_of(fault),
        page=page,
        counts={name: sum(counts[each] for each in statuses) for name, statuses in STANDING.items()},
        asked=asked,
        further=None if page.cursor is None else _address(asked, page.cursor),
        fault=fault,
        address=address,
    )


async def _page(shelves: Shelves, user: User, asked: LookThrough) -> Page:
    """Raises Refusal (invalid)."""
    try:
        return await shelves.page(user.id, Asked(STANDING[asked.show], asked.text.strip()), asked.cursor)
    except BadCursor as error:
        raise invalid("cursor", str(error)) from None


def _address(asked: LookThrough, cursor: str) -> str:
    given = {"show": asked.show, "text": asked.text, "cursor": cursor}
    return "/?" + urlencode({name: value for name, value in given.items() if value})
