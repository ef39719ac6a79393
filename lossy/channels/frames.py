"""WebSocket frames as a server reads and writes them (RFC 6455, section 5), without a socket.

A `str` is a text message, `bytes` a binary one, as in `lossy.channels.wire`. Extensions are not spoken.
"""

from __future__ import annotations

from codecs import IncrementalDecoder, getincrementaldecoder
from typing import TYPE_CHECKING, TypeAlias

from attrs import define, field, frozen

from lossy.channels.wire import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FINAL, CONTROL, MASKED = 0x80, 0x08, 0x80  # bits of the first byte, and of the second
WHOLE_TEXT, WHOLE_BINARY = FINAL | TEXT, FINAL | BINARY

# The first bytes that a frame may have: no reserved bit, no other opcode, and a control frame is never a fragment.
MESSAGE = (CONTINUATION, TEXT, BINARY)
FIRST = frozenset([*MESSAGE, *(FINAL | opcode for opcode in (*MESSAGE, CLOSE, PING, PONG))])
SHORTEST = 2  # bytes of a head, without which nothing can be said of it
MOST_CONTROL = 125  # bytes in a control frame
WIDTHS = {126: 2, 127: 8}  # of the length that follows, by the length that says so

# Those that a peer may give: 1004 to 1006 and 1015 are never sent, and the others below 3000 have no meaning yet.
CODES = frozenset([*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)])
PROTOCOL_ERROR, NOT_UTF8, TOO_BIG = 1002, 1007, 1009

_utf8 = getincrementaldecoder("utf-8")


