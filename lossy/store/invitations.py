"""Invitations: a link for somebody who has no account yet, and what they get with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from attrs import field, frozen

from lossy.clock import as_ms
from lossy.domain.access import Role
from lossy.domain.accounts import UserRole
from lossy.store.accounts import User
from lossy.store.people import set_password

if TYPE_CHECKING:
    from lossy.store.connection import Connection
    from lossy.store.pool import Pool

# Open at once, by one person. Whoever needs more waits for some to be accepted, or withdraws some.
OPEN = 100
LISTED = 500


@frozen
class Invitation:
    """`invited_by` is an address, None for the command line; `shares` are titles of videos. ms since the Unix epoch."""

    id: UUID
    email: str
    role: UserRole
    invited_by: str | None
    created_at: int
    expires_at: int
    shares: Sequence[str]


@frozen
class NewInvitation:
    """Of somebody at that address. `share` is a video, and what they may do with it."""

    id: UUID
    token_hash: bytes = field(repr=False)
    email: str
    role: UserRole
    invited_by: UUID | None
    expires_at: datetime
    share: tuple[UUID, Role] | None = None


class TooManyInvitations(Exception):
    """OPEN of this person's have not been accepted yet."""


class EmailTaken(Exception):
    """Somebody has an account with that address by now."""


class Invitations:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def invite(self, new: NewInvitation) -> UUID:
        """Its id. One that the same person made for the same address goes on with the new link alone, and keeps what it
        shared.

        Raises TooManyInvitations.
        """
        async with self._pool.lend() as connection, connection.transaction():
            await connection.execute("DELETE FROM invitations WHERE expires_at < now()")
            id = await _renew(connection, new) or await _insert(connection, new)
            if new.share is not None:
                await connection.execute(
                    "INSERT INTO invitation_shares (invitation_id, video_id, role) VALUES (%s, %s, %s)"
                    " ON CONFLICT (invitation_id, video_id) DO UPDATE SET role = excluded.role",
                    (id, *new.share),
                )
            return id

    async def pending(self) -> list[Invitation]:
        """The newest first, LISTED at most."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(f"{_INVITATION} ORDER BY invitations.created_at DESC LIMIT %s", (LISTED,))
            return [_invitation(*row) for row in await cursor.fetchall()]

    async def withdraw(self, id: UUID) -> bool:
        async with self._pool.lend() as connection:
            return (await connection.execute("DELETE FROM invitations WHERE id = %s", (id,))).rowcount == 1

    async def find(self, token_hash: bytes) -> Invitation | None:
        async with self._pool.lend() as connection:
            cursor = await connection.execute(f"{_INVITATION} AND token_hash = %s", (token_hash,))
            row = await cursor.fetchone()
            return _invitation(*row) if row else None

    async def accept(self, token_hash: bytes, user_id: UUID, password_hash: str) -> User | None:
        """Spends the link on an account. None when it is unknown, spent or too old. Raises EmailTaken."""
        async with self._pool.lend() as connection, connection.transaction():
            spent = await _spend(connection, token_hash)
            if spent is None:
                return None
            id, email, role = spent
            try:
                await connection.execute(
                    "INSERT INTO users (id, email, role) VALUES (%s, %s, %s)", (user_id, email, role)
                )
            except psycopg.errors.UniqueViolation:
                raise EmailTaken from None
            await set_password(connection, user_id, password_hash)
            await _share(connection, id, user_id)
            return User(user_id, email, role)

    async def accept_as(self, token_hash: bytes, user: User) -> bool:
        """Spends the link on what it shares, for its addressee, who has an account by now. False as for `accept`, and
        when it was made for somebody else.
        """
        async with self._pool.lend() as connection, connection.transaction():
            spent = await _spend(connection, token_hash, user.email)
            if spent is not None:
                await _share(connection, spent[0], user.id)
            return spent is not None


_INVITATION = (
    "SELECT invitations.id, invitations.email, invitations.role, inviter.email, invitations.created_at, expires_at,"
    " ARRAY(SELECT title FROM invitation_shares JOIN videos ON videos.id = video_id"
    " WHERE invitation_id = invitations.id ORDER BY title)"
    " FROM invitations LEFT JOIN users inviter ON inviter.id = invited_by WHERE expires_at > now()"
)


def _invitation(
    id: UUID, email: str, role: str, by: str | None, created: datetime, expires: datetime, shares: list[str]
) -> Invitation:
    return Invitation(id, email, UserRole(role), by, as_ms(created), as_ms(expires), tuple(shares))


async def _renew(connection: Connection[Any], new: NewInvitation) -> UUID | None:
    """Whoever shares a video changes nothing about the account that was offered before."""
    cursor = await connection.execute(
        "UPDATE invitations SET token_hash = %s, expires_at = %s,"
        " role = CASE WHEN %s THEN role ELSE %s END"
        " WHERE email = %s AND invited_by IS NOT DISTINCT FROM %s RETURNING id",
        (new.token_hash, new.expires_at, new.share is not None, new.role, new.email, new.invited_by),
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def _insert(connection: Connection[Any], new: NewInvitation) -> UUID:
    cursor = await connection.execute(
        "INSERT INTO invitations (id, token_hash, email, role, invited_by, expires_at) SELECT %s, %s, %s, %s, %s, %s"
        " WHERE (SELECT count(*) FROM invitations WHERE invited_by IS NOT DISTINCT FROM %s) < %s",
        (new.id, new.token_hash, new.email, new.role, new.invited_by, new.expires_at, new.invited_by, OPEN),
    )
    if cursor.rowcount == 0:
        raise TooManyInvitations
    return new.id


async def _spend(
    connection: Connection[Any], token_hash: bytes, email: str | None = None
) -> tuple[UUID, str, str] | None:
    """What the invitation was, which nobody can spend again once the transaction is over; its shares go after it."""
    cursor = await connection.execute(
        "UPDATE invitations SET expires_at = now() WHERE token_hash = %(hash)s AND expires_at > now()"
        " AND (%(email)s::text IS NULL OR email = %(email)s) RETURNING id, email, role",
        {"hash": token_hash, "email": email},
    )
    return await cursor.fetchone()


async def _share(connection: Connection[Any], invitation_id: UUID, user_id: UUID) -> None:
    """One's own videos are not shared with oneself, and what somebody has already is not made less."""
    await connection.execute(
        "INSERT INTO shares (video_id, user_id, role) SELECT video_id, %(user)s, role FROM invitation_shares"
        " JOIN videos ON videos.id = video_id WHERE invitation_id = %(invitation)s AND owner_id <> %(user)s"
        " ON CONFLICT DO NOTHING",
        {"user": user_id, "invitation": invitation_id},
    )
    await connection.execute("DELETE FROM invitations WHERE id = %s", (invitation_id,))
