"""A language model that drafts notes. It may be slow, silent, away or wrong, and is never waited for long."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import trio
from attrs import define, field

from lossy.inference.breaker import Away, Breaker, Failed
from lossy.inference.llm_reply import read_reply, text_so_far
from lossy.settings import Llm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.clock import Clock
    from lossy.inference.rules import Draft, Remark

TELL_EVERY_S = 0.1

Tell = Callable[[str], None]


class Drafter(Protocol):
    async def draft(self, remark: Remark, by_rules: Draft, *, within_s: float, tell: Tell) -> Draft:
        """`tell` hears the text of the note as it is written, all of it each time, and at most ten times a second.

        Raises Failed, and Away where it is of no use to try again soon.
        """


class Writer(Protocol):
    async def write(self, said: str, tell: Tell) -> str:
        """What a model answers to a remark; `tell` hears all that it has written with every piece. Raises Failed."""


@define(eq=False)
class LanguageModel:
    """Of one node. A remark beyond `parallel` is refused at once: the rules need no millisecond for it."""

    settings: Llm
    breaker: Breaker
    _writer: Writer
    _places: trio.CapacityLimiter = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._places = trio.CapacityLimiter(self.settings.parallel)

    async def draft(self, remark: Remark, by_rules: Draft, *, within_s: float, tell: Tell) -> Draft:
        place = object()
        try:
            self._places.acquire_on_behalf_of_nowait(place)
        except trio.WouldBlock:
            raise Away("busy") from None
        try:
            with self.breaker.attempt():
                written = await self._write(remark.text, min(within_s, self.settings.timeout_ms / 1_000), tell)
            return read_reply(written, remark, by_rules, self.settings.model)
        finally:
            self._places.release_on_behalf_of(place)

    async def _write(self, said: str, within_s: float, tell: Tell) -> str:
        try:
            with trio.fail_after(within_s):
                return await self._writer.write(said, _Telling(tell))
        except trio.TooSlowError:
            raise Failed("timeout") from None


@define(eq=False)
class _Telling:
    """From what a model has written so far to the text of its note so far, now and then."""

    tell: Tell
    _told: str = field(default="", init=False)
    _next: float = field(default=0.0, init=False)  # on trio's clock, in seconds

    def __call__(self, written: str) -> None:
        now = trio.current_time()
        if now < self._next:
            return
        text = text_so_far(written)
        if text not in ("", self._told):
            self._told, self._next = text, now + TELL_EVERY_S
            self.tell(text)


@asynccontextmanager
async def open_model(settings: Llm, clock: Clock) -> AsyncIterator[LanguageModel | None]:
    """The model that is set, while the block lasts; None where there is none."""
    if not settings.url:
        yield None
        return
    from lossy.inference.llm_server import open_server  # its SDK takes a second and 27 MB, which most never need

    async with open_server(settings) as server:
        yield LanguageModel(settings, Breaker("the language model", clock), server)
