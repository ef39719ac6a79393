"""Where WebSocket frames begin and end in a stream of bytes (RFC 6455), so that one can be cut in its middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD_ENDS = b"\r\n\r\n"
_MASK_BYTES = 4
# Lengths that do not fit into seven bits: the marker, and how many bytes the length has then.
_LONG = {126: 2, 127: 8}


def frame_length(received: bytes) -> int | None:
    """The length of the frame that `received` begins with; None when more is needed to tell."""
    if len(received) < 2:
        return None
    masked, length = received[1] & 0x80, received[1] & 0x7F
    extra = _LONG.get(length, 0)
    if len(received) < 2 + extra:
        return None
    payload = int.from_bytes(received[2 : 2 + extra], "big") if extra else length
    return 2 + extra + (_MASK_BYTES if masked else 0) + payload


@define(eq=False)
class Frames:
    """Bytes in, whole pieces out: the head of the handshake first, then frame after frame."""

    in_head: bool = field(default=True, init=False)
    _received: bytes = field(default=b"", init=False)

    def feed(self, received: bytes) -> Iterator[bytes]:
        self._received += received
        while (length := self._next_length()) is not None and length <= len(self._received):
            piece, self._received = self._received[:length], self._received[length:]
            yield piece
            self.in_head = False

    def _next_length(self) -> int | None:
        if not self.in_head:
            return frame_length(self._received)
        end = self._received.find(_HEAD_ENDS)
        return None if end < 0 else end + len(_HEAD_ENDS)
