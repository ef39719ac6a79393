"""JSON Schemas of attrs classes, as `lossy.channels.reading` reads them. Pure."""

from __future__ import annotations

from enum import Enum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

# By the type that `Bounds` are of.
KEYWORDS: Mapping[str, tuple[str, str]] = {
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
PLAIN: Mapping[Any, Schema] = {
    Any: {},
    NoneType: {"type": "null"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    UUID: {"type": "string", "format": "uuid"},
}


def reference(kind: Any, at: str) -> Schema:
    """`at` is where the schemas of classes stand, as in `#/$defs/`."""
    return {"$ref": at + kind.__name__} if attrs.has(kind) else of_type(kind, at)


def of_type(kind: Any, at: str) -> Schema:
    """Raises TypeError for a type that no payload has."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"type": "string", "enum": [each.value for each in kind]}
    try:
        if kind in PLAIN:
            return {**PLAIN[kind]}
        return GENERIC[get_origin(kind)](get_args(kind), at)
    except KeyError:
        raise TypeError(f"no schema for {kind}") from None


def of_class(kind: Any, at: str) -> Schema:
    hints = get_type_hints(kind, include_extras=True)
    fields = {name_of(each): each for each in attrs.fields(kind)}
    described = {
        name: {**reference(hints[each.name], at), "description": each.metadata["about"]}
        for name, each in fields.items()
    }
    required = [name for name, each in fields.items() if each.default is attrs.NOTHING]
    words = {"description": kind.__doc__.partition("\n")[0]} if _is_written(kind) else {}
    return {**words, "type": "object", "properties": described, "required": required, "additionalProperties": False}


def name_of(field: attrs.Attribute[Any]) -> str:
    """On the wire."""
    return str(field.metadata.get("wire") or field.name)


def classes_of(kind: Any) -> Iterator[type]:
    """The attrs classes that a type is made of, itself among them."""
    if isinstance(kind, type) and attrs.has(kind):
        yield kind
        parts = [*get_type_hints(kind, include_extras=True).values()]
    else:
        parts = [*get_args(kind)]
    for part in parts:
        yield from classes_of(part)


def _is_written(kind: type) -> bool:
    """attrs makes no docstring, and a class inherits none that is about itself."""
    return bool(kind.__dict__.get("__doc__"))


def _annotated(args: tuple[Any, ...], at: str) -> Schema:
    kind, bounds = args
    schema = of_type(kind, at)
    least, most = KEYWORDS[schema["type"]]
    return {**schema, least: bounds.least, most: bounds.most}


def _union(args: tuple[Any, ...], at: str) -> Schema:
    return {"anyOf": [reference(each, at) for each in args]}


def _map(args: tuple[Any, ...], at: str) -> Schema:
    key, value = args
    names = of_type(key, at)
    return {
        "type": "object",
        "additionalProperties": reference(value, at),
        **({} if names == PLAIN[str] else {"propertyNames": names}),
    }


GENERIC: Mapping[Any, Callable[[tuple[Any, ...], str], Schema]] = {
    Annotated: _annotated,
    Literal: lambda args, at: {"enum": [*args]},
    Union: _union,
    UnionType: _union,
    list: lambda args, at: {"type": "array", "items": reference(args[0], at)},
    dict: _map,
}
