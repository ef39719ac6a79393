"""The words of a note where a format has room for one line only, and the note's id beside them.

An editor's tool gives back the words of a marker and drops all else, so the id is among them: `[lossy <id>]`.
"""

from __future__ import annotations

import re
import unicodedata
from uuid import UUID

ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TAG = re.compile(rf"\[lossy ({ID})\]")
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"

_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}  # line breaks among them


def one_line(text: str) -> str:
    """Without line breaks, tabs and what else controls; spaces are single."""
    return " ".join("".join(" " if unicodedata.category(char) in _CONTROLS else char for char in text).split())


def tagged(text: str, id: UUID) -> str:
    """The words with the id behind them. What looks like an id in the words themselves is told apart by its space."""
    return f"{text.replace('[lossy ', f'[lossy{NO_BREAK_SPACE}')} [lossy {id}]"


def untagged(text: str) -> list[tuple[str, UUID | None]]:
    """The inverse of any number of tagged texts on one line: each text with its id, the last maybe without one."""
    *pairs, rest = TAG.split(text)
    found: list[tuple[str, UUID | None]] = [
        (one_line(words), UUID(id)) for words, id in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    return [*found, (one_line(rest), None)] if rest.strip() or not found else found
