"""A Python function that is written by this program, with what it names."""

from __future__ import annotations

import keyword
import linecache
import re
from typing import Any

from attrs import define, field

# What the written functions call their own.
LOCALS = re.compile(r"(state|event|data|deadlines|due|after|move|was|broken|step|judge)|(effect|event)_\d+")


@define(eq=False)
class Source:
    """Its lines are found by tracebacks and `inspect.getsource`, under `title`."""

    title: str
    _lines: list[str] = field(factory=list, init=False)
    _names: dict[str, Any] = field(factory=dict, init=False)

    def add(self, depth: int, line: str) -> None:
        self._lines.append("    " * depth + line)

    def name(self, wanted: str, value: object) -> str:
        """By which the function finds the value: as near to the wanted name as can be."""
        stem = name = re.sub(r"\W|^(?=\d)", "_", wanted)
        number = 1
        while not _is_free(name) or self._names.setdefault(name, value) is not value:
            number += 1
            name = f"{stem}_no_{number}"
        return name

    def compiled(self, function: str) -> Any:
        lines = [line + "\n" for line in self._lines]
        linecache.cache[self.title] = (sum(map(len, lines)), None, lines, self.title)
        exec(compile("".join(lines), self.title, "exec"), self._names)
        return self._names[function]


def _is_free(name: str) -> bool:
    return not keyword.iskeyword(name) and LOCALS.fullmatch(name) is None
