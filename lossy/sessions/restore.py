"""A session's state from what is stored of it, and back. Pure.

A snapshot is `{"at": ms, "charts": {name: state}, "inbound": {device: accepted_through}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import evolve, field, frozen

from lossy.channels.replay import Inbound
from lossy.charts.model import ChartError, Data, Event
from lossy.charts.step import Unsettled
from lossy.charts.together import Charts, States, advance, dump_all, read_all, start_all
from lossy.store.ledger import Entry

if TYPE_CHECKING:
    from lossy.store.ledger import Stored

# What befalls a session itself stands in its journal under this name; it moves no chart.
ITSELF = "session"

# What the rules of today may raise on the data or the events of yesterday.
UNFIT = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, Unsettled)

Inbounds = Mapping[UUID, Inbound]


@frozen
class Restored:
    states: States
    inbound: Inbounds
    n: int
    at: int  # when the session was last alive
    migrated: Mapping[str, int] = field(factory=dict)  # charts whose snapshot was of another version, and which


def entered(event: Event, n: int, device_id: UUID | None) -> Event:
    """The event as the charts see it: with the number of its journal entry, and the device that it is of."""
    device = None if device_id is None else str(device_id)
    return evolve(event, payload={**event.payload, "n": n, "device": device})


def entry_of_its_own(session_id: UUID, n: int, at: int, what: str, facts: Mapping[str, Any]) -> Entry:
    """The journal entry of what befalls the session itself."""
    return Entry(session_id, n, at, ITSELF, what, facts, None, None, ())


def first_snapshot(charts: Charts, data: Mapping[str, Data], at: int) -> dict[str, Any]:
    return snapshot(charts, start_all(charts, data, at).states, {}, at)


def snapshot(charts: Charts, states: States, inbound: Inbounds, at: int) -> dict[str, Any]:
    through = {str(device): accepted.accepted_through for device, accepted in inbound.items()}
    return {"at": at, "charts": dump_all(charts, states), "inbound": through}


def restore(charts: Charts, stored: Stored, initial: Mapping[str, Data]) -> Restored:
    """The session as it was left; `initial` is the data of a new one.

    Raises ChartError when a chart has changed since and what is stored does not fit it.
    """
    snapshots, at = stored.snapshot["charts"], stored.snapshot["at"]
    try:
        states = read_all(charts, snapshots, initial, at)
    except ChartError:
        raise
    except UNFIT as error:
        raise ChartError(f"the snapshot's data does not fit: {error!r}") from error
    for entry in stored.entries:
        states, at = _replayed(charts, states, entry), entry.at
    versions = {name: snapshots[name]["version"] for name in charts}
    migrated = {name: version for name, version in versions.items() if version != charts[name].version}
    return Restored(states, _accepted(stored), _last(stored), at, migrated)


def begin_anew(charts: Charts, stored: Stored, initial: Mapping[str, Data], at: int) -> Restored:
    """The session in its first states, its journal and the devices' numbers going on where they were."""
    return Restored(start_all(charts, initial, at).states, _accepted(stored), _last(stored), at)


def _replayed(charts: Charts, states: States, entry: Entry) -> States:
    """A chart that is no more, or an event that it does not hear any more, moves nothing."""
    if entry.chart not in charts:
        return states
    event = entered(Event(entry.event, entry.at, entry.payload), entry.n, entry.device_id)
    try:
        return advance(charts, states, entry.chart, event).states
    except UNFIT as error:
        raise ChartError(f"entry {entry.n} ({entry.chart} {entry.event}) does not fit: {error!r}") from error


def _accepted(stored: Stored) -> Inbounds:
    accepted = {UUID(device): Inbound(through) for device, through in stored.snapshot["inbound"].items()}
    for entry in stored.entries:
        if entry.device_id is not None and entry.seq is not None:
            accepted[entry.device_id] = Inbound(entry.seq)
    return accepted


def _last(stored: Stored) -> int:
    return stored.entries[-1].n if stored.entries else stored.snapshot_n
