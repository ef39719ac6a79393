"""Looks on while the product runs, without its knowing: what each session makes of an event, and what it logs."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog

from lossy.sessions import session as product

if TYPE_CHECKING:
    from lossy.charts.together import Moved
    from lossy.sessions.deeds import Deed
    from lossy.sessions.inbox import Happened
    from lossy.sim.virtual.trace import Trace

Logged = MutableMapping[str, Any]


@contextmanager
def watched(trace: Trace) -> Iterator[list[Logged]]:
    """Gives what is logged meanwhile. One run at a time in a process: the hooks are the modules'."""
    make_deed = product.make_deed

    def note_deed(session: Any, happened: Happened, moved: Moved, before: int) -> Deed:
        deed = make_deed(session, happened, moved, before)
        trace.stepped(session.ledger.server.name, str(session.id), happened, moved, deed.n)
        return deed

    logged: list[Logged] = []

    def note_log(_: object, method: str, event: Logged) -> Logged:
        event["level"] = method
        logged.append(event)
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[note_log])
    product.make_deed = note_deed
    try:
        yield logged
    finally:
        product.make_deed = make_deed
        structlog.configure(**before)
