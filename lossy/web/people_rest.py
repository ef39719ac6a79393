"""Under /api, users and invitations, for admins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.channels.errors import not_found
from lossy.web.accounts_rest import plain
from lossy.web.api import Api, Asked
from lossy.web.forms import our_url
from lossy.web.people_pages import change_person, invite_person, person_of, reset_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.web.inviting import Link
    from lossy.web.node import Node


def serve_people(node: Node) -> Api:
    api = Api.named("people_api", node)

    @api.handles("list_users")
    async def users(asked: Asked) -> Mapping[str, Any]:
        return {"users": [plain(person) for person in await node.people.everybody()]}

    @api.handles("get_user")
    async def user(asked: Asked) -> Mapping[str, Any]:
        return plain(await person_of(node, asked.ids["user_id"]))

    @api.handles("change_user")
    async def change(asked: Asked) -> Mapping[str, Any]:
        return plain(await change_person(node, asked.ids["user_id"], asked.body))

    @api.handles("reset_password")
    async def reset(asked: Asked) -> Mapping[str, Any]:
        return link_as_payload(node, await reset_link(node, asked.ids["user_id"]))

    @api.handles("list_invitations")
    async def pending(asked: Asked) -> Mapping[str, Any]:
        return {"invitations": [plain(invitation) for invitation in await node.invitations.pending()]}

    @api.handles("invite")
    async def invite(asked: Asked) -> Mapping[str, Any]:
        return link_as_payload(node, await invite_person(node, asked.user, asked.body))

    @api.handles("withdraw_invitation")
    async def withdraw(asked: Asked) -> None:
        if not await node.invitations.withdraw(asked.ids["invitation_id"]):
            raise not_found()

    return api


def link_as_payload(node: Node, link: Link) -> dict[str, Any]:
    return {"link": our_url(node) + link.path, "expires_at": link.expires_at}
