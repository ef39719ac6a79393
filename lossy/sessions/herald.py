"""What each session of this node was told of the microphone, and what it has yet to hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from attrs import define, field, frozen

from lossy.channels.errors import Refusal
from lossy.charts.model import Event
from lossy.clock import Clock
from lossy.sessions.inbox import Happened
from lossy.sessions.restore import VOICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lossy.charts.model import Data
    from lossy.charts.together import States
    from lossy.sessions.standing import Standing
    from lossy.store.videos import Video


class Watchers(Protocol):
    def aside(self, event: str, payload: Mapping[str, Any]) -> None: ...


class Review(Protocol):
    """A session, as far as the microphone goes."""

    @property
    def id(self) -> UUID: ...
    @property
    def user_id(self) -> UUID: ...
    @property
    def video(self) -> Video: ...
    @property
    def states(self) -> States: ...
    @property
    def audience(self) -> Watchers: ...
    def offer(self, happened: Happened, *, own: bool = False) -> None: ...


@frozen
class Told:
    """What a session was told last: of which version of the row, who had the microphone then, and whether it had."""

    version: int
    epoch: int
    vacant: bool
    owns: bool


@define(eq=False)
class Herald:
    """`unheard` are users one of whose sessions had no room for what it was told: it is to be told once more."""

    clock: Clock
    unheard: set[UUID] = field(factory=set, init=False)
    _told: WeakKeyDictionary[Review, Told] = field(factory=WeakKeyDictionary, init=False)

    def is_behind(self, session: Review, version: int) -> bool:
        return session not in self._told or self._told[session].version < version

    def tell(self, sessions: Iterable[Review], version: int, standing: Standing, *, renewed: bool = False) -> None:
        """What that version of the row says, to those that know of no later one. `renewed` tells the owner again."""
        for session in sessions:
            told = self._told.get(session) or _believed(session)
            if told.version >= version:
                continue
            try:
                self._tell(session, told, standing, renewed)
            except Refusal:  # it has no room, or ends just now
                self.unheard.add(session.user_id)
            else:
                vacant = standing.owner is None
                self._told[session] = Told(version, standing.epoch, vacant, standing.is_of(session.id))

    def _tell(self, session: Review, told: Told, standing: Standing, renewed: bool) -> None:
        """The difference between what it was told and what is. Raises Refusal; then all of it is told once more.

        What was said before the microphone was lost still counts, so that has its own moment. A session of before
        there were epochs keeps what it has, where that is so.
        """
        now, mine, by, anew = self.clock.now_ms(), standing.is_of(session.id), standing.by, told.epoch != standing.epoch
        lost = told.owns and (not mine or (anew and told.epoch > 0))
        if str(session.id) in standing.closing:
            _offer(session, "close", now, {})
        if lost:
            _offer(session, "context_lost", standing.since, {"epoch": standing.epoch - (by is not None), "by": by})
        if mine and by is not None and (anew or renewed or not told.owns):
            facts = {"epoch": standing.epoch, "tab": by["tab"], "regained": standing.regained(told.epoch)}
            _offer(session, "context_gained", now, facts, UUID(by["device"]))
        if by is None and not told.vacant:
            session.audience.aside("context_available", {})
        elif by is not None and (anew or told.vacant) and (lost or not mine):
            session.audience.aside("context_taken", {"by": by})


def _believed(session: Review) -> Told:
    """What a session knows that was told nothing here yet."""
    voice = session.states[VOICE].data
    return Told(0, voice["context_epoch"], vacant=voice["owner"] is None, owns=voice["owner"] is not None)


def _offer(session: Review, name: str, at: int, facts: Data, device: UUID | None = None) -> None:
    session.offer(Happened(VOICE, Event(name, at, facts), device), own=True)
