"""Users, their sign-ins and their devices. Secrets arrive here hashed; `lossy.web.auth` makes and hashes them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.store.gathered import Gathered

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from lossy.store.pool import Pool


ADMIN = "admin"
Token = tuple[UUID, UUID, int]  # the device it was made for, its user, and its generation
# Each request would write a row otherwise.
SEEN_EVERY = "interval '1 minute'"


@frozen
class User:
    id: UUID
    email: str
    role: str


class Accounts:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._welcome = Gathered(self._find_welcome)

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
        """The oldest admin who has not been deactivated."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id, email, role FROM users WHERE role = 'admin' AND deactivated_at IS NULL"
                " ORDER BY created_at LIMIT 1"
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

    async def sign_in(self, link_hash: bytes, session_hash: bytes, expires_at: datetime, user_agent: str = "") -> bool:
        """Spends a sign-in link on a web session. False when the link is unknown, spent or too old."""
        async with self._pool.lend() as connection, connection.transaction():
            cursor = await connection.execute(
                "WITH spent AS (DELETE FROM sign_in_links WHERE token_hash = %s RETURNING user_id, expires_at)"
                " INSERT INTO web_sessions (token_hash, user_id, expires_at, user_agent)"
                " SELECT %s, user_id, %s, %s FROM spent JOIN users ON users.id = user_id"
                " WHERE spent.expires_at > now() AND deactivated_at IS NULL",
                (link_hash, session_hash, expires_at, user_agent),
            )
            return cursor.rowcount == 1

    async def signed_in(self, session_hash: bytes) -> User | None:
        """Whoever has that web session. That they were here is noted now and then."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "WITH seen AS (UPDATE web_sessions SET seen_at = now() WHERE token_hash = %(hash)s"
                f" AND expires_at > now() AND seen_at < now() - {SEEN_EVERY})"
                " SELECT users.id, email, role FROM web_sessions JOIN users ON users.id = user_id"
                " WHERE token_hash = %(hash)s AND expires_at > now() AND deactivated_at IS NULL",
                {"hash": session_hash},
            )
            row = await cursor.fetchone()
            return User(*row) if row else None

    async def user(self, user_id: UUID) -> User | None:
        async with self._pool.lend() as connection:
            cursor = await connection.execute("SELECT id, email, role FROM users WHERE id = %s", (user_id,))
            row = await cursor.fetchone()
            return User(*row) if row else None

    async def add_device(
        self, device_id: UUID, user_id: UUID, session_hash: bytes = b"", user_agent: str = "", name: str = ""
    ) -> int | None:
        """The generation of the device's tokens, 1 or above; a new one becomes this user's. None for a device that is
        somebody else's, or revoked.

        It is in the browser that has that web session. A name it has is kept where none is given.
        """
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "INSERT INTO devices (id, user_id, browser, user_agent, name) VALUES"
                " (%s, %s, (SELECT id FROM web_sessions WHERE token_hash = %s), %s, %s)"
                " ON CONFLICT (id) DO UPDATE SET seen_at = now(), browser = excluded.browser,"
                " user_agent = excluded.user_agent, name = coalesce(nullif(excluded.name, ''), devices.name)"
                " WHERE devices.user_id = excluded.user_id AND devices.revoked_at IS NULL RETURNING generation",
                (device_id, user_id, session_hash, user_agent, name),
            )
            row = await cursor.fetchone()
            return row[0] if row else None

    async def is_welcome(self, device_id: UUID, user_id: UUID, generation: int = 1) -> bool:
        """Whether a token of that device and generation still counts."""
        return await self._welcome.get((device_id, user_id, generation)) is not None

    async def _find_welcome(self, tokens: Collection[Token]) -> Mapping[Token, Token]:
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT devices.id, user_id, generation FROM devices JOIN users ON users.id = user_id"
                " WHERE devices.id = ANY(%s) AND revoked_at IS NULL AND deactivated_at IS NULL",
                ([device_id for device_id, _, _ in tokens],),
            )
            return {row: row for row in await cursor.fetchall()}
