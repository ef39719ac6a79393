"""The extension of somebody who is known to a server, and who can be heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.live_extension import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.live_extension import Live, Server


def make_known(live: Live, server: Server, url: str) -> None:
    """Signed in at that address of the server, with a model, and a sound card that tests speak into."""
    live.until(lambda s: s["connection"]["phase"] != "unset", "a server to be looked for")
    live.done("set_server", server=url)
    live.until(lambda s: s["connection"]["phase"] == "signed_out", "to be nobody")
    sign_in(live, server)
    live.until(lambda s: s["connection"]["phase"] == "online" and s["settings"], "to be known")
    live.until(lambda s: s["recogniser"]["phase"] == "ready", "the model", 60)
    live.plug_in()


def listen_to(live: Live, film: str) -> Page:
    """A page with that film in it, and somebody listened to who watches it."""
    page = live.film(film)
    live.until(lambda s: s["video"] and s["video"]["video_id"], "the film")
    live.done("start")
    live.until(lambda s: s["session"] and s["session"]["mine"] and s["microphone"]["phase"] == "listening", "listening")
    return page
