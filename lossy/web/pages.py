"""A one-time sign-in, and how every page writes times and names."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from quart import Blueprint, Response, redirect, render_template

from lossy.channels.errors import Code, Refusal
from lossy.clock import as_datetime
from lossy.domain.platforms.model import Platform
from lossy.domain.timecode import media_text, range_text
from lossy.web.auth import COOKIE_LIFE, hashed, new_secret
from lossy.web.entrance import keep_session, user_agent
from lossy.web.forms import check_origin

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as WerkzeugResponse

    from lossy.domain.attendance import Stay
    from lossy.domain.library import Entry
    from lossy.domain.notes import Note
    from lossy.domain.timecode import Rate
    from lossy.web.node import Node


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("pages", __name__)
    routes.add_app_template_filter(_media_range, "media_range")
    for written in (day, moment, stayed, wait, ago, runtime, shown_at, fps):
        routes.add_app_template_filter(written)

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
        return keep_session(node, cast(Response, redirect("/welcome")), session)

    return routes


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
    if moment(stay.since) == moment(stay.until):
        return f"{moment(stay.since)}, for less than a minute"
    if day(stay.since) == day(stay.until):
        return f"{day(stay.since)}, {clock(stay.since)} to {clock(stay.until)} UTC"
    return f"{moment(stay.since)}, to {moment(stay.until)}"


def wait(span_ms: int) -> str:
    """As a person counts it, and never too short."""
    seconds = -(-span_ms // 1_000)
    number, unit = (-(-seconds // 60), "minute") if seconds > 90 else (seconds, "second")
    return f"{number} {unit}{'s' * (number != 1)}"


def ago(at_ms: int, now_ms: int) -> str:
    """How long since, in the largest unit that says it."""
    seconds = max(0, now_ms - at_ms) // 1_000
    for span, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= span:
            number = seconds // span
            return f"{number} {unit}{'s' * (number != 1)} ago" if number < 60 or unit != "day" else day(at_ms)
    return "just now"


def runtime(duration_ms: int) -> str:
    """Of a film: `1:02:33`."""
    return media_text(duration_ms).partition(".")[0]


PLATFORMS = {
    Platform.YOUTUBE: "YouTube",
    Platform.VIMEO: "Vimeo",
    Platform.FRAME_IO: "Frame.io",
    Platform.ICONIK: "Iconik",
}


def shown_at(entry: Entry) -> str:
    """The name of its platform, or of the host where it is on none."""
    return PLATFORMS.get(entry.platform) or urlsplit(entry.url).hostname or entry.url


def fps(rate: Rate) -> str:
    """As people say it: 23.976."""
    return f"{rate.num / rate.den:.3f}".rstrip("0").rstrip(".")
