"""What was taken from users, so that every node lets go of it: a device that is signed out, a video no longer shared.

It is written in the transaction that takes it, and read by each node from where its last look began.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from attrs import frozen

from lossy.domain.access import Role
from lossy.store.pool import StoreError

if TYPE_CHECKING:
    from lossy.store.connection import Connection
    from lossy.store.pool import Pool

# A node that could not reach the database for longer has lost its lease, and its sockets have been asked for fresh
# tokens many times over.
_KEPT = "interval '1 day'"


@frozen
class DeviceSignedOut:
    """Tokens of the device up to this generation are refused."""

    user_id: UUID
    device_id: UUID
    generation: int


@frozen
class ShareChanged:
    """`role` is what is left to the user on the video; None for nothing."""

    user_id: UUID
    video_id: UUID
    role: Role | None


Withdrawal = DeviceSignedOut | ShareChanged


@frozen
class Look:
    """`cursor` is where the next look begins. What was found carries the number of its row: some is found twice."""

    cursor: int
    found: Sequence[tuple[int, Withdrawal]]


class Withdrawals:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def since(self, cursor: int | None) -> Look:
        """None is left out. Without a cursor: those from now on. Raises StoreError."""
        try:
            return await self._since(cursor)
        except psycopg.Error as error:
            raise StoreError(f"withdrawals: {error}") from error

    async def _since(self, cursor: int | None) -> Look:
        """The cursor is taken before the rows are read, so what is committed between the two is found twice."""
        async with self._pool.lend() as connection:
            oldest = await connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            row = await oldest.fetchone()
            assert row is not None, "a function has a value"
            if cursor is None:
                return Look(row[0], ())
            found = await connection.execute(
                "SELECT id, user_id, device_id, generation, video_id, role FROM withdrawals"
                " WHERE changed_in >= %s::text::xid8 ORDER BY id",
                (str(cursor),),
            )
            return Look(row[0], [(id, _read(*rest)) for id, *rest in await found.fetchall()])


def _read(
    user_id: UUID, device_id: UUID | None, generation: int | None, video_id: UUID | None, role: str | None
) -> Withdrawal:
    if device_id is not None and generation is not None:
        return DeviceSignedOut(user_id, device_id, generation)
    assert video_id is not None, "a check of the table: it is one or the other"
    return ShareChanged(user_id, video_id, None if role is None else Role(role))


# -- written within the transaction of whoever takes something ---------------------------------------------------


async def sign_out_devices(
    connection: Connection[Any], user_id: UUID, *, device_id: UUID | None = None, but_in: UUID | None = None
) -> None:
    """One device of the user, or all but those in the browser `but_in`. They may sign in again."""
    await connection.execute(
        "WITH gone AS (UPDATE devices SET generation = generation + 1 WHERE user_id = %(user)s"
        " AND (%(device)s::uuid IS NULL OR id = %(device)s)"
        " AND (%(but_in)s::uuid IS NULL OR browser IS DISTINCT FROM %(but_in)s) RETURNING id, generation - 1 AS last)"
        " INSERT INTO withdrawals (user_id, device_id, generation) SELECT %(user)s, id, last FROM gone",
        {"user": user_id, "device": device_id, "but_in": but_in},
    )
    await _forget_old(connection)


async def change_share(connection: Connection[Any], video_id: UUID, user_id: UUID, role: Role | None) -> None:
    await connection.execute(
        "INSERT INTO withdrawals (user_id, video_id, role) VALUES (%s, %s, %s)", (user_id, video_id, role)
    )
    await _forget_old(connection)


async def _forget_old(connection: Connection[Any]) -> None:
    await connection.execute(f"DELETE FROM withdrawals WHERE at < now() - {_KEPT}")
