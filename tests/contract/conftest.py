from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from lossy.store.pool import open_pool
from tests.contract.ledgers import Kept, in_memory, in_postgres
from tests.contract.note_books import Booked, add_people, booked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.integration)])
def conninfo(request: pytest.FixtureRequest) -> str | None:
    """Of an empty database, or None for the ledger in memory."""
    database: str | None = request.getfixturevalue("database") if request.param == "postgres" else None
    return database


@pytest.fixture
async def kept(conninfo: str | None) -> AsyncIterator[Kept]:
    if conninfo is None:
        yield in_memory()
        return
    async with open_pool(conninfo, size=2) as pool, trio.open_nursery() as nursery:
        yield await in_postgres(pool, nursery)
        nursery.cancel_scope.cancel()


@pytest.fixture
async def at(conninfo: str | None) -> AsyncIterator[Booked]:
    if conninfo is None:
        yield booked(in_memory(), None)
        return
    async with open_pool(conninfo, size=3) as pool, trio.open_nursery() as nursery:
        kept = await in_postgres(pool, nursery)
        await add_people(pool)
        yield booked(kept, pool)
        nursery.cancel_scope.cancel()
