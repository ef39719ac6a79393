"""Server-sent events: from bytes as they come to the data of each event. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Iterator


@define(eq=False)
class EventStream:
    """Lines end in LF or CRLF. Whoever feeds it bounds what it may hold."""

    _unread: bytes = field(default=b"", init=False)
    _data: list[bytes] = field(factory=list, init=False)

    def feed(self, received: bytes) -> Iterator[bytes]:
        """The data of every event that is complete. An event that the end cuts off is none."""
        *lines, self._unread = (self._unread + received).split(b"\n")
        for line in lines:
            content = line.removesuffix(b"\r")
            if content.startswith(b"data:"):
                self._data.append(content.removeprefix(b"data:").removeprefix(b" "))
            elif not content and self._data:
                data, self._data = b"\n".join(self._data), []
                yield data
