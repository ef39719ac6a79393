"""HTTP whose responses end: the library reads the body of an error to its end, however long a server makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import trio
from attrs import define, field

from lossy.inference.breaker import Failed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# Bytes of one response. A draft takes some 30 kB, a hundred or more for each of its words; a model that thinks aloud
# takes ten times that.
MAX_RESPONSE = 1_000_000


@define(eq=False)
class Bounded(httpx2.AsyncBaseTransport):
    """Raises Failed for a response that is too long, and for one that is packed: what is in that has no bound."""

    _transport: httpx2.AsyncBaseTransport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._transport.handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.stream.aclose()
            raise Failed("packed_answer")
        response.stream = _BoundedStream(response.stream)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


@define(eq=False)
class _BoundedStream(httpx2.AsyncByteStream):
    _stream: httpx2.AsyncByteStream
    _received: int = field(default=0, init=False)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._stream)
        async for chunk in chunks:
            self._received += len(chunk)
            if self._received > MAX_RESPONSE:
                await _end(chunks)
                raise Failed("answer_too_long")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _end(chunks: AsyncIterator[bytes]) -> None:
    """Cancels it at its next await: a generator that is left is the garbage collector's."""
    with trio.CancelScope() as rest:
        rest.cancel()
        async for _ in chunks:
            pass
