"""A session's state from what is stored of it, and back. Pure.

A snapshot is `{"at": ms, "charts": {name: state}, "inbound": {device: accepted_through}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import evolve, frozen

from lossy.channels.replay import Inbound
from lossy.charts.model import Data, Event
from lossy.charts.together import Charts, States, advance, dump_all, read_all, start_all

if TYPE_CHECKING:
    from lossy.store.ledger import Stored

# The name under which a session's own failure stands in its journal; it moves no chart.
FAILURES = "session"

Inbounds = Mapping[UUID, Inbound]


@frozen
class Restored:
    states: States
    inbound: Inbounds
    n: int
    at: int  # when the session was last alive


def entered(event: Event, n: int, device_id: UUID | None) -> Event:
    """The event as the charts see it: with the number of its journal entry, and the device that it is of."""
    device = None if device_id is None else str(device_id)
    return evolve(event, payload={**event.payload, "n": n, "device": device})


def first_snapshot(charts: Charts, data: Mapping[str, Data], at: int) -> dict[str, Any]:
    return snapshot(charts, start_all(charts, data, at).states, {}, at)


def snapshot(charts: Charts, states: States, inbound: Inbounds, at: int) -> dict[str, Any]:
    through = {str(device): accepted.accepted_through for device, accepted in inbound.items()}
    return {"at": at, "charts": dump_all(charts, states), "inbound": through}


def restore(charts: Charts, stored: Stored) -> Restored:
    """Raises ChartError when a chart has changed since the snapshot."""
    states = read_all(charts, stored.snapshot["charts"])
    inbound = {UUID(device): Inbound(through) for device, through in stored.snapshot["inbound"].items()}
    n, at = stored.snapshot_n, stored.snapshot["at"]
    for entry in stored.entries:
        n, at = entry.n, entry.at
        if entry.chart != FAILURES:
            event = entered(Event(entry.event, at, entry.payload), n, entry.device_id)
            states = advance(charts, states, entry.chart, event).states
        if entry.device_id is not None and entry.seq is not None:
            inbound[entry.device_id] = Inbound(entry.seq)
    return Restored(states, inbound, n, at)
