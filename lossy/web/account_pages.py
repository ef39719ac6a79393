"""One's own account: address, password, and where one is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, Response

from lossy.channels.account_payloads import ChangeEmail, ChangePassword, RenameDevice
from lossy.channels.errors import Code, Refusal, not_found
from lossy.channels.payloads import Nothing
from lossy.web.api import retry_after, signed_in, status_of
from lossy.web.entrance import check_again, forget_session, new_email, new_password, this_browser
from lossy.web.entrance_pages import to
from lossy.web.forms import read_form, show

if TYPE_CHECKING:
    from uuid import UUID

    from lossy.store.accounts import User
    from lossy.web.node import Node


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("account", __name__)

    @routes.get("/account")
    async def account() -> Response:
        return await account_page(node, await signed_in(node))

    @routes.post("/account/email")
    async def email() -> Response:
        user = await signed_in(node)
        given = await read_form(node, ChangeEmail)
        try:
            await change_email(node, user, given)
        except Refusal as refusal:
            return await account_page(node, user, refusal, "email", given.email)
        return to("/account")

    @routes.post("/account/password")
    async def password() -> Response:
        user = await signed_in(node)
        given = await read_form(node, ChangePassword)
        try:
            await change_password(node, user, given)
        except Refusal as refusal:
            return await account_page(node, user, refusal, "password")
        return to("/account")

    @routes.get("/devices")
    async def devices() -> Response:
        """Where somebody is signed in."""
        user = await signed_in(node)
        return await show(
            node,
            "devices.html",
            user,
            browsers=await node.devices.browsers(user.id),
            devices=await node.devices.of(user.id),
            here=await this_browser(node),
        )

    @routes.post("/account/devices/<uuid:device_id>/rename")
    async def rename(device_id: UUID) -> Response:
        user = await signed_in(node)
        asked = await read_form(node, RenameDevice)
        if not await node.devices.rename(device_id, user.id, asked.name.strip()):
            raise not_found()
        return to("/devices")

    @routes.post("/account/devices/<uuid:device_id>/revoke")
    async def revoke(device_id: UUID) -> Response:
        user = await signed_in(node)
        await read_form(node, Nothing)
        await revoke_device(node, user.id, device_id, stays=await this_browser(node))
        return to("/devices")

    @routes.post("/account/browsers/<uuid:browser_id>/sign-out")
    async def sign_out(browser_id: UUID) -> Response:
        user = await signed_in(node)
        await read_form(node, Nothing)
        await sign_out_browser(node, user, browser_id)
        return to("/devices")

    @routes.post("/account/sign-out-everywhere")
    async def sign_out_everywhere() -> Response:
        user = await signed_in(node)
        await read_form(node, Nothing)
        await node.devices.sign_out_everywhere(user.id)
        await node.letting_go.look()
        return forget_session(node, to("/sign-in"))

    return routes


async def account_page(
    node: Node, user: User, fault: Refusal | None = None, at: str = "", email: str | None = None
) -> Response:
    """`at` is the form that the fault is of, `email` what was typed in it."""
    if fault is not None and fault.code not in (Code.INVALID, Code.CONFLICT, Code.RATE_LIMITED):
        raise fault
    response = await show(
        node,
        "account.html",
        user,
        status=200 if fault is None else status_of(fault),
        person=await node.people.get(user.id),
        email=email or user.email,
        fault=fault,
        at=at,
    )
    response.headers.update({} if fault is None else retry_after(fault))
    return response


# -- what the pages and REST do alike ----------------------------------------------------------------------------


async def change_email(node: Node, user: User, asked: ChangeEmail) -> None:
    """Raises Refusal: invalid, conflict when somebody has that address, rate_limited."""
    email = new_email(asked.email)
    await check_again(node, user, asked.current)
    if not await node.people.change_email(user.id, email):
        raise Refusal(Code.CONFLICT, "Somebody has that address already, or was invited to it.")


async def change_password(node: Node, user: User, asked: ChangePassword) -> None:
    """Signs out every browser and device but those here. Raises Refusal: invalid, rate_limited."""
    password = new_password(asked.password, user.email)
    await check_again(node, user, asked.current)
    kept = await node.passwords.hashed(password)
    await node.people.change_password(user.id, kept, stays=await this_browser(node))
    await node.letting_go.look()


async def revoke_device(node: Node, user_id: UUID, device_id: UUID, *, stays: UUID | None) -> None:
    """Raises Refusal (not_found). Once it returns the device's sockets on this node are closed."""
    if not await node.devices.revoke(device_id, user_id, stays=stays):
        raise not_found()
    await node.letting_go.look()


async def sign_out_browser(node: Node, user: User, browser_id: UUID) -> None:
    """Raises Refusal (not_found)."""
    if not await node.devices.sign_out(browser_id, user.id):
        raise not_found()
    await node.letting_go.look()
