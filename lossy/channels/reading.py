"""JSON values into attrs values and nothing else: what does not fit is refused with the path of the field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

import attrs
import cattrs
from attrs import field, frozen
from cattrs.cols import list_structure_factory
from cattrs.gen import make_dict_structure_fn, override

from lossy.channels.errors import Refusal, invalid

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@frozen
class Bounds:
    """Of a number itself, or of the length of a text or a list."""

    least: float
    most: float


def about(
    words: str, default: Any = attrs.NOTHING, *, wire: str | None = None, factory: Any = None, secret: bool = False
) -> Any:
    """A field, and what the reference says of it. `wire` is its name on the wire where Python has none like it."""
    default = attrs.Factory(factory) if factory is not None else default
    return field(default=default, repr=not secret, metadata={"about": words, "wire": wire})


def read(kind: type[T], payload: object) -> T:
    """Raises Refusal (invalid), its path as in `figures.fps` or `notes.3.text`."""
    try:
        return _converter.structure(payload, kind)
    except (cattrs.BaseValidationError, Refusal) as error:
        path, message = _first_fault(error)
        raise invalid(".".join(path) or "$", message) from None


def _first_fault(error: BaseException) -> tuple[tuple[str, ...], str]:
    """No message holds what the client sent, but a path does, where it goes through keys."""
    match error:
        case cattrs.ClassValidationError():
            placed, unplaced = error.group_exceptions()
            if not placed:
                return _first_fault(unplaced[0])
            fault, note = placed[0]
            step = _wire_name(error.cl, note.name)
        case cattrs.IterableValidationError():
            fault, place = error.group_exceptions()[0][0]
            step = str(place.index)
        case cattrs.ForbiddenExtraKeysError():
            return (min(map(str, error.extra_fields))[:100],), "There is no such field."
        case KeyError():
            return (), "It is missing."
        case Refusal():
            return (() if (path := error.details["path"]) == "$" else (path,)), error.message
        case _:
            return (), "It does not fit."
    path, message = _first_fault(fault)
    return (step[:100], *path), message


def _wire_name(kind: type, name: str) -> str:
    return str(attrs.fields_dict(kind)[name].metadata.get("wire") or name)


def _exactly(*kinds: type) -> Any:
    """JSON has types; a number in a string is a fault of the client, and true is no number."""

    def structure(value: Any, expected: type[T]) -> T:
        if type(value) not in kinds:
            raise invalid("$", f"It must be of type {expected.__name__}.")
        return expected(value)  # type: ignore[call-arg]

    return structure


def _text(value: object, expected: type[str]) -> str:
    """cattrs comes here for every kind of text, an enum of texts among them."""
    if type(value) is not str:
        raise invalid("$", "It must be of type str.")
    if issubclass(expected, StrEnum):
        return _member(value, expected)
    if "\0" in value:
        raise invalid("$", "It must not hold the character NUL, which PostgreSQL cannot keep.")
    return value


def _member(value: str, expected: type[E]) -> E:
    try:
        return expected(value)
    except ValueError:
        raise invalid("$", f"It must be one of {', '.join(str(each.value) for each in expected)}.") from None


def _uuid(value: object, expected: type[UUID]) -> UUID:
    """In the form of RFC 9562 alone; Python takes braces, URNs and bare digits too."""
    if type(value) is not str:
        raise invalid("$", "It must be of type str.")
    if not UUID_TEXT.fullmatch(value):
        raise invalid("$", "It must be a UUID.")
    return UUID(value)


def _bounded(annotated: Any) -> Any:
    kind, bounds = get_args(annotated)
    measured = kind if kind in (int, float) else len
    unit = "" if kind in (int, float) else " characters" if kind is str else " elements"
    structure_kind = _converter.get_structure_hook(kind)

    def structure(value: Any, _: Any) -> Any:
        structured = structure_kind(value, kind)
        if not bounds.least <= measured(structured) <= bounds.most:
            raise invalid("$", f"It must be from {bounds.least} to {bounds.most}{unit}.")
        return structured

    return structure


def _or_none(union: Any) -> Any:
    """cattrs looks up with each value what the other kind is, which for one of ours takes longer than to read it."""
    (kind,) = (each for each in get_args(union) if each is not NoneType)
    structure_kind = _converter.get_structure_hook(kind)

    def structure(value: Any, _: Any) -> Any:
        return None if value is None else structure_kind(value, kind)

    return structure


def _one_of(literal: Any) -> Any:
    values = frozenset(get_args(literal))
    kinds = frozenset(map(type, values))
    message = f"It must be one of {', '.join(map(str, get_args(literal)))}."

    def structure(value: Any, _: Any) -> Any:
        if type(value) not in kinds or value not in values:
            raise invalid("$", message)
        return value

    return structure


def _fields(kind: Any) -> Any:
    """An attrs class; some of its fields have another name on the wire."""
    renamed: Any = {
        each.name: override(rename=each.metadata["wire"]) for each in attrs.fields(kind) if each.metadata.get("wire")
    }
    structure_fields = make_dict_structure_fn(kind, _converter, _cattrs_forbid_extra_keys=True, **renamed)

    def structure(value: Any, kind: Any) -> Any:
        if not isinstance(value, Mapping):
            raise invalid("$", "It must be an object.")
        return structure_fields(value, kind)

    return structure


def _list(kind: Any) -> Any:
    """cattrs takes whatever can be iterated."""
    structure_elements = list_structure_factory(kind, _converter)

    def structure(value: Any, kind: Any) -> Any:
        if type(value) is not list:
            raise invalid("$", "It must be a list.")
        return structure_elements(value, kind)

    return structure


def _is_a(origin: object, kind: Any) -> bool:
    return get_origin(kind) is origin


def _is_optional(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType) and len(get_args(kind)) == 2 and NoneType in get_args(kind)


_converter = cattrs.Converter(forbid_extra_keys=True)
for _kind, _accepted in {bool: (bool,), int: (int,), float: (int, float)}.items():
    _converter.register_structure_hook(_kind, _exactly(*_accepted))
_converter.register_structure_hook(str, _text)
_converter.register_structure_hook(UUID, _uuid)
_converter.register_structure_hook_factory(attrs.has, _fields)
_converter.register_structure_hook_factory(_is_optional, _or_none)
for _origin, _factory in ((Annotated, _bounded), (Literal, _one_of), (list, _list)):
    _converter.register_structure_hook_factory(partial(_is_a, _origin), _factory)
