"""A user's row of ownership: the machine of `statecharts/ownership.yaml`, and what goes with it. Pure.

A tab is named by its device and its own id, because two browsers number their tabs alike. Of each tab that has joined
the latest join is kept, so that the end of an older socket, heard of late and perhaps on another node, takes nothing
from the tab. The stored row (JSON values; times in ms):

| key | meaning |
|---|---|
| machine | the chart's state, with its version |
| since | when the present owner got the microphone, or it became free |
| joins | how many joins there have been |
| links | by tab, the session it has joined and the number of that join; of LINKS_KEPT tabs |
| closing | reviews that were left for another video and have yet to end; CLOSING_KEPT at most |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog
from attrs import evolve, field, frozen

from lossy.charts.migrate import migrated
from lossy.charts.model import ChartError, State, dump, read
from lossy.charts.step import start

if TYPE_CHECKING:
    from uuid import UUID

    from lossy.charts.model import Chart, Data

log = structlog.get_logger()


def tab_name(tab: str, device: UUID) -> str:
    return f"{device}/{tab}"


@frozen
class Standing:
    """Who has the microphone of a user's, by one version of the row."""

    state: State
    since: int
    joins: int = 0
    links: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    closing: tuple[str, ...] = ()

    @property
    def owner(self) -> Data | None:
        """Its tab, by name, its session and its video."""
        owner: Data | None = self.state.data["owner"]
        return owner

    @property
    def epoch(self) -> int:
        return int(self.state.data["epoch"])

    def regained(self, epoch: int) -> bool:
        """Whether the owner had it in that epoch already, and nobody else since."""
        return epoch >= int(self.state.data["since_epoch"])

    @property
    def by(self) -> dict[str, Any] | None:
        """The owner as clients are told of it."""
        if self.owner is None:
            return None
        device, _, tab = self.owner["tab"].partition("/")
        return {**self.owner, "tab": tab, "device": device, "since": self.since}

    def is_of(self, session_id: UUID) -> bool:
        return self.owner is not None and self.owner["session"] == str(session_id)

    def knows(self, session_id: UUID) -> bool:
        """Whether something here is that session's, which may be without life."""
        return self.is_of(session_id) or any(link["session"] == str(session_id) for link in self.links.values())


def read_standing(chart: Chart, stored: Mapping[str, Any] | None, initial: Data, at: int) -> Standing:
    """What is stored, by the chart and the delays of today; `initial` is the data of a new machine.

    A machine that today's chart cannot read begins anew, and its epochs go on.
    """
    if stored is None:
        return Standing(start(chart, initial, at)[0], at)
    try:
        state = read(chart, migrated(chart, stored["machine"], initial, at))
    except ChartError as error:
        log.warning("ownership begins anew", reason=str(error))
        epoch = stored["machine"]["data"].get("epoch", 0)
        return Standing(start(chart, {**initial, "epoch": epoch}, at)[0], at, stored["joins"], stored["links"])
    state = evolve(state, data={**state.data, "delays": initial["delays"]})
    return Standing(state, stored["since"], stored["joins"], stored["links"], tuple(stored["closing"]))


def dump_standing(chart: Chart, standing: Standing) -> dict[str, Any]:
    return {
        "machine": dump(chart, standing.state),
        "since": standing.since,
        "joins": standing.joins,
        "links": standing.links,
        "closing": list(standing.closing),
    }
