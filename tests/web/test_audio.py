"""`audio:<session>` on a socket in memory, over a live session."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
import pytest
import trio

from lossy.channels.audio import AudioChunk, pack
from lossy.channels.events import AUDIO
from lossy.channels.topics import Audio
from lossy.sessions.flags import Flags
from lossy.web.audio import join_audio
from lossy.web.sockets import Route
from tests.flags import everything_on
from tests.sessions.listening import Scripted, Speaker, ears, open_ears, said
from tests.sessions.node import SESSION, settled
from tests.web.peers import DEVICE, USER, Peer, error, make_node, ok, open_peer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock

    from tests.sessions.node import Node

TOPIC = f"audio:{SESSION}"
LIMITS = {"chunk_bytes": 32_768, "full_bytes": 5_000_000, "full_ms": 60_000}
JOINED = {
    "supported_versions": [1, 2],
    "active_version": 2,
    "features": [*Flags(everything_on()).features(USER)],
    "accepted": True,
    "limits": LIMITS,
}


def binary(event: str, data: bytes, ref: str = "9") -> bytes:
    fields = ("1", ref, TOPIC, event)
    return bytes([0, *map(len, fields)]) + "".join(fields).encode() + data


def sound(sequence: int, ms: int = 100) -> bytes:
    return pack(AudioChunk(16_000, sequence, 61_000, opus=False, data=bytes([1, 0]) * 16 * ms))


@asynccontextmanager
async def open_audio(**options: Any) -> AsyncIterator[tuple[Node, Speaker, Peer]]:
    """Ann's session with its microphone open, and a socket of the same device."""
    async with open_ears(ears(Scripted(**options))) as node:
        client = await node.join(device=DEVICE)
        await client.tell("start").answer()
        async with open_peer({Audio: Route(AUDIO, join_audio)}, attrs.evolve(make_node(), roster=node.roster)) as peer:
            yield node, Speaker(client), peer


async def send(peer: Peer, data: bytes) -> Any:
    peer.transport.arrive(binary("audio", data))
    (answer,) = await peer.heard()
    return answer


async def test_what_is_sent_is_transcribed(autojump_clock: MockClock) -> None:
    async with open_audio() as (node, ann, peer):
        joined = {**JOINED, "received_through": 0, "missed": 0}
        assert await peer.join(TOPIC, device_id=str(DEVICE)) == ok("1", "1", TOPIC, joined)

        ann.begin()
        for sequence in range(1, 11):
            answer = await send(peer, sound(sequence))
            assert answer == ok("1", "9", TOPIC, {"received_through": sequence, "missed": 0})
            await trio.sleep(0.1)
        ann.end()
        await settled()
        (note,) = [*map(attrs.astuple, node.published)]
        assert said(1) in str(note)


async def test_a_client_that_joins_again_is_told_where_it_was(autojump_clock: MockClock) -> None:
    async with open_audio() as (_, ann, peer):
        await peer.join(TOPIC, device_id=str(DEVICE))
        ann.begin()
        for sequence in (1, 2, 5):
            await send(peer, sound(sequence))
        peer.say("2", "2", TOPIC, "phx_join", {"device_id": str(DEVICE)})
        joined, _ = await peer.heard()  # and the old channel is closed
        response = {**JOINED, "received_through": 5, "missed": 2}
        assert joined == ok("2", "2", TOPIC, response)


@pytest.mark.parametrize(
    ("data", "path"),
    [(b"", "$"), (b"\x02" + sound(1)[1:], "version"), (sound(1) + b"\x00", "data")],
)
async def test_what_does_not_fit_is_refused_with_its_path(autojump_clock: MockClock, data: bytes, path: str) -> None:
    async with open_audio() as (_, _, peer):
        await peer.join(TOPIC, device_id=str(DEVICE))
        *_, reply = await send(peer, data)
        assert (reply["status"], reply["response"]["code"], reply["response"]["path"]) == ("error", "invalid", path)


async def test_text_is_no_sound(autojump_clock: MockClock) -> None:
    async with open_audio() as (_, _, peer):
        await peer.join(TOPIC, device_id=str(DEVICE))
        *_, reply = await peer.ask("1", "2", TOPIC, "audio", {})
        assert reply["response"]["message"] == "It must be a binary message."
        for ref, event, payload in (("3", "transcript_final", {"text": "Too dark."}), ("4", "sing", {})):
            *_, reply = await peer.ask("1", ref, TOPIC, event, payload)
            assert reply["response"] | {"code": "invalid", "path": "event"} == reply["response"]


async def test_who_does_not_have_the_microphone_is_read_only(autojump_clock: MockClock) -> None:
    async with open_audio() as (_, ann, peer):
        await peer.join(TOPIC, device_id=str(DEVICE))
        ann.client.tell("context_gained", tab="another")
        await settled()
        *_, reply = await send(peer, sound(1))
        assert reply["response"]["code"] == "context_taken"


@pytest.mark.parametrize(
    ("topic", "device", "code"),
    [(f"audio:{UUID(int=77)}", DEVICE, "not_found"), (TOPIC, UUID(int=78), "forbidden")],
    ids=["no session here", "another device's token"],
)
async def test_a_join_is_refused(autojump_clock: MockClock, topic: str, device: UUID, code: str) -> None:
    async with open_audio() as (_, _, peer):
        *_, reply = await peer.join(topic, device_id=str(device))
        assert reply["response"]["code"] == code


async def test_where_the_session_is_gone_the_client_is_sent_to_join_anew(autojump_clock: MockClock) -> None:
    async with open_audio() as (_, ann, peer):
        await peer.join(TOPIC, device_id=str(DEVICE))
        await ann.client.tell("close").answer()
        await settled()
        peer.transport.arrive(binary("audio", sound(1)))
        ended, reply = await peer.heard()
        assert ended == ["1", "1", TOPIC, "phx_error", {"reason": "channel_crash"}]
        assert reply == error("1", "9", TOPIC, reply[-1]["response"])
        assert reply[-1]["response"]["code"] == "conflict"
