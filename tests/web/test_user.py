"""`user:<id>`: a user's settings on all their devices. Over a transport in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import attrs
import pytest
import trio
from attrs import define, field

from lossy.domain.user_settings import UserSettings, as_payload
from lossy.sessions.settings_change import SettingsChange
from lossy.sessions.user_settings import SettingsInForce
from lossy.settings import Settings
from lossy.store.memory_user_settings import MemoryUserSettings
from lossy.web.app import ROUTES
from lossy.web.auth import Identity, make_token
from tests.web.peers import DEVICE, USER, Peer, make_node, open_peer

if TYPE_CHECKING:
    from lossy.charts.model import Event
    from lossy.sessions.roster import Roster
    from lossy.store.user_settings import Kept
    from lossy.web.node import Node

TOPIC = f"user:{USER}"
DEFAULTS = as_payload(UserSettings())


class NoSessions:
    """In the place of the roster: nobody has a session that is live."""

    async def tell_user(self, user_id: UUID, event: Event) -> None:
        await trio.lowlevel.checkpoint()


@define(eq=False)
class Watched(MemoryUserSettings):
    """A reader waits at the gate, with what it has read."""

    reading: trio.Event = field(factory=trio.Event)
    may_read: trio.Event = field(factory=trio.Event)

    async def of(self, user_id: UUID) -> Kept:
        kept = await super().of(user_id)
        self.reading.set()
        await self.may_read.wait()
        return kept


def node_with(store: MemoryUserSettings | None = None) -> Node:
    node = make_node()
    in_force = SettingsInForce(store or MemoryUserSettings(), Settings())
    sessions = cast("Roster", NoSessions())
    return attrs.evolve(node, user_settings=SettingsChange(in_force, sessions, node.clock, node.bus))


async def ask(peer: Peer, ref: str, version: object, changes: object, **more: object) -> list[Any]:
    """The answer, and what is pushed besides."""
    peer.say("1", ref, TOPIC, "update_settings", {"version": version, "changes": changes, **more})
    heard = await peer.heard()
    (answer,) = (each[4] for each in heard if each[1] == ref)
    return [answer["status"], answer["response"], *(each for each in heard if each[1] != ref)]


def changed(version: int, **settings: object) -> list[object]:
    return [None, None, TOPIC, "settings_changed", {"version": version, "settings": DEFAULTS | settings}]


async def test_the_join_reply_carries_the_settings_and_their_version() -> None:
    node = node_with(MemoryUserSettings({USER: (3, {"auto_pause": False, "self_firming": ["audio"]})}))
    async with open_peer(ROUTES, node) as peer:
        reply = (await peer.join(TOPIC))[4]
        settings = DEFAULTS | {"auto_pause": False, "self_firming": ["audio"]}
        flags = node.flags.told(USER)
        assert reply == {"status": "ok", "response": {"version": 3, "settings": settings, "flags": flags}}


async def test_a_change_is_answered_and_every_device_hears_of_it_once() -> None:
    node = node_with()
    async with open_peer(ROUTES, node) as one, open_peer(ROUTES, node) as other, open_peer(ROUTES, node) as nobody:
        await one.join(TOPIC)
        await other.join(TOPIC)
        told = changed(1, auto_pause=False, cooldown_ms=900)
        assert await ask(one, "2", 0, {"auto_pause": False, "cooldown_ms": 900}) == ["ok", told[4], told]
        assert await other.heard() == [told]
        told = changed(2, cooldown_ms=900)
        assert await ask(other, "2", 1, {"auto_pause": None}) == ["ok", told[4], told]
        assert await one.heard() == [told]
        assert await nobody.heard() == []


async def test_what_changes_nothing_is_answered_and_not_told() -> None:
    async with open_peer(ROUTES, node_with()) as peer:
        await peer.join(TOPIC)
        assert await ask(peer, "2", 0, {}) == ["ok", {"version": 0, "settings": DEFAULTS}]


async def test_a_change_to_another_version_is_refused_with_what_is_in_force() -> None:
    async with open_peer(ROUTES, node_with()) as peer:
        await peer.join(TOPIC)
        await ask(peer, "2", 0, {"cooldown_ms": 900})
        status, response, *told = await ask(peer, "3", 0, {"cooldown_ms": 100})
        assert (status, response["code"], told) == ("error", "conflict", [])
        assert (response["version"], response["settings"]) == (1, DEFAULTS | {"cooldown_ms": 900})


@pytest.mark.parametrize(
    ("version", "changes", "path"),
    [
        (0, {"min_confidence": 0.1}, "changes.min_confidence"),
        (0, {"auto_pause": True, "volume": 11}, "changes.volume"),
        (0, {"self_firming": ["audio", 5]}, "changes.self_firming.1"),
        (0, ["auto_pause"], "changes"),
        (0, None, "changes"),
        (-1, {}, "version"),
        ("0", {}, "version"),
        (2**31, {}, "version"),
    ],
)
async def test_a_change_that_does_not_fit_is_refused_with_the_path(version: object, changes: object, path: str) -> None:
    async with open_peer(ROUTES, node_with()) as peer:
        await peer.join(TOPIC)
        status, response, *told = await ask(peer, "2", version, changes)
        assert (status, response["code"], response["path"], told) == ("error", "invalid", path, [])


async def test_a_change_needs_a_version_and_has_no_more_than_that() -> None:
    async with open_peer(ROUTES, node_with()) as peer:
        await peer.join(TOPIC)
        assert (await peer.ask("1", "2", TOPIC, "update_settings", {"changes": {}}))[4]["response"]["path"] == "version"
        assert (await ask(peer, "3", 0, {}, force=True))[1]["path"] == "force"


async def test_another_users_topic_is_like_one_of_nobody() -> None:
    node = node_with()
    stranger, _ = make_token(node, Identity(uuid4(), DEVICE))
    async with open_peer(ROUTES, node) as peer:
        theirs = await peer.join(TOPIC, token=stranger)
        none = await peer.join(f"user:{uuid4()}")
    assert theirs[4] == none[4]
    assert none[4]["response"] == {"code": "not_found", "message": "There is no such thing.", "reason": "not_found"}
    assert node.bus._subscribers == {}


async def test_a_change_made_while_the_settings_are_read_is_not_lost() -> None:
    store = Watched()
    node = node_with(store)
    async with open_peer(ROUTES, node) as peer:
        peer.say("1", "1", TOPIC, "phx_join", {})
        await store.reading.wait()
        node.bus.publish(TOPIC, "settings_changed", {"version": 1, "settings": DEFAULTS})
        assert await peer.heard() == []
        store.may_read.set()
        reply, told = await peer.heard()
        assert (reply[3], reply[4]["response"]["version"]) == ("phx_reply", 0)
        assert told == changed(1)


async def test_a_client_that_goes_while_the_settings_are_read_stays_subscribed_to_nothing() -> None:
    store = Watched()
    node = node_with(store)
    async with open_peer(ROUTES, node) as peer:
        peer.say("1", "1", TOPIC, "phx_join", {})
        await store.reading.wait()
        assert list(node.bus._subscribers) == [TOPIC]
    assert node.bus._subscribers == {}


async def test_after_leaving_nothing_comes() -> None:
    node = node_with()
    async with open_peer(ROUTES, node) as peer:
        await peer.join(TOPIC)
        peer.say("1", "2", TOPIC, "phx_leave", {})
        await peer.heard()
        node.bus.publish(TOPIC, "settings_changed", {})
        assert await peer.heard() == []


@pytest.mark.parametrize("event", ["settings_changed", "sing" * 60])
async def test_an_event_that_is_not_for_us_is_refused(event: str) -> None:
    async with open_peer(ROUTES, node_with()) as peer:
        await peer.join(TOPIC)
        response = (await peer.ask("1", "2", TOPIC, event, {}))[4]["response"]
        assert (response["code"], response["path"]) == ("invalid", "event")


async def test_a_join_with_more_than_a_token_is_refused() -> None:
    async with open_peer(ROUTES, node_with()) as peer:
        response = (await peer.join(TOPIC, version=5))[4]["response"]
        assert (response["code"], response["path"]) == ("invalid", "version")
