"""docs/reference/conformance-wire.md: the tests and the checks that it names are there."""

from __future__ import annotations

import re
from pathlib import Path

from lossy.channels.errors import DETAILS, Code

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


# The sections of the protocol, and how many numbered rules the second has.
SECTIONS, RULES = range(1, 9), range(1, 10)


def test_every_section_has_rows_and_every_numbered_rule_a_test_and_a_check() -> None:
    assert {int(rule.split()[0].partition(".")[0]) for rule, _, _ in ROWS} == {*SECTIONS}
    sockets = (ROOT / "tests/web/test_sockets.py").read_text(encoding="utf-8")
    for number in RULES:
        assert re.search(rf"def test_rule_{number}(?!\d)", sockets), f"2.{number} has no test of its own"
        assert any(check.startswith(f"2.{number} ") for check in CHECKS), f"no npm client is asked about 2.{number}"


def test_every_error_of_a_channel_is_explained_with_its_details() -> None:
    """`details` are those that a client relies on."""
    page = (ROOT / "docs/reference/wire.md").read_text(encoding="utf-8")
    table = [line.split("|")[1:4] for line in page.splitlines() if line.startswith("| `")]
    for code in Code:
        row = next((row for row in table if f"`{code}`" in row[0]), None)
        assert row is not None, code
        assert all(f"`{name}`" in row[1] for name in DETAILS.get(code, ())), code
