"""Flags where they are gone by: what may be joined, what a user is told. Over a transport in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import attrs
import pytest

from lossy.channels.events import TABLES
from lossy.domain.capabilities import BUILT, CATALOGUE, Capability
from lossy.sessions.flags import Flags
from lossy.web.app import ROUTES
from tests.flags import everything_on, flag
from tests.web.peers import USER, open_peer
from tests.web.test_user import TOPIC, node_with

if TYPE_CHECKING:
    from lossy.domain.flag_change import Change
    from lossy.web.node import Node

GATED = {table.shape: table.capability for table in TABLES.values() if table.capability is not None}
OF_THIS_USER = {"actors": {str(USER): False}}


def node_on(*changes: Change) -> Node:
    return attrs.evolve(node_with(), flags=Flags(everything_on(*changes)))


@pytest.mark.parametrize(("shape", "capability"), GATED.items(), ids=[*GATED])
async def test_a_topic_whose_flag_is_off_is_unavailable_before_anything_else_is_looked_at(
    shape: str, capability: Capability
) -> None:
    topic = f"{shape.rpartition(':')[0]}:{UUID(int=9)}"
    async with open_peer(ROUTES, node_on(flag(capability, OF_THIS_USER))) as peer:
        off = (await peer.join(topic))[4]["response"]
    assert (off["code"], off["capability"]) == ("unavailable", CATALOGUE[capability].letter)


def test_flags_gate_these_topics() -> None:
    assert GATED == {
        "voice:<session>": Capability.VOICE_SESSION,
        "notes:video:<video>": Capability.NOTES_CHANNEL,
        "telemetry:<device>": Capability.TELEMETRY,
    }


async def test_a_join_says_what_is_on_for_this_user() -> None:
    node = node_on(flag(Capability.VOICE_SESSION, OF_THIS_USER))
    async with open_peer(ROUTES, node) as peer:
        flags = (await peer.join(TOPIC))[4]["response"]["flags"]
    assert flags.keys() == {*map(str, BUILT)}
    assert flags["voice_session"] == {"value": False, "variant": "off", "reason": "TARGETING_MATCH"}
    assert flags["notes_channel"] == {"value": True, "variant": "on", "reason": "STATIC"}


async def test_every_device_is_told_of_a_change_and_one_that_left_is_not() -> None:
    node = node_on()
    off = everything_on(flag(Capability.VOICE_SESSION, OF_THIS_USER))
    async with open_peer(ROUTES, node) as one, open_peer(ROUTES, node) as other, open_peer(ROUTES, node) as left:
        for peer in (one, other, left):
            await peer.join(TOPIC)
        left.say("1", "2", TOPIC, "phx_leave", {})
        await left.heard()
        await node.flags.take(off)
        pushed = [None, None, TOPIC, "flags_changed", {"flags": node.flags.told(USER)}]
        assert await one.heard() == await other.heard() == [pushed]
        assert await left.heard() == []
    assert not node.flags.is_followed(USER)


async def test_what_has_been_joined_stays_joined() -> None:
    node = node_on()
    async with open_peer(ROUTES, node) as peer:
        await peer.join(TOPIC)
        await node.flags.take(everything_on(*(flag(capability, {"killed": True}) for capability in BUILT)))
        assert [frame[3] for frame in await peer.heard()] == ["flags_changed"]
        assert (await peer.join("video:meta", "2"))[4]["status"] == "ok"
