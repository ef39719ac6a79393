"""The work that runs while states of a session are active, each in a task that ends with its state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import structlog
import trio
from attrs import define, field

from lossy.charts.model import Event
from lossy.clock import Clock
from lossy.sessions.inbox import Happened, Inbox
from lossy.sessions.work import WorkFailed

log = structlog.get_logger()

Job = Callable[[], Awaitable[Mapping[str, Any]]]


@define(eq=False)
class Works:
    """Each answers its session, as `done.<state>` or `failed.<state>` of its chart; the scope says which it is."""

    session_id: UUID
    _inbox: Inbox
    _clock: Clock
    _scopes: dict[tuple[str, str], trio.CancelScope] = field(factory=dict, init=False)  # by chart and state

    def start(self, nursery: trio.Nursery, chart: str, state: str, job: Job) -> None:
        scope = self._scopes[chart, state] = trio.CancelScope()
        nursery.start_soon(self._run, scope, chart, state, job)

    def done_at_once(self, chart: str, state: str, job: Callable[[], Mapping[str, Any] | None]) -> Happened | None:
        """The answer of work that needs no task; None where it does."""
        try:
            payload = job()
        except Exception:  # as below
            log.exception("work failed", session=str(self.session_id), state=state)
            return self._answer(chart, f"failed.{state}", {"reason": "internal"})
        return None if payload is None else self._answer(chart, f"done.{state}", payload)

    def _answer(
        self, chart: str, name: str, payload: Mapping[str, Any], scope: trio.CancelScope | None = None
    ) -> Happened:
        return Happened(chart, Event(name, self._clock.now_ms(), payload), scope=scope)

    def stop(self, chart: str, state: str) -> None:
        self._scopes.pop((chart, state)).cancel()

    def is_stale(self, happened: Happened) -> bool:
        """Whether it answers a state that has been left since."""
        return happened.scope is not None and happened.scope not in self._scopes.values()

    @property
    def is_idle(self) -> bool:
        return not self._scopes

    async def _run(self, scope: trio.CancelScope, chart: str, state: str, job: Job) -> None:
        with scope:
            try:
                name, payload = f"done.{state}", await job()
            except WorkFailed as failure:
                name, payload = f"failed.{state}", {"reason": str(failure)}
            except Exception:  # a bug in it would fail the session again at each reopening, which runs it again
                log.exception("work failed", session=str(self.session_id), state=state)
                name, payload = f"failed.{state}", {"reason": "internal"}
            self._inbox.put(self._answer(chart, name, payload, scope))
