"""Phoenix Channels frames as the npm `phoenix` client speaks them: values from frames and frames from values.

A `str` is a WebSocket text frame, `bytes` a binary one. How large a whole frame may be is the transport's to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeAlias

import orjson
from attrs import evolve, frozen

from lossy.charts.value import value

# A binary header counts each field in one byte. Text fields are held to the same, so that a request in text can
# always be answered in binary.
MAX_FIELD_BYTES = 255
MOST_CHARACTERS = MAX_FIELD_BYTES // 4  # that need not be counted in bytes

# orjson writes 254 levels and Python prints about 1000: what is accepted can also be echoed and logged.
MAX_DEPTH = 64

JOIN, LEAVE, REPLY, CLOSE, ERROR = "phx_join", "phx_leave", "phx_reply", "phx_close", "phx_error"
HEARTBEAT, HEARTBEAT_TOPIC = "heartbeat", "phoenix"
ENDINGS = frozenset({CLOSE, ERROR})

PUSH_KIND, REPLY_KIND, BROADCAST_KIND = 0, 1, 2

Frame: TypeAlias = str | bytes
# An object that is JSON already, and goes into a frame as it is.
Encoded: TypeAlias = orjson.Fragment
Payload: TypeAlias = Mapping[str, Any] | Encoded | bytes
# The join_ref, ref, topic, event and payload of a frame, in the order of V2.
Fields: TypeAlias = tuple[str | None, str | None, str, str, Payload]


class WireError(ValueError):
    """A frame or a version that is not the protocol."""


class RemoteProtocolError(WireError):
    """The peer sent what the protocol forbids: close the socket with `close_code` (RFC 6455, section 7.4.1).

    1007: the bytes are not what their frame says (JSON, UTF-8, a binary header). 1003: they are, but no message is.
    """

    def __init__(self, message: str, close_code: Literal[1003, 1007]) -> None:
        super().__init__(message)
        self.close_code = close_code


class LocalProtocolError(WireError):
    """We tried to send what no frame can carry."""


class UnsupportedVersion(WireError):
    """No serializer for the `vsn` asked for: answer the upgrade with HTTP 403."""


@value
class Message:
    """What a client sends. Refs are opaque: an answer repeats them as they came."""

    join_ref: str | None
    ref: str | None
    topic: str
    event: str
    payload: Payload


@value
class Reply:
    join_ref: str | None
    ref: str | None
    topic: str
    status: str
    response: Payload

    def fields(self) -> Fields:
        return self.join_ref, self.ref, self.topic, REPLY, {"status": self.status, "response": self.response}


@value
class Push:
    """To one channel; `join_ref` is null only where the join had none, as in V1."""

    join_ref: str | None
    topic: str
    event: str
    payload: Payload

    def fields(self) -> Fields:
        """The end of a channel repeats the join's ref, any other push has none."""
        return self.join_ref, self.join_ref if self.event in ENDINGS else None, self.topic, self.event, self.payload


@value
class Broadcast:
    """To every subscriber of a topic, in the same bytes: nothing in it belongs to one of them."""

    topic: str
    event: str
    payload: Payload

    def fields(self) -> Fields:
        return None, None, self.topic, self.event, self.payload


Outgoing: TypeAlias = Reply | Push | Broadcast


def closed(join_ref: str | None, topic: str) -> Push:
    """The channel has ended; the client does not join again."""
    return Push(join_ref, topic, CLOSE, {})


def crashed(join_ref: str | None, topic: str) -> Push:
    """The channel has failed; the client joins again after its back-off."""
    return Push(join_ref, topic, ERROR, {"reason": "channel_crash"})


