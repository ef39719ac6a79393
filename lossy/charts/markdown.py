"""Markdown as a page of a chart needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Row = Sequence[str]


def grid(names: Row, rows: Iterable[Row]) -> str:
    """A table, without the columns in which no row says anything; nothing when there are no rows."""
    filled = [[_cell(text) for text in row] for row in rows]
    columns = [i for i in range(len(names)) if any(row[i] for row in filled)]
    lines = [names, ["---"] * len(names), *filled]
    return "\n".join(f"| {' | '.join(line[i] for i in columns)} |" for line in lines) if filled else ""


def code(name: str) -> str:
    return f"`{name}`"


def codes(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))


def section(heading: str, *parts: str) -> str:
    """Nothing when no part says anything."""
    said = [part for part in parts if part]
    return "\n\n".join([f"## {heading}", *said]) if said else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
