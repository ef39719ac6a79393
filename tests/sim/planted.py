"""Bugs on purpose, each a change of the product's code that somebody could make by mistake.

The first five were chosen from reading the product, before there was any judgement of runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lossy.charts.model import Event
from lossy.sessions.inbox import Happened, Inbox
from lossy.sessions.ownership_rows import Rows
from lossy.sessions.session import Session
from lossy.web.early import Early
from lossy.web.voice import VoiceChannel

Plant = Callable[[], Any]


@contextmanager
def replaced(owner: Any, name: str, by: Any) -> Iterator[None]:
    before = owner.__dict__[name] if isinstance(owner, type) else getattr(owner, name)
    setattr(owner, name, by)
    try:
        yield
    finally:
        setattr(owner, name, before)


# -- from reading the product -------------------------------------------------------------------------------------


def timer_before_what_came_earlier() -> Any:
    """A timer that is due goes before an event that happened before it, and was only heard of later."""

    async def next_one(self: Inbox, due: Any) -> Happened | None:
        if self._held is None:
            await self._receive_until(None if due is None else due.at)
        if due is not None and due.at <= self._clock.now_ms():
            return Happened(due.chart, Event(due.event, due.at))
        happened, self._held = self._held, None
        return happened

    return replaced(Inbox, "next", next_one)


def socket_gone_untold() -> Any:
    """The session does not hear that a device's socket is gone."""

    def detach(self: Session, device_id: Any, socket: int) -> None:
        self.audience.leave(str(device_id), socket)

    return replaced(Session, "detach", detach)


def grace_not_awaited() -> Any:
    """Nobody waits for the end of a lost owner's grace."""
    return replaced(Rows, "_wait_for", lambda self, user_id, due: None)


def early_pushes_lost() -> Any:
    """What a channel is to push before its join is answered is forgotten."""

    def call(self: Early[Any], out: Any) -> None:
        if self._waiting is None:
            self.push(out)

    return replaced(Early, "__call__", call)


def clock_not_corrected() -> Any:
    """A device's clock is believed, as long as it is not ahead."""
    return replaced(VoiceChannel, "_ours", lambda self, at: max(0, min(self.join.node.clock.now_ms(), at)))


UNSEEN: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        timer_before_what_came_earlier,
        socket_gone_untold,
        grace_not_awaited,
        early_pushes_lost,
        clock_not_corrected,
    )
}
