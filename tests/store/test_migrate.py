from pathlib import Path

import pytest
import trio
from psycopg.rows import TupleRow

from lossy.store.connection import Connection
from lossy.store.fitness import find_fault
from lossy.store.migrate import Migration, MigrationError, migrate, read_migrations

integration = pytest.mark.integration

FIRST = "create table notes (id int); insert into notes values (1);"
SECOND = "alter table notes add column body text default '100%'"


def write(folder: Path, **files: str) -> Path:
    for name, sql in files.items():
        (folder / f"{name.removeprefix('n')}.sql").write_text(sql)
    return folder


def names(migrations: tuple[Migration, ...]) -> list[str]:
    return [migration.name for migration in migrations]


async def connect(empty_database: str) -> Connection[TupleRow]:
    return await Connection.connect(empty_database, autocommit=True)


@integration
async def test_each_file_is_applied_once(empty_database: str, tmp_path: Path) -> None:
    async with await connect(empty_database) as conn:
        assert names(await migrate(conn, write(tmp_path, n0001_notes=FIRST))) == ["0001_notes.sql"]
        assert names(await migrate(conn, write(tmp_path, n0002_body=SECOND))) == ["0002_body.sql"]
        assert await migrate(conn, tmp_path) == ()
        assert await (await conn.execute("select * from notes")).fetchall() == [(1, "100%")]


@integration
async def test_a_file_that_fails_leaves_nothing_and_the_ones_before_it_stay(
    empty_database: str, tmp_path: Path
) -> None:
    write(tmp_path, n0001_notes=FIRST, n0002_wrong="insert into notes values (2); select 1/0")
    async with await connect(empty_database) as conn:
        with pytest.raises(MigrationError, match=r"0002_wrong\.sql: division by zero"):
            await migrate(conn, tmp_path)
        assert find_fault(conn) is None
        assert await (await conn.execute("select * from notes")).fetchall() == [(1,)]
        write(tmp_path, n0002_wrong="select 1")
        assert names(await migrate(conn, tmp_path)) == ["0002_wrong.sql"]


@integration
async def test_a_file_that_commits_is_refused(empty_database: str, tmp_path: Path) -> None:
    async with await connect(empty_database) as conn:
        with pytest.raises(MigrationError, match=r"0001_notes\.sql ends the transaction"):
            await migrate(conn, write(tmp_path, n0001_notes=f"{FIRST} commit;"))


@integration
async def test_a_file_that_changed_after_it_was_applied_is_named(empty_database: str, tmp_path: Path) -> None:
    async with await connect(empty_database) as conn:
        await migrate(conn, write(tmp_path, n0001_notes=FIRST))
        write(tmp_path, n0001_notes=FIRST + "\n", n0002_body=SECOND)
        with pytest.raises(MigrationError, match=r"0001_notes\.sql was changed after it was applied"):
            await migrate(conn, tmp_path)


@integration
async def test_a_database_that_is_newer_than_the_program_is_refused(empty_database: str, tmp_path: Path) -> None:
    async with await connect(empty_database) as conn:
        await migrate(conn, write(tmp_path, n0001_notes=FIRST, n0002_body=SECOND))
        (tmp_path / "0002_body.sql").unlink()
        with pytest.raises(MigrationError, match=r"newer than this program.*0002_body\.sql"):
            await migrate(conn, tmp_path)


@integration
async def test_several_at_once_take_turns(empty_database: str, tmp_path: Path) -> None:
    for number in range(1, 11):
        (tmp_path / f"{number:04}_step.sql").write_text(f"create table t{number} (n int); select pg_sleep(0.01)")
    applied: list[str] = []

    async def run() -> None:
        async with await connect(empty_database) as conn:
            applied.extend(names(await migrate(conn, tmp_path)))

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(run)
    assert sorted(applied) == [f"{number:04}_step.sql" for number in range(1, 11)]


@integration
async def test_a_cancelled_migration_lets_the_next_one_in(empty_database: str, tmp_path: Path) -> None:
    write(tmp_path, n0001_slow="create table slow (n int); select pg_sleep(60)")
    async with await connect(empty_database) as conn, await connect(empty_database) as other:
        with trio.move_on_after(0.1):
            await migrate(conn, tmp_path)
        assert names(await migrate(other, write(tmp_path, n0001_slow=FIRST))) == ["0001_slow.sql"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["0001_a", "0003_c"], r"0003_c\.sql: number 0003 follows 0001"),
        (["0002_b"], r"0002_b\.sql: number 0002 follows 0000"),
        (["0001_a", "0001_b"], r"0001_b\.sql: number 0001 is there twice"),
        (["0001_a", "2_b"], r"2_b\.sql: a migration is called like 0001_name\.sql"),
    ],
)
def test_numbers_start_at_one_without_holes_or_doubles(tmp_path: Path, files: list[str], message: str) -> None:
    for name in files:
        (tmp_path / f"{name}.sql").write_text("select 1")
    with pytest.raises(MigrationError, match=message):
        read_migrations(tmp_path)
