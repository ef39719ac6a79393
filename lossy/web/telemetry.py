"""`telemetry:<device>`: what a browser measures of itself, kept as the catalogue has it and without whose it is."""

from __future__ import annotations

import hmac
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import structlog
import trio
from attrs import frozen

from lossy.channels import topics
from lossy.channels.errors import not_found, unavailable
from lossy.channels.payloads import MeasuredEvents
from lossy.clock import as_datetime
from lossy.domain.access import Role
from lossy.domain.capabilities import CATALOGUE as CAPABILITIES
from lossy.domain.capabilities import Capability
from lossy.domain.telemetry import fit_to_keep
from lossy.domain.telemetry_events import CATALOGUE
from lossy.store.pool import StoreError
from lossy.store.telemetry import Measured
from lossy.web.note_events import told_when_away
from lossy.web.sockets import Join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lossy.clock import Clock
    from lossy.store.telemetry import Telemetry
    from lossy.web.sockets import Answer

FORGET_S = 3_600.0
# Enough that two ids of one server never meet, and too little to tell an id from others that might have it.
HASHED = 20

log = structlog.get_logger()


async def run_forgetting(kept: Telemetry, clock: Clock, keep_days: int) -> None:
    """Lets go of what is older than that, every hour and without end."""
    while True:
        try:
            await kept.forget(as_datetime(clock.now_ms()) - timedelta(days=keep_days))
        except StoreError as error:
            log.warning("old telemetry not forgotten", reason=str(error))
        await trio.sleep(FORGET_S)


async def join_telemetry(join: Join) -> TelemetryChannel:
    """Raises Refusal: not_found for another device's, as for one that is nobody's, unavailable where none is taken."""
    assert isinstance(join.topic, topics.Telemetry), "routed here by its type"
    if join.topic.device != join.identity.device_id:
        raise not_found()
    if join.node.settings.telemetry.keep_days == 0:
        raise unavailable(CAPABILITIES[Capability.TELEMETRY].letter)
    return TelemetryChannel(join)


@frozen(eq=False)
class TelemetryChannel:
    role: ClassVar = Role.OWNER
    join: Join

    def response(self) -> Mapping[str, Any]:
        return {}

    def begin(self) -> None:
        """Nothing is pushed here."""

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        assert isinstance(payload, MeasuredEvents), "the only event there is"
        with told_when_away():
            answer(await self._take(payload))

    async def _take(self, given: MeasuredEvents) -> Mapping[str, Any]:
        node, who = self.join.node, self.join.identity
        settings = (await node.user_settings.in_force.of(who.user_id)).settings
        events = [] if settings.telemetry_opt_out else self._fitting(given)
        refused = len(given.events) - len(events)
        device = hashed(node.secret, str(who.device_id))
        kept = await node.telemetry.add(device, events, refused=refused, dropped=given.dropped)
        return {"kept": kept, "known": len(events) - kept, "refused": refused}

    def _fitting(self, given: MeasuredEvents) -> list[Measured]:
        now, hash_id = self.join.node.clock.now_ms(), partial(hashed, self.join.node.secret)
        found = []
        for event in given.events:
            fields = fit_to_keep(CATALOGUE, event.name, event.fields, hash_id)
            if fields is not None:
                found.append(Measured(event.seq, event.name, min(event.at, now), fields))
        return found

    def leave(self) -> None:
        """Nothing was held."""


def hashed(secret: bytes, id: str) -> str:
    return hmac.new(secret, b"telemetry\0" + id.encode(), "sha256").hexdigest()[:HASHED]
