"""A user changes their settings: kept first, then told to every device of theirs and every session that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import define, field

from lossy.bus.memory import Bus
from lossy.channels.errors import Code, Refusal, invalid
from lossy.channels.topics import User
from lossy.charts.model import Event
from lossy.clock import Clock
from lossy.domain.setting_values import Unfit
from lossy.domain.user_settings import Chosen, change, for_session
from lossy.sessions.roster import Roster
from lossy.sessions.user_settings import CHANGED, InForce, SettingsInForce
from lossy.store.user_settings import Kept

if TYPE_CHECKING:
    from uuid import UUID

# Keeping them is one statement, and telling waits for none; a database that takes this long is away.
KEEP_WITHIN_S = 10


@define(eq=False)
class SettingsChange:
    in_force: SettingsInForce
    roster: Roster
    clock: Clock
    bus: Bus
    # One at a time, so that everybody is told of the versions in their order.
    _changing: trio.Lock = field(factory=trio.Lock, init=False)

    async def make(self, user_id: UUID, version: int, changes: object) -> InForce:
        """What is in force after `changes` to that version; where they change nothing, it is that version still.

        Raises Refusal: invalid, its path beginning with `changes`, or conflict with what is in force.
        """
        kept = await self.in_force.store.of(user_id)
        if kept.version != version:
            raise self._conflict(user_id, kept)
        chosen = _changed(kept.chosen, changes)
        if chosen == kept.chosen:
            return self.in_force.with_defaults(user_id, kept)
        async with self._changing:
            # Whoever asked may leave meanwhile; what is kept is told all the same.
            with trio.fail_after(KEEP_WITHIN_S, shield=True):
                if await self.in_force.store.replace(user_id, version, chosen):
                    return await self._tell(user_id, Kept(version + 1, chosen))
        raise self._conflict(user_id, await self.in_force.store.of(user_id))

    async def retell(self, user_id: UUID) -> None:
        """What they did not choose is different now. The version is that of before. Raises StoreError."""
        async with self._changing:
            await self._tell(user_id, await self.in_force.store.of(user_id))

    async def _tell(self, user_id: UUID, kept: Kept) -> InForce:
        now = self.in_force.with_defaults(user_id, kept)
        self.bus.publish(str(User(user_id)), CHANGED, now.as_payload())
        await self.roster.tell_user(user_id, Event(CHANGED, self.clock.now_ms(), for_session(now.settings)))
        return now

    def _conflict(self, user_id: UUID, kept: Kept) -> Refusal:
        in_force = self.in_force.with_defaults(user_id, kept).as_payload()
        return Refusal(Code.CONFLICT, "The settings were changed meanwhile.", in_force)


def _changed(chosen: Chosen, changes: object) -> Chosen:
    try:
        return change(chosen, changes)
    except Unfit as unfit:
        raise invalid(unfit.within("changes").path, unfit.message) from None
