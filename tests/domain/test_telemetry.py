"""What is kept of what browsers measure: what the catalogue has, and ids as hashes."""

from __future__ import annotations

from math import inf, nan
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from lossy.domain.telemetry import CODE, Catalogue, Field, Kind, fit_to_keep
from lossy.domain.telemetry_events import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENTS: Catalogue = {
    "lossy.a.b": {
        "took_ms": Field(Kind.NUMBER),
        "warm": Field(Kind.BOOLEAN),
        "code": Field(Kind.CODE),
        "session": Field(Kind.ID),
        "mode": Field(Kind.WORD, ("gpu", "cpu")),
    }
}


def kept(fields: Mapping[str, object], name: str = "lossy.a.b") -> object:
    return fit_to_keep(EVENTS, name, fields, lambda id: f"#{len(id)}")


def test_fields_of_the_catalogue_are_kept_and_ids_as_hashes() -> None:
    given = {"took_ms": 1.5, "warm": False, "code": "no_video", "mode": "cpu"}
    assert kept({**given, "session": "secret"}) == {**given, "session": "#6"}
    assert kept({}) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("took_ms", "1"),
        ("took_ms", True),
        ("took_ms", nan),
        ("took_ms", -inf),
        ("warm", 1),
        ("code", "What I said to nobody"),
        ("code", ""),
        ("session", ""),
        ("session", "x" * 101),
        ("session", 7),
        ("mode", "tpu"),
        ("mode", None),
        ("took_ms", [1]),
        ("text", "anything"),
    ],
)
def test_what_does_not_fit_takes_its_whole_event_away(field: str, value: object) -> None:
    assert kept({"code": "ok", field: value}) is None


def test_an_event_that_nobody_wrote_down_is_not_kept() -> None:
    assert kept({}, "lossy.a.c") is None


def test_each_event_is_of_a_family_with_a_rate_and_says_of_each_field_whether_it_is_of_a_person() -> None:
    source = yaml.safe_load((Path(__file__).parents[2] / "docs" / "telemetry" / "events.yml").read_text())
    for name, event in source["events"].items():
        product, family, *_ = name.split(".")
        assert product == "lossy"
        assert source["families"][family]["rate"] > 0
        assert 0 < event.get("sampling", 1) <= 1
        for field, said in event["fields"].items():
            assert said["pii"] == ("hashed" if CATALOGUE[name][field].kind is Kind.ID else "none")
            assert CODE.fullmatch(field)
