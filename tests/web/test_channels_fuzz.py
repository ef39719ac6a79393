"""Whatever a client sends to the channels of the product, each message has one answer and nothing fails.

Every channel is the real one, over a node in memory and in virtual time; the payloads are drawn from the table.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
import trio
from attrs import define, field, frozen
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from trio.testing import MockClock

from lossy.channels.document import document
from lossy.channels.events import TABLES, table_of
from lossy.channels.wire import CLOSE, ERROR, JOIN, LEAVE, REPLY, V2, Message
from lossy.web.app import ROUTES
from tests.channels.payloads import amiss, good
from tests.charts.strategies import examples
from tests.sessions.node import ANN, BEN, BENS_VIDEO, VIDEO
from tests.web.peers import DEVICE, MemoryTransport, open_peer
from tests.web.whole_node import AUDIO, NOTES, SESSION, USER_TOPIC, VOICE, open_whole_node

if TYPE_CHECKING:
    from lossy.channels.events import ClientEvent

SCHEMAS = document()["$defs"]
TOPICS = [VOICE, VOICE, VOICE, AUDIO, NOTES, USER_TOPIC, "video:meta", f"notes:user:{ANN}"]
OTHERS = [
    f"user:{BEN}",
    f"notes:video:{BENS_VIDEO.id}",
    "admin:dashboard",
    f"telemetry:{DEVICE}",
    "charts:voice",
    "no:such",
]
# What makes a message about something that is there.
KNOWN = {"video_id": str(VIDEO.id), "device_id": str(DEVICE), "session_id": str(SESSION), "requested_version": 2}
JOINING = {name: value for name, value in KNOWN.items() if name != "session_id"}
# Longer than the agent waits for anything.
LATER_S = 60


ODD = [LEAVE, LEAVE, "sing", CLOSE, REPLY]
MOSTLY = [True] * 5 + [False]


@frozen
class Sent:
    """`kept`: with the join_ref of the channel that is joined; else with one that is stale."""

    topic: str
    event: str
    payload: Mapping[str, Any] | bytes
    kept: bool


def payloads(row: ClientEvent) -> st.SearchStrategy[Any]:
    if row.payload is bytes:
        return st.binary(max_size=40) | st.just({})
    if row.payload is Any:
        return st.just({})
    schema = SCHEMAS[row.payload.__name__]
    known: dict[str, object] = {name: value for name, value in KNOWN.items() if name in schema["properties"]}
    drawn = good(schema, SCHEMAS).map(lambda payload: {**payload, **known}) | amiss(schema, SCHEMAS)
    return drawn.map(without_token) if row.name == JOIN else drawn


def without_token(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The socket's is good; with a bad one it would be closed in time."""
    return {name: value for name, value in payload.items() if name != "token"}


def about(topic: str) -> st.SearchStrategy[Sent]:
    table = table_of(topic)
    if table is None:
        return st.builds(Sent, st.just(topic), st.sampled_from([JOIN, LEAVE, "x"]), st.just({}), st.just(True))
    joins = st.tuples(st.just(JOIN), payloads(table.join))
    events = [st.tuples(st.just(name), payloads(row)) for name, row in table.events.items()]
    others: list[st.SearchStrategy[Any]] = [st.tuples(st.sampled_from(ODD), st.just({}))]
    said: st.SearchStrategy[tuple[str, Any]] = st.one_of(joins, joins, *events, *events, *others)
    return st.builds(lambda what, kept: Sent(topic, what[0], what[1], kept), said, st.sampled_from(MOSTLY))


sequences = st.lists(st.sampled_from([*TOPICS, *OTHERS]).flatmap(about), max_size=25)


# Everything is joined to begin with.
ENTRANCE = [
    Sent(VOICE, JOIN, JOINING, True),
    Sent(AUDIO, JOIN, {**JOINING, "requested_version": 1}, True),
    *(Sent(topic, JOIN, {}, True) for topic in (NOTES, USER_TOPIC, "video:meta")),
]


@define(eq=False)
class Model:
    """Which refs await an answer, and which channel each topic has."""

    joined: dict[str, str] = field(factory=dict)
    asked: dict[str, Sent] = field(factory=dict)
    stale: set[str] = field(factory=set)

    def refs_of(self, sent: Sent, ref: str) -> tuple[str | None, str]:
        self.asked[ref] = sent
        if sent.event == JOIN:
            return ref, ref
        current = self.joined.get(sent.topic)
        if not sent.kept and current is not None:
            self.stale.add(ref)
        return ("stale" if not sent.kept else current), ref

    def hear(self, frames: list[list[Any]]) -> None:
        """Raises AssertionError."""
        for join_ref, ref, topic, event, payload in frames:
            if event == REPLY and self.asked[ref].event == JOIN and payload["status"] == "ok":
                self.joined[topic] = ref
            elif event in (CLOSE, ERROR) and self.joined.get(topic) == join_ref:
                del self.joined[topic]
            elif event not in (REPLY, CLOSE, ERROR) and join_ref is not None:
                assert self.joined.get(topic) == join_ref, f"{event} of a channel that is not joined"


@examples(30, 1_000)
@given(sequences)
def test_every_message_has_one_answer_and_nothing_fails(sent: list[Sent]) -> None:
    with capture_logs() as logged:
        trio.run(send_all, sent, clock=MockClock(autojump_threshold=0))
    assert [entry for entry in logged if entry["log_level"] in ("error", "critical")] == []


async def send_all(sequence: list[Sent]) -> None:
    model, heard = Model(), list[list[Any]]()
    async with open_whole_node() as node, open_peer(ROUTES, node) as peer:
        for number, sent in enumerate([*ENTRANCE, *sequence]):
            join_ref, ref = model.refs_of(sent, str(number))
            peer.transport.arrive(frame(join_ref, ref, sent))
            await trio.testing.wait_all_tasks_blocked()
            heard += took(peer.transport, model)
        for _ in range(LATER_S // 20):
            await trio.sleep(20)
            peer.transport.arrive('[null,"beat","phoenix","heartbeat",{}]')
            await trio.testing.wait_all_tasks_blocked()
            heard += took(peer.transport, model)
        assert peer.transport.closed is None
    replies = Counter(frame[1] for frame in heard if frame[3] == REPLY)
    assert max(replies.values(), default=1) == 1, "two replies to one ref"
    assert not replies.keys() & model.stale, "a stale ref was answered"
    unanswered = model.asked.keys() - replies.keys() - model.stale
    assert [model.asked[ref] for ref in unanswered] == [], "no reply"


def frame(join_ref: str | None, ref: str, sent: Sent) -> str | bytes:
    """orjson has no words for the integers that a client of another make may send."""
    if isinstance(sent.payload, bytes):
        return V2().encode_message(Message(join_ref, ref, sent.topic, sent.event, sent.payload))
    return json.dumps([join_ref, ref, sent.topic, sent.event, sent.payload])


def took(transport: MemoryTransport, model: Model) -> list[list[Any]]:
    frames, transport.sent[:] = [*transport.sent], []
    read = [orjson.loads(frame) for frame in frames if isinstance(frame, str)]
    read = [frame for frame in read if frame[1] != "beat"]
    model.hear(read)
    return read


def test_the_sequences_reach_every_topic_of_the_table() -> None:
    assert {type_of(topic) for topic in [*TOPICS, *OTHERS]} >= TABLES.keys()


def type_of(topic: str) -> type | None:
    table = table_of(topic)
    return None if table is None else table.kind
