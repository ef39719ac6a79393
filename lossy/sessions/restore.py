"""A session's state from what is stored of it, and back. Pure.

A snapshot is `{"at": ms, "charts": {name: state}}`; each link is one of the charts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from lossy.charts.model import ChartError, Data, Event
from lossy.charts.step import Unsettled
from lossy.charts.together import Charts, States, dump_all, read_all, start_all
from lossy.sessions.links import LINK, device_of, entered, link_of, links, resumed_link, running, step_together
from lossy.store.ledger import Entry

if TYPE_CHECKING:
    from uuid import UUID

    from lossy.store.ledger import Stored

VOICE, AGENT = "voice", "agent"
FIRST = (VOICE, AGENT)  # what a session begins with

# What befalls a session itself stands in its journal under this name; it moves no chart.
ITSELF = "session"

# What the rules of today may raise on the data or the events of yesterday.
UNFIT = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, Unsettled)


@frozen
class Restored:
    states: States
    n: int
    at: int  # when the session was last alive
    migrated: Mapping[str, int] = field(factory=dict)  # charts whose snapshot was of another version, and which


def entry_of_its_own(session_id: UUID, n: int, at: int, what: str, facts: Mapping[str, Any]) -> Entry:
    """The journal entry of what befalls the session itself."""
    return Entry(session_id, n, at, ITSELF, what, facts, None, None, ())


def first_snapshot(kinds: Charts, data: Mapping[str, Data], at: int) -> dict[str, Any]:
    return snapshot(kinds, start_all(running(kinds, FIRST), data, at).states, at)


def snapshot(kinds: Charts, states: States, at: int) -> dict[str, Any]:
    return {"at": at, "charts": dump_all(running(kinds, states), states)}


def restore(kinds: Charts, stored: Stored, initial: Mapping[str, Data]) -> Restored:
    """The session as it was left; `initial` is the data of a new one, and of a new link.

    Raises ChartError when a chart has changed since and what is stored does not fit it.
    """
    snapshots, at = stored.snapshot["charts"], stored.snapshot["at"]
    names = (*FIRST, *links(snapshots))
    try:
        data = {name: initial[name.partition(":")[0]] for name in names}
        states: States = read_all(running(kinds, names), snapshots, data, at)
    except ChartError:
        raise
    except UNFIT as error:
        raise ChartError(f"the snapshot's data does not fit: {error!r}") from error
    states = {**states, **_links_of_before(kinds, stored, initial)}
    for entry in stored.entries:
        states, at = _replayed(kinds, states, entry, initial), max(at, entry.at)
    versions = {name: snapshots[name]["version"] for name in names}
    charts = running(kinds, names)
    migrated = {name: version for name, version in versions.items() if version != charts[name].version}
    return Restored(states, _last(stored), at, migrated)


def begin_anew(kinds: Charts, stored: Stored, initial: Mapping[str, Data], at: int) -> Restored:
    """The session in its first states, its journal and the devices' numbers going on where they were."""
    states = start_all(running(kinds, FIRST), initial, at).states
    known = {link: resumed_link(kinds, initial[LINK], through, at) for link, through in _accepted(stored).items()}
    return Restored({**states, **known}, _last(stored), at)


def _replayed(kinds: Charts, states: States, entry: Entry, initial: Mapping[str, Data]) -> States:
    """A chart that is no more, or an event that it does not hear any more, moves nothing."""
    if entry.chart not in states and device_of(entry.chart) is None:
        return states
    event = entered(Event(entry.event, entry.at, entry.payload), entry.chart, entry.n, entry.device_id)
    try:
        moved = step_together(kinds, states, entry.chart, event, initial[LINK])
    except UNFIT as error:
        raise ChartError(f"entry {entry.n} ({entry.chart} {entry.event}) does not fit: {error!r}") from error
    return states if moved is None else moved.states


def _links_of_before(kinds: Charts, stored: Stored, initial: Mapping[str, Data]) -> States:
    """Snapshots of before there were links say under `inbound` what was accepted from each device."""
    inbound = stored.snapshot.get("inbound", {})
    at = stored.snapshot["at"]
    return {link_of(device): resumed_link(kinds, initial[LINK], through, at) for device, through in inbound.items()}


def _accepted(stored: Stored) -> dict[str, int]:
    """Up to which number each device's events were accepted, by the name of its link."""
    charts = stored.snapshot["charts"]
    accepted = {link: int(charts[link]["data"]["accepted_through"]) for link in links(charts)}
    accepted |= {link_of(device): through for device, through in stored.snapshot.get("inbound", {}).items()}
    for entry in stored.entries:
        if entry.device_id is not None and entry.seq is not None:
            accepted[link_of(entry.device_id)] = entry.seq
    return accepted


def _last(stored: Stored) -> int:
    return stored.entries[-1].n if stored.entries else stored.snapshot_n
