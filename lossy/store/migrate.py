"""Migrations: numbered SQL files, forward only."""

import hashlib
import re
from pathlib import Path

import attrs
import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from lossy.store.connection import Connection

_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
# Any number that no other user of advisory locks in this database takes: "lossy" in ASCII.
_LOCK = int.from_bytes(b"lossy")
_TABLE = """
create table if not exists migrations (
    number integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
)
"""


class MigrationError(Exception):
    """The files and the database do not fit together, or a file failed. The message names the file."""


@attrs.frozen
class Migration:
    number: int
    name: str
    sql: bytes = attrs.field(repr=False)
    checksum: str  # SHA-256 of the file, in hex


async def migrate(conn: Connection[TupleRow], folder: Path) -> tuple[Migration, ...]:
    """Apply what is missing, each file in a transaction of its own; returns what this call applied.

    The connection is in autocommit mode.

    Other processes may do the same at the same time: a lock lets them take turns, file by file.

    Raises MigrationError. The files before the one that failed stay applied.
    """
    migrations = read_migrations(folder)
    applied = []
    while migration := await _apply_next(conn, migrations):
        applied.append(migration)
    return tuple(applied)


def read_migrations(folder: Path) -> tuple[Migration, ...]:
    """Raises MigrationError unless the files are 0001_name.sql, 0002_name.sql and so on, each number once."""
    migrations = tuple(_read(path) for path in sorted(folder.glob("*.sql")))
    for expected, migration in enumerate(migrations, start=1):
        if migration.number != expected:
            fault = "is there twice" if migration.number < expected else f"follows {expected - 1:04}"
            raise MigrationError(f"{migration.name}: number {migration.number:04} {fault}")
    return migrations


def _read(path: Path) -> Migration:
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        raise MigrationError(f"{path.name}: a migration is called like 0001_name.sql")
    sql = path.read_bytes()
    return Migration(int(match[1]), path.name, sql, hashlib.sha256(sql).hexdigest())


async def _apply_next(conn: Connection[TupleRow], migrations: tuple[Migration, ...]) -> Migration | None:
    async with conn.transaction():
        await conn.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        await conn.execute(_TABLE)
        rows = await (await conn.execute("select name, checksum from migrations order by number")).fetchall()
        _check_applied(migrations, rows)
        if len(rows) == len(migrations):
            return None
        migration = migrations[len(rows)]
        await _apply(conn, migration)
        return migration


def _check_applied(migrations: tuple[Migration, ...], rows: list[TupleRow]) -> None:
    if len(rows) > len(migrations):
        raise MigrationError(f"the database is newer than this program, which does not know {rows[len(migrations)][0]}")
    for migration, (name, checksum) in zip(migrations, rows, strict=False):
        if migration.checksum != checksum:
            raise MigrationError(f"{migration.name} was changed after it was applied (as {name})")


async def _apply(conn: Connection[TupleRow], migration: Migration) -> None:
    try:
        await conn.execute(migration.sql)
    except psycopg.Error as error:
        raise MigrationError(f"{migration.name}: {error}") from error
    if conn.info.transaction_status != TransactionStatus.INTRANS:
        raise MigrationError(f"{migration.name} ends the transaction it is applied in")
    await conn.execute(
        "insert into migrations (number, name, checksum) values (%s, %s, %s)",
        (migration.number, migration.name, migration.checksum),
    )
