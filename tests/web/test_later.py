"""What is in the table and not built yet says so with its letter, whatever comes with it, to whoever may know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from lossy.channels.errors import unmatched_topic
from lossy.channels.events import TABLES, ClientEvent, TopicTable
from lossy.channels.wire import V2, Message
from lossy.domain.access import Role
from lossy.web.app import ROUTES
from lossy.web.sockets import Answer, Join, Route
from tests.web.peers import DEVICE, USER, FakeAccounts, Peer, error, make_node, open_peer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAMES = {
    "voice:<session>": f"voice:{DEVICE}",
    "audio:<session>": f"audio:{DEVICE}",
    "video:meta": "video:meta",
    "notes:video:<video>": f"notes:video:{DEVICE}",
    "notes:user:<user>": f"notes:user:{USER}",
    "user:<user>": f"user:{USER}",
    "telemetry:<device>": f"telemetry:{DEVICE}",
    "admin:dashboard": "admin:dashboard",
    "charts:<name>": "charts:voice",
}
JOINS: Mapping[str, Mapping[str, Any]] = {
    "voice:<session>": {"video_id": str(DEVICE), "device_id": str(DEVICE), "requested_version": 2},
    "audio:<session>": {"device_id": str(DEVICE)},
}
LATER = [
    pytest.param(table, row, id=f"{table.shape} {row.name}")
    for table in TABLES.values()
    for row in table.events.values()
    if row.later and not table.join.later
]
UNBUILT = [pytest.param(table, id=table.shape) for table in TABLES.values() if table.join.later]
PAYLOADS: list[Mapping[str, Any] | bytes] = [{}, {"note_id": 7, "x": [None]}, {"": {"": ""}}, b"\0\xff"]


class Closed:
    """A channel that is never asked."""

    role: ClassVar = Role.OWNER

    def response(self) -> Mapping[str, Any]:
        return {}

    def begin(self) -> None: ...
    def leave(self) -> None: ...

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        raise AssertionError(f"{event} is for later")


def only(table: TopicTable) -> Route:
    async def open_closed(join: Join) -> Closed:
        return Closed()

    return Route(table, open_closed)


async def asked(peer: Peer, topic: str, ref: str, event: str, payload: Mapping[str, Any] | bytes) -> Any:
    peer.transport.arrive(V2().encode_message(Message("1", ref, topic, event, payload)))
    (answer,) = await peer.heard()
    return answer[4]["response"]


@pytest.mark.parametrize(("table", "row"), LATER)
async def test_an_event_for_later_is_unavailable_whatever_its_payload(table: TopicTable, row: ClientEvent) -> None:
    topic = NAMES[table.shape]
    async with open_peer({table.kind: only(table)}) as peer:
        peer._tables = {}
        peer.say("1", "1", topic, "phx_join", JOINS.get(table.shape, {}))
        await peer.heard()
        for n, payload in enumerate(PAYLOADS):
            response = await asked(peer, topic, str(n), row.name, payload)
            assert (response["code"], response["capability"]) == ("unavailable", row.later)


@pytest.mark.parametrize("table", UNBUILT)
async def test_a_topic_for_later_is_unavailable_to_those_who_may_join_it(table: TopicTable) -> None:
    accounts = FakeAccounts()
    accounts.admins.add(USER)
    async with open_peer(ROUTES, make_node(accounts)) as peer:
        for n, payload in enumerate(({}, {"x": 1, "token": None}, {"": []})):
            topic, ref = NAMES[table.shape], str(n)
            response = (await peer.ask(ref, ref, topic, "phx_join", payload))[4]["response"]
            assert (response["code"], response["capability"]) == ("unavailable", table.join.later)
        for row in table.events.values():
            assert row.later, "an event of a topic that cannot be joined"


@pytest.mark.parametrize("topic", ["admin:dashboard", "charts:voice"])
async def test_a_topic_of_admins_does_not_exist_for_others(topic: str) -> None:
    async with open_peer(ROUTES) as peer:
        assert await peer.join(topic) == error(None, "1", topic, unmatched_topic().as_response())
        assert await peer.join("no:such", "2") == error(None, "2", "no:such", unmatched_topic().as_response())


def test_every_topic_of_the_table_is_routed() -> None:
    assert {kind: route.table for kind, route in ROUTES.items()} == TABLES
    assert NAMES.keys() >= {table.shape for table in TABLES.values()}, "NAMES needs the new topic"
