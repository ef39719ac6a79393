"""What a rule sees of events, states and steps. The charts' own fit; the rules need not know them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Data = Mapping[str, Any]


class Occurrence(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def at(self) -> int:
        """When it happened, by its own account: milliseconds since the Unix epoch."""

    @property
    def payload(self) -> Data: ...


class Snapshot(Protocol):
    @property
    def active(self) -> frozenset[str]: ...

    @property
    def history(self) -> Mapping[str, tuple[str, ...]]: ...

    @property
    def data(self) -> Data: ...

    @property
    def deadlines(self) -> Mapping[str, int]: ...


class Deed(Protocol):
    """An effect that a step emitted, with the data at that point of the step."""

    @property
    def name(self) -> str: ...

    @property
    def args(self) -> Data: ...

    @property
    def data(self) -> Data: ...


class Doings(Protocol):
    @property
    def transitions(self) -> tuple[str, ...]: ...


class Move(Protocol):
    """One step, whole. At the start `before` is empty and the event has no name."""

    @property
    def before(self) -> Snapshot: ...

    @property
    def event(self) -> Occurrence: ...

    @property
    def after(self) -> Snapshot: ...

    @property
    def effects(self) -> Sequence[Deed]: ...

    @property
    def taken(self) -> Doings: ...
