"""How channels and sockets end, over a transport in memory: by a fault, a farewell, or a broken frame."""

from __future__ import annotations

import orjson
import pytest

from lossy.channels.wire import V1
from tests.web.peers import Peer, ok, open_peer
from tests.web.rooms import Rooms


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


# -- the end of a channel -------------------------------------------------------------------------------------------


async def test_a_crash_in_a_channel_is_that_channels_alone(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "1")
        await peer.join("charts:b", "2")
        peer.say("1", "3", "charts:a", "crash", {})
        reply, crashed = await peer.heard()
        assert set(reply[4]["response"]) == {"code", "message", "reason", "id"}
        assert crashed == ["1", "1", "charts:a", "phx_error", {"reason": "channel_crash"}]
        assert [room.left for room in rooms.opened] == [1, 0]
        assert await peer.ask("2", "4", "charts:b", "echo", {}) == ok("2", "4", "charts:b")


@pytest.mark.parametrize(("event", "farewell"), [("finish", "phx_close"), ("fail", "phx_error")])
async def test_a_channel_can_end_itself(rooms: Rooms, event: str, farewell: str) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a")
        ended = await peer.ask("1", "2", "charts:a", event, {})
        assert ended[:4] == ["1", "1", "charts:a", farewell]
        assert rooms.opened[0].left == 1
        rooms.opened[0].join.end(False)
        assert await peer.heard() == []


async def test_a_channel_that_ended_may_crash_afterwards(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a")
        peer.say("1", "2", "charts:a", "fail and crash", {})
        farewell, reply = await peer.heard()
        assert farewell[3] == "phx_error"
        assert reply[4]["response"]["code"] == "internal"
        assert rooms.opened[0].left == 1
        assert await peer.join("charts:a", "3") == ok("3", "3", "charts:a")


async def test_the_end_of_the_socket_leaves_every_channel_once(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "1")
        await peer.join("charts:b", "2")
        assert peer.node.sockets == {peer.transport}
        peer.transport.leave()
        await peer.ended.wait()
        assert peer.node.sockets == set()
    assert [room.left for room in rooms.opened] == [1, 1]


async def test_cancelling_the_socket_leaves_every_channel(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a")
    assert [room.left for room in rooms.opened] == [1]
    assert peer.node.sockets == set()


async def test_a_socket_that_goes_during_a_join_joins_nothing(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        peer.say("1", "1", "charts:a", "phx_join", {"wait": True})
        assert await peer.heard() == []
    assert rooms.opened == []


# -- V1 -------------------------------------------------------------------------------------------------------------


async def test_v1_frames_are_objects_and_carry_no_join_ref(rooms: Rooms) -> None:
    async with open_peer(rooms.routes, serializer=V1()) as peer:

        async def ask(ref: str, event: str, payload: dict[str, object]) -> object:
            peer.transport.arrive(
                orjson.dumps({"topic": "charts:a", "event": event, "payload": payload, "ref": ref}).decode()
            )
            return (await peer.heard())[0]

        def reply(ref: str, response: dict[str, object]) -> dict[str, object]:
            answer = {"status": "ok", "response": response}
            return {"topic": "charts:a", "event": "phx_reply", "payload": answer, "ref": ref}

        assert await ask("1", "phx_join", {}) == reply("1", {})
        assert await ask("2", "echo", {"n": 1}) == reply("2", {"n": 1})
        assert await ask("3", "phx_leave", {}) == reply("3", {})


# -- frames that are no messages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("", 1007),
        ("{", 1007),
        ("null", 1003),
        ("[]", 1003),
        ('["1","1","charts:a","phx_join"]', 1003),
        ('["1","1","charts:a","phx_join",null]', 1003),
        ('["1","1","charts:a","phx_join",[]]', 1003),
        ('[1,"1","charts:a","phx_join",{}]', 1003),
        ('["1",1,"charts:a","phx_join",{}]', 1003),
        ('["1","1",null,"phx_join",{}]', 1003),
        ('{"topic":"charts:a","event":"phx_join","payload":{},"ref":"1"}', 1003),
        (f'["1","{"x" * 256}","charts:a","phx_join",{{}}]', 1003),
        ('["1","1","charts:a","phx_join",' + '{"a":' * 64 + "1" + "}" * 64 + "]", 1003),
        (b"", 1003),
        (b"\x01", 1003),
        (b"\0\x05", 1007),
        (b"\0\0\0\x01\0\xff", 1007),
    ],
)
async def test_a_broken_frame_closes_the_socket(rooms: Rooms, frame: str | bytes, code: int) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a")
        peer.transport.arrive(frame)
        peer.say("1", "2", "charts:a", "echo", {})
        assert await peer.heard() == []
        assert peer.transport.closed == code
        assert peer.ended.is_set()
    assert rooms.opened[0].left == 1


async def test_the_end_of_the_node_reaches_an_open_socket(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a")
        close_all(peer)
        await peer.ended.wait()
    assert rooms.opened[0].left == 1


def close_all(peer: Peer) -> None:
    for transport in [*peer.node.sockets]:
        transport.close(1012)
