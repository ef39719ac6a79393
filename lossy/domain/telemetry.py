"""What may be kept of what clients measure: events of the catalogue, with its fields and no others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from math import isfinite
from typing import TypeAlias

from attrs import frozen

# A code is a name of ours; what a person wrote does not look like one.
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST_ID = 100


class Kind(StrEnum):
    NUMBER = "number"
    BOOLEAN = "boolean"
    CODE = "code"
    ID = "id"
    WORD = "word"


@frozen
class Field:
    kind: Kind
    words: tuple[str, ...] = ()


Value: TypeAlias = float | bool | str
Fields: TypeAlias = Mapping[str, Field]
Catalogue: TypeAlias = Mapping[str, Fields]


def fit_to_keep(
    catalogue: Catalogue, name: str, given: Mapping[str, object], hashed: Callable[[str], str]
) -> dict[str, Value] | None:
    """The fields with ids hashed; None where there is no such event, or a field is none of its or does not fit."""
    known = catalogue.get(name)
    if known is None or given.keys() - known.keys():
        return None
    kept = {each: _fitting(known[each], value, hashed) for each, value in given.items()}
    fitting = {each: value for each, value in kept.items() if value is not None}
    return fitting if len(fitting) == len(given) else None


def _fitting(field: Field, value: object, hashed: Callable[[str], str]) -> Value | None:
    match field.kind, value:
        case Kind.BOOLEAN, bool():
            return value
        case Kind.NUMBER, int() | float() if not isinstance(value, bool) and isfinite(value):
            return value
        case Kind.CODE, str() if CODE.fullmatch(value):
            return value
        case Kind.WORD, str() if value in field.words:
            return value
        case Kind.ID, str() if 0 < len(value) <= MOST_ID:
            return hashed(value)
    return None
