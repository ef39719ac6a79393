"""docs/reference/bounds.md: its numbers are those of the code, and the tests that it names are there."""

from __future__ import annotations

import re
from pathlib import Path

from lossy.settings import listed

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/reference/bounds.md").read_text(encoding="utf-8")
NUMBERS = re.compile(r"`([A-Z_]+)` ([\d,]+)")


def constants() -> dict[str, set[int]]:
    """Every number with a name in lossy/, by that name; some have more than one."""
    found: dict[str, set[int]] = {}
    for path in (ROOT / "lossy").rglob("*.py"):
        for name, number in re.findall(r"^([A-Z_]+) = ([\d_]+)\b", path.read_text(encoding="utf-8"), re.MULTILINE):
            found.setdefault(name, set()).add(int(number))
    for row in listed({}):
        found[row.variable] = {row.value}
    return found


def test_its_numbers_are_those_of_the_code() -> None:
    known = constants()
    said = [(name, int(number.replace(",", ""))) for name, number in NUMBERS.findall(PAGE)]
    assert len(said) > 30
    assert [(name, number) for name, number in said if number not in known.get(name, ())] == []


def test_the_tests_that_it_names_are_there() -> None:
    missing = []
    for line in PAGE.splitlines():
        folder = ""
        for name in re.findall(r"[\w/]*\btest_\w+", line):
            folder, _, file = name.rpartition("/") if "/" in name else (folder, "", name)
            if not (ROOT / "tests" / folder / f"{file}.py").is_file():
                missing.append(f"{folder}/{file}")
    assert missing == []
