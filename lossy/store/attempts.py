"""Attempts to sign in, counted in the database so that every node and every restart goes by the same count."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import psycopg
from attrs import frozen

from lossy.domain.lockout import ACCOUNT, ADDRESS, Failures, Rule, failed, wait_ms

if TYPE_CHECKING:
    from lossy.store.connection import Connection
    from lossy.store.pool import Pool

_FORGOTTEN_MS = max(ACCOUNT.forget_ms, ADDRESS.forget_ms)
# Forgotten counts that one attempt clears away: more than it can add.
_CLEARED = 100


@frozen
class Attempt:
    """Somebody at a network address names an account, which need not exist."""

    email: str
    address: str

    @property
    def counts(self) -> dict[bytes, Rule]:
        """In the order in which they are locked, so that no two attempts wait for each other."""
        named = {_key("account", self.email): ACCOUNT, _key("address", self.address): ADDRESS}
        return dict(sorted(named.items()))


def _key(kind: str, name: str) -> bytes:
    return hashlib.sha256(f"{kind}\0{name}".encode()).digest()


class Attempts:
    """`now` is in ms since the Unix epoch."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def begin(self, attempt: Attempt, now: int) -> int:
        """How long to wait before another try, ms; 0 for a try that may be read.

        That one counts as failed until it is said to have succeeded: however many arrive at once, no more are read
        than may fail. One that has to wait leaves nothing behind.
        """
        wait = 0
        async with self._pool.lend() as connection, connection.transaction():
            known = {key: await _lock(connection, key, now) for key in attempt.counts}
            wait = max(wait_ms(rule, known[key], now) for key, rule in attempt.counts.items())
            if wait > 0:
                raise psycopg.Rollback
            for key, rule in attempt.counts.items():
                await _keep(connection, key, failed(rule, known[key], now))
            await _clear(connection, now)
        return wait

    async def succeeded(self, attempt: Attempt) -> None:
        """The account has no failures any more. The address is only forgiven this one: an attacker may have an account
        too.
        """
        await self.forgive(attempt.email)
        async with self._pool.lend() as connection:
            await connection.execute(
                "UPDATE failed_sign_ins SET failures = greatest(0, failures - 1) WHERE whose = %s",
                (_key("address", attempt.address),),
            )

    async def forgive(self, email: str) -> None:
        """The account has no failures any more: its owner has shown who they are in another way."""
        async with self._pool.lend() as connection:
            await connection.execute("DELETE FROM failed_sign_ins WHERE whose = %s", (_key("account", email),))


async def _lock(connection: Connection[Any], key: bytes, now: int) -> Failures:
    cursor = await connection.execute(
        "INSERT INTO failed_sign_ins (whose, failures, last_at) VALUES (%s, 0, %s)"
        " ON CONFLICT (whose) DO UPDATE SET whose = excluded.whose RETURNING failures, last_at",
        (key, now),
    )
    row = await cursor.fetchone()
    assert row is not None, "an upsert returns its row"
    return Failures(*row)


async def _keep(connection: Connection[Any], key: bytes, failures: Failures) -> None:
    await connection.execute(
        "UPDATE failed_sign_ins SET failures = %s, last_at = %s WHERE whose = %s",
        (failures.count, failures.last_at, key),
    )


async def _clear(connection: Connection[Any], now: int) -> None:
    """Those that somebody holds at this moment are left to the next."""
    await connection.execute(
        "DELETE FROM failed_sign_ins WHERE whose IN"
        " (SELECT whose FROM failed_sign_ins WHERE last_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        (now - _FORGOTTEN_MS, _CLEARED),
    )
