"""The kinds of values that a setting may have: each reads one from JSON, or raises Unfit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lossy.domain.notes import Category

Reader = Callable[[object], Any]


class Unfit(ValueError):
    """No setting has that name, or it cannot have that value. `path` leads there, as in `self_firming.2`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message

    def within(self, name: str) -> Unfit:
        return Unfit(f"{name}.{self.path}".rstrip("."), self.message)


def switch(value: object) -> bool:
    if type(value) is not bool:
        raise Unfit("", "It must be true or false.")
    return value


def number(least: float, most: float) -> Reader:
    def read(value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Unfit("", "It must be a number.")
        _check_bounds(value, least, most)
        return float(value)

    return read


def whole(least: int, most: int) -> Reader:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Unfit("", "It must be a whole number.")
        _check_bounds(value, least, most)
        return value

    return read


def _check_bounds(value: float, least: float, most: float) -> None:
    if not least <= value <= most:  # this way round a NaN is refused
        raise Unfit("", f"It must be from {least} to {most}.")


def categories(value: object) -> tuple[Category, ...]:
    """A list of them; each once, in their own order."""
    if not isinstance(value, list | tuple):
        raise Unfit("", "It must be a list.")
    for place, name in enumerate(value):
        if name not in [*Category]:
            raise Unfit(str(place), f"It must be one of {', '.join(Category)}.")
    return tuple(category for category in Category if category in value)


def entries(readers: Mapping[str, Reader]) -> Reader:
    """An object with some of these keys at most."""

    def read(value: object) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Unfit("", "It must be an object.")
        if strange := value.keys() - readers.keys():
            raise Unfit(min(strange)[:100], f"It must be one of {', '.join(readers)}.")
        return {name: _read(readers[name], name, given) for name, given in value.items()}

    return read


def by_name(known: Reader, reader: Reader) -> Reader:
    """An object with any keys that `known` lets pass; it raises Unfit for others."""

    def read(value: object) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Unfit("", "It must be an object.")
        return {_read(known, name[:100], name): _read(reader, name[:100], given) for name, given in value.items()}

    return read


def or_null(reader: Reader) -> Reader:
    return lambda value: None if value is None else reader(value)


def _read(reader: Reader, name: str, value: object) -> Any:
    try:
        return reader(value)
    except Unfit as unfit:
        raise unfit.within(name) from None
