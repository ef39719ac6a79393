"""docs/reference/conformance-wire.md: the tests and the checks that it names are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/reference/conformance-wire.md").read_text(encoding="utf-8")
CHECKS = re.findall(r'async "([^"]+)"', (ROOT / "tests/npm/checks.mjs").read_text(encoding="utf-8"))
ROWS = [line.split("|")[1:4] for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| rule")]


def test_the_tests_that_it_names_are_there() -> None:
    missing = []
    for _, _, tests in ROWS:
        folder = ""
        for name in re.findall(r"(?:\w+/)?\btest_\w+(?!`)\b", re.sub(r"\(.*?\)", "", tests)):
            folder, _, file = name.rpartition("/") if "/" in name else (folder, "", name)
            if not (ROOT / "tests" / folder / f"{file}.py").is_file():
                missing.append(f"{folder}/{file}")
    assert missing == []


def test_every_row_names_a_proof_and_every_check_has_a_row() -> None:
    assert all(checks.strip() or tests.strip() for _, checks, tests in ROWS)
    named = ", ".join(checks for _, checks, _ in ROWS)
    numbers = {check.split()[0] for check in CHECKS}
    unnamed = [number for number in numbers if number not in named and not number.startswith("2.")]
    assert unnamed == []
    for begun in re.findall(r"(\d [^,…]+)…", named):
        assert any(check.startswith(begun) for check in CHECKS), begun
