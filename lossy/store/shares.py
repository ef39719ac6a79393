"""With whom a video is shared, and in which role. Whether the asker may know or change it is the caller's to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.clock import as_ms
from lossy.domain.access import Role
from lossy.store.withdrawals import change_share

if TYPE_CHECKING:
    from datetime import datetime

    from lossy.store.pool import Pool

# People with one video, invited ones among them. A room of reviewers is a tenth of it.
SHARED_WITH = 200


@frozen
class Share:
    """Since when, in ms since the Unix epoch."""

    user_id: UUID
    email: str
    role: Role
    created_at: int


@frozen
class Invited:
    """Somebody who has not accepted yet. Times in ms since the Unix epoch."""

    invitation_id: UUID
    email: str
    role: Role
    expires_at: int


class Full(Exception):
    """The video is shared with SHARED_WITH people."""


class Shares:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, video_id: UUID) -> list[Share]:
        """By address."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT user_id, email, shares.role, shares.created_at FROM shares JOIN users ON users.id = user_id"
                " WHERE video_id = %s ORDER BY email LIMIT %s",
                (video_id, SHARED_WITH),
            )
            return [Share(id, email, Role(role), as_ms(since)) for id, email, role, since in await cursor.fetchall()]

    async def invited(self, video_id: UUID) -> list[Invited]:
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT invitations.id, email, invitation_shares.role, expires_at FROM invitation_shares"
                " JOIN invitations ON invitations.id = invitation_id WHERE video_id = %s AND expires_at > now()"
                " ORDER BY email LIMIT %s",
                (video_id, SHARED_WITH),
            )
            return [_invited(*row) for row in await cursor.fetchall()]

    async def check_room(self, video_id: UUID) -> None:
        """Raises Full. Two who share at once may pass it by one."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT (SELECT count(*) FROM shares WHERE video_id = %(video)s)"
                " + (SELECT count(*) FROM invitation_shares WHERE video_id = %(video)s)",
                {"video": video_id},
            )
            row = await cursor.fetchone()
            assert row is not None, "a count has a value"
            if row[0] >= SHARED_WITH:
                raise Full

    async def share(self, video_id: UUID, user_id: UUID, role: Role) -> None:
        """From now on it is this role. What is live of theirs on the video begins anew where it was another."""
        async with self._pool.lend() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO shares (video_id, user_id, role) VALUES (%s, %s, %s)"
                " ON CONFLICT (video_id, user_id) DO UPDATE SET role = excluded.role",
                (video_id, user_id, role),
            )
            await change_share(connection, video_id, user_id, role)

    async def change(self, video_id: UUID, user_id: UUID, role: Role) -> bool:
        """False where it is not shared with them."""
        async with self._pool.lend() as connection, connection.transaction():
            cursor = await connection.execute(
                "UPDATE shares SET role = %s WHERE video_id = %s AND user_id = %s", (role, video_id, user_id)
            )
            if cursor.rowcount == 1:
                await change_share(connection, video_id, user_id, role)
            return cursor.rowcount == 1

    async def withdraw(self, video_id: UUID, user_id: UUID) -> bool:
        """Their notes stay with the video. False where it is not shared with them."""
        async with self._pool.lend() as connection, connection.transaction():
            cursor = await connection.execute(
                "DELETE FROM shares WHERE video_id = %s AND user_id = %s", (video_id, user_id)
            )
            if cursor.rowcount == 1:
                await change_share(connection, video_id, user_id, None)
            return cursor.rowcount == 1

    async def withdraw_invitation(self, video_id: UUID, invitation_id: UUID) -> bool:
        """The link goes with the last video that it shared, unless an admin made it."""
        async with self._pool.lend() as connection, connection.transaction():
            cursor = await connection.execute(
                "DELETE FROM invitation_shares WHERE video_id = %s AND invitation_id = %s", (video_id, invitation_id)
            )
            if cursor.rowcount == 1:
                await connection.execute(
                    "DELETE FROM invitations WHERE id = %(id)s"
                    " AND NOT EXISTS (SELECT FROM invitation_shares WHERE invitation_id = %(id)s)"
                    " AND NOT EXISTS (SELECT FROM users WHERE users.id = invited_by AND users.role = 'admin')",
                    {"id": invitation_id},
                )
            return cursor.rowcount == 1


def _invited(id: UUID, email: str, role: str, expires: datetime) -> Invited:
    return Invited(id, email, Role(role), as_ms(expires))
