"""Attempts to join topics, coalesced: who, from where, what, what came of it, and how often. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from attrs import define, evolve, field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

NOBODY = UUID(int=0)
# Rows that wait to be written, a quarter of a kilobyte each. Beyond it the names of topics are left out, and only the
# number of users and addresses makes rows.
NAMED = 1_000
# Beyond that an attempt is not noted, only counted.
ROWS = 5_000
OK = "ok"


@frozen
class Attempt:
    """`topic` is as it was named, `kind` what every topic of its kind is written as."""

    user_id: UUID
    device_id: UUID
    address: str
    topic: str
    kind: str = field(eq=False)
    outcome: str

    def without_name(self) -> Attempt:
        return evolve(self, topic=self.kind)


@frozen
class Row:
    """`first_at` and `last_at` in ms since the Unix epoch."""

    attempt: Attempt
    first_at: int
    last_at: int
    count: int


@define(eq=False)
class Pending:
    """What waits to be written. `lost` counts the attempts for which there was no row."""

    lost: int = field(default=0, init=False)
    _rows: dict[Attempt, Row] = field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self._rows)

    def note(self, attempt: Attempt, at: int) -> None:
        if attempt not in self._rows and len(self._rows) >= NAMED:
            attempt = attempt.without_name()
        self._add(Row(attempt, at, at, 1))

    def take(self) -> list[Row]:
        """All of it, in an order that two nodes have in common."""
        rows = sorted(self._rows.values(), key=_order)
        self._rows = {}
        return rows

    def put_back(self, rows: Iterable[Row]) -> None:
        """What could not be written, beside what was noted meanwhile."""
        for row in rows:
            self._add(row)

    def _add(self, row: Row) -> None:
        before = self._rows.get(row.attempt)
        if before is not None:
            first, last = min(before.first_at, row.first_at), max(before.last_at, row.last_at)
            self._rows[row.attempt] = Row(row.attempt, first, last, before.count + row.count)
        elif len(self._rows) < ROWS:
            self._rows[row.attempt] = row
        else:
            self.lost += row.count


def _order(row: Row) -> tuple[str, ...]:
    attempt = row.attempt
    return str(attempt.user_id), str(attempt.device_id), attempt.address, attempt.topic, attempt.outcome
