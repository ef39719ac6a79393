"""Everybody who has an account: their passwords and roles, and who may not come in any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from attrs import field, frozen

from lossy.clock import as_ms
from lossy.domain.accounts import UserRole
from lossy.store.accounts import User
from lossy.store.withdrawals import sign_out_devices

if TYPE_CHECKING:
    from datetime import datetime

    from lossy.store.connection import Connection
    from lossy.store.pool import Pool

# On one page; the command line lists as many.
LISTED = 500


class PeopleError(Exception):
    """Something that cannot be done with somebody; the message says what and why."""


class NoSuchPerson(PeopleError):
    pass


class LastAdmin(PeopleError):
    def __init__(self) -> None:
        super().__init__("they are the last admin; make somebody else one first")


@frozen
class Credentials:
    user: User
    password_hash: str | None = field(repr=False)
    active: bool


@frozen
class Person:
    """`seen_at` is when a browser or a device of theirs was last heard of; times in ms since the Unix epoch."""

    id: UUID
    email: str
    role: UserRole
    created_at: int
    seen_at: int | None
    active: bool
    has_password: bool


class People:
    """Raises StoreError. Methods that change a person answer False where there is none of that id."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    # -- who there is -------------------------------------------------------------------------------------------

    async def everybody(self) -> list[Person]:
        """By address, LISTED at most."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(f"{_PERSON} ORDER BY email LIMIT %s", (LISTED,))
            return [_person(*row) for row in await cursor.fetchall()]

    async def find(self, email: str) -> Person | None:
        async with self._pool.lend() as connection:
            row = await (await connection.execute(f"{_PERSON} WHERE email = %s", (email,))).fetchone()
            return _person(*row) if row else None

    async def get(self, user_id: UUID) -> Person | None:
        async with self._pool.lend() as connection:
            row = await (await connection.execute(f"{_PERSON} WHERE users.id = %s", (user_id,))).fetchone()
            return _person(*row) if row else None

    async def credentials(self, email: str) -> Credentials | None:
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id, email, role, password_hash, deactivated_at IS NULL FROM users WHERE email = %s", (email,)
            )
            row = await cursor.fetchone()
            return Credentials(User(*row[:3]), *row[3:]) if row else None

    # -- what they change themselves ----------------------------------------------------------------------------

    async def change_password(self, user_id: UUID, password_hash: str, *, stays: UUID | None) -> None:
        """Signs them out everywhere but in the browser that `stays`, and their links to choose another one are void."""
        async with self._pool.lend() as connection, connection.transaction():
            await set_password(connection, user_id, password_hash)
            await sign_out(connection, user_id, but_in=stays)

    async def rehash(self, user_id: UUID, old: str, new: str) -> None:
        """The same password, kept in another way; unless it has been changed meanwhile."""
        async with self._pool.lend() as connection:
            await connection.execute(
                "UPDATE users SET password_hash = %s WHERE id = %s AND password_hash = %s", (new, user_id, old)
            )

    async def change_email(self, user_id: UUID, email: str) -> bool:
        """False when somebody has that address, or was invited to it: what is shared with them is not to go to whoever
        takes their address first.
        """
        async with self._pool.lend() as connection:
            try:
                cursor = await connection.execute(
                    "UPDATE users SET email = %(email)s WHERE id = %(user)s"
                    " AND NOT EXISTS (SELECT FROM invitations WHERE email = %(email)s AND expires_at > now())",
                    {"email": email, "user": user_id},
                )
            except psycopg.errors.UniqueViolation:
                return False
            return cursor.rowcount == 1

    # -- what an admin changes ----------------------------------------------------------------------------------

    async def change_role(self, user_id: UUID, role: UserRole) -> bool:
        """Raises LastAdmin."""
        async with self._pool.lend() as connection, connection.transaction():
            if role is not UserRole.ADMIN:
                await _check_not_last(connection, user_id)
            cursor = await connection.execute("UPDATE users SET role = %s WHERE id = %s", (role, user_id))
            return cursor.rowcount == 1

    async def deactivate(self, user_id: UUID) -> bool:
        """They are signed out everywhere and cannot come in; what they made stays. Raises LastAdmin."""
        async with self._pool.lend() as connection, connection.transaction():
            await _check_not_last(connection, user_id)
            cursor = await connection.execute(
                "UPDATE users SET deactivated_at = coalesce(deactivated_at, now()) WHERE id = %s", (user_id,)
            )
            await sign_out(connection, user_id)
            await connection.execute("DELETE FROM sign_in_links WHERE user_id = %s", (user_id,))
            await connection.execute("DELETE FROM password_resets WHERE user_id = %s", (user_id,))
            return cursor.rowcount == 1

    async def activate(self, user_id: UUID) -> bool:
        async with self._pool.lend() as connection:
            cursor = await connection.execute("UPDATE users SET deactivated_at = NULL WHERE id = %s", (user_id,))
            return cursor.rowcount == 1

    # -- a link to choose another password ----------------------------------------------------------------------

    async def add_reset(self, user_id: UUID, token_hash: bytes, expires_at: datetime) -> bool:
        """The link before it is void. False for a user who is none or deactivated."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "INSERT INTO password_resets (token_hash, user_id, expires_at)"
                " SELECT %s, id, %s FROM users WHERE id = %s AND deactivated_at IS NULL"
                " ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash,"
                " expires_at = excluded.expires_at",
                (token_hash, expires_at, user_id),
            )
            return cursor.rowcount == 1

    async def whose_reset(self, token_hash: bytes) -> User | None:
        async with self._pool.lend() as connection:
            return await _whose_reset(connection, token_hash)

    async def reset_password(self, token_hash: bytes, password_hash: str) -> User | None:
        """Spends the link. None when it is unknown, spent or too old. They are signed out everywhere."""
        async with self._pool.lend() as connection, connection.transaction():
            user = await _whose_reset(connection, token_hash, lock=True)
            if user is not None:
                await set_password(connection, user.id, password_hash)
                await sign_out(connection, user.id)
            return user


