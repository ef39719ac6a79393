"""Signing in and out, and the links that let people in: an invitation, another password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from quart import Blueprint, Response, redirect

from lossy.channels.account_payloads import NewPassword, SignIn
from lossy.channels.errors import Code, Refusal
from lossy.channels.payloads import Nothing
from lossy.web.api import by_cookie, retry_after, signed_in, status_of
from lossy.web.entrance import begin_session, check_password, forget_session, new_password, this_browser
from lossy.web.forms import read_form, show
from lossy.web.inviting import accept, accept_as, has_account, open_invitation, open_reset, reset

if TYPE_CHECKING:
    from lossy.store.accounts import User
    from lossy.store.invitations import Invitation
    from lossy.web.node import Node


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("entrance", __name__)

    @routes.get("/sign-in")
    async def sign_in_page() -> Response:
        if await by_cookie(node) is not None:
            return to("/")
        return await show(node, "sign_in.html")

    @routes.post("/sign-in")
    async def sign_in() -> Response:
        given = await read_form(node, SignIn)
        try:
            user = await check_password(node, given.email, given.password)
        except Refusal as refusal:
            return await shown_again(node, refusal, "sign_in.html", email=given.email)
        return await begin_session(node, user, to("/"))

    @routes.post("/sign-out")
    async def sign_out() -> Response:
        await read_form(node, Nothing)
        await end_session(node)
        return forget_session(node, to("/sign-in"))

    @routes.get("/invitations/<secret>")
    async def offer_invitation(secret: str) -> Response:
        """What fetches links to preview them does not spend this one."""
        invitation = await open_invitation(node, secret)
        user, known = await _addressee(node, invitation)
        return await show(node, "invitation.html", user, invitation=invitation, known=known)

    @routes.post("/invitations/<secret>")
    async def accept_invitation(secret: str) -> Response:
        invitation = await open_invitation(node, secret)
        user, known = await _addressee(node, invitation)
        if user is not None:
            await read_form(node, Nothing)
            await accept_as(node, secret, user)
            return to("/")
        given = await read_form(node, NewPassword)
        if known:
            raise has_account()
        try:
            password = new_password(given.password, invitation.email)
        except Refusal as refusal:
            return await shown_again(node, refusal, "invitation.html", invitation=invitation, known=False)
        return await begin_session(node, await accept(node, secret, password), to("/"))

    @routes.get("/passwords/<secret>")
    async def offer_reset(secret: str) -> Response:
        return await show(node, "reset.html", whose=await open_reset(node, secret))

    @routes.post("/passwords/<secret>")
    async def choose_password(secret: str) -> Response:
        whose = await open_reset(node, secret)
        given = await read_form(node, NewPassword)
        try:
            password = new_password(given.password, whose.email)
        except Refusal as refusal:
            return await shown_again(node, refusal, "reset.html", whose=whose)
        return await begin_session(node, await reset(node, secret, password), to("/"))

    return routes


async def _addressee(node: Node, invitation: Invitation) -> tuple[User | None, bool]:
    """Whoever it was made for, if they ask themselves; and whether they have an account."""
    user = await by_cookie(node)
    known = await node.people.find(invitation.email) is not None
    return (user if user is not None and user.email == invitation.email else None), known


async def end_session(node: Node) -> None:
    """Of the browser that asks, with the devices in it. Raises Refusal (unauthenticated)."""
    user, browser = await signed_in(node), await this_browser(node)
    if browser is not None:
        await node.devices.sign_out(browser, user.id)
        await node.letting_go.look()


async def shown_again(node: Node, refusal: Refusal, template: str, /, **values: Any) -> Response:
    """The form with what was wrong; what had been typed is kept, but for passwords."""
    if refusal.code not in (Code.INVALID, Code.UNAUTHENTICATED, Code.RATE_LIMITED, Code.CONFLICT):
        raise refusal
    response = await show(node, template, status=status_of(refusal), fault=refusal, **values)
    response.headers.update(retry_after(refusal))
    return response


def to(path: str) -> Response:
    """303: whatever was sent is not sent again by going there."""
    return cast(Response, redirect(path, 303))
