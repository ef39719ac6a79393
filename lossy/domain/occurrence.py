"""What a rule sees of an event. The charts' own events fit; the rules need not know them."""

from collections.abc import Mapping
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
