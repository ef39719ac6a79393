"""The settings of users in memory, for tests and the simulator: kept and refused as `PostgresUserSettings` does."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import trio
from attrs import define, field

from lossy.domain.user_settings import Chosen, still_fit
from lossy.store.user_settings import Kept


@define(eq=False)
class MemoryUserSettings:
    """`rows` are versions and JSON values by user, as they are stored."""

    rows: dict[UUID, tuple[int, Any]] = field(factory=dict)

    async def of(self, user_id: UUID) -> Kept:
        await trio.lowlevel.checkpoint()
        version, chosen = self.rows.get(user_id, (0, {}))
        return Kept(version, still_fit(chosen))

    async def replace(self, user_id: UUID, version: int, chosen: Chosen) -> bool:
        await trio.lowlevel.checkpoint()
        if self.rows.get(user_id, (0, {}))[0] != version:
            return False
        self.rows[user_id] = version + 1, json.loads(json.dumps(chosen))
        return True
