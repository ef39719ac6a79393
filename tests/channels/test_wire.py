"""Numbers in the names are sections and rules of the protocol's description."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lossy.channels.errors import unmatched_topic
from lossy.channels.wire import (
    CLOSE,
    ENDINGS,
    ERROR,
    HEARTBEAT,
    HEARTBEAT_TOPIC,
    JOIN,
    MAX_DEPTH,
    MAX_FIELD_BYTES,
    REPLY,
    V1,
    V2,
    Broadcast,
    Frame,
    LocalProtocolError,
    Message,
    Outgoing,
    Payload,
    Push,
    RemoteProtocolError,
    Reply,
    Serializer,
    UnsupportedVersion,
    closed,
    crashed,
    serializer_for,
)

BOTH: list[Serializer] = [V1(), V2()]

TEXTS = st.text(max_size=MAX_FIELD_BYTES // 4)
REFS = st.none() | TEXTS.filter(bool)  # an empty ref and none are the same in a binary frame
EVENTS = st.sampled_from([CLOSE, ERROR, "note_created"]) | TEXTS.filter(lambda event: event != REPLY)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=9,
)  # fmt: skip
OBJECTS = st.dictionaries(st.text(max_size=5), JSON, max_size=3)
PAYLOADS = OBJECTS | st.binary(max_size=9)


def messages(payloads: st.SearchStrategy[Any]) -> st.SearchStrategy[Message]:
    return st.builds(Message, REFS, REFS, TEXTS, TEXTS, payloads)


def outgoing(payloads: st.SearchStrategy[Any]) -> st.SearchStrategy[Outgoing]:
    replies = st.builds(Reply, REFS, REFS, TEXTS, TEXTS, payloads)
    pushes = st.builds(Push, TEXTS.filter(bool), TEXTS, EVENTS, payloads)
    return replies | pushes | st.builds(Broadcast, TEXTS, EVENTS, payloads)


def without_join_ref(out: Outgoing) -> Outgoing:
    """What is left of it in V1."""
    if isinstance(out, Push) and out.event not in ENDINGS:
        return Broadcast(out.topic, out.event, out.payload)
    return evolve(out, join_ref=None) if isinstance(out, Reply) else out


@given(messages(PAYLOADS))
def test_a_message_in_v2_decodes_to_itself(message: Message) -> None:
    assert V2().decode(V2().encode_message(message)) == message


@given(messages(OBJECTS))
def test_a_message_in_v1_decodes_to_itself(message: Message) -> None:
    assert V1().decode(V1().encode_message(message)) == message


@given(outgoing(PAYLOADS))
def test_what_the_server_sends_in_v2_decodes_to_itself(out: Outgoing) -> None:
    assert V2().decode_server(V2().encode(out)) == out


@given(outgoing(OBJECTS))
def test_what_the_server_sends_in_v1_decodes_to_itself_without_join_ref(out: Outgoing) -> None:
    assert V1().decode_server(V1().encode(out)) == without_join_ref(out)


def fields_of_any_type() -> st.SearchStrategy[str]:
    names = ("topic", "event", "payload", "ref", "join_ref", "status")
    values = JSON | st.sampled_from([REPLY, CLOSE, {"status": "ok", "response": {}}, {"status": 1}])
    shapes = st.lists(values, max_size=7) | st.dictionaries(st.sampled_from(names), values)
    return shapes.map(lambda value: orjson.dumps(value).decode())


ANYTHING = st.one_of(
    st.text(st.characters()),  # lone surrogates too
    st.text('[]{},:"\\u0eE19.-naltrufsNI \ud800'),
    fields_of_any_type(),
    st.binary(),
    st.binary(max_size=40).map(lambda data: b"\x00\x01\x01\x02\x03" + data),
    st.binary(max_size=40).map(lambda data: b"\x02\x01\x01" + data),
)


@pytest.mark.parametrize("serializer", BOTH)
@given(frame=ANYTHING)
def test_nothing_but_a_remote_error_comes_out_of_decode(serializer: Serializer, frame: Frame) -> None:
    try:
        message = serializer.decode(frame)
    except RemoteProtocolError:
        return
    assert serializer.decode(serializer.encode_message(message)) == message


@pytest.mark.parametrize("serializer", BOTH)
@given(frame=ANYTHING)
def test_nothing_but_a_remote_error_comes_out_of_decode_server(serializer: Serializer, frame: Frame) -> None:
    try:
        out = serializer.decode_server(frame)
    except RemoteProtocolError:
        return
    assert serializer.decode_server(serializer.encode(out)) == out


@pytest.mark.parametrize(
    ("vsn", "serializer"),
    [(None, V1()), ("1.0.0", V1()), ("1.0.17", V1()), ("2.0.0", V2()), ("2.0.9", V2())],
)
def test_1_a_version_is_negotiated(vsn: str | None, serializer: Serializer) -> None:
    assert serializer_for(vsn) == serializer


@pytest.mark.parametrize(
    "vsn", ["", "1", "2.0", "2.1.0", "3.0.0", "2.0.0.0", "2.0.00", "2.0.x", "2.0.-1", "2.0.²", "2.0.0\n", " 2.0.0"]
)
def test_1_any_other_version_is_refused(vsn: str) -> None:
    with pytest.raises(UnsupportedVersion):
        serializer_for(vsn)


def test_1_v1_frames_are_objects_and_the_servers_have_no_join_ref() -> None:
    message = V1().decode('{"topic":"voice:s1","event":"phx_join","payload":{"a":1},"ref":"1","extra":0}')
    assert message == Message(None, "1", "voice:s1", JOIN, {"a": 1})
    reply = V1().encode(Reply("1", "1", "voice:s1", "ok", {}))
    assert reply == '{"topic":"voice:s1","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"1"}'


def test_1_v1_has_no_binary_frames() -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        V1().decode(bytes.fromhex("00010108043637766f6963653ac3a96563686fff00fe"))
    assert refused.value.close_code == 1003
    with pytest.raises(LocalProtocolError):
        V1().encode(Broadcast("t", "e", b"data"))
    with pytest.raises(LocalProtocolError):
        V1().encode_message(Message(None, "1", "t", "e", b"data"))


@pytest.mark.parametrize(
    ("out", "frame"),
    [
        (Reply("6", "6", "voice:s1", "ok", {}), '["6","6","voice:s1","phx_reply",{"status":"ok","response":{}}]'),
        (closed("6", "voice:s1"), '["6","6","voice:s1","phx_close",{}]'),
        (crashed("6", "voice:s1"), '["6","6","voice:s1","phx_error",{"reason":"channel_crash"}]'),
        (
            Reply(None, "7", HEARTBEAT_TOPIC, "ok", {}),
            '[null,"7","phoenix","phx_reply",{"status":"ok","response":{}}]',
        ),
        (Push("6", "voice:s1", "voice_status", {"a": 1}), '["6",null,"voice:s1","voice_status",{"a":1}]'),
        (Broadcast("notes:video:9", "note_created", {"a": 1}), '[null,null,"notes:video:9","note_created",{"a":1}]'),
    ],
)
def test_2_the_table_of_frames(out: Outgoing, frame: str) -> None:
    assert V2().encode(out) == frame
    assert V2().decode_server(frame) == out


def test_2_a_heartbeat_has_no_join_ref() -> None:
    beat = Message(None, "7", HEARTBEAT_TOPIC, HEARTBEAT, {})
    assert V2().decode('[null,"7","phoenix","heartbeat",{}]') == beat


@pytest.mark.parametrize("ref", ["007", "", " 7", "é", "\x00", "1e3"])
def test_2_refs_are_echoed_byte_for_byte(ref: str) -> None:
    request = orjson.dumps([ref, ref, "t", "e", {}]).decode()
    message = V2().decode(request)
    assert V2().encode(Reply(message.join_ref, message.ref, "t", "ok", {})) == (
        orjson.dumps([ref, ref, "t", "phx_reply", {"status": "ok", "response": {}}]).decode()
    )


def test_2_an_empty_join_ref_is_still_a_join_ref() -> None:
    assert V2().decode_server('["",null,"t","e",{}]') == Push("", "t", "e", {})


def test_2_extra_elements_are_ignored() -> None:
    assert V2().decode('["6","7","t","e",{},"more",null]') == Message("6", "7", "t", "e", {})


@pytest.mark.parametrize(
    "frame",
    [
        '["6","7","t","e"]',
        '{"topic":"t","event":"e","payload":{},"ref":"7"}',
        '["6","7","t","e",null]',
        '["6","7","t","e",[]]',
        '["6","7","t","e","text"]',
        '["6","7","t","e",5]',
        '[6,"7","t","e",{}]',
        '["6",7,"t","e",{}]',
        '["6","7",null,"e",{}]',
        '["6","7","t",true,{}]',
    ],
)
def test_2_what_is_json_but_no_message_closes_with_1003(frame: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        V2().decode(frame)
    assert refused.value.close_code == 1003


@pytest.mark.parametrize(
    "frame",
    ["", "[", "NaN", '["6","7","t","e",{"a":NaN}]', "1" * 400, '["\ud800"]', r'["\ud800"]', "[" * 100_000],
)
def test_2_what_is_not_json_closes_with_1007(frame: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        V2().decode(frame)
    assert refused.value.close_code == 1007


def test_what_a_client_said_is_not_in_the_error() -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        V2().decode('["6","7","t","e",{"text":"a secret",}]')
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("serializer", BOTH)
def test_2_the_servers_reply_has_a_status_and_a_response(serializer: Serializer) -> None:
    for payload in ({}, {"status": "ok"}, {"status": 1, "response": {}}, {"status": "ok", "response": None}):
        frame = serializer.encode_message(Message("6", "7", "t", REPLY, payload))
        with pytest.raises(RemoteProtocolError):
            serializer.decode_server(frame)


def test_2_2_an_unmatched_topic_is_answered_without_join_ref() -> None:
    frame = V2().encode(Reply(None, "6", "nope:x", "error", unmatched_topic().as_response()))
    join_ref, ref, topic, event, payload = orjson.loads(frame)
    assert (join_ref, ref, topic, event, payload["status"]) == (None, "6", "nope:x", "phx_reply", "error")
    assert payload["response"]["reason"] == "unmatched topic"


def test_2_4_an_old_channel_is_closed_under_its_own_join_ref() -> None:
    assert V2().encode(closed("3", "t")) == '["3","3","t","phx_close",{}]'


def test_2_6_a_null_join_ref_is_accepted() -> None:
    assert V2().decode('[null,"7","t","e",{}]').join_ref is None
    assert V2().decode(b"\x00\x00\x01\x01\x017te").join_ref is None


def test_2_7_a_broadcast_has_the_same_bytes_for_every_socket_of_a_version() -> None:
    """So a table of frames by serializer has one entry for each version, whoever asked for it."""
    broadcast = Broadcast("notes:video:9", "note_created", {"id": 1})
    frames = {serializer_for(vsn): serializer_for(vsn).encode(broadcast) for vsn in ("2.0.0", "2.0.1", "1.0.0")}
    assert len(frames) == 2


CAPTURED: list[tuple[Outgoing, str]] = [
    (Push("6", "voice:é", "bin_evt", b"\x01\x02\x03"), "0001080736766f6963653ac3a962696e5f657674010203"),
    (Reply("6", "7", "voice:é", "ok", b"\xff\x00\xfe"), "01010108023637766f6963653ac3a96f6bff00fe"),
    (Broadcast("voice:é", "bin_bcast", b"\x09\x08"), "020809766f6963653ac3a962696e5f62636173740908"),
]


@pytest.mark.parametrize(("out", "captured"), CAPTURED)
def test_3_binary_frames_of_the_server(out: Outgoing, captured: str) -> None:
    assert V2().encode(out) == bytes.fromhex(captured)
    assert V2().decode_server(bytes.fromhex(captured)) == out


def test_3_a_binary_push_of_a_client() -> None:
    captured = bytes.fromhex("00010108043637766f6963653ac3a96563686fff00fe")
    message = Message("6", "7", "voice:é", "echo", b"\xff\x00\xfe")
    assert V2().decode(captured) == message
    assert V2().encode_message(message) == captured


def test_3_an_empty_ref_of_a_binary_frame_is_none() -> None:
    outs: list[Outgoing] = [Push(None, "t", "e", b"data"), Reply(None, None, "t", "ok", b"data")]
    for out in outs:
        assert V2().decode_server(V2().encode(out)) == out


@pytest.mark.parametrize("frame", [b"", b"\x01\x00\x00\x00\x00", b"\x02\x00\x00", b"\x03"])
def test_3_a_client_sends_no_other_binary_frame_than_a_push(frame: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        V2().decode(frame)
    assert refused.value.close_code == 1003


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_3_a_frame_cut_anywhere_in_its_fields_is_refused(kind: int) -> None:
    """The frames lack only their data: every shorter one is cut in its header or in a field."""
    outs: list[Outgoing] = [Push("6", "t", "e", b""), Reply("6", "7", "t", "ok", b""), Broadcast("t", "e", b"")]
    frame = V2().encode(outs[kind])
    assert isinstance(frame, bytes)
    for length in range(1, len(frame)):
        with pytest.raises(RemoteProtocolError) as refused:
            V2().decode_server(frame[:length])
        assert refused.value.close_code == 1007


def test_3_lengths_count_bytes_and_end_at_255() -> None:
    fitting, too_long = "é" * 127 + "x", "é" * 128
    message = Message(fitting, fitting, fitting, fitting, b"")
    assert V2().decode(V2().encode_message(message)) == message
    for wrong in (evolve(message, join_ref=too_long), evolve(message, ref=too_long), evolve(message, topic=too_long)):
        with pytest.raises(LocalProtocolError):
            V2().encode_message(wrong)


def test_3_a_lone_surrogate_cannot_be_sent() -> None:
    payloads: list[Payload] = [b"", {}]
    for payload in payloads:
        with pytest.raises(LocalProtocolError):
            V2().encode(Broadcast("\ud800", "e", payload))


def test_a_field_of_a_text_frame_has_the_limit_of_a_binary_one() -> None:
    assert V2().decode(f'["6","7","{"é" * 127}x","e",{{}}]').topic == "é" * 127 + "x"
    with pytest.raises(RemoteProtocolError):
        V2().decode(f'["6","7","{"é" * 128}","e",{{}}]')


def nested(depth: int) -> str:
    """A frame of that depth: the array, the payload, then lists; and a list more beside them."""
    return '["6","7","t","e",{"a":' + "[" * (depth - 2) + "]" * (depth - 2) + ',"b":[]}]'


def test_nesting_is_limited_and_what_is_accepted_can_be_echoed() -> None:
    message = V2().decode(nested(MAX_DEPTH))
    assert V2().encode_message(message) == nested(MAX_DEPTH)
    for depth in (MAX_DEPTH + 1, 900):
        with pytest.raises(RemoteProtocolError) as refused:
            V2().decode(nested(depth))
        assert refused.value.close_code == 1003


@pytest.mark.parametrize("payload", [{"brackets": "[{" * MAX_DEPTH}, {"many": [{}] * MAX_DEPTH * 2}])
def test_brackets_beside_each_other_or_in_text_are_no_nesting(payload: dict[str, Any]) -> None:
    message = Message("6", "7", "t", "e", payload)
    assert V2().decode(V2().encode_message(message)) == message


@pytest.mark.parametrize("value", [2**64, {1: 2}, object(), "\ud800"])
def test_what_json_cannot_carry_is_our_error(value: object) -> None:
    with pytest.raises(LocalProtocolError):
        V2().encode(Broadcast("t", "e", {"value": value}))
