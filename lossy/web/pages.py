"""The pages there are: a one-time sign-in, and what was noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from quart import Blueprint, Response, redirect, render_template, request

from lossy.channels.errors import Code, Refusal
from lossy.clock import as_datetime
from lossy.domain.timecode import range_text
from lossy.web.api import by_cookie, refused, retry_after, status_of
from lossy.web.auth import COOKIE_LIFE, hashed, new_secret
from lossy.web.entrance import keep_session, user_agent
from lossy.web.forms import check_origin, show

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as WerkzeugResponse

    from lossy.domain.attendance import Stay
    from lossy.domain.notes import Note
    from lossy.web.node import Node

# Notes of each video that the first page shows.
SHOWN = 100


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("pages", __name__)
    on_a_page(node, routes)
    routes.add_app_template_filter(_media_range, "media_range")
    for written in (day, moment, stayed, wait):
        routes.add_app_template_filter(written)

    @routes.get("/")
    async def home() -> Response:
        user = await by_cookie(node)
        if user is None:
            return await show(node, "signed_out.html", status=401)
        reached = await node.videos.reached_by(user.id)
        pages = [(reach, await node.notes.first_page(reach.video.id, SHOWN)) for reach in reached]
        return await show(node, "home.html", user, pages=pages)

    @routes.get("/sign-in/<secret>")
    async def offer_sign_in(secret: str) -> str:
        """A page with a button: what fetches links to preview them must not spend this one."""
        return await render_template("sign_in_link.html", secret=secret)

    @routes.post("/sign-in/<secret>")
    async def sign_in(secret: str) -> Response | WerkzeugResponse:
        """The secret of its address stands in for the form's token."""
        check_origin(node)
        session, session_hash = new_secret()
        expires = as_datetime(node.clock.now_ms()) + COOKIE_LIFE
        if not await node.accounts.sign_in(hashed(secret), session_hash, expires, user_agent()):
            raise Refusal(Code.NOT_FOUND, "This link has been used or is too old.")
        return keep_session(node, cast(Response, redirect("/")), session)

    return routes


def on_a_page(node: Node, routes: Blueprint) -> None:
    """What these routes refuse is told on a page to whoever asks for one, as browsers do."""

    @routes.errorhandler(Refusal)
    async def refuse(refusal: Refusal) -> Response:
        if "text/html" not in request.headers.get("Accept", ""):
            return refused(refusal)
        response = await show(node, "refused.html", status=status_of(refusal), fault=refusal)
        response.headers.update(retry_after(refusal))
        return response


def _media_range(note: Note) -> str:
    return range_text(note.frame_in, note.frame_out, note.rate)


def day(at_ms: int) -> str:
    """In UTC, as the pages and `lossy why` have all their times."""
    moment = as_datetime(at_ms)
    return f"{moment.day} {moment:%B %Y}"


def moment(at_ms: int) -> str:
    return f"{day(at_ms)}, {clock(at_ms)} UTC"


def clock(at_ms: int) -> str:
    return f"{as_datetime(at_ms):%H:%M}"


def stayed(stay: Stay) -> str:
    """From when until when; the day is said once where it is the same."""
    if stay.until is None:
        return f"since {moment(stay.since)}, there now"
    if day(stay.since) == day(stay.until):
        return f"{day(stay.since)}, {clock(stay.since)} to {clock(stay.until)} UTC"
    return f"{moment(stay.since)}, to {moment(stay.until)}"


def wait(span_ms: int) -> str:
    """As a person counts it, and never too short."""
    seconds = -(-span_ms // 1_000)
    number, unit = (-(-seconds // 60), "minute") if seconds > 90 else (seconds, "second")
    return f"{number} {unit}{'s' * (number != 1)}"
