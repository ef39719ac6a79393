"""The part of a page about the chart's data, and how durations stand among its settings."""

from __future__ import annotations

import re

from lossy.charts.draw.wording import duration
from lossy.charts.markdown import codes, grid

HEAD = "| key | meaning |\n|---|---|\n"


def data(docstring: str) -> str:
    """The table of the data in the docstring of the rules' module, with the words that lead to it; nothing if none."""
    before, head, rows = docstring.partition(HEAD)
    if not head:
        return ""
    lines = rows.split("\n\n")[0].strip().splitlines()
    return "\n\n".join([before.strip().split("\n\n")[-1], grid(["key", "meaning"], map(_row, lines))])


def exact(ms: int) -> str:
    """In ms, as a setting takes it, and in a larger unit where one says it better."""
    worded = duration(ms)
    return worded if worded.endswith(" ms") else f"{ms} ms ({worded})"


def _row(line: str) -> list[str]:
    """`| one, other | meaning |`, of which every key is a name."""
    keys, meaning = re.split(r"(?<!\\)\|", line.strip().strip("|"), maxsplit=1)
    return [codes(key.strip() for key in keys.split(",")), meaning.strip()]
