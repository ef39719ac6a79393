"""What somebody may have meant who wrote a name that is not there."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def near(name: str, known: Iterable[str]) -> str:
    """To be put behind the name: `: did you mean 'firmed'?`; empty where none of the known is like it."""
    found = get_close_matches(name, sorted(known), n=1)
    return f": did you mean {found[0]!r}?" if found else ""
