"""Users and invitations, for admins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, Response

from lossy.channels.account_payloads import ChangePerson, Invite
from lossy.channels.errors import Code, Refusal, forbidden, not_found
from lossy.channels.payloads import Nothing
from lossy.domain.accounts import UserRole
from lossy.store.people import LastAdmin
from lossy.web.api import signed_in, status_of
from lossy.web.entrance import new_email
from lossy.web.entrance_pages import to
from lossy.web.forms import our_url, read_form, show
from lossy.web.inviting import Link, invite, offer_reset

if TYPE_CHECKING:
    from uuid import UUID

    from lossy.store.accounts import User
    from lossy.store.people import Person
    from lossy.web.node import Node


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("people", __name__, url_prefix="/admin")

    @routes.get("/users")
    async def users() -> Response:
        return await _page(node, await signed_in_admin(node))

    @routes.post("/invitations")
    async def invitations() -> Response:
        """The page with the link on it: it is shown this once."""
        admin = await signed_in_admin(node)
        asked = await read_form(node, Invite)
        try:
            link = await invite_person(node, admin, asked)
        except Refusal as refusal:
            return await _page(node, admin, fault=refusal, email=asked.email)
        return await _page(node, admin, link=our_url(node) + link.path, link_for=asked.email)

    @routes.post("/invitations/<uuid:invitation_id>/withdraw")
    async def withdraw(invitation_id: UUID) -> Response:
        await signed_in_admin(node)
        await read_form(node, Nothing)
        if not await node.invitations.withdraw(invitation_id):
            raise not_found()
        return to("/admin/users")

    @routes.post("/users/<uuid:user_id>/reset")
    async def reset(user_id: UUID) -> Response:
        admin = await signed_in_admin(node)
        await read_form(node, Nothing)
        link = await reset_link(node, user_id)
        return await _page(
            node, admin, link=our_url(node) + link.path, link_for=(await person_of(node, user_id)).email, is_reset=True
        )

    @routes.post("/users/<uuid:user_id>/<any(promote, demote, deactivate, activate):what>")
    async def change(user_id: UUID, what: str) -> Response:
        admin = await signed_in_admin(node)
        await read_form(node, Nothing)
        try:
            await change_person(node, user_id, _CHANGES[what])
        except Refusal as refusal:
            return await _page(node, admin, fault=refusal)
        return to("/admin/users" if user_id != admin.id else "/")

    return routes


_CHANGES = {
    "promote": ChangePerson(role="admin"),
    "demote": ChangePerson(role="user"),
    "deactivate": ChangePerson(active=False),
    "activate": ChangePerson(active=True),
}


async def _page(node: Node, admin: User, fault: Refusal | None = None, **values: object) -> Response:
    if fault is not None and fault.code not in (Code.INVALID, Code.CONFLICT):
        raise fault
    people, pending = await node.people.everybody(), await node.invitations.pending()
    status = 200 if fault is None else status_of(fault)
    return await show(node, "people.html", admin, status, people=people, pending=pending, fault=fault, **values)


# -- what the pages and REST do alike ----------------------------------------------------------------------------


async def signed_in_admin(node: Node) -> User:
    """Raises Refusal: unauthenticated, forbidden."""
    user = await signed_in(node)
    if user.role != UserRole.ADMIN:
        raise forbidden("Only an admin may do that.")
    return user


async def invite_person(node: Node, admin: User, asked: Invite) -> Link:
    """Raises Refusal: invalid, conflict when they have an account."""
    email = new_email(asked.email)
    if await node.people.find(email) is not None:
        raise Refusal(Code.CONFLICT, "They have an account already.")
    life = node.settings.accounts.invitation_life
    return await invite(node.invitations, email, UserRole(asked.role), admin.id, life, node.clock)


async def reset_link(node: Node, user_id: UUID) -> Link:
    """Raises Refusal (not_found) for somebody who is none or deactivated."""
    return await offer_reset(node.people, user_id, node.settings.accounts.reset_life, node.clock)


async def person_of(node: Node, user_id: UUID) -> Person:
    """Raises Refusal (not_found)."""
    person = await node.people.get(user_id)
    if person is None:
        raise not_found()
    return person


async def change_person(node: Node, user_id: UUID, asked: ChangePerson) -> Person:
    """What they are then. Raises Refusal: not_found, conflict for the last admin."""
    await person_of(node, user_id)
    try:
        if asked.role is not None:
            await node.people.change_role(user_id, UserRole(asked.role))
        if asked.active is True:
            await node.people.activate(user_id)
        elif asked.active is False:
            await node.people.deactivate(user_id)
            await node.letting_go.look()
    except LastAdmin:
        raise Refusal(Code.CONFLICT, "They are the last admin: make somebody else one first.") from None
    return await person_of(node, user_id)
