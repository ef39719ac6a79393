"""The pages there are: a one-time sign-in, and what was noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, Response, redirect, render_template, request

from lossy.channels.errors import Code, Refusal
from lossy.clock import as_datetime
from lossy.domain.timecode import range_text
from lossy.web.api import by_cookie, refused
from lossy.web.auth import COOKIE, COOKIE_LIFE, hashed, new_secret

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as WerkzeugResponse

    from lossy.domain.notes import Note
    from lossy.web.node import Node

# Notes of each video that the first page shows.
SHOWN = 100


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("pages", __name__)
    routes.add_app_template_filter(_media_range, "media_range")

    @routes.errorhandler(Refusal)
    async def refuse(refusal: Refusal) -> Response | tuple[str, int]:
        """A page for whoever asks for one, as browsers do."""
        response = refused(refusal)
        if "text/html" not in request.headers.get("Accept", ""):
            return response
        return await render_template("refused.html", message=refusal.message), response.status_code

    @routes.get("/")
    async def home() -> tuple[str, int]:
        user = await by_cookie(node)
        if user is None:
            return await render_template("signed_out.html"), 401
        videos = await node.videos.of_owner(user.id)
        pages = [(video, await node.notes.first_page(video.id, SHOWN)) for video in videos]
        return await render_template("home.html", user=user, pages=pages), 200

    @routes.get("/sign-in/<secret>")
    async def offer_sign_in(secret: str) -> str:
        """A page with a button: what fetches links to preview them must not spend this one."""
        return await render_template("sign_in.html", secret=secret)

    @routes.post("/sign-in/<secret>")
    async def sign_in(secret: str) -> Response | WerkzeugResponse:
        if request.headers.get("Origin", request.host_url.rstrip("/")) not in node.origins:
            raise Refusal(Code.FORBIDDEN, "Sign in from this server's own page.")
        session, session_hash = new_secret()
        expires = as_datetime(node.clock.now_ms()) + COOKIE_LIFE
        if not await node.accounts.sign_in(hashed(secret), session_hash, expires):
            raise Refusal(Code.NOT_FOUND, "This link has been used or is too old.")
        response = redirect("/")
        # TLS ends in front of us: that browsers use it is known by the public address alone.
        secure = node.settings.server.public_url.startswith("https:")
        response.set_cookie(COOKIE, session, max_age=COOKIE_LIFE, httponly=True, samesite="Lax", secure=secure)
        return response

    return routes


def _media_range(note: Note) -> str:
    return range_text(note.frame_in, note.frame_out, note.rate)
