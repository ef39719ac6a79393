"""The settings of users, the same for both stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
import trio
from attrs import frozen
from psycopg.types.json import Jsonb

from lossy.app import migrate_pool
from lossy.domain.user_settings import change
from lossy.store.memory_user_settings import MemoryUserSettings
from lossy.store.pool import open_pool
from lossy.store.user_settings import Kept, PostgresUserSettings, UserSettingsStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.domain.user_settings import Chosen

ANN, BEN = UUID(int=1), UUID(int=2)
CHOSEN = change({}, {"min_confidence": 0.5, "self_firming": ["audio"], "platform_overrides": {"vimeo": {}}})


@frozen
class Stored:
    """A store of settings, and how to make one row of it what another version of the product left."""

    store: UserSettingsStore
    leave: Callable[[UUID, int, Any], Awaitable[None]]


@pytest.fixture
async def stored(conninfo: str | None) -> AsyncIterator[Stored]:
    if conninfo is None:
        memory = MemoryUserSettings()

        async def set_row(user_id: UUID, version: int, chosen: Any) -> None:
            memory.rows[user_id] = version, chosen

        yield Stored(memory, set_row)
        return
    async with open_pool(conninfo, size=4) as pool:
        await migrate_pool(pool)
        async with pool.lend() as connection:
            for user in (ANN, BEN):
                insert = "INSERT INTO users (id, email, role) VALUES (%s, %s, 'user')"
                await connection.execute(insert, (user, f"{user}@example.com"))

        async def insert_row(user_id: UUID, version: int, chosen: Any) -> None:
            async with pool.lend() as connection:
                insert = "INSERT INTO user_settings (user_id, version, chosen) VALUES (%s, %s, %s)"
                await connection.execute(insert, (user_id, version, Jsonb(chosen)))

        yield Stored(PostgresUserSettings(pool), insert_row)


async def test_whoever_chose_nothing_has_version_zero(stored: Stored) -> None:
    assert await stored.store.of(ANN) == Kept(0, {})
    assert await stored.store.of(uuid4()) == Kept(0, {})


async def test_what_is_chosen_is_kept_for_its_user_alone(stored: Stored) -> None:
    assert await stored.store.replace(ANN, 0, CHOSEN)
    assert await stored.store.of(ANN) == Kept(1, CHOSEN)
    assert await stored.store.of(BEN) == Kept(0, {})


async def test_each_change_takes_the_place_of_the_version_before(stored: Stored) -> None:
    for version in range(3):
        assert await stored.store.replace(ANN, version, {"cooldown_ms": version})
    assert await stored.store.of(ANN) == Kept(3, {"cooldown_ms": 2})
    assert await stored.store.replace(ANN, 3, {})
    assert await stored.store.of(ANN) == Kept(4, {})


@pytest.mark.parametrize("version", [0, 1, 3, 2**31 - 1])
async def test_a_change_to_another_version_changes_nothing(stored: Stored, version: int) -> None:
    for current in range(2):
        await stored.store.replace(ANN, current, CHOSEN)
    assert not await stored.store.replace(ANN, version, {})
    assert await stored.store.of(ANN) == Kept(2, CHOSEN)


async def test_a_version_that_nobody_has_yet_cannot_be_changed(stored: Stored) -> None:
    assert not await stored.store.replace(ANN, 1, CHOSEN)
    assert await stored.store.of(ANN) == Kept(0, {})


async def test_of_changes_at_once_to_one_version_one_is_made(stored: Stored) -> None:
    for version in range(3):
        made: list[int] = []

        async def try_(cooldown: int, version: int = version, made: list[int] = made) -> None:
            if await stored.store.replace(ANN, version, {"cooldown_ms": cooldown}):
                made.append(cooldown)

        async with trio.open_nursery() as nursery:
            for cooldown in range(20):
                nursery.start_soon(try_, cooldown)
        assert len(made) == 1
        assert await stored.store.of(ANN) == Kept(version + 1, {"cooldown_ms": made[0]})


async def test_what_another_version_of_the_product_left_is_read_as_far_as_it_fits(stored: Stored) -> None:
    """A setting that is no more is dropped, as is a value that is out of bounds by now; one that is new is missing."""
    left: Chosen = {"auto_pause": False, "theme": "dark", "idle_pause_ms": 1, "self_firming": ["audio", "smell"]}
    await stored.leave(ANN, 7, left)
    assert await stored.store.of(ANN) == Kept(7, {"auto_pause": False})
    assert await stored.store.replace(ANN, 7, {"auto_pause": True})
    assert await stored.store.of(ANN) == Kept(8, {"auto_pause": True})


@pytest.mark.integration
async def test_with_a_user_go_their_settings(database: str) -> None:
    async with open_pool(database, size=1) as pool:
        await migrate_pool(pool)
        async with pool.lend() as connection:
            await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'a@localhost', 'user')", (ANN,))
        store = PostgresUserSettings(pool)
        await store.replace(ANN, 0, CHOSEN)
        async with pool.lend() as connection:
            await connection.execute("DELETE FROM users")
        assert await store.of(ANN) == Kept(0, {})
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            await store.replace(ANN, 0, CHOSEN)
