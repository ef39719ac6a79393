"""The schemas of payloads: whatever they allow is read, and what they refuse is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.channels.document import AT, document
from lossy.channels.errors import Refusal
from lossy.channels.events import TABLES
from lossy.channels.payloads import Skipped
from lossy.channels.reading import read
from lossy.channels.schema import classes_of, of_type, reference
from tests.channels.payloads import amiss, good

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.channels.events import ClientEvent, Push, TopicTable

DOCUMENT = document()
SCHEMAS = DOCUMENT["$defs"]


def rows(table: TopicTable) -> Iterator[ClientEvent | Push]:
    yield table.join
    yield from table.events.values()
    yield from table.pushes.values()


ROWS = {f"{table.shape} {row.name}": row for table in TABLES.values() for row in rows(table)}
KINDS = (kind for row in ROWS.values() for kind in (row.payload, getattr(row, "reply", row.payload)))
CLASSES = {each.__name__: each for kind in KINDS for each in classes_of(kind)}


def validator(name: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for({"$ref": AT + name, "$defs": SCHEMAS}, validate_formats=True)


VALIDATORS = {name: validator(name) for name in CLASSES}


def is_read(kind: Any, payload: object) -> bool:
    try:
        read(kind, payload)
    except Refusal as refusal:
        return not refusal.details["path"]
    return True


def test_the_document_is_json_schema() -> None:
    for name in SCHEMAS:
        jsonschema_rs.meta.validate({**SCHEMAS[name], "$defs": SCHEMAS})
    assert SCHEMAS.keys() == CLASSES.keys()


@given(name=st.sampled_from(sorted(CLASSES)), data=st.data())
def test_what_the_schema_allows_is_read(name: str, data: st.DataObject) -> None:
    payload = data.draw(good(SCHEMAS[name], SCHEMAS))
    assert VALIDATORS[name].is_valid(payload)
    if CLASSES[name] is not Skipped or payload["from"] <= payload["to"]:
        assert is_read(CLASSES[name], payload)


@given(name=st.sampled_from(sorted(CLASSES.keys() - {"Skipped"})), data=st.data())
def test_schema_and_reader_agree(name: str, data: st.DataObject) -> None:
    payload = data.draw(amiss(SCHEMAS[name], SCHEMAS))
    assert is_read(CLASSES[name], payload) == VALIDATORS[name].is_valid(payload)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_row_says_what_it_is(row: ClientEvent | Push) -> None:
    assert row.name.isascii()
    assert row.about.endswith(".") or row.name == "phx_join"


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
def test_every_field_says_what_it_is(kind: Any) -> None:
    assert all(each.metadata["about"] for each in attrs.fields(kind))


def test_a_type_that_no_payload_has_is_a_fault() -> None:
    with pytest.raises(TypeError, match="no schema"):
        of_type(set[int], AT)


def test_a_name_of_the_wire_takes_the_place_of_ours() -> None:
    assert SCHEMAS["Skipped"]["required"] == ["from", "to"]
    assert reference(Skipped, AT) == {"$ref": "#/$defs/Skipped"}
