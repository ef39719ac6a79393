"""What rules say of themselves, so that they need not be asked.

An invariant says which steps could break it, and a guard which other one holds wherever it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lossy.domain.occurrence import Data, Move, Occurrence

    Invariant = Callable[[Move], bool]
    Guard = Callable[[Data, Occurrence], bool]


@frozen
class Concerns:
    events: frozenset[str]
    effects: frozenset[str]
    enters: frozenset[str]
    fields: frozenset[str]


def concerns(
    *,
    events: Iterable[str] = (),
    effects: Iterable[str] = (),
    enters: Iterable[str] = (),
    fields: Iterable[str] = (),
) -> Callable[[Invariant], Invariant]:
    """A step of no such event, without these effects, which enters none of these states and leaves these fields of the
    data as they were, cannot break the invariant. A state that is left and entered again in one step is not entered.
    """
    found = Concerns(frozenset(events), frozenset(effects), frozenset(enters), frozenset(fields))

    def of(invariant: Invariant) -> Invariant:
        invariant.__dict__["concerns"] = found
        return invariant

    return of


def implies(other: Guard) -> Callable[[Guard], Guard]:
    """Where the guard holds, the other one does too: if it does not, this one need not be asked."""

    def of(guard: Guard) -> Guard:
        guard.__dict__["implies"] = other
        return guard

    return of
