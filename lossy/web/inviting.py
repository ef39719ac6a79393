"""Letting people in by a link: an invitation for somebody new, another password for somebody known."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from attrs import field, frozen

from lossy.channels.errors import Code, Refusal, not_found
from lossy.clock import Clock, as_datetime, as_ms
from lossy.store.invitations import EmailTaken, Invitations, NewInvitation, TooManyInvitations
from lossy.web.auth import hashed, new_secret

if TYPE_CHECKING:
    from datetime import timedelta

    from lossy.domain.access import Role
    from lossy.domain.accounts import UserRole
    from lossy.store.accounts import User
    from lossy.store.invitations import Invitation
    from lossy.store.people import People
    from lossy.web.node import Node


@frozen
class Link:
    """Works once, until then (ms since the Unix epoch). `path` begins with a slash and holds a secret."""

    path: str = field(repr=False)
    expires_at: int


async def invite(
    invitations: Invitations,
    email: str,
    role: UserRole,
    by: UUID | None,
    life: timedelta,
    clock: Clock,
    share: tuple[UUID, Role] | None = None,
) -> Link:
    """Raises Refusal (conflict) when too many are open. That nobody has the address is the caller's to know."""
    secret, secret_hash = new_secret()
    expires = as_datetime(clock.now_ms()) + life
    try:
        await invitations.invite(NewInvitation(uuid4(), secret_hash, email, role, by, expires, share))
    except TooManyInvitations:
        raise Refusal(Code.CONFLICT, "Too many of your invitations have not been accepted yet.") from None
    return Link(f"/invitations/{secret}", as_ms(expires))


async def offer_reset(people: People, user_id: UUID, life: timedelta, clock: Clock) -> Link:
    """Raises Refusal (not_found) for somebody who is none or deactivated."""
    secret, secret_hash = new_secret()
    expires = as_datetime(clock.now_ms()) + life
    if not await people.add_reset(user_id, secret_hash, expires):
        raise not_found()
    return Link(f"/passwords/{secret}", as_ms(expires))


def _spent() -> Refusal:
    return Refusal(Code.NOT_FOUND, "This link has been used or is too old.")


async def open_invitation(node: Node, secret: str) -> Invitation:
    """Looks at it without spending it. Raises Refusal (not_found)."""
    invitation = await node.invitations.find(hashed(secret))
    if invitation is None:
        raise _spent()
    return invitation


async def accept(node: Node, secret: str, password: str) -> User:
    """Makes the account. Raises Refusal: not_found, conflict when there is one by now."""
    kept = await node.passwords.hashed(password)
    try:
        user = await node.invitations.accept(hashed(secret), uuid4(), kept)
    except EmailTaken:
        raise has_account() from None
    if user is None:
        raise _spent()
    return user


def has_account() -> Refusal:
    return Refusal(Code.CONFLICT, "There is an account with this address. Sign in with it, then open this link again.")


async def accept_as(node: Node, secret: str, user: User) -> None:
    """What it shares goes to an account that is there already. Raises Refusal (not_found)."""
    if not await node.invitations.accept_as(hashed(secret), user):
        raise _spent()


async def open_reset(node: Node, secret: str) -> User:
    """Looks at it without spending it. Raises Refusal (not_found)."""
    user = await node.people.whose_reset(hashed(secret))
    if user is None:
        raise _spent()
    return user


async def reset(node: Node, secret: str, password: str) -> User:
    """Their new password; they are signed out everywhere. Raises Refusal (not_found)."""
    user = await node.people.reset_password(hashed(secret), await node.passwords.hashed(password))
    if user is None:
        raise _spent()
    await node.attempts.forgive(user.email)
    await node.letting_go.look()
    return user