_PERSON = (
    "SELECT id, email, role, created_at, (SELECT max(seen_at) FROM (SELECT seen_at FROM web_sessions WHERE user_id ="
    " users.id UNION ALL SELECT seen_at FROM devices WHERE user_id = users.id) AS seen),"
    " deactivated_at IS NULL, password_hash IS NOT NULL FROM users"
)


def _person(
    id: UUID, email: str, role: str, created: datetime, seen: datetime | None, active: bool, has_password: bool
) -> Person:
    seen_at = None if seen is None else as_ms(seen)
    return Person(id, email, UserRole(role), as_ms(created), seen_at, active, has_password)


async def sign_out(connection: Connection[Any], user_id: UUID, *, but_in: UUID | None = None) -> None:
    """Everywhere but in that browser."""
    await connection.execute(
        "DELETE FROM web_sessions WHERE user_id = %(user)s AND (%(but_in)s::uuid IS NULL OR id <> %(but_in)s)",
        {"user": user_id, "but_in": but_in},
    )
    await sign_out_devices(connection, user_id, but_in=but_in)


async def set_password(connection: Connection[Any], user_id: UUID, password_hash: str) -> None:
    await connection.execute("UPDATE users SET password_hash = %s WHERE id = %s", (password_hash, user_id))
    await connection.execute("DELETE FROM password_resets WHERE user_id = %s", (user_id,))


async def _whose_reset(connection: Connection[Any], token_hash: bytes, *, lock: bool = False) -> User | None:
    cursor = await connection.execute(
        "SELECT users.id, email, role FROM password_resets JOIN users ON users.id = user_id"
        " WHERE token_hash = %s AND expires_at > now() AND deactivated_at IS NULL"
        f"{' FOR UPDATE' if lock else ''}",
        (token_hash,),
    )
    row = await cursor.fetchone()
    return User(*row) if row else None


async def _check_not_last(connection: Connection[Any], user_id: UUID) -> None:
    """Raises LastAdmin. The admins are locked, so that two of them who demote each other do not both succeed."""
    cursor = await connection.execute(
        "SELECT id FROM users WHERE role = 'admin' AND deactivated_at IS NULL ORDER BY id FOR UPDATE"
    )
    if [row[0] for row in await cursor.fetchall()] == [user_id]:
        raise LastAdmin
