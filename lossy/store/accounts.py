"""Users, their sign-ins and their devices. Secrets arrive here hashed; `lossy.web.auth` makes and hashes them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from lossy.store.pool import Pool


ADMIN = "admin"


@frozen
class User:
    id: UUID
    email: str
    role: str


class Accounts:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def first_admin(self, id: UUID, email: str) -> User | None:
        """Makes the first user, an admin; None when there is a user already. Two servers at once make one."""
        async with self._pool.lend() as connection, connection.transaction():
            await connection.execute("LOCK TABLE users IN EXCLUSIVE MODE")
            cursor = await connection.execute(
                "INSERT INTO users (id, email, role) SELECT %s, %s, 'admin' WHERE NOT EXISTS (SELECT FROM users)"
                " RETURNING id, email, role",
                (id, email),
            )
            row = await cursor.fetchone()
            return User(*row) if row else None

    async def admin(self) -> User | None:
        """The oldest admin."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id, email, role FROM users WHERE role = 'admin' ORDER BY created_at LIMIT 1"
            )
            row = await cursor.fetchone()
            return User(*row) if row else None

    async def add_sign_in_link(self, token_hash: bytes, user_id: UUID, expires_at: datetime) -> None:
        async with self._pool.lend() as connection:
            await connection.execute("DELETE FROM sign_in_links WHERE expires_at < now()")
            await connection.execute(
                "INSERT INTO sign_in_links (token_hash, user_id, expires_at) VALUES (%s, %s, %s)",
                (token_hash, user_id, expires_at),
            )

    async def sign_in(self, link_hash: bytes, session_hash: bytes, expires_at: datetime) -> bool:
        """Spends a sign-in link on a web session. False when the link is unknown, spent or too old."""
        async with self._pool.lend() as connection, connection.transaction():
            cursor = await connection.execute(
                "WITH spent AS (DELETE FROM sign_in_links WHERE token_hash = %s RETURNING user_id, expires_at)"
                " INSERT INTO web_sessions (token_hash, user_id, expires_at)"
                " SELECT %s, user_id, %s FROM spent WHERE spent.expires_at > now()",
                (link_hash, session_hash, expires_at),
            )
            return cursor.rowcount == 1

    async def signed_in(self, session_hash: bytes) -> User | None:
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT users.id, email, role FROM web_sessions JOIN users ON users.id = user_id"
                " WHERE token_hash = %s AND expires_at > now()",
                (session_hash,),
            )
            row = await cursor.fetchone()
            return User(*row) if row else None

    async def user(self, user_id: UUID) -> User | None:
        async with self._pool.lend() as connection:
            cursor = await connection.execute("SELECT id, email, role FROM users WHERE id = %s", (user_id,))
            row = await cursor.fetchone()
            return User(*row) if row else None

    async def add_device(self, device_id: UUID, user_id: UUID) -> bool:
        """Whether the device is this user's and not revoked; a new one becomes so."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "INSERT INTO devices (id, user_id) VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET id = devices.id"
                " WHERE devices.user_id = excluded.user_id AND devices.revoked_at IS NULL RETURNING id",
                (device_id, user_id),
            )
            return await cursor.fetchone() is not None

    async def is_welcome(self, device_id: UUID, user_id: UUID) -> bool:
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT FROM devices WHERE id = %s AND user_id = %s AND revoked_at IS NULL", (device_id, user_id)
            )
            return await cursor.fetchone() is not None
