"""Flags and groups, the same for both stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
import trio
from attrs import frozen

from lossy.app import migrate_pool
from lossy.domain.capabilities import BUILT, Capability
from lossy.domain.flag_change import Kind, Outdated, first_changes
from lossy.domain.flag_rules import Rules
from lossy.domain.setting_values import Unfit
from lossy.sessions.flag_watch import INSTALLED, begun
from lossy.store.flags import By, FlagStore, PostgresFlags, Recorded
from lossy.store.memory_flags import MemoryFlags
from lossy.store.pool import open_pool
from tests.flags import after, everything_on, flag, group

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.domain.flag_change import Change

ANN, BEN, NOBODY = UUID(int=1), UUID(int=2), UUID(int=3)
VOICE = Capability.VOICE_SESSION
NOON = 1_763_640_000_000
BY_ANN, BY_COMMAND = By("web", ANN), By("cli:root")

# One of everything that can be set.
CHANGES = (
    group("crew", {"members": {str(ANN): True, str(BEN): True}, "defaults": {"self_firming": ["audio", "color"]}}),
    group("beta", {}),
    flag(VOICE, {"actors": {str(ANN): False}, "groups": {"crew": True}, "share": 250}),
    flag(Capability.NOTES_CHANNEL, {"boolean": False, "killed": True}),
    group("crew", {"members": {str(BEN): None}, "defaults": {"auto_post": True, "min_confidence": 0.5}}),
    flag(VOICE, {"actors": {str(ANN): None, str(BEN): True}}),
)


@frozen
class Stored:
    store: FlagStore
    drop_user: Callable[[UUID], Awaitable[None]]


@pytest.fixture
async def stored(conninfo: str | None) -> AsyncIterator[Stored]:
    """Ann and Ben are there."""
    if conninfo is None:
        memory = MemoryFlags(users={ANN, BEN})

        async def forget(user_id: UUID) -> None:
            memory.forget(user_id)

        yield Stored(memory, forget)
        return
    async with open_pool(conninfo, size=4) as pool:
        await migrate_pool(pool)
        async with pool.lend() as connection:
            for user in (ANN, BEN):
                insert = "INSERT INTO users (id, email, role) VALUES (%s, %s, 'user')"
                await connection.execute(insert, (user, f"{user}@example.com"))

        async def delete(user_id: UUID) -> None:
            async with pool.lend() as connection:
                await connection.execute("DELETE FROM users WHERE id = %s", (user_id,))

        yield Stored(PostgresFlags(pool), delete)


async def test_at_first_nothing_is_set(stored: Stored) -> None:
    assert await stored.store.read() == Rules()
    assert await stored.store.version() == 0
    assert await stored.store.history(None, None, 10) == []


async def test_what_is_set_is_what_the_changes_make_of_it(stored: Stored) -> None:
    for n, change in enumerate(CHANGES, start=1):
        made = await stored.store.change([change], BY_ANN, NOON)
        assert made == await stored.store.read() == after(*CHANGES[:n])
        assert await stored.store.version() == n


async def test_a_group_that_is_taken_away_is_gone(stored: Stored) -> None:
    await stored.store.change(CHANGES, BY_ANN, NOON)
    await stored.store.change([flag(VOICE, {"groups": {"crew": None}}), group("crew", None)], BY_ANN, NOON)
    assert (await stored.store.read()).groups.keys() == {"beta"}


async def test_all_changes_are_made_or_none(stored: Stored) -> None:
    await stored.store.change([flag(VOICE, {"boolean": True})], BY_ANN, NOON)
    before = await stored.store.read()
    with pytest.raises(Unfit):
        await stored.store.change([flag(VOICE, {"killed": True}), flag(VOICE, {"colour": 1})], BY_ANN, NOON)
    with pytest.raises(Outdated):
        await stored.store.change([flag(VOICE, {"killed": True}), flag(VOICE, {}, to=1)], BY_ANN, NOON)
    assert await stored.store.read() == before
    assert len(await stored.store.history(None, None, 10)) == 1


async def test_what_changes_nothing_leaves_no_trace(stored: Stored) -> None:
    await stored.store.change([flag(VOICE, {"boolean": True})], BY_ANN, NOON)
    made = await stored.store.change([flag(VOICE, {"boolean": True}), group("crew", None)], BY_ANN, NOON)
    assert made.version == await stored.store.version() == 1


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (flag(VOICE, {"actors": {str(ANN): True, str(NOBODY): True}}), "actors"),
        (group("crew", {"members": {str(NOBODY): True}}), "members"),
    ],
)
async def test_a_user_whom_there_is_not_is_refused(stored: Stored, change: Change, path: str) -> None:
    with pytest.raises(Unfit) as unfit:
        await stored.store.change([change], BY_ANN, NOON)
    assert (unfit.value.path, unfit.value.message) == (path, "There is no such user.")
    assert await stored.store.read() == Rules()


async def test_with_a_user_go_their_gates_and_memberships_and_what_they_did_is_nobodys(stored: Stored) -> None:
    await stored.store.change([*CHANGES, flag(VOICE, {"actors": {str(ANN): True}})], BY_ANN, NOON)
    await stored.drop_user(ANN)
    rules = await stored.store.read()
    assert rules.flag(VOICE).actors == {str(BEN): True}
    assert rules.groups["crew"].members == frozenset()
    assert {recorded.by for recorded in await stored.store.history(None, None, 100)} == {By("web")}


async def test_each_change_is_recorded_with_who_when_and_what(stored: Stored) -> None:
    await stored.store.change([flag(VOICE, {"boolean": True})], BY_COMMAND, NOON)
    await stored.store.change([group("crew", {"defaults": {"self_firming": ["audio"]}})], BY_ANN, NOON + 1)
    await stored.store.change(
        [flag(VOICE, {"share": 100}), flag(Capability.SERVER_STT, {"killed": True})], BY_ANN, NOON + 2
    )
    latest = [
        Recorded(4, NOON + 2, BY_ANN, Kind.FLAG, "server_stt", {"killed": [None, True]}),
        Recorded(3, NOON + 2, BY_ANN, Kind.FLAG, VOICE, {"boolean": [True, None], "share": [None, 100]}),
        Recorded(
            2, NOON + 1, BY_ANN, Kind.GROUP, "crew", {"defaults.self_firming": [None, ["audio"]], "group": [None, True]}
        ),
        Recorded(1, NOON, BY_COMMAND, Kind.FLAG, VOICE, {"boolean": [None, True]}),
    ]
    assert await stored.store.history(None, None, 10) == latest
    assert await stored.store.history(None, None, 2) == latest[:2]
    assert await stored.store.history(None, VOICE, 10) == [latest[1], latest[3]]
    assert await stored.store.history(Kind.GROUP, None, 10) == [latest[2]]
    assert await stored.store.history(Kind.GROUP, VOICE, 10) == []


async def test_changes_at_once_come_one_after_the_other(stored: Stored) -> None:
    async with trio.open_nursery() as nursery:
        for n in range(12):
            change = flag(VOICE, {"share": n}) if n % 2 else group(f"g{n}", {"members": {str(ANN): True}})
            nursery.start_soon(stored.store.change, [change], BY_ANN, NOON + n)
    rules = await stored.store.read()
    recorded = await stored.store.history(None, None, 100)
    assert rules.version == 12
    assert [each.version for each in recorded] == [*range(12, 0, -1)]
    latest = next(each for each in recorded if each.kind is Kind.FLAG)
    assert rules.flag(VOICE).share == latest.differences["share"][1]
    assert len(rules.groups) == 6


async def test_of_changes_at_once_to_one_version_one_is_made(stored: Stored) -> None:
    made = list[int]()

    async def try_(share: int) -> None:
        try:
            await stored.store.change([flag(VOICE, {"share": share}, to=0)], BY_ANN, NOON)
            made.append(share)
        except Outdated:
            pass

    async with trio.open_nursery() as nursery:
        for share in range(8):
            nursery.start_soon(try_, share)
    assert [(await stored.store.read()).flag(VOICE).share] == made


async def test_a_new_database_begins_with_everything_on_once(stored: Stored) -> None:
    begun_by = []

    async def begin() -> None:
        begun_by.append(await begun(stored.store, NOON))

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(begin)
    assert begun_by == [everything_on()] * 4
    recorded = await stored.store.history(None, None, 100)
    assert [each.by for each in recorded] == [INSTALLED] * len(BUILT)
    await stored.store.change([flag(VOICE, {"boolean": False})], BY_ANN, NOON)
    assert (await begun(stored.store, NOON)).flag(VOICE).boolean is False
    assert first_changes(await stored.store.read()) == ()


@pytest.mark.integration
async def test_what_another_version_of_the_product_left_is_kept_and_not_gone_by(database: str) -> None:
    async with open_pool(database, size=1) as pool:
        await migrate_pool(pool)
        async with pool.lend() as connection:
            await connection.execute("INSERT INTO flags VALUES ('hologram', 1, false, true, null)")
            await connection.execute(
                """INSERT INTO user_groups VALUES ('crew', 2, '{"volume": 11, "auto_post": true}')"""
            )
            await connection.execute("UPDATE flag_rules SET version = 2")
        store = PostgresFlags(pool)
        rules = await store.change([flag(VOICE, {"boolean": True})], BY_COMMAND, NOON)
        assert (rules.version, rules.flag("hologram").boolean) == (3, True)
        assert rules.groups["crew"].defaults == {"auto_post": True}
        assert "hologram" not in rules.evaluations(ANN)
