"""Markers of an OpenTimelineIO timeline: on its stack, its tracks, and the clips and gaps on them.

Each item has a time of its own, and the markers on it are in that. An item's time is that of its media; it shows from
`source_range.start_time` on. Effects that change speed are not followed.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from lossy.domain.export.otio import KEY
from lossy.domain.export.words import one_line, untagged
from lossy.domain.imports.found import Found, ImportFault, at_frames, category_named, check_count, in_words
from lossy.domain.imports.json_values import Value
from lossy.domain.timecode import Rate, TimecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 8  # of stacks in tracks in stacks; editors' own have two
ACTIVE = "active_media_reference_key"


def read_otio(text: str, rate: Rate) -> tuple[Found, ...]:
    """Raises ImportFault."""
    timeline = Value("", _loaded(text))
    if timeline.schema() != "Timeline":
        raise ImportFault("OTIO_SCHEMA", "It must be a Timeline.")
    stack = timeline["tracks"]
    every: list[Found] = []
    for marker, began in _markers(stack, -_first(stack), MAX_DEPTH):
        every += _read(marker, began, rate)
        check_count(every, marker.path)
    if not every:
        raise ImportFault("$", "There are no markers in it.")
    return tuple(every)


def _loaded(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ImportFault(f"line.{error.lineno}", "It is not JSON.") from None


# -- where markers are --------------------------------------------------------------------------------------------


def _markers(item: Value, zero: Fraction, depth: int) -> Iterator[tuple[Value, Fraction]]:
    """Each below `item`, and when its own time was zero, in seconds of the film, as `zero` is of the item's."""
    if depth == 0:
        raise ImportFault(item.path, f"It may be nested {MAX_DEPTH} deep.")
    for marker in item["markers"].items():
        yield marker, zero
    begins, is_track = zero, item.schema() == "Track"
    for child in item["children"].items():
        if child.schema() == "Transition":  # lies over the items beside it
            continue
        yield from _markers(child, begins - _first(child), depth - 1)
        if is_track:
            begins += _duration(child, depth - 1)


def _first(item: Value) -> Fraction:
    """The time of its own that an item begins to show at."""
    shown = _shown(item)
    return Fraction(0) if shown.is_null else _seconds(shown["start_time"])


def _duration(item: Value, depth: int) -> Fraction:
    shown = _shown(item)
    if not shown.is_null:
        return _seconds(shown["duration"])
    if depth == 0:
        raise ImportFault(item.path, f"It may be nested {MAX_DEPTH} deep.")
    inner = [_duration(child, depth - 1) for child in item["children"].items() if child.schema() != "Transition"]
    return sum(inner, Fraction(0)) if item.schema() == "Track" else max(inner, default=Fraction(0))


def _shown(item: Value) -> Value:
    """The range of its time: what was cut from its media, or all of that, or null where only its children say."""
    if not item["source_range"].is_null or item.schema() != "Clip":
        return item["source_range"]
    many = item["media_references"]
    media = item["media_reference"] if many.is_null else many[item[ACTIVE].text()]
    return media if media.is_null else media["available_range"]


# -- what a marker says -------------------------------------------------------------------------------------------


def _read(marker: Value, zero: Fraction, rate: Rate) -> Iterator[Found]:
    span = marker["marked_range"]
    first = floor((zero + _seconds(span["start_time"])) * rate.num / rate.den)
    length = floor(_seconds(span["duration"]) * rate.num / rate.den)
    frames = at_frames(marker.path, first, length, rate)
    name, comment = one_line(marker["name"].text()), marker["comment"].text().strip()
    category = category_named(name)
    ours = marker["metadata"]
    id = None if ours.is_null or ours[KEY].is_null else _id(ours[KEY]["id"])
    for text, tag in [(comment, id)] if id else _parts(comment):
        yield Found(*frames, in_words(marker.path, text or ("" if category else name)), category, tag)


def _parts(comment: str) -> list[tuple[str, UUID | None]]:
    """A comment without an id keeps its lines; one that has been through a tool may have ids in it."""
    pairs = untagged(comment)
    return [(comment, None)] if pairs[0][1] is None else pairs


def _id(id: Value) -> UUID:
    try:
        return UUID(id.text())
    except ValueError:
        raise ImportFault(id.path, "It must be a UUID.") from None


def _seconds(time: Value) -> Fraction:
    rate = time["rate"]
    try:
        per_second = Rate.parse(f"{float(rate.number()):.6f}")
    except TimecodeError as error:
        raise ImportFault(rate.path, str(error)) from None
    return time["value"].number() * per_second.den / per_second.num
