"""Where a person is signed in: the browsers that have a web session, and the devices that get tokens through one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.clock import as_ms
from lossy.domain.browsers import name_of
from lossy.store.people import sign_out
from lossy.store.withdrawals import sign_out_devices

if TYPE_CHECKING:
    from datetime import datetime

    from lossy.store.pool import Pool

# The latest of each; those beyond have not been heard of for long, and signing out everywhere reaches them too.
LISTED = 50


@frozen
class Browser:
    """One web session. Times in ms since the Unix epoch."""

    id: UUID
    name: str
    user_agent: str
    created_at: int
    seen_at: int


@frozen
class Device:
    """An extension or a page that talks to the server with tokens. `browser` is the one it is in, if still signed in.

    `seen_at` is when it got its latest token.
    """

    id: UUID
    name: str
    user_agent: str
    created_at: int
    seen_at: int
    browser: UUID | None


class Devices:
    """Those of one user at a time; the devices of others are as if there were none."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, user_id: UUID) -> list[Device]:
        """The latest heard of first. Revoked ones are not among them."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id, name, user_agent, created_at, seen_at, browser FROM devices"
                " WHERE user_id = %s AND revoked_at IS NULL ORDER BY seen_at DESC, id LIMIT %s",
                (user_id, LISTED),
            )
            return [_device(*row) for row in await cursor.fetchall()]

    async def rename(self, device_id: UUID, user_id: UUID, name: str) -> bool:
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "UPDATE devices SET name = %s WHERE id = %s AND user_id = %s AND revoked_at IS NULL",
                (name, device_id, user_id),
            )
            return cursor.rowcount == 1

    async def revoke(self, device_id: UUID, user_id: UUID, *, stays: UUID | None = None) -> bool:
        """For good: its tokens are refused and it gets no more. The browser it is in is signed out with it, or it
        would come back under another id; unless that is the one that `stays`, from where it is revoked.
        """
        async with self._pool.lend() as connection, connection.transaction():
            cursor = await connection.execute(
                "UPDATE devices SET revoked_at = now() WHERE id = %s AND user_id = %s AND revoked_at IS NULL"
                " RETURNING browser",
                (device_id, user_id),
            )
            row = await cursor.fetchone()
            if row is None:
                return False
            await sign_out_devices(connection, user_id, device_id=device_id)
            if row[0] not in (None, stays):
                await connection.execute("DELETE FROM web_sessions WHERE id = %s", (row[0],))
            return True

    # -- browsers -----------------------------------------------------------------------------------------------

    async def browsers(self, user_id: UUID) -> list[Browser]:
        """The latest heard of first."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id, user_agent, created_at, seen_at FROM web_sessions WHERE user_id = %s AND expires_at > now()"
                " ORDER BY seen_at DESC, id LIMIT %s",
                (user_id, LISTED),
            )
            return [
                Browser(id, name_of(agent), agent, as_ms(created), as_ms(seen))
                for id, agent, created, seen in await cursor.fetchall()
            ]

    async def browser(self, session_hash: bytes) -> UUID | None:
        """The one that has this web session."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute("SELECT id FROM web_sessions WHERE token_hash = %s", (session_hash,))
            row = await cursor.fetchone()
            return row[0] if row else None

    async def sign_in(
        self, user_id: UUID, session_hash: bytes, expires_at: datetime, user_agent: str, *, instead_of: bytes
    ) -> None:
        """A new web session, never one that was there before: whoever may have known that is not signed in by it."""
        async with self._pool.lend() as connection, connection.transaction():
            await connection.execute("DELETE FROM web_sessions WHERE token_hash = %s", (instead_of,))
            await connection.execute("DELETE FROM web_sessions WHERE user_id = %s AND expires_at < now()", (user_id,))
            await connection.execute(
                "INSERT INTO web_sessions (token_hash, user_id, expires_at, user_agent)"
                " SELECT %s, id, %s, %s FROM users WHERE id = %s AND deactivated_at IS NULL",
                (session_hash, expires_at, user_agent, user_id),
            )

    async def sign_out(self, browser_id: UUID, user_id: UUID) -> bool:
        """That browser, and the devices in it. They may sign in again."""
        async with self._pool.lend() as connection, connection.transaction():
            cursor = await connection.execute(
                "SELECT id FROM devices WHERE browser = %s AND user_id = %s AND revoked_at IS NULL",
                (browser_id, user_id),
            )
            for (device_id,) in await cursor.fetchall():
                await sign_out_devices(connection, user_id, device_id=device_id)
            cursor = await connection.execute(
                "DELETE FROM web_sessions WHERE id = %s AND user_id = %s", (browser_id, user_id)
            )
            return cursor.rowcount == 1

    async def sign_out_everywhere(self, user_id: UUID) -> None:
        async with self._pool.lend() as connection, connection.transaction():
            await sign_out(connection, user_id)


def _device(id: UUID, name: str, user_agent: str, created: datetime, seen: datetime, browser: UUID | None) -> Device:
    return Device(id, name or name_of(user_agent), user_agent, as_ms(created), as_ms(seen), browser)
