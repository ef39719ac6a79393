"""Who follows a session on its charts while it runs, and the step that they are told. One node's sessions alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import define, field

from lossy.charts.step import TIMERS
from lossy.charts.trace import standing_of, trace_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.charts.export.plain import Values
    from lossy.charts.together import Charts, States
    from lossy.sessions.deeds import Deed

Heard = Callable[["Values"], None]


@define(eq=False)
class Watchers:
    """`heard` is called within the session's own task, in the order of its steps, and must not block."""

    _following: dict[UUID, list[Heard]] = field(factory=dict, init=False)

    @contextmanager
    def follow(self, session_id: UUID, heard: Heard) -> Iterator[None]:
        """Whatever becomes of the session: one that is brought to life here again is followed on."""
        self._following.setdefault(session_id, []).append(heard)
        try:
            yield
        finally:
            self._following[session_id].remove(heard)
            if not self._following[session_id]:
                del self._following[session_id]

    def follows(self, session_id: UUID) -> bool:
        """It costs a look-up where somebody follows another session, and less where nobody follows any."""
        return bool(self._following) and session_id in self._following

    def tell(self, session_id: UUID, kinds: Charts, deed: Deed) -> None:
        """A step that was under way when somebody began to follow is told without its effects."""
        step = _step(session_id, kinds, deed)
        for heard in tuple(self._following.get(session_id, ())):
            heard(step)


def _step(session_id: UUID, kinds: Charts, deed: Deed) -> dict[str, Any]:
    happened = deed.happened
    about = {"session": str(session_id), "n": deed.n, "at": happened.event.at, "chart": happened.chart}
    effects, standing = _effects_of(deed), standing_of(kinds, deed.states)
    return trace_step({**about, "event": happened.event.name}, deed.taken, effects, standing)


def _effects_of(deed: Deed) -> Iterator[tuple[str, Any]]:
    """Each with the chart it is of; what the session does for its timers is none."""
    for chart, move in deed.moves:
        yield from ((chart, effect) for effect in move.effects if effect.name not in TIMERS)


def standing_step(session_id: UUID, kinds: Charts, states: States, n: int, at: int) -> dict[str, Any]:
    """Where a session stands, as if by a step that did nothing."""
    about = {"session": str(session_id), "n": n, "at": at, "chart": "", "event": ""}
    return trace_step(about, (), (), standing_of(kinds, states))