class Serializer(Protocol):
    """One version of the protocol. Serializers of a version are equal, so a broadcast is encoded once for each.

    Decoding raises RemoteProtocolError and nothing else. Encoding raises LocalProtocolError; a payload is a dict or
    bytes, and NaN in it is written as null, because JSON has no NaN. What is encoded and keeps to the two limits above
    decodes to itself, less the join_ref where V1 has no place for it.
    """

    def decode(self, frame: Frame) -> Message: ...
    def encode(self, out: Outgoing) -> Frame: ...

    # The same from the client's side.
    def encode_message(self, message: Message) -> Frame: ...
    def decode_server(self, frame: Frame) -> Outgoing: ...


@frozen
class V1:
    """Objects `{topic, event, payload, ref}`, text only. The server never sends a join_ref."""

    def decode(self, frame: Frame) -> Message:
        if isinstance(frame, bytes):
            raise RemoteProtocolError("V1 has no binary frames", 1003)
        fields = _object(_parse(frame))
        return _message(*map(fields.get, ("join_ref", "ref", "topic", "event", "payload")))

    def encode(self, out: Outgoing) -> str:
        _, ref, topic, event, payload = out.fields()
        return _dump({"topic": topic, "event": event, "payload": payload, "ref": ref})

    def encode_message(self, message: Message) -> str:
        return _dump(
            {
                "topic": message.topic,
                "event": message.event,
                "payload": message.payload,
                "ref": message.ref,
                "join_ref": message.join_ref,
            }
        )

    def decode_server(self, frame: Frame) -> Outgoing:
        message = self.decode(frame)
        join_ref = message.ref if message.event in ENDINGS else None
        return _outgoing(evolve(message, join_ref=join_ref))


@frozen
class V2:
    """Arrays `[join_ref, ref, topic, event, payload]` as text, or a binary frame where the payload is bytes."""

    def decode(self, frame: Frame) -> Message:
        if isinstance(frame, bytes):
            return _unpack_message(frame)
        elements = _parse(frame)
        if not isinstance(elements, list) or len(elements) < 5:
            raise RemoteProtocolError("a frame is an array of five elements", 1003)
        return _message(*elements[:5])

    def encode(self, out: Outgoing) -> Frame:
        data = out.response if isinstance(out, Reply) else out.payload
        return _pack_outgoing(out, data) if isinstance(data, bytes) else _json(out.fields()).decode()

    def encode_message(self, message: Message) -> Frame:
        fields = message.join_ref, message.ref, message.topic, message.event
        if isinstance(message.payload, bytes):
            return _pack(PUSH_KIND, fields, message.payload)
        return _dump((*fields, message.payload))

    def decode_server(self, frame: Frame) -> Outgoing:
        return _unpack_outgoing(frame) if isinstance(frame, bytes) else _outgoing(self.decode(frame))


def serializer_for(vsn: str | None) -> Serializer:
    """The serializer a client's `vsn` parameter asks for; without one it is 1.0.0. Raises UnsupportedVersion."""
    version = re.fullmatch(r"([12])\.0\.(0|[1-9][0-9]*)", "1.0.0" if vsn is None else vsn)
    if version is None:
        raise UnsupportedVersion("vsn is neither 1.0.x nor 2.0.x")
    return V1() if version[1] == "1" else V2()


def _message(join_ref: object, ref: object, topic: object, event: object, payload: object) -> Message:
    return Message(_ref(join_ref), _ref(ref), _field(topic), _field(event), _object(payload))


def _outgoing(message: Message) -> Outgoing:
    """A frame of the server read as a message is one of three things."""
    if message.event == REPLY:
        answer = _object(message.payload)
        status, response = _field(answer.get("status")), _object(answer.get("response"))
        return Reply(message.join_ref, message.ref, message.topic, status, response)
    if message.join_ref is None:
        return Broadcast(message.topic, message.event, message.payload)
    return Push(message.join_ref, message.topic, message.event, message.payload)


def _ref(value: object) -> str | None:
    return None if value is None else _field(value)


def _field(value: object) -> str:
    if not isinstance(value, str) or (len(value) > MOST_CHARACTERS and len(value.encode()) > MAX_FIELD_BYTES):
        raise RemoteProtocolError(f"a ref, topic, event or status is a string of {MAX_FIELD_BYTES} bytes at most", 1003)
    return value


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise RemoteProtocolError("a V1 frame, a payload and a response are objects", 1003)
    return value


