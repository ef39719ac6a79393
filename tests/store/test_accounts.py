"""Users, sign-ins and devices in PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
import trio

from lossy.store.accounts import Accounts, User

if TYPE_CHECKING:
    from lossy.store.pool import Pool

pytestmark = pytest.mark.integration

HOUR = timedelta(hours=1)
LINK, SESSION = b"l" * 32, b"s" * 32


@pytest.fixture
async def accounts(pool: Pool) -> Accounts:
    return Accounts(pool)


@pytest.fixture
async def admin(accounts: Accounts) -> User:
    admin = await accounts.first_admin(uuid4(), "a@localhost")
    assert admin is not None
    return admin


def later(span: timedelta = HOUR) -> datetime:
    return datetime.now(UTC) + span


async def add_user(pool: Pool) -> UUID:
    id = uuid4()
    async with pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'b@localhost', 'user')", (id,))
    return id


# -- the admin ------------------------------------------------------------------------------------------------------


async def test_the_first_user_is_an_admin(accounts: Accounts) -> None:
    id = uuid4()
    assert await accounts.admin() is None
    assert await accounts.first_admin(id, "a@localhost") == User(id, "a@localhost", "admin")
    assert await accounts.admin() == User(id, "a@localhost", "admin")


async def test_there_is_one_first_user(accounts: Accounts, admin: User) -> None:
    assert await accounts.first_admin(uuid4(), "b@localhost") is None
    assert await accounts.admin() == admin


async def test_two_servers_that_start_at_once_make_one_admin(accounts: Accounts) -> None:
    made: list[User | None] = []

    async def make(email: str) -> None:
        made.append(await accounts.first_admin(uuid4(), email))

    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(make, f"{number}@localhost")
    assert len(made) - made.count(None) == 1


# -- signing in -----------------------------------------------------------------------------------------------------


async def test_a_link_is_spent_on_a_session(accounts: Accounts, admin: User) -> None:
    await accounts.add_sign_in_link(LINK, admin.id, later())
    assert await accounts.sign_in(LINK, SESSION, later())
    assert await accounts.signed_in(SESSION) == admin
    assert not await accounts.sign_in(LINK, b"t" * 32, later())
    assert await accounts.signed_in(b"t" * 32) is None


async def test_a_link_used_twice_at_once_signs_in_once(accounts: Accounts, admin: User) -> None:
    await accounts.add_sign_in_link(LINK, admin.id, later())
    signed_in: list[bool] = []

    async def sign_in(session: bytes) -> None:
        signed_in.append(await accounts.sign_in(LINK, session, later()))

    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(sign_in, bytes([number]) * 32)
    assert sorted(signed_in) == [False, False, False, True]


async def test_what_is_unknown_or_old_signs_nobody_in(accounts: Accounts, admin: User) -> None:
    await accounts.add_sign_in_link(LINK, admin.id, later(-timedelta(seconds=1)))
    assert not await accounts.sign_in(LINK, SESSION, later())
    assert not await accounts.sign_in(b"?" * 32, SESSION, later())
    assert await accounts.signed_in(SESSION) is None


async def test_a_session_ends(accounts: Accounts, admin: User) -> None:
    await accounts.add_sign_in_link(LINK, admin.id, later())
    assert await accounts.sign_in(LINK, SESSION, later(-timedelta(seconds=1)))
    assert await accounts.signed_in(SESSION) is None


async def test_old_links_go_when_a_new_one_comes(pool: Pool, accounts: Accounts, admin: User) -> None:
    await accounts.add_sign_in_link(b"o" * 32, admin.id, later(-timedelta(seconds=1)))
    await accounts.add_sign_in_link(LINK, admin.id, later())
    async with pool.lend() as connection:
        cursor = await connection.execute("SELECT token_hash FROM sign_in_links")
        assert [bytes(row[0]) for row in await cursor.fetchall()] == [LINK]


# -- devices --------------------------------------------------------------------------------------------------------


async def test_a_device_is_welcome_to_its_user_alone(pool: Pool, accounts: Accounts, admin: User) -> None:
    device, other = uuid4(), await add_user(pool)
    assert not await accounts.is_welcome(device, admin.id)
    assert await accounts.add_device(device, admin.id)
    assert await accounts.add_device(device, admin.id)
    assert await accounts.is_welcome(device, admin.id)
    assert not await accounts.is_welcome(device, other)
    assert not await accounts.add_device(device, other)
    assert await accounts.is_welcome(device, admin.id)


async def test_a_revoked_device_stays_revoked(pool: Pool, accounts: Accounts, admin: User) -> None:
    device = uuid4()
    await accounts.add_device(device, admin.id)
    async with pool.lend() as connection:
        await connection.execute("UPDATE devices SET revoked_at = now()")
    assert not await accounts.is_welcome(device, admin.id)
    assert not await accounts.add_device(device, admin.id)


async def test_many_devices_at_once_need_no_more_than_the_pool(accounts: Accounts, admin: User) -> None:
    """More callers than connections: a call that takes a second connection while it holds one would wait for ever."""
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            for _ in range(8):
                nursery.start_soon(accounts.add_device, uuid4(), admin.id)
