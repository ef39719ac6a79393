"""A server that speaks OpenAI's /chat/completions, asked through the openai SDK.

Of the SDK only the request is used. Its stream leaves four async generators to the garbage collector with each answer,
which trio warns of; so the bytes are read here, to their end. Its retries are off: the agent's chart has its own. What
it would take from OPENAI_* variables is set here, or the key of one server would go to another.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import asynccontextmanager
from math import isfinite
from typing import TYPE_CHECKING

import httpx2
import orjson
import structlog
import trio
from attrs import define, field, frozen
from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI, Omit, omit

from lossy.inference.breaker import Failed
from lossy.inference.event_stream import EventStream
from lossy.inference.llm import Tell
from lossy.inference.llm_prompt import messages, response_format
from lossy.inference.llm_transport import Bounded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.settings import Llm

# Characters. A draft is a few hundred; a local model may think aloud before it. One that rambles is cut off.
MAX_WRITTEN = 40_000
# After the event that ends an answer comes the end of the response, at once. A server that keeps it open is let go.
REST_S = 0.1
END = b"[DONE]"
NOT_TAKEN = frozenset((400, 415, 422, 501))  # how servers refuse a request for its form

log = structlog.get_logger()

Headers = Mapping[str, str | Omit]


@frozen
class Form:
    """What is asked for besides an answer. No server takes everything: some know no schema, some models no zero."""

    schema: bool
    sober: bool  # temperature 0


FORMS = (Form(schema=True, sober=True), Form(schema=True, sober=False), Form(schema=False, sober=False))


class NotTaken(Failed):
    """The server does not take a request of this form."""


@define(eq=False)
class Server:
    model: str
    _client: AsyncOpenAI
    _headers: Headers
    _form: int = field(default=0, init=False)  # the first of FORMS that it has not refused

    async def write(self, said: str, tell: Tell) -> str:
        """A form that is refused is left for good, once another one has had an answer. Raises Failed."""
        for number in range(self._form, len(FORMS)):
            try:
                written = await self._write(said, FORMS[number], tell)
            except NotTaken:
                continue
            if number > self._form:
                log.info("the language model takes a simpler request only", refused=number)
                self._form = number
            return written
        raise Failed("request_refused")

    async def _write(self, said: str, form: Form, tell: Tell) -> str:
        """Errors are told by a word: the SDK's own hold what the server said, which may hold the key."""
        answer = _Answer(tell)
        try:
            async with self._client.chat.completions.with_streaming_response.create(
                model=self.model,
                messages=messages(said),
                response_format=response_format() if form.schema else omit,
                temperature=0 if form.sober else omit,
                stream=True,
                extra_headers=self._headers,
            ) as response:
                await answer.read(response.iter_bytes())
        except APIStatusError as error:
            kind = NotTaken if error.status_code in NOT_TAKEN else Failed
            raise kind(f"status_{error.status_code}", retry_after_ms(error.response.headers)) from None
        except (APITimeoutError, httpx2.TimeoutException):
            raise Failed("silence") from None
        except (APIConnectionError, httpx2.RequestError):
            raise Failed("connection") from None
        return answer.whole()


@define(eq=False)
class _Answer:
    tell: Tell
    _events: EventStream = field(factory=EventStream, init=False)
    _written: str = field(default="", init=False)
    _ended: bool = field(default=False, init=False)
    _fault: Failed | None = field(default=None, init=False)

    async def read(self, received: AsyncIterator[bytes]) -> None:
        """Where no more is wanted it is cancelled, and not left: so its generators end here, with the connection."""
        with trio.CancelScope() as reading:
            try:
                async for chunk in received:
                    self._take(chunk)
                    if self._fault is not None:
                        reading.cancel()
                    elif self._ended:
                        reading.deadline = min(reading.deadline, trio.current_time() + REST_S)
            except httpx2.RequestError:
                if not self._ended:
                    raise

    def whole(self) -> str:
        if self._fault is not None:
            raise self._fault
        if not self._written:
            raise Failed("no_answer")
        return self._written

    def _take(self, chunk: bytes) -> None:
        for data in self._events.feed(chunk):
            if self._ended or self._fault is not None:
                return
            if data == END:
                self._ended = True
                return
            try:
                self._add(piece_in(data))
            except Failed as failure:
                self._fault = failure

    def _add(self, piece: str) -> None:
        self._written += piece
        if len(self._written) > MAX_WRITTEN:
            raise Failed("answer_too_long")
        if piece:
            self.tell(self._written)


def piece_in(data: bytes) -> str:
    """What an event adds to the answer; "" for one that is about something else. Raises Failed."""
    try:
        event = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise Failed("bad_stream") from None
    match event:
        case {"error": error} if error:
            raise Failed("server_error")
        case {"choices": [{"delta": {"content": str(piece)}}, *_]}:
            return piece
        case _:
            return ""


def retry_after_ms(headers: Mapping[str, str]) -> int | None:
    """How long the server asks to be let alone, where it says so in seconds; a date is not read."""
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return round(seconds * 1_000) if isfinite(seconds) and seconds >= 0 else None


@asynccontextmanager
async def open_server(settings: Llm) -> AsyncIterator[Server]:
    """Connects when it is asked for the first time."""
    limits = httpx2.Limits(max_connections=settings.parallel, max_keepalive_connections=settings.parallel)
    http = httpx2.AsyncClient(
        transport=Bounded(httpx2.AsyncHTTPTransport(limits=limits)),
        timeout=settings.silence_ms / 1_000,  # to connect, and between any two things it says
        trust_env=False,  # nor a netrc file's password
    )
    headers: Headers = {
        "Accept-Encoding": "identity",
        "Authorization": f"Bearer {settings.key}" if settings.key else Omit(),
        "OpenAI-Organization": Omit(),
        "OpenAI-Project": Omit(),
    }
    async with AsyncOpenAI(
        base_url=settings.url, api_key=settings.key, admin_api_key="none", max_retries=0, http_client=http
    ) as client:
        yield Server(settings.model, client, headers)
