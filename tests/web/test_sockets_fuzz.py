"""Whatever a client sends, the socket ends in order: nothing is raised, and no channel stays joined."""

from __future__ import annotations

import json

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from trio.testing import MockClock

from lossy.channels.wire import V1, V2, Frame, Serializer
from tests.charts.strategies import examples
from tests.web.peers import open_peer
from tests.web.rooms import Rooms

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
topics = st.sampled_from(["charts:a", "charts:b", "phoenix", "admin:dashboard", "voice:x", "", "charts:é"])
events = st.sampled_from(
    [
        *("phx_join", "phx_join", "phx_join", "phx_leave", "phx_close", "phx_reply", "heartbeat", "nothing"),
        *("echo", "later", "refuse", "crash", "fail", "finish", "fail and crash", "push"),
    ]
)
orders: st.SearchStrategy[dict[str, object]] = st.sampled_from(
    [{}, {}, {"push": 1}, {"refuse": 1}, {"crash": "join"}, {"crash": "response"}, {"token": "x"}, {"token": 7}]
)
refs = st.sampled_from([None, "1", "2", "3"])
messages = st.tuples(refs, refs, topics, events, orders)


def as_v1(message: tuple[object, ...]) -> dict[str, object]:
    return dict(zip(("join_ref", "ref", "topic", "event", "payload"), message, strict=True))


# Most are messages, so that a socket lives through several; the first that is none closes it.
good = {"V1": messages.map(as_v1).map(json.dumps), "V2": messages.map(json.dumps)}
texts = (
    st.text(max_size=40)
    | values.map(json.dumps)
    | st.lists(refs | topics | events | orders | values, max_size=7).map(json.dumps)
    | st.just('[null,"1","charts:\\ud800","echo",{}]')
)
binaries = st.binary(max_size=40) | st.builds(
    lambda lengths, rest: bytes([0, *lengths]) + rest, st.lists(st.integers(0, 9), min_size=4, max_size=4), st.binary()
)


@pytest.mark.parametrize(("serializer", "version"), [(V1(), "V1"), (V2(), "V2")], ids=["V1", "V2"])
def test_no_frame_breaks_the_socket(serializer: Serializer, version: str) -> None:
    @examples(100, 5_000)
    @given(st.lists(good[version], max_size=25), st.lists(good[version] | texts | binaries, max_size=3))
    def check(sent: list[Frame], more: list[Frame]) -> None:
        with capture_logs():
            trio.run(send_all, serializer, [*sent, *more], clock=MockClock(autojump_threshold=0))

    check()


async def send_all(serializer: Serializer, sent: list[Frame]) -> None:
    rooms = Rooms()
    async with open_peer(rooms.routes, serializer=serializer) as peer:
        for frame in sent:
            if peer.transport.closed is None:
                peer.transport.arrive(frame)
        await trio.testing.wait_all_tasks_blocked()
        for answer in [answer for room in rooms.opened for answer in room.late]:
            answer({})
        assert_answers_are_frames(serializer, peer.transport.sent)
        assert peer.transport.closed in (None, 1003, 1007)
        peer.transport.leave()
        await peer.ended.wait()
        assert peer.node.sockets == set()
    assert all(room.left == 1 for room in rooms.opened)


def assert_answers_are_frames(serializer: Serializer, answers: list[Frame]) -> None:
    for answer in answers:
        serializer.decode_server(answer)
