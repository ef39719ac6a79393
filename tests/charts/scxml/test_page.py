"""docs/reference/conformance.md says of every test of the suite what the cases show, once, and its sums are right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.charts.library import Repair
from tests.charts.scxml.cases import Case, read

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "conformance.md").read_text(encoding="utf-8")
SUITE: Mapping[str, list[str]] = yaml.safe_load(Path(__file__).with_name("suite.yaml").read_text(encoding="utf-8"))
SECTIONS = {
    title: text for title, _, text in (part.partition("\n") for part in re.split(r"^## ", PAGE, flags=re.MULTILINE))
}


def _rows(section: str) -> list[list[str]]:
    """The cells of every table row of a section, less the heads."""
    lines = [line for line in SECTIONS[section].splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] not in ("test", "outcome", "place", "procedure and corner")]


def _asked(cases: list[Case]) -> list[list[str]]:
    return [[case.id, case.asks] for case in cases]


def test_a_case_that_passes_is_said_to_pass() -> None:
    assert _rows("Passes") == sorted(_asked(read("passes.yaml")))


def test_a_case_that_is_refused_is_said_to_be_with_its_error() -> None:
    refused = [[case.id, case.asks, case.says.partition(" @ ")[0]] for case in read("refused.yaml")]
    assert _rows("Refused") == sorted(refused)


def test_every_corner_of_the_algorithm_is_listed() -> None:
    assert _rows("The corners of appendix D") == _asked(read("appendix_d.yaml"))


def test_every_departure_is_listed() -> None:
    words = " ".join(SECTIONS["Where ours is its own"].split()).lower()
    assert [case.id for case in read("departs.yaml") if f"- {case.id}: {case.asks}.".lower() not in words] == []
    assert [row[1] for row in _rows("Other engines")] == [repair.value for repair in Repair]


def test_every_test_of_the_suite_stands_on_the_page_once() -> None:
    listed = [row[0] for section in ("Passes", "Refused", "Outside") for row in _rows(section)]
    assert sorted(listed) == sorted(SUITE["mandatory"] + SUITE["optional"])


def test_the_sums_are_right() -> None:
    passes, refused, outside = (len(_rows(section)) for section in ("Passes", "Refused", "Outside"))
    assert [int(row[1]) for row in _rows("# Conformance")] == [passes, refused, outside, passes + refused + outside]
    mandatory, optional = len(SUITE["mandatory"]), len(SUITE["optional"])
    assert f"of {mandatory + optional}: {mandatory} mandatory ones and {optional} optional ones" in " ".join(
        PAGE.split()
    )
