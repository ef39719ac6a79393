"""Bugs on purpose, each a change of the product's code that somebody could make by mistake.

The first five were chosen from reading the product, before there was any judgement of runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import evolve

from lossy.channels.replay import NumberedPush, Outbound
from lossy.charts.model import Event
from lossy.sessions import effects, repeats, session
from lossy.sessions.deeds import TRANSCRIPT
from lossy.sessions.inbox import Happened, Inbox
from lossy.sessions.ownership_rows import Rows
from lossy.sessions.session import Session
from lossy.sessions.works import Works
from lossy.store.memory import MemoryLedger
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

    def call(self: Early[*tuple[Any, ...]], *out: Any) -> None:
        if self._waiting is None:
            self.push(*out)

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


# -- from what is promised ----------------------------------------------------------------------------------------


def words_said_again_are_new() -> Any:
    """A remark that comes once more is not known."""
    is_known = repeats.is_known

    async def forget(asking: Any, happened: Happened) -> bool:
        return happened.event.name != TRANSCRIPT and await is_known(asking, happened)

    return replaced(session, "is_known", forget)


@contextmanager
def acknowledgement_dropped() -> Iterator[None]:
    """What a device said is kept, and it is not told so."""
    table: Any = effects.EFFECTS
    before = table["acknowledge"]
    table["acknowledge"] = effects.Row()
    try:
        yield
    finally:
        table["acknowledge"] = before


def fence_forgotten() -> Any:
    """A server whose session another one has taken up goes on writing."""
    check = MemoryLedger._check

    def let_through(self: MemoryLedger, session: Any, commits: Any) -> None:
        check(self, session, [evolve(commit, epoch=session.epoch) for commit in commits])

    return replaced(MemoryLedger, "_check", let_through)


def stale_work_answers() -> Any:
    """The answer of work that was given up is taken for that of what runs now."""
    return replaced(Works, "is_stale", lambda self, happened: False)


def replay_is_one_short() -> Any:
    """A device that was away gets what it missed but for the first."""
    since = Outbound.since

    def short(self: Outbound, last_push_seq: int, epoch: int) -> tuple[NumberedPush, ...] | None:
        missed = since(self, last_push_seq, epoch)
        return missed and missed[1:]

    return replaced(Outbound, "since", short)


PROMISED: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        words_said_again_are_new,
        acknowledgement_dropped,
        fence_forgotten,
        stale_work_answers,
        replay_is_one_short,
    )
}
PLANTED: Mapping[str, Plant] = {**UNSEEN, **PROMISED}
