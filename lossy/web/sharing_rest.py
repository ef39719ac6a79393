"""Under /api, sharing: with whom a video is shared, and who was there when it was reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.domain.access import Action, Role
from lossy.web.accounts_rest import plain
from lossy.web.api import Api, Asked
from lossy.web.entrance import new_email
from lossy.web.people_rest import link_as_payload
from lossy.web.sharing import change, reach_to, share, withdraw, withdraw_invitation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.store.videos import Reach
    from lossy.web.node import Node


def serve_sharing(node: Node) -> Api:
    api = Api.named("sharing_api", node)

    async def reached(asked: Asked, action: Action) -> Reach:
        return await reach_to(node, asked.ids["video_id"], asked.user, action)

    @api.handles("list_shares")
    async def shares(asked: Asked) -> Mapping[str, Any]:
        reach = await reached(asked, Action.READ)
        invited = await node.shares.invited(reach.video.id) if reach.may(Action.MANAGE) else []
        listed = [plain(each) for each in await node.shares.of(reach.video.id)]
        return {"role": reach.role, "shares": listed, "invited": [plain(each) for each in invited]}

    @api.handles("share_video")
    async def share_with(asked: Asked) -> Mapping[str, Any]:
        video = (await reached(asked, Action.MANAGE)).video
        link = await share(node, video, asked.user, new_email(asked.body.email), Role(asked.body.role))
        return {} if link is None else link_as_payload(node, link)

    @api.handles("change_share")
    async def change_role(asked: Asked) -> None:
        video = (await reached(asked, Action.MANAGE)).video
        await change(node, video, asked.ids["user_id"], Role(asked.body.role))

    @api.handles("withdraw_share")
    async def withdraw_share(asked: Asked) -> None:
        await withdraw(node, (await reached(asked, Action.MANAGE)).video, asked.ids["user_id"])

    @api.handles("withdraw_invited")
    async def withdraw_invited(asked: Asked) -> None:
        video = (await reached(asked, Action.MANAGE)).video
        await withdraw_invitation(node, video, asked.ids["invitation_id"])

    @api.handles("list_attendance")
    async def attendance(asked: Asked) -> Mapping[str, Any]:
        reach = await reached(asked, Action.READ)
        return {"attendance": [plain(each) for each in await node.attendances.of(reach.video.id)]}

    return api