def _parse(text: str) -> Any:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        # Not chained: the cause holds the whole text, and what people said does not belong in a log.
        raise RemoteProtocolError(str(error), 1007) from None
    # Counting brackets costs next to nothing and clears nearly every frame.
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_deeper_than(MAX_DEPTH, value):
        raise RemoteProtocolError(f"nested more than {MAX_DEPTH} deep", 1003)
    return value


def _is_deeper_than(limit: int, value: Any) -> bool:
    level = [value]
    for _ in range(limit):
        children = (child for parent in level for child in (parent.values() if isinstance(parent, dict) else parent))
        level = [child for child in children if isinstance(child, dict | list)]
    return bool(level)


def encoded(payload: Mapping[str, Any]) -> Encoded:
    """For a payload that is sent more than once. Raises LocalProtocolError.

    A copy is as long as what is in it; what orjson gives back keeps 4 KB, however little it wrote there.
    """
    return Encoded(bytes(memoryview(_json(payload))))


def _dump(value: object) -> str:
    return _json(value).decode()


def _json(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise LocalProtocolError(str(error)) from error


def _pack_outgoing(out: Outgoing, data: bytes) -> bytes:
    if isinstance(out, Reply):
        return _pack(REPLY_KIND, (out.join_ref, out.ref, out.topic, out.status), data)
    if isinstance(out, Push):
        return _pack(PUSH_KIND, (out.join_ref, out.topic, out.event), data)
    return _pack(BROADCAST_KIND, (out.topic, out.event), data)


def _unpack_message(frame: bytes) -> Message:
    if not frame or frame[0] != PUSH_KIND:
        raise RemoteProtocolError("a client sends no other binary frame than a push", 1003)
    (join_ref, ref, topic, event), data = _unpack(frame, 4)
    return Message(join_ref or None, ref or None, topic, event, data)


def _unpack_outgoing(frame: bytes) -> Outgoing:
    kind = frame[0] if frame else None
    if kind == PUSH_KIND:
        (join_ref, topic, event), data = _unpack(frame, 3)
        return Push(join_ref or None, topic, event, data)
    if kind == REPLY_KIND:
        (join_ref, ref, topic, status), data = _unpack(frame, 4)
        return Reply(join_ref or None, ref or None, topic, status, data)
    if kind == BROADCAST_KIND:
        (topic, event), data = _unpack(frame, 2)
        return Broadcast(topic, event, data)
    raise RemoteProtocolError("no such kind of binary frame", 1003)


def _pack(kind: int, fields: tuple[str | None, ...], data: bytes) -> bytes:
    """One byte of kind, one of length for each field, the fields, the data. No ref is an empty one."""
    try:
        encoded = [(field or "").encode() for field in fields]
        header = bytes([kind, *map(len, encoded)])
    except ValueError as error:  # no UTF-8 for a lone surrogate, no byte for a length of 256
        raise LocalProtocolError(f"a field of a binary frame is {MAX_FIELD_BYTES} bytes of UTF-8 at most") from error
    return b"".join((header, *encoded, data))


def _unpack(frame: bytes, count: int) -> tuple[list[str], bytes]:
    """The `count` fields behind the kind, and the data: the inverse of `_pack`."""
    end = 1 + count
    lengths = frame[1:end]
    if end + sum(lengths) > len(frame):
        raise RemoteProtocolError("a binary frame is shorter than its header says", 1007)
    fields = []
    for length in lengths:
        start, end = end, end + length
        fields.append(_utf8(frame[start:end]))
    return fields, frame[end:]


def _utf8(encoded: bytes) -> str:
    try:
        return encoded.decode()
    except UnicodeDecodeError as error:
        raise RemoteProtocolError("a field of a binary frame is not UTF-8", 1007) from error
