from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lossy.app import migrate_pool
from lossy.store.pool import Pool, open_pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """A database of today's with one connection: whoever asks for a second one while it has one waits for ever."""
    async with open_pool(database, size=1) as pool:
        await migrate_pool(pool)
        yield pool
