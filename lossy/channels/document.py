"""The table of topics and events as one JSON document: the types of clients are made of it, in any language. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.channels.errors import DETAILS, Code
from lossy.channels.events import TABLES
from lossy.channels.schema import DIALECT, classes_of, of_class, reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lossy.channels.events import ClientEvent, Push, TopicTable

AT = "#/$defs/"


def document(tables: Iterable[TopicTable] = tuple(TABLES.values())) -> dict[str, Any]:
    tables = [*tables]
    classes = {each.__name__: each for table in tables for kind in _kinds(table) for each in classes_of(kind)}
    return {
        "$schema": DIALECT,
        "topics": {table.shape: _topic(table) for table in tables},
        "errors": {code.value: sorted(DETAILS.get(code, ())) for code in Code},
        "$defs": {name: of_class(classes[name], AT) for name in sorted(classes)},
    }


def _kinds(table: TopicTable) -> Iterable[Any]:
    for asked in (table.join, *table.events.values()):
        yield from (asked.payload, asked.reply)
    yield from (push.payload for push in table.pushes.values())


def _topic(table: TopicTable) -> dict[str, Any]:
    return {
        "who": table.who,
        "flag": table.capability,
        "join": _asked(table.join),
        "events": {name: _asked(row) for name, row in table.events.items()},
        "pushes": {name: _pushed(row) for name, row in table.pushes.items()},
    }


def _asked(row: ClientEvent) -> dict[str, Any]:
    payload = {"binary": True} if row.payload is bytes else {"payload": reference(row.payload, AT)}
    limit = {"per_minute": row.limit.per_minute, "burst": row.limit.burst}
    return {"about": row.about, **payload, "reply": reference(row.reply, AT), "limit": limit, **_later(row)}


def _pushed(row: Push) -> dict[str, Any]:
    return {"about": row.about, "payload": reference(row.payload, AT), "numbered": row.numbered, **_later(row)}


def _later(row: ClientEvent | Push) -> dict[str, Any]:
    return {"unavailable": row.later} if row.later else {}
