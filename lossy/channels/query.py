"""The query of a URL, into attrs values like those of any payload. Pure."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from lossy.channels.errors import invalid
from lossy.channels.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")


def read_query(kind: type[T], given: Mapping[str, Sequence[str]]) -> T:
    """`given` has every value of each name; a list's are given by repeating its name. Raises Refusal (invalid)."""
    hints = get_type_hints(kind, include_extras=True)
    return read(kind, {name: _value(name, _plain(hints.get(name, str)), texts) for name, texts in given.items()})


def _value(name: str, kind: Any, texts: Sequence[str]) -> Any:
    if get_origin(kind) is list:
        return [_one(_plain(get_args(kind)[0]), text) for text in texts]
    if len(texts) > 1:
        raise invalid(name[:100], "It is given more than once.")
    return _one(kind, texts[0])


def _one(kind: Any, text: str) -> Any:
    """As JSON would have it. What does not look like its type stays a text, which the reader refuses with its path."""
    try:
        return FROM_TEXT[kind](text) if kind in FROM_TEXT else text
    except (KeyError, ValueError):
        return text


def _plain(kind: Any) -> Any:
    """Without bounds, and without None, which no query holds."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        (some,) = (each for each in get_args(kind) if each is not NoneType)
        return _plain(some)
    return kind


def _whole(text: str) -> int:
    """Python also reads `1_000`, ` 1` and the digits of other scripts."""
    if not (text.isascii() and text.removeprefix("-").isdigit()):
        raise ValueError
    return int(text)


FROM_TEXT: Mapping[Any, Callable[[str], Any]] = {
    bool: lambda text: {"true": True, "false": False}[text],
    int: _whole,
    float: float,
}
