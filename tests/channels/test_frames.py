"""WebSocket frames, beside wsproto: of the same bytes both make the same messages, or both refuse them.

Where the two part on purpose, there is a test of it in the second half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import define, field, frozen
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Pong, TextMessage
from wsproto.events import Ping as WsprotoPing
from wsproto.frame_protocol import CloseReason

from lossy.channels.frames import CODES, Close, Ping, Reader, Received, Violation, close, encode, pong, unmasked
from lossy.channels.wire import Frame
from tests.charts.strategies import examples

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMIT = 1_000_000  # beyond anything that is sent here, because wsproto has none
MASK = b"\x12\x34\x56\x78"


@frozen
class Outcome:
    """What was received, and the code where it ended in a refusal."""

    received: tuple[Received, ...]
    refused: int | None = None


def read(pieces: Iterable[bytes], limit: int = LIMIT) -> Outcome:
    reader, received = Reader(limit), list[Received]()
    try:
        for piece in pieces:
            received.extend(reader.feed(piece))
    except Violation as violation:
        return Outcome(tuple(received), violation.code)
    return Outcome(tuple(received))


@define(eq=False)
class Oracle:
    """wsproto, which gives messages in parts and reports a refusal as if the peer had closed."""

    received: list[Received] = field(factory=list)
    refused: int | None = None
    _parts: list[Frame] = field(factory=list)

    def read(self, data: bytes) -> Outcome:
        connection = Connection(ConnectionType.SERVER)
        connection.receive_data(data)
        for event in connection.events():
            match event:
                case TextMessage() | BytesMessage():
                    self._add(event)
                case WsprotoPing(payload):
                    self.received.append(Ping(bytes(payload)))
                case CloseConnection(code, reason) if connection.state.name == "REMOTE_CLOSING":
                    given = None if code == CloseReason.NO_STATUS_RCVD else int(code)
                    self.received.append(Close(given, reason or ""))
                case CloseConnection(code):
                    self.refused = int(code)
        return Outcome(tuple(self.received), self.refused)

    def _add(self, event: TextMessage | BytesMessage) -> None:
        self._parts.append(event.data if isinstance(event.data, str) else bytes(event.data))
        if event.message_finished:
            whole = "".join if isinstance(event.data, str) else b"".join
            self.received.append(whole(self._parts))  # type: ignore[arg-type]
            self._parts.clear()


def frame(first: int, payload: bytes = b"", *, mask: bytes | None = MASK, width: int | None = None) -> bytes:
    """Of a client. `width` is how many bytes the length is written in, if not the fewest."""
    size = len(payload)
    if width is None:
        width = 0 if size < 126 else 2 if size < 1 << 16 else 8
    short = size if width == 0 else {2: 126, 8: 127}[width]
    head = bytes([first, short | (0x80 if mask else 0)]) + (size.to_bytes(width) if width else b"")
    return head + (mask + unmasked(mask, payload) if mask else payload)


def fits_two(payload: bytes) -> bool:
    return len(payload) < 1 << 16


characters = st.text(max_size=8) | st.sampled_from(["é", "🎬", "漢字"])
payloads = (
    characters.map(str.encode)
    | st.binary(max_size=12)
    | st.sampled_from([b"\xc3", b"\xa9", b"\xf0\x9f", b"\x8e\xac", b"\xed\xa0\x80", b"\xff"])
    | st.sampled_from([130, 70_000]).map(bytes)
)
closes = st.builds(
    lambda code, reason: code.to_bytes(2) + reason,
    st.sampled_from([999, 1000, 1001, 1002, 1004, 1005, 1006, 1011, 1013, 1015, 1016, 2999, 3000, 4999, 5000, 65535]),
    st.sampled_from([b"", b"bye", b"\xc3\xa9", b"\xc3"]),
)
good = st.one_of(
    st.builds(frame, st.just(0x81), characters.map(str.encode)),
    st.builds(frame, st.sampled_from([0x82, 0x82, 0x89, 0x8A]), st.binary(max_size=12)),
    st.builds(frame, st.sampled_from([0x01, 0x00, 0x80, 0x02]), payloads),
)
odd = st.one_of(
    st.builds(frame, st.integers(0, 255), payloads),
    st.builds(frame, st.just(0x88), closes | st.binary(max_size=3)),
    st.builds(frame, st.sampled_from([0x81, 0x82]), payloads.filter(fits_two), width=st.sampled_from([2, 8])),
    st.builds(frame, st.sampled_from([0x81, 0x89]), payloads, mask=st.none()),
    st.binary(max_size=20),
)
streams = st.lists(good | good | odd, max_size=6).map(b"".join)


@st.composite
def in_pieces(draw: st.DrawFn, streams: st.SearchStrategy[bytes]) -> tuple[bytes, list[bytes]]:
    data = draw(streams)
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    return data, [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


# -- what both make of it -------------------------------------------------------------------------------------------


@examples(100, 20_000)
@given(streams)
def test_the_same_bytes_are_the_same_messages_or_both_refuse(data: bytes) -> None:
    data = completed(data)
    assert read([data]) == Oracle().read(data)


def completed(data: bytes) -> bytes:
    """With zeros for what is missing of the last frame: within one, either may refuse what the other waits for."""
    while True:
        reader = Reader(LIMIT)
        try:
            for _ in reader.feed(data):
                pass
        except Violation:
            return data + bytes(14)  # as long as the head of a frame can be
        if not reader._unread:
            return data
        data += bytes(reader._wanted - len(reader._unread))


@examples(60, 10_000)
@given(in_pieces(streams))
def test_it_does_not_matter_how_the_bytes_arrive(cut: tuple[bytes, list[bytes]]) -> None:
    data, pieces = cut
    whole = read([data])
    assert read(pieces) == whole
    assert len(data) > 1_000 or read(bytes([byte]) for byte in data) == whole


@given(st.text(max_size=200) | st.binary(max_size=200) | st.sampled_from(["x" * 125, "x" * 126, b"y" * 65_536]))
def test_a_client_reads_what_is_written_here(message: Frame) -> None:
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(encode(message))
    parts = [event.data for event in client.events() if isinstance(event, TextMessage | BytesMessage)]
    assert (b"" if isinstance(message, bytes) else "").join(parts) == message  # type: ignore[arg-type]


@given(st.sampled_from(sorted(CODES - {1014})) | st.none(), st.binary(max_size=125))
def test_a_client_reads_our_closes_and_pongs(code: int | None, payload: bytes) -> None:
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(pong(payload) + close(code))
    answered, closed = client.events()
    assert answered == Pong(payload)
    assert isinstance(closed, CloseConnection)
    assert closed.code == (CloseReason.NO_STATUS_RCVD if code is None else code)


# -- by hand, so that each rule has been met ------------------------------------------------------------------------


TEXT_PARTS = frame(0x01, b"\xf0\x9f"), frame(0x00, b"\x8e"), frame(0x80, b"\xac")


@pytest.mark.parametrize(
    ("data", "received"),
    [
        (frame(0x81, "é🎬".encode()), "é🎬"),
        (frame(0x82, b"\xff\0"), b"\xff\0"),
        (frame(0x81), ""),
        (frame(0x82, b"y" * 70_000), b"y" * 70_000),
        (b"".join(TEXT_PARTS), "🎬"),
        (TEXT_PARTS[0] + frame(0x8A, b"unasked") + b"".join(TEXT_PARTS[1:]), "🎬"),
        (frame(0x02) + frame(0x00) + frame(0x80, b"\xff"), b"\xff"),
        (frame(0x89, b"x" * 125), Ping(b"x" * 125)),
        (frame(0x88), Close(None, "")),
        (frame(0x88, (4999).to_bytes(2) + "bye é".encode()), Close(4999, "bye é")),
        (frame(0x88, (1001).to_bytes(2)) + b"whatever comes after it", Close(1001, "")),
    ],
)
def test_what_is_received(data: bytes, received: Received) -> None:
    assert read([data]) == Outcome((received,))


def test_a_control_frame_may_come_within_a_message() -> None:
    data = TEXT_PARTS[0] + frame(0x89, b"?") + TEXT_PARTS[1] + frame(0x88, (1000).to_bytes(2))
    assert read([data]) == Outcome((Ping(b"?"), Close(1000, "")))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(0xC1, b"compressed"), 1002),
        (frame(0xA1), 1002),
        (frame(0x91), 1002),
        *((frame(0x80 | opcode), 1002) for opcode in (3, 7, 11, 15)),
        (frame(0x81, b"not masked", mask=None), 1002),
        (frame(0x80, b"of nothing"), 1002),
        (frame(0x01) + frame(0x81), 1002),
        (frame(0x02) + frame(0x01), 1002),
        (frame(0x09), 1002),
        (frame(0x89, b"x" * 126), 1002),
        (frame(0x81, b"x" * 125, width=2), 1002),
        (frame(0x81, b"x" * 65_535, width=8), 1002),
        (bytes([0x82, 0xFF, 0x80, *bytes(7)]), 1002),
        (frame(0x88, b"\x03"), 1002),
        *((frame(0x88, code.to_bytes(2)), 1002) for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000)),
        (frame(0x88, (1000).to_bytes(2) + b"\xff"), 1007),
        (frame(0x81, b"\xff"), 1007),
        (frame(0x81, b"\xc3"), 1007),
        (frame(0x81, b"\xed\xa0\x80"), 1007),
        (frame(0x01, b"\xc3") + frame(0x80), 1007),
        (frame(0x01, b"\xc3\xc3"), 1007),
        (frame(0x01, b"\xc3") + frame(0x00, b"\xc3"), 1007),
    ],
)
def test_what_is_refused(data: bytes, code: int) -> None:
    before = frame(0x81, b"before")
    assert read([before + data]) == Outcome(("before",), code)


# -- where we part from wsproto -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        frame(0x82, b"12345678901"),
        frame(0x02, b"123456") + frame(0x80, b"78901"),
        frame(0x01, b"123456") + frame(0x89, b"a ping is not of the message") + frame(0x00, b"78901"),
    ],
)
def test_a_message_has_a_limit(data: bytes) -> None:
    outcome = read([data], limit=10)
    assert outcome.refused == 1009
    assert not [received for received in outcome.received if not isinstance(received, Ping)]
    assert read([data], limit=11).refused is None


def test_a_message_over_the_limit_is_refused_before_it_comes() -> None:
    assert read([frame(0x82, bytes(1_000))[:4]], limit=999) == Outcome((), 1009)


def test_a_fragment_is_looked_at_when_it_is_all_there() -> None:
    """wsproto refuses the first half of it already."""
    data = frame(0x81, b"\xff and more")
    assert read([data[:-1]]) == Outcome(())
    assert Oracle().read(data[:-1]).refused == 1007


def test_1014_is_a_code_by_now() -> None:
    """A gateway that got no good answer; registered after wsproto had its list."""
    data = frame(0x88, (1014).to_bytes(2))
    assert read([data]) == Outcome((Close(1014, ""),))
    assert Oracle().read(data).refused == 1002


# -- what it keeps --------------------------------------------------------------------------------------------------


def test_fragments_without_an_end_are_not_kept_without_an_end() -> None:
    reader = Reader(limit=10)
    for _ in reader.feed(frame(0x01) + frame(0x00) * 10_000):
        pytest.fail("nothing is complete")
    assert reader._begun is not None
    assert len(reader._begun.data) == 0
    assert len(reader._unread) == 0


def test_what_is_read_is_let_go() -> None:
    reader = Reader(LIMIT)
    whole = frame(0x82, b"y" * 70_000)
    for piece in (whole[:-1], whole[-1:] + whole[:1], whole[1:]):
        for _ in reader.feed(piece):
            pass
    assert len(reader._unread) == 0


def test_the_pieces_of_a_long_frame_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at the whole again with each would take minutes for a frame that comes byte by byte."""
    looks, looking = [], Reader._head

    def look(reader: Reader, data: bytes, start: int) -> tuple[int, int, int]:
        looks.append(len(data))
        return looking(reader, data, start)

    monkeypatch.setattr(Reader, "_head", look)
    reader, whole = Reader(LIMIT), frame(0x82, b"y" * 70_000)
    received = [each for byte in whole for each in reader.feed(bytes([byte]))]
    assert received == [b"y" * 70_000]
    assert looks == [2, 10, len(whole)]
