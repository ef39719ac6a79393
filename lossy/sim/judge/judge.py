"""Judges a run: after each step of its story, and once it is healed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from lossy.sessions.restore import VOICE
from lossy.sim.judge.healed import live_sessions, look_at_healed
from lossy.sim.judge.journals import Journals
from lossy.sim.judge.rules import Broken
from lossy.sim.virtual.database import Dead
from lossy.sim.virtual.stage import World
from lossy.sim.virtual.watching import Watched
from lossy.store.ledger import LedgerConflict
from lossy.store.pool import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.sim.virtual.watching import Logged

# What the product says of itself when it is at fault, whatever else goes wrong.
FAULTS = frozenset({"channel crashed", "join crashed", "work failed", "session not recovered", "socket failed"})
# Faults of the database, after which a session may fail and come back.
EXCUSES = frozenset({"commit_refused", "commit_unanswered", "store_away"})


class RuleBroken(Exception):
    """A run is at fault; the first rule that does not hold says in what."""

    def __init__(self, broken: Broken) -> None:
        super().__init__(str(broken))
        self.broken = broken


@define(eq=False)
class Judge:
    world: World
    watched: Watched
    excused: bool  # a session may fail, for the database does
    _journals: Journals = field(init=False)
    _logs: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._journals = Journals(self.world)

    def look(self) -> None:
        """Raises RuleBroken."""
        for broken in (*self._logged(), *self._pushes(), *self._owners(), *self._journals.look()):
            raise RuleBroken(broken)

    async def look_at_healed(self) -> None:
        """Raises RuleBroken."""
        self.look()
        for broken in await look_at_healed(self.world):
            raise RuleBroken(broken)

    def _logged(self) -> Iterator[Broken]:
        new, self._logs = self.watched.logged[self._logs :], len(self.watched.logged)
        for logged in new:
            event = logged["event"]
            if event == "invariant broken":
                yield Broken("charts", f"{logged['invariant']} at {logged.get('sent')}")
            elif self._is_a_fault(event, _cause(logged)):
                yield Broken("quiet", _worded(logged))
        for overtaken in self.watched.overtaken:
            yield Broken("in_time", overtaken)
        for broken in self.watched.broken:
            yield Broken("charts", broken)
        if self.world.servers.started == 1 and not self.excused:
            for late in self.watched.late:
                yield Broken("punctual", late)

    def _is_a_fault(self, event: str, cause: object) -> bool:
        """An event that the database did not take fails, and its client comes again; so does a session."""
        if event == "session failed":
            return isinstance(cause, LedgerConflict) or not (self.excused or isinstance(cause, Dead))
        return event in FAULTS and (event == "join crashed" or not isinstance(cause, StoreError))

    def _pushes(self) -> Iterator[Broken]:
        if self.world.chance.hits["reorder"]:
            return  # those that come late are holes at first
        for review in self.world.cast.reviews:
            for hole in review.reviewer.holes:
                yield Broken("pushes", f"{review.tab}: {hole}")

    def _owners(self) -> Iterator[Broken]:
        for person in self.world.story.people:
            owning: dict[int, str] = {}
            for _, session in live_sessions(self.world):
                voice = session.states[VOICE].data
                if session.user_id == self.world.user_id(person) and voice["owner"] is not None:
                    epoch = voice["context_epoch"]
                    if owning.setdefault(epoch, str(session.id)) != str(session.id):
                        yield Broken("one_owner", f"{session.id} and {owning[epoch]} have it in epoch {epoch}")


def _cause(logged: Logged) -> object:
    """Of several errors the first."""
    error = logged.get("exc_info")
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _worded(logged: Logged) -> str:
    error = logged.get("exc_info")
    return f"{logged['event']}: {error!r}" if isinstance(error, BaseException) else str(logged["event"])
