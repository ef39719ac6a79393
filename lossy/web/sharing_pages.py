"""With whom one video is shared, and who was there when it was reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, Response

from lossy.channels.account_payloads import ChangeShare, ShareWith
from lossy.channels.errors import Code, Refusal
from lossy.channels.operations import OPERATIONS
from lossy.channels.payloads import Nothing
from lossy.domain.access import Action, Role
from lossy.web.api import signed_in, status_of
from lossy.web.entrance import new_email
from lossy.web.entrance_pages import to
from lossy.web.forms import our_url, read_form, show
from lossy.web.sharing import change, reach_to, share, withdraw, withdraw_invitation

if TYPE_CHECKING:
    from uuid import UUID

    from lossy.store.accounts import User
    from lossy.store.videos import Reach
    from lossy.web.node import Node


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("sharing", __name__, url_prefix="/videos/<uuid:video_id>/sharing")

    async def managed(video_id: UUID) -> tuple[User, Reach]:
        user = await signed_in(node)
        return user, await reach_to(node, video_id, user, Action.MANAGE)

    @routes.get("")
    async def sharing(video_id: UUID) -> Response:
        """Whoever reaches the video sees with whom they share it; only its owner changes that."""
        user = await signed_in(node)
        return await _page(node, user, await reach_to(node, video_id, user, Action.READ))

    @routes.post("")
    async def share_with(video_id: UUID) -> Response:
        """The page, with a link on it where there has to be one: it is shown this once."""
        user, reach = await managed(video_id)
        asked = await read_form(node, ShareWith)
        node.limits.spend(user.id, OPERATIONS["share_video"])  # its answer tells who has an account
        try:
            link = await share(node, reach.video, user, new_email(asked.email), Role(asked.role))
        except Refusal as refusal:
            return await _page(node, user, reach, refusal, email=asked.email, role=asked.role)
        if link is None:
            return to(_here(video_id))
        return await _page(node, user, reach, link=our_url(node) + link.path, link_for=asked.email)

    @routes.post("/<uuid:user_id>/role")
    async def change_role(video_id: UUID, user_id: UUID) -> Response:
        _, reach = await managed(video_id)
        asked = await read_form(node, ChangeShare)
        await change(node, reach.video, user_id, Role(asked.role))
        return to(_here(video_id))

    @routes.post("/<uuid:user_id>/withdraw")
    async def withdraw_share(video_id: UUID, user_id: UUID) -> Response:
        _, reach = await managed(video_id)
        await read_form(node, Nothing)
        await withdraw(node, reach.video, user_id)
        return to(_here(video_id))

    @routes.post("/invitations/<uuid:invitation_id>/withdraw")
    async def withdraw_invited(video_id: UUID, invitation_id: UUID) -> Response:
        _, reach = await managed(video_id)
        await read_form(node, Nothing)
        await withdraw_invitation(node, reach.video, invitation_id)
        return to(_here(video_id))

    return routes


def _here(video_id: UUID) -> str:
    return f"/videos/{video_id}/sharing"


async def _page(node: Node, user: User, reach: Reach, fault: Refusal | None = None, **values: object) -> Response:
    if fault is not None and fault.code not in (Code.INVALID, Code.CONFLICT):
        raise fault
    video_id, manages = reach.video.id, reach.may(Action.MANAGE)
    return await show(
        node,
        "sharing.html",
        user,
        status=200 if fault is None else status_of(fault),
        reach=reach,
        manages=manages,
        owner=await node.people.get(reach.video.owner_id),
        shares=await node.shares.of(video_id),
        invited=await node.shares.invited(video_id) if manages else [],
        attendances=await node.attendances.of(video_id),
        roles=[role for role in Role if role is not Role.OWNER],
        fault=fault,
        **values,
    )
