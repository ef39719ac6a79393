"""What happened in a run, as JSON lines, and a hash over all of them.

Every line has `at` (ms since the run began) and `kind`. docs/reference/simulator.md says what else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from attrs import define, field

from lossy.charts.trace import STEP, told_effect

if TYPE_CHECKING:
    from lossy.charts.together import Moved
    from lossy.sessions.inbox import Happened
    from lossy.store.ledger import Commit

VERSION = 1


def nowhere(line: bytes) -> None:
    return


@cache
def _in_order(active: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(active))


@define(eq=False)
class Trace:
    """`write` gets each line, with its end."""

    began_ms: int
    now_ms: Callable[[], int]
    write: Callable[[bytes], object] = nowhere
    lines: int = field(default=0, init=False)
    _hash: Any = field(factory=hashlib.sha256, init=False)

    def line(self, kind: str, **facts: Any) -> None:
        told = {"at": self.now_ms() - self.began_ms, "kind": kind, **facts}
        line = orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)
        self._hash.update(line)
        self.lines += 1
        self.write(line)

    def happened(self, what: str, whom: str, **facts: Any) -> None:
        """To a server, a device, a step of the script: whatever is not a session's."""
        self.line(what, whom=whom, **facts)

    def stepped(self, node: str, session: str, happened: Happened, moved: Moved, n: int) -> None:
        """A session took an event: the states of its charts after it, and their effects, before any of it is kept."""
        self.line(
            STEP,
            node=node,
            session=session,
            n=n,
            chart=happened.chart,
            event=happened.event.name,
            event_at=happened.event.at - self.began_ms,
            taken=moved.taken,
            states={name: _in_order(state.active) for name, state in moved.states.items()},
            effects=[told_effect(*each) for each in moved.effects],
        )

    def kept(self, node: str, commits: Sequence[Commit]) -> None:
        """These entries of a session are durable."""
        first = commits[0].entry
        self.line("kept", node=node, session=str(first.session_id), entries=[commit.entry.n for commit in commits])

    @property
    def hash(self) -> str:
        return str(self._hash.hexdigest())
