"""Values out of JSON that somebody else wrote, each with the path it is at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any

from attrs import frozen

from lossy.domain.imports.found import ImportFault


@frozen
class Value:
    """`path` is that of ImportFault, as in `tracks.children.0`."""

    path: str
    raw: Any

    def __getitem__(self, name: str) -> Value:
        """Null where there is no such member. Raises ImportFault where there can be none."""
        if not isinstance(self.raw, Mapping):
            raise ImportFault(self.path or "$", "It must be an object.")
        return Value(f"{self.path}.{name}".lstrip("."), self.raw.get(name))

    def items(self) -> Iterator[Value]:
        """Of a list; none of null. Raises ImportFault."""
        if not isinstance(self.raw, list | None):
            raise ImportFault(self.path, "It must be a list.")
        for place, raw in enumerate(self.raw or ()):
            yield Value(f"{self.path}.{place}", raw)

    def text(self) -> str:
        """Empty for null. Raises ImportFault."""
        if not isinstance(self.raw, str | None):
            raise ImportFault(self.path, "It must be text.")
        return self.raw or ""

    def number(self) -> Fraction:
        """Raises ImportFault."""
        if isinstance(self.raw, bool) or not isinstance(self.raw, int | float) or not isfinite(self.raw):
            raise ImportFault(self.path, "It must be a number.")
        return Fraction(self.raw)

    def schema(self) -> str:
        """The kind of an OpenTimelineIO object, without its version. Raises ImportFault."""
        return self["OTIO_SCHEMA"].text().partition(".")[0]

    @property
    def is_null(self) -> bool:
        return self.raw is None
