"""The rules of `Socket`, by their numbers in the wire's description, over a transport in memory."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from lossy.channels.wire import V1, V2
from lossy.web.sockets import CHANNELS
from tests.web.peers import error, make_node, ok, open_peer
from tests.web.rooms import Rooms

UNMATCHED = {
    "code": "not_found",
    "message": "This topic is not joined or does not exist.",
    "reason": "unmatched topic",
}


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


# -- refs and heartbeat ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ref", ["7", "", "007", "1e3", "é🎬", "x" * 255, '"\\\n\u2028'])
async def test_refs_come_back_byte_for_byte(rooms: Rooms, ref: str) -> None:
    async with open_peer(rooms.routes) as peer:
        assert await peer.join("charts:a", ref) == ok(ref, ref, "charts:a")
        assert await peer.ask(ref, ref, "charts:a", "echo", {"n": 1}) == ok(ref, ref, "charts:a", {"n": 1})


async def test_a_reply_in_binary_goes_to_a_text_client_as_json(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a")
        peer.transport.arrive(b"\0\x01\x01\x08\x04" + b"12charts:aecho" + b"\xff\0")
        assert await peer.heard() == [b"\x01\x01\x01\x08\x02" + b"12charts:aok" + b"\xff\0"]


async def test_a_heartbeat_is_answered_without_a_join_ref(rooms: Rooms) -> None:
    async with open_peer(rooms.routes, token=None) as peer:
        assert await peer.ask(None, "7", "phoenix", "heartbeat", {}) == ok(None, "7", "phoenix")
        assert await peer.ask("1", "8", "phoenix", "heartbeat", {}) == ok(None, "8", "phoenix")
        assert await peer.ask(None, "9", "phoenix", "phx_join", {}) == error(None, "9", "phoenix", UNMATCHED)


async def test_a_fifth_element_is_enough_and_more_are_ignored(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        assert await peer.ask("1", "1", "charts:a", "phx_join", {}, "more", 6) == ok("1", "1", "charts:a")


# -- the rules ------------------------------------------------------------------------------------------------------


async def test_rule_1_the_join_reply_comes_before_any_push(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        peer.say("1", "1", "charts:a", "phx_join", {"push": True})
        assert await peer.heard() == [ok("1", "1", "charts:a"), ["1", None, "charts:a", "begun", {}]]


@pytest.mark.parametrize("topic", ["admin:dashboard", "no:such:topic", "", "charts:", "charts:A", "voice:1"])
async def test_rule_2_a_topic_without_a_route_is_unmatched(rooms: Rooms, topic: str) -> None:
    async with open_peer(rooms.routes) as peer:
        assert await peer.join(topic) == error(None, "1", topic, UNMATCHED)
    assert rooms.opened == []


async def test_rule_2_an_event_on_a_topic_not_joined_is_unmatched(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        assert await peer.ask("5", "6", "charts:a", "echo", {}) == error(None, "6", "charts:a", UNMATCHED)


async def test_rule_2_an_event_after_leaving_is_unmatched(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a")
        peer.say("1", "2", "charts:a", "phx_leave", {})
        await peer.heard()
        assert await peer.ask("1", "3", "charts:a", "echo", {}) == error(None, "3", "charts:a", UNMATCHED)


async def test_rule_3_the_hundred_and_first_channel_is_refused(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        for n in range(CHANNELS):
            await peer.join(f"charts:c{n}", str(n))
        refused = await peer.join("charts:one_more", "101")
        assert refused[:4] == ["101", "101", "charts:one_more", "phx_reply"]
        assert refused[4]["status"] == "error"
        assert refused[4]["response"]["reason"] == "too many channels joined"
        assert refused[4]["response"]["code"] == "conflict"


async def test_rule_3_a_full_socket_can_join_again_what_it_has(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        for n in range(CHANNELS):
            await peer.join(f"charts:c{n}", str(n))
        peer.say("101", "101", "charts:c7", "phx_join", {})
        assert (await peer.heard())[0] == ok("101", "101", "charts:c7")


@pytest.mark.parametrize("where", ["join", "response"])
async def test_rule_3_a_crash_in_join_is_answered_and_the_socket_goes_on(rooms: Rooms, where: str) -> None:
    async with open_peer(rooms.routes) as peer:
        refused = await peer.join("charts:a", crash=where)
        assert refused[:4] == ["1", "1", "charts:a", "phx_reply"]
        response = refused[4]["response"]
        assert (response["reason"], response["code"]) == ("join crashed", "internal")
        assert set(response) == {"reason", "code", "message", "id"}
        assert await peer.join("charts:a", "2") == ok("2", "2", "charts:a")
    assert all(room.left == 1 for room in rooms.opened)


async def test_a_join_while_the_database_is_away_is_told_when_to_come_again(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        refused = await peer.join("charts:a", away=True)
        assert refused[:4] == ["1", "1", "charts:a", "phx_reply"]
        response = refused[4]["response"]
        assert (response["code"], response["reason"], response["retry_after_ms"]) == ("rate_limited",) * 2 + (1000,)
        assert await peer.join("charts:a", "2") == ok("2", "2", "charts:a")


async def test_rule_4_joining_a_joined_topic_ends_the_old_channel(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "1")
        peer.say("2", "2", "charts:a", "phx_join", {"push": True})
        assert await peer.heard() == [
            ok("2", "2", "charts:a"),
            ["1", "1", "charts:a", "phx_close", {}],
            ["2", None, "charts:a", "begun", {}],
        ]
        old, new = rooms.opened
        assert (old.left, new.left) == (1, 0)
        assert await peer.ask("2", "3", "charts:a", "echo", {}) == ok("2", "3", "charts:a")


async def test_rule_4_the_old_channel_ends_though_the_new_join_is_refused(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "1")
        peer.say("2", "2", "charts:a", "phx_join", {"refuse": True})
        refused, closed = await peer.heard()
        assert refused[4]["status"] == "error"
        assert closed == ["1", "1", "charts:a", "phx_close", {}]
        assert [room.left for room in rooms.opened] == [1]
        assert (await peer.ask("1", "3", "charts:a", "echo", {}))[4]["response"] == UNMATCHED


async def test_rule_4_the_end_of_the_old_channel_does_not_touch_the_new_one(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "1")
        peer.say("2", "2", "charts:a", "phx_join", {})
        await peer.heard()
        rooms.opened[0].join.end(True)
        assert await peer.heard() == []
        assert await peer.ask("2", "3", "charts:a", "echo", {}) == ok("2", "3", "charts:a")


@pytest.mark.parametrize("join_ref", ["1", None])
async def test_rule_5_a_leave_is_answered_then_closed(rooms: Rooms, join_ref: str | None) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "1")
        peer.say(join_ref, "9", "charts:a", "phx_leave", {})
        assert await peer.heard() == [ok("1", "9", "charts:a"), ["1", "1", "charts:a", "phx_close", {}]]
        assert rooms.opened[0].left == 1


async def test_rule_5_leaving_what_is_not_joined_is_fine(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        assert await peer.ask("4", "9", "charts:a", "phx_leave", {}) == ok("4", "9", "charts:a")


async def test_rule_5_a_stale_leave_is_met_with_silence(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "2")
        peer.say("1", "9", "charts:a", "phx_leave", {})
        assert await peer.heard() == []
        assert rooms.opened[0].left == 0


async def test_rule_6_a_null_join_ref_is_accepted(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "1")
        assert await peer.ask(None, "2", "charts:a", "echo", {"n": 1}) == ok("1", "2", "charts:a", {"n": 1})


async def test_rule_6_a_stale_join_ref_is_dropped(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "2")
        peer.say("1", "3", "charts:a", "crash", {})
        assert await peer.heard() == []


async def test_rule_7_a_broadcast_is_encoded_once_for_all_of_a_version(rooms: Rooms) -> None:
    node = make_node()
    async with (
        open_peer(rooms.routes, node) as one,
        open_peer(rooms.routes, node) as other,
        open_peer(rooms.routes, node, serializer=V1()) as older,
    ):
        peers = one, other, older
        for peer in (one, other):
            await peer.join("charts:a")
        older.transport.arrive(V1().encode_message(V2().decode('["1","1","charts:a","phx_join",{}]')))
        await older.heard()
        with ExitStack() as subscriptions:
            for room in rooms.opened:
                subscriptions.enter_context(node.bus.subscribe("charts:a", room.join.deliver))
            node.bus.publish("charts:a", "note_created", {"n": 1})
        (first,), (second,), (third,) = [peer.transport.sent for peer in peers]
        assert first == '[null,null,"charts:a","note_created",{"n":1}]'
        assert second is first
        assert third == '{"topic":"charts:a","event":"note_created","payload":{"n":1},"ref":null}'


async def test_rule_8_replies_come_when_they_come_each_with_its_own_ref(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a")
        peer.say("1", "2", "charts:a", "later", {})
        peer.say("1", "3", "charts:a", "later", {})
        assert await peer.ask("1", "4", "charts:a", "echo", {}) == ok("1", "4", "charts:a")
        first, second = rooms.opened[0].late
        second({"n": 3})
        first({"n": 2})
        assert await peer.heard() == [ok("1", "3", "charts:a", {"n": 3}), ok("1", "2", "charts:a", {"n": 2})]


async def test_rule_9_an_error_has_code_and_message_beside_the_reason(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a")
        assert await peer.ask("1", "2", "charts:a", "refuse", {}) == error(
            "1",
            "2",
            "charts:a",
            {"code": "invalid", "message": "It is empty.", "reason": "invalid", "path": "notes.3.text"},
        )
