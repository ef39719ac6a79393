"""The way in: what a new server asks its first admin, and how a browser gets the extension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, Response

from lossy.channels.account_payloads import ChangeEmail, ChangePassword
from lossy.channels.errors import Refusal
from lossy.channels.page_payloads import FirstAccount
from lossy.web.account_pages import change_email, change_password
from lossy.web.api import signed_in
from lossy.web.downloads import offer
from lossy.web.entrance_pages import shown_again, to
from lossy.web.forms import read_form, show

if TYPE_CHECKING:
    from lossy.web.node import Node


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("guide", __name__)

    @routes.get("/welcome")
    async def welcome() -> Response:
        """For whoever came in by a link and has no password to come back with."""
        user = await signed_in(node)
        person = await node.people.get(user.id)
        if person is None or person.has_password:
            return to("/")
        return await show(node, "welcome.html", user)

    @routes.post("/welcome")
    async def choose() -> Response:
        user = await signed_in(node)
        asked = await read_form(node, FirstAccount)
        try:
            await change_email(node, user, ChangeEmail(asked.email, asked.current))
            await change_password(node, user, ChangePassword(asked.password, asked.current))
        except Refusal as refusal:
            return await shown_again(node, refusal, "welcome.html", user=user, email=asked.email)
        return to("/pair")

    @routes.get("/pair")
    async def pair() -> Response:
        return await offer(node, await signed_in(node))

    return routes
