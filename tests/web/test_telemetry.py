"""`telemetry:<device>`: what a browser measures is kept once, as the catalogue has it, and only of who lets it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import attrs
import trio
from attrs import define, field

from lossy.clock import Clock, as_ms
from lossy.sessions.flags import Flags
from lossy.sessions.settings_change import SettingsChange
from lossy.sessions.user_settings import SettingsInForce
from lossy.settings import DAY_MS, Settings, Telemetry
from lossy.store.memory_user_settings import MemoryUserSettings
from lossy.store.pool import StoreError
from lossy.store.telemetry import Measured
from lossy.web.app import ROUTES
from lossy.web.telemetry import hashed, run_forgetting
from tests.flags import everything_on, flag
from tests.web.peers import DEVICE, NOW_MS, USER, Peer, make_node, open_peer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lossy.web.node import Node

TOPIC = f"telemetry:{DEVICE}"
ENDED = {"name": "lossy.voice.segment_ended", "at": NOW_MS - 10}


@define(eq=False)
class Shelf:
    """In the place of the database; `away` is how often it cannot be asked from now on."""

    rows: dict[tuple[str, int], Measured] = field(factory=dict)
    told: list[tuple[int, int]] = field(factory=list)
    forgotten: list[datetime] = field(factory=list)
    away: int = 0

    async def add(self, device: str, events: Sequence[Measured], *, refused: int, dropped: int) -> int:
        self._check()
        self.told.append((refused, dropped))
        before = len(self.rows)
        for event in events:
            self.rows.setdefault((device, event.seq), event)
        return len(self.rows) - before

    async def forget(self, before: datetime) -> int:
        self._check()
        self.forgotten.append(before)
        return 0

    def _check(self) -> None:
        if self.away:
            self.away -= 1
            raise StoreError("away")


def node_with(shelf: Shelf, **chosen: object) -> Node:
    node = make_node()
    in_force = SettingsInForce(MemoryUserSettings({USER: (1, chosen)}), Settings())
    settings = SettingsChange(in_force, cast("Any", None), node.clock, node.bus)
    return attrs.evolve(node, telemetry=cast("Any", shelf), user_settings=settings)


async def send(peer: Peer, ref: str, events: Sequence[Mapping[str, Any]], **more: object) -> Any:
    return (await peer.ask("1", ref, TOPIC, "events", {"events": events, **more}))[4]["response"]


async def test_what_is_measured_is_kept_once_and_without_whose_it_is() -> None:
    shelf = Shelf()
    async with open_peer(ROUTES, node_with(shelf)) as peer:
        await peer.join(TOPIC)
        first = {**ENDED, "seq": 1, "fields": {"latency_ms": 210.5, "session": "s"}}
        assert await send(peer, "2", [first]) == {"kept": 1, "known": 0, "refused": 0}
        assert await send(peer, "3", [first, {**ENDED, "seq": 2}], dropped=3) == {"kept": 1, "known": 1, "refused": 0}
    device = hashed(peer.node.secret, str(DEVICE))
    assert [*shelf.rows] == [(device, 1), (device, 2)]
    assert shelf.rows[device, 1].fields == {"latency_ms": 210.5, "session": hashed(peer.node.secret, "s")}
    assert shelf.told == [(0, 0), (0, 3)]
    assert str(DEVICE) not in str(shelf.rows)


async def test_what_the_catalogue_does_not_have_is_refused_by_itself_and_counted() -> None:
    shelf = Shelf()
    events = [
        {**ENDED, "seq": 1, "fields": {"text": "what I said"}},
        {**ENDED, "seq": 2, "name": "lossy.words.said"},
        {**ENDED, "seq": 3},
    ]
    async with open_peer(ROUTES, node_with(shelf)) as peer:
        await peer.join(TOPIC)
        assert await send(peer, "2", events) == {"kept": 1, "known": 0, "refused": 2}
    assert [seq for _, seq in shelf.rows] == [3]
    assert shelf.told == [(2, 0)]


async def test_a_clock_that_is_ahead_is_not_believed() -> None:
    shelf = Shelf()
    async with open_peer(ROUTES, node_with(shelf)) as peer:
        await peer.join(TOPIC)
        await send(peer, "2", [{**ENDED, "seq": 1, "at": 2**53 - 1}])
        (row,) = shelf.rows.values()
        assert NOW_MS <= row.at <= peer.node.clock.now_ms()


async def test_nothing_is_kept_of_who_does_not_want_it() -> None:
    shelf = Shelf()
    async with open_peer(ROUTES, node_with(shelf, telemetry_opt_out=True)) as peer:
        await peer.join(TOPIC)
        assert await send(peer, "2", [{**ENDED, "seq": 1}]) == {"kept": 0, "known": 0, "refused": 1}
    assert shelf.rows == {}


async def test_a_database_that_is_away_asks_for_another_try() -> None:
    shelf = Shelf(away=1)
    async with open_peer(ROUTES, node_with(shelf)) as peer:
        await peer.join(TOPIC)
        refused = await send(peer, "2", [{**ENDED, "seq": 1}])
        assert (refused["code"], refused["retry_after_ms"] > 0) == ("rate_limited", True)
        assert (await send(peer, "3", [{**ENDED, "seq": 1}]))["kept"] == 1


async def test_another_devices_topic_does_not_exist() -> None:
    async with open_peer(ROUTES) as peer:
        assert (await peer.join(f"telemetry:{UUID(int=1)}"))[4]["response"]["code"] == "not_found"


async def test_a_server_that_keeps_nothing_says_so() -> None:
    node = attrs.evolve(make_node(), settings=attrs.evolve(Settings(), telemetry=Telemetry(keep_days=0)))
    async with open_peer(ROUTES, node) as peer:
        response = (await peer.join(TOPIC))[4]["response"]
        assert (response["code"], response["capability"]) == ("unavailable", "I2")


async def test_who_is_not_offered_it_cannot_join() -> None:
    off = Flags(everything_on(flag("telemetry", {"boolean": False})))
    async with open_peer(ROUTES, attrs.evolve(make_node(), flags=off)) as peer:
        assert (await peer.join(TOPIC))[4]["response"]["code"] == "unavailable"


async def test_what_is_old_is_let_go_of_every_hour_whatever_the_database_does(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    shelf = Shelf(away=1)
    nursery.start_soon(run_forgetting, cast("Any", shelf), Clock(NOW_MS), 30)
    await trio.sleep(2 * 3_600 + 1)
    days = [as_ms(before) - NOW_MS for before in shelf.forgotten]
    assert days == [3_600_000 - 30 * DAY_MS, 7_200_000 - 30 * DAY_MS]
