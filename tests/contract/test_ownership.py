"""What every store of ownership keeps, alone and with another node on the same rows."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import trio
from psycopg.conninfo import make_conninfo

from lossy.bus.memory import Bus
from lossy.clock import Clock
from lossy.sessions import ownership_rows
from lossy.sessions.ownership_rows import Rows
from lossy.sessions.turn import Turn
from lossy.store.connection import Connection
from lossy.store.ownership import Decided, Ownership, PostgresOwnership
from lossy.store.pool import open_pool
from tests.contract.ownerships import (
    ANN,
    BEN,
    CHART,
    ENDED,
    INITIAL,
    NOON,
    SESSION,
    VIDEO,
    Follower,
    Stepped,
    Stores,
    claim_by,
    open_stores,
    step,
    tab_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping


@pytest.fixture
async def stores(conninfo: str | None) -> AsyncIterator[Stores]:
    async with open_stores(conninfo) as stores:
        yield stores


def put(state: Mapping[str, Any], due: int | None = None) -> Callable[[Any], Decided[Any]]:
    """Sets the state; the result is what was there before."""
    return lambda stored: Decided(state, due, stored)


# -- one row ------------------------------------------------------------------------------------------------------


async def test_a_row_begins_with_nothing_and_keeps_what_was_decided_as_json(stores: Stores) -> None:
    assert await stores.here.read(ANN) is None
    first = await stores.here.step(ANN, put({"links": (1, 2), "b": {"z": None, "a": 0.5}}))
    assert (first.version, first.result) == (1, None)
    second = await stores.there.step(ANN, put({"n": 2}))
    assert (second.version, second.result) == (2, {"links": [1, 2], "b": {"z": None, "a": 0.5}})
    row = await stores.here.read(ANN)
    assert row is not None
    assert (row.version, row.state) == (2, {"n": 2})
    assert await stores.here.read(BEN) is None


async def test_what_changes_nothing_is_no_version(stores: Stores) -> None:
    await stores.here.step(ANN, put({"n": 1}))
    cursor = (await stores.here.changes(None)).cursor
    assert (await stores.here.step(ANN, put({"n": 1}))).version == 1
    assert ANN not in {user for user, version in (await stores.here.changes(cursor)).versions.items() if version > 1}


async def test_a_decision_that_fails_leaves_the_row_as_it_was(stores: Stores) -> None:
    await stores.here.step(ANN, put({"n": 1}))

    def fail(stored: object) -> Decided[None]:
        raise LookupError

    with pytest.raises(LookupError):
        await stores.here.step(ANN, fail)
    assert (await stores.here.step(ANN, put({"n": 2}))).result == {"n": 1}


async def test_only_what_is_due_is_overdue_and_the_longest_first(stores: Stores) -> None:
    await stores.here.step(ANN, put({"n": 1}, NOON + 2))
    await stores.here.step(BEN, put({"n": 1}, NOON + 1))
    assert [*await stores.there.overdue(NOON, 10)] == []
    assert [*await stores.there.overdue(NOON + 1, 10)] == [BEN]
    assert [*await stores.there.overdue(NOON + 2, 10)] == [BEN, ANN]
    assert [*await stores.there.overdue(NOON + 2, 1)] == [BEN]
    await stores.here.step(BEN, put({"n": 2}))
    assert [*await stores.there.overdue(NOON + 2, 10)] == [ANN]


async def test_the_video_of_a_session_is_its_users_to_know_while_it_goes_on(stores: Stores) -> None:
    assert await stores.here.video_of(SESSION, ANN) == VIDEO
    for session, user in ((SESSION, BEN), (ENDED, ANN), (VIDEO, ANN)):
        assert await stores.here.video_of(session, user) is None


# -- what others changed ------------------------------------------------------------------------------------------


async def test_changes_are_those_since_the_cursor(stores: Stores) -> None:
    await stores.here.step(ANN, put({"n": 1}))
    start = await stores.there.changes(None)
    assert start.versions == {}
    await stores.here.step(BEN, put({"n": 1}))
    await stores.here.step(BEN, put({"n": 2}))
    after = await stores.there.changes(start.cursor)
    assert after.versions == {BEN: 2}
    assert (await stores.there.changes(after.cursor)).versions in ({}, {BEN: 2})
    await stores.here.step(ANN, put({"n": 2}))
    assert (await stores.there.changes(after.cursor)).versions[ANN] == 2


@pytest.mark.integration
async def test_a_change_that_is_committed_late_is_not_left_out(database: str) -> None:
    """One that began first and ends last: by time or by a sequence it would lie before the cursor."""
    async with open_stores(database) as stores, await Connection.connect(database) as late:
        await stores.here.step(ANN, put({"n": 1}))
        await stores.here.step(BEN, put({"n": 1}))
        cursor = (await stores.here.changes(None)).cursor
        await late.execute(
            "UPDATE ownership SET version = 2, changed_in = pg_current_xact_id() WHERE user_id = %s", (BEN,)
        )
        await stores.here.step(ANN, put({"n": 2}))
        meanwhile = await stores.here.changes(cursor)
        assert meanwhile.versions[ANN] == 2
        await late.commit()
        assert (await stores.here.changes(meanwhile.cursor)).versions[BEN] == 2


# -- two nodes at once --------------------------------------------------------------------------------------------

NODES_TASKS = 20  # on each of two stores


async def test_at_every_version_one_tab_has_it_at_most(stores: Stores) -> None:
    """Claims, releases and lost tabs of twenty tabs on each of two nodes: one row of steps, each of which holds."""
    random, steps = Random(4), list[Stepped]()

    async def turn(store: Any, n: int) -> None:
        for made in sorted(random.sample(range(10_000), 4)):
            steps.append(await step(store, 10_000, "claim", claim_by(n, made, made)))
            name = random.choice(["release", "tab_lost", "tab_back", "tab_closed"])
            facts = {"tab": tab_of(n), "client_at": NOON + made, "seq": made + 1}
            steps.append(await step(store, 10_000, name, facts))

    async with trio.open_nursery() as nursery:
        for n in range(NODES_TASKS):
            nursery.start_soon(turn, stores.here, n)
            nursery.start_soon(turn, stores.there, NODES_TASKS + n)

    changed = sorted((each for each in steps if each.changed), key=lambda each: each.version)
    assert [each.version for each in changed] == [*range(1, len(changed) + 1)], "none is missing, none given twice"
    assert {broken for each in steps for broken in each.broken} == set()
    by_epoch: dict[int, set[str]] = {}
    for each in steps:
        if each.standing.owner is not None:
            by_epoch.setdefault(each.standing.epoch, set()).add(each.standing.owner["tab"])
    assert all(len(tabs) == 1 for tabs in by_epoch.values())
    epochs = [each.standing.epoch for each in changed]
    assert epochs == sorted(epochs)


async def test_the_newest_claim_has_it_whichever_node_is_asked_first(stores: Stores) -> None:
    made = Random(7).sample(range(10_000), 2 * NODES_TASKS)
    async with trio.open_nursery() as nursery:
        for n in range(NODES_TASKS):
            nursery.start_soon(step, stores.here, 10_000, "claim", claim_by(n, made[n]))
            nursery.start_soon(step, stores.there, 10_000, "claim", claim_by(NODES_TASKS + n, made[NODES_TASKS + n]))
    last = await step(stores.here, 10_000, "tab_back", {"tab": "none"})
    assert last.standing.owner is not None
    assert last.standing.owner["tab"] == tab_of(made.index(max(made)))


async def one_owner(followers: list[Follower], session: str) -> None:
    """Until that session, and no other, knows that it has the microphone."""
    while True:
        if [str(follower.id) for follower in followers if follower.owns] == [session]:
            return
        await trio.sleep(0.01)


async def test_every_session_ends_up_knowing(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions on two nodes: whoever lost it was told, whoever has it too, each in the order in which it happened."""
    monkeypatch.setattr(ownership_rows, "TICK_S", 0.05)
    random, clock, followers = Random(11), Clock(NOON), [Follower(n) for n in range(8)]

    def rows(store: Ownership, here: list[Follower]) -> Rows:
        return Rows(CHART, store, clock, Bus(), INITIAL, lambda user: here)

    nodes = rows(stores.here, followers[:4]), rows(stores.there, followers[4:])

    async def claim(node: Rows, n: int) -> None:
        for made in random.sample(range(-1_000, 0), 5):
            await node.step(ANN, partial(Turn.claim, claim=claim_by(n, made, made + 1_001)))

    async with trio.open_nursery() as nursery:
        for node in nodes:
            await nursery.start(node.watch)
        async with trio.open_nursery() as claims:
            for n in range(8):
                claims.start_soon(claim, nodes[n // 4], n)
        last = await step(stores.here, 0, "tab_back", {"tab": "none"})
        assert last.standing.owner is not None
        with trio.fail_after(20):
            await one_owner(followers, last.standing.owner["session"])
        nursery.cancel_scope.cancel()

    for follower in followers:
        news, epochs = [name for name, _ in follower.heard], [epoch for _, epoch in follower.heard]
        assert epochs == sorted(epochs)
        lost = [n for n, name in enumerate(news) if name == "context_lost"]
        assert all(n > 0 and news[n - 1] == "context_gained" for n in lost), (
            "each loss is of what it had, and told once"
        )
        assert follower.owns or follower.asides[-1] == "context_taken"


@pytest.mark.integration
async def test_a_database_that_is_stricter_by_default_waits_all_the_same(database: str) -> None:
    strict = make_conninfo(database, options="-c default_transaction_isolation=serializable")

    async def count(store: PostgresOwnership) -> None:
        for _ in range(20):
            await store.step(ANN, lambda stored: Decided({"n": (stored or {"n": 0})["n"] + 1}, None, None))

    async with open_stores(database) as stores, open_pool(strict, size=2) as pool:
        async with trio.open_nursery() as nursery:
            for _ in range(2):
                nursery.start_soon(count, PostgresOwnership(pool))
        row = await stores.here.read(ANN)
    assert row is not None
    assert (row.version, row.state) == (40, {"n": 40})