class Violation(Exception):
    """The peer sent what the protocol forbids: close with `code`, and look at no more of it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@frozen
class Ping:
    """To be answered with `pong(payload)`."""

    payload: bytes


@frozen
class Close:
    """To be answered with `close(code)`; nothing comes after it. `code` is None where the peer gave none."""

    code: int | None
    reason: str


Received: TypeAlias = Frame | Ping | Close


@define(eq=False)
class Reader:
    """What one client sends, from bytes in pieces of any size. It keeps a message that is not complete, and no more."""

    limit: int  # bytes of a message, however many frames it comes in
    _unread: bytearray = field(factory=bytearray, init=False)
    _wanted: int = field(default=SHORTEST, init=False)  # bytes of `_unread`, before there is any use in looking again
    _begun: _Begun | None = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)

    def feed(self, data: bytes) -> Iterator[Received]:
        """What `data` completes, in order; to be used up before the next call. Raises Violation after what was good."""
        data = self._with_unread(data)
        start, size = 0, len(data)
        while size - start >= SHORTEST and not self._closed:
            first, begin, end = self._head(data, start)
            if end > size:
                self._wanted = end - start
                break
            received = self._take(first, unmasked(data[begin - 4 : begin], data[begin:end]))
            start = end
            if received is not None:
                yield received
        if start < size and not self._closed:
            self._unread += data[start:]

    def _with_unread(self, data: bytes) -> bytes:
        """All that there is to look at; nothing, where that would be of no use yet."""
        if not self._unread:
            return data
        self._unread += data
        if len(self._unread) < self._wanted:
            return b""
        data, self._wanted = bytes(self._unread), SHORTEST
        self._unread.clear()
        return data

    def _head(self, data: bytes, start: int) -> tuple[int, int, int]:
        """The first byte of a frame, where its payload begins and where that ends.

        The end lies beyond `data` where the frame does, also where its length has not arrived.
        """
        first, length, begin = data[start], data[start + 1] - MASKED, start + 6
        if first not in FIRST or length < 0:
            raise Violation(PROTOCOL_ERROR, "a reserved bit or opcode, half a control frame, or no mask")
        if first & CONTROL:
            if length > MOST_CONTROL:
                raise Violation(PROTOCOL_ERROR, f"a control frame is {MOST_CONTROL} bytes at most")
            return first, begin, begin + length
        if length in WIDTHS:
            begin += WIDTHS[length]
            if begin - 4 > len(data):
                return first, begin, begin - 4
            length = _extended(data[start + 2 : begin - 4])
        self._check(first, length)
        return first, begin, begin + length

    def _check(self, first: int, length: int) -> None:
        begun = self._begun
        if (first & ~FINAL == CONTINUATION) != (begun is not None):
            raise Violation(PROTOCOL_ERROR, "a fragment of no message, or a message within another")
        if length + (len(begun.data) if begun else 0) > self.limit:
            raise Violation(TOO_BIG, f"a message is {self.limit} bytes at most")

    def _take(self, first: int, payload: bytes) -> Received | None:
        try:
            return self._read(first, payload)
        except UnicodeDecodeError:  # its cause holds what was said, and that does not belong in a log
            raise Violation(NOT_UTF8, "a text is not UTF-8") from None

    def _read(self, first: int, payload: bytes) -> Received | None:
        if first == WHOLE_TEXT:
            return payload.decode()
        if first == WHOLE_BINARY:
            return payload
        opcode = first & ~FINAL
        if opcode == CLOSE:
            self._closed = True
            return _parted(payload)
        if opcode == PING:
            return Ping(payload)
        if opcode == PONG:
            return None  # nobody here asked for one
        return self._gather(opcode, payload, final=bool(first & FINAL))

    def _gather(self, opcode: int, fragment: bytes, *, final: bool) -> Frame | None:
        """The message, where this was its last fragment."""
        begun = self._begun = self._begun or _Begun(opcode)
        begun.add(fragment, final=final)
        if not final:
            return None
        self._begun = None
        return begun.whole()


@define(eq=False)
class _Begun:
    """A message of which fragments are still to come."""

    opcode: int
    data: bytearray = field(factory=bytearray, init=False)
    _text: IncrementalDecoder = field(factory=_utf8, init=False)

    def add(self, fragment: bytes, *, final: bool) -> None:
        """Raises UnicodeDecodeError as soon as no text can begin like this; a fragment may end within a character."""
        self.data += fragment
        if self.opcode == TEXT:
            self._text.decode(fragment, final)

    def whole(self) -> Frame:
        return self.data.decode() if self.opcode == TEXT else bytes(self.data)


@define(eq=False)
class Shared:
    """A message for many, which is encoded once."""

    message: Frame
    encoded: bytes = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.encoded = encode(self.message)


def encode(message: Frame) -> bytes:
    """A message as one frame."""
    if isinstance(message, str):
        return _frame(TEXT, message.encode())
    return _frame(BINARY, message)


def close(code: int | None) -> bytes:
    return _frame(CLOSE, b"" if code is None else code.to_bytes(2))


def pong(payload: bytes) -> bytes:
    return _frame(PONG, payload)


def unmasked(mask: bytes, payload: bytes) -> bytes:
    """Or masked: it is its own inverse. As one large number it takes a tenth of the time of a loop."""
    size = len(payload)
    whole = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(whole, "little")).to_bytes(size, "little")


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size <= MOST_CONTROL:
        return bytes((FINAL | opcode, size)) + payload
    marker = 126 if size < 1 << 16 else 127
    return bytes((FINAL | opcode, marker)) + size.to_bytes(WIDTHS[marker]) + payload


def _extended(field: bytes) -> int:
    length = int.from_bytes(field)
    if length <= MOST_CONTROL or (len(field) == 8 and not 1 << 16 <= length < 1 << 63):
        raise Violation(PROTOCOL_ERROR, "a length is written as shortly as it can be")
    return length


def _parted(payload: bytes) -> Close:
    if not payload:
        return Close(None, "")
    code = int.from_bytes(payload[:2])
    if len(payload) == 1 or code not in CODES:
        raise Violation(PROTOCOL_ERROR, "no such close code")
    return Close(code, payload[2:].decode())
