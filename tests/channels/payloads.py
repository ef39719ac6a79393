"""Payloads drawn from the JSON Schema of a class: good ones, and good ones with something amiss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

Schemas = Mapping[str, Any]

# No whole floats: JSON Schema counts 2.0 as an integer, and here it is none.
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
    | st.text(max_size=8)
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
)
# PostgreSQL keeps no NUL, which no keyword of JSON Schema says.
LETTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])


def good(schema: Mapping[str, Any], schemas: Schemas) -> st.SearchStrategy[Any]:
    """A value that the schema allows; long texts and lists are drawn short."""
    match schema:
        case {"$ref": ref}:
            return st.deferred(lambda: good(schemas[ref.rpartition("/")[2]], schemas))
        case {"anyOf": kinds}:
            return st.one_of([good(each, schemas) for each in kinds])
        case {"enum": values}:
            return st.sampled_from(values)
        case {"type": "object", "properties": fields}:
            drawn = {name: good(each, schemas) for name, each in fields.items()}
            required = {name: drawn.pop(name) for name in schema["required"]}
            return st.fixed_dictionaries(required, optional=drawn)
        case {"type": "object"}:
            return st.dictionaries(
                good(schema.get("propertyNames", {"type": "string"}), schemas),
                good(schema["additionalProperties"], schemas),
                max_size=2,
            )
        case {"type": "array", "items": items}:
            return st.lists(good(items, schemas), min_size=schema.get("minItems", 0), max_size=2)
        case {"type": "integer"}:
            return st.integers(schema.get("minimum", -(2**53)), schema.get("maximum", 2**53))
        case {"type": "number"}:
            return st.floats(schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False).map(
                lambda number: number if not number.is_integer() else int(number)
            )
        case {"type": "string", "format": "uuid"}:
            return st.uuids().map(str)
        case {"type": "string"}:
            least = schema.get("minLength", 0)
            return st.text(LETTERS, min_size=least, max_size=min(max(least, 8), schema.get("maxLength", 8)))
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "null"}:
            return st.none()
        case _:
            return JSON


@st.composite
def amiss(draw: st.DrawFn, schema: Mapping[str, Any], schemas: Schemas) -> Any:
    """Mostly of the schema, with a field replaced, left out or too many."""
    value = draw(good(schema, schemas))
    names = st.sampled_from([*schema["properties"], "x"])
    for name in draw(st.lists(names, max_size=2)):
        if draw(st.booleans()):
            value[name] = draw(JSON)
        else:
            value.pop(name, None)
    return value
