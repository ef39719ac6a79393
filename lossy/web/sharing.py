"""Sharing a video: with somebody who has an account at once, with anybody else by an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.channels.errors import Code, Refusal, forbidden, not_found
from lossy.domain.accounts import UserRole
from lossy.store.shares import Full
from lossy.web.inviting import Link, invite

if TYPE_CHECKING:
    from uuid import UUID

    from lossy.domain.access import Action, Role
    from lossy.store.accounts import User
    from lossy.store.videos import Reach, Video
    from lossy.web.node import Node


async def reach_to(node: Node, video_id: UUID, user: User, action: Action) -> Reach:
    """Raises Refusal: not_found for a video that they do not reach, forbidden for what their role may not do."""
    reach = await node.videos.reach(video_id, user.id)
    if reach is None:
        raise not_found()
    if not reach.may(action):
        raise forbidden()
    return reach


async def share(node: Node, video: Video, by: User, email: str, role: Role) -> Link | None:
    """None when they have it at once; else the link that makes their account and the share.

    Raises Refusal (conflict): with its owner, with too many people.
    """
    person = await node.people.find(email)
    if person is not None and person.id == video.owner_id:
        raise Refusal(Code.CONFLICT, "The video is theirs.")
    try:
        await node.shares.check_room(video.id)
    except Full:
        raise Refusal(Code.CONFLICT, "This video is shared with as many people as it can be.") from None
    if person is None:
        life = node.settings.accounts.invitation_life
        return await invite(node.invitations, email, UserRole.USER, by.id, life, node.clock, (video.id, role))
    await node.shares.share(video.id, person.id, role)
    await node.letting_go.look()
    return None


async def change(node: Node, video: Video, user_id: UUID, role: Role) -> None:
    """Raises Refusal (not_found) where it is not shared with them."""
    if not await node.shares.change(video.id, user_id, role):
        raise not_found()
    await node.letting_go.look()


async def withdraw(node: Node, video: Video, user_id: UUID) -> None:
    """Raises Refusal (not_found). Returns once nothing of theirs on the video is live on this node."""
    if not await node.shares.withdraw(video.id, user_id):
        raise not_found()
    await node.letting_go.look()


async def withdraw_invitation(node: Node, video: Video, invitation_id: UUID) -> None:
    """Raises Refusal (not_found)."""
    if not await node.shares.withdraw_invitation(video.id, invitation_id):
        raise not_found()
