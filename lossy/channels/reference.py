"""The table of topics and events as a page for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.channels.document import document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HEAD = """# Topics and events

Made of the table in [`lossy/channels/events.py`](../../lossy/channels/events.py) by `python -m tools.generate`; the
same as JSON Schemas is [`channels.json`](../../extension/generated/channels.json). [What goes over the wire](wire.md)
says how they work together.

Frames are those of Phoenix Channels on `/socket/websocket?vsn=2.0.0`. Ids are UUIDs, times ms since the Unix epoch,
media times ms into the film. A field with a `?` may be left out, and one that is not listed is refused with `invalid`
and its path. *Often* is what each user may do on each node: so many at once, so many a minute; beyond it comes
`rate_limited` with `retry_after_ms`. What is not built yet is answered `unavailable` with the letter of its capability.
"""


def page() -> str:
    told = document()
    parts = [HEAD, *(_topic(shape, topic) for shape, topic in told["topics"].items()), _errors(told["errors"])]
    return "\n".join([*parts, "## Payloads\n", *(_class(name, schema) for name, schema in told["$defs"].items())])


def _topic(shape: str, topic: Mapping[str, Any]) -> str:
    join = topic["join"]
    flag = f" Joined while the flag `{topic['flag']}` is on." if topic["flag"] else ""
    lines = [f"## `{shape}`\n", f"For {topic['who']}.{flag} {_join(join)}\n"]
    if topic["events"]:
        rows = ((f"`{name}`", *_asked(row)) for name, row in topic["events"].items())
        lines += [_table(("sent", "payload", "reply", "often", ""), rows)]
    if topic["pushes"]:
        rows = ((f"`{name}`", *_pushed(row)) for name, row in topic["pushes"].items())
        lines += [_table(("told", "payload", "numbered", ""), rows)]
    return "\n".join(lines)


def _join(join: Mapping[str, Any]) -> str:
    if "unavailable" in join:
        return f"Not built yet (`{join['unavailable']}`)."
    words = f"Join: {_type(join['payload'])}. Reply: {_type(join['reply'])}. Often: {_often(join['limit'])}."
    return f"{words} {join['about']}".rstrip()


def _asked(row: Mapping[str, Any]) -> tuple[str, ...]:
    if "unavailable" in row:
        return "", "", _often(row["limit"]), _about(row)
    payload = "binary" if "binary" in row else _type(row["payload"])
    return payload, _type(row["reply"]), _often(row["limit"]), _about(row)


def _pushed(row: Mapping[str, Any]) -> tuple[str, ...]:
    return "" if "unavailable" in row else _type(row["payload"]), "yes" if row["numbered"] else "", _about(row)


def _about(row: Mapping[str, Any]) -> str:
    return f"{row['about']} Not built yet (`{row['unavailable']}`)." if "unavailable" in row else str(row["about"])


def _often(limit: Mapping[str, int]) -> str:
    return f"{limit['burst']:,}, {limit['per_minute']:,}/min"


def _errors(codes: Mapping[str, list[str]]) -> str:
    rows = ((f"`{code}`", ", ".join(f"`{name}`" for name in details)) for code, details in codes.items())
    return "## Errors\n\n" + _table(("code", "always beside it"), rows)


def _class(name: str, schema: Mapping[str, Any]) -> str:
    lines = [f"### {name}\n"]
    if "description" in schema:
        lines.append(schema["description"] + "\n")
    if schema["properties"]:
        rows = (
            (f"`{field}{'' if field in schema['required'] else '?'}`", _type(each), str(each["description"]))
            for field, each in schema["properties"].items()
        )
        lines.append(_table(("field", "", ""), rows))
    return "\n".join(lines)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join([_row(head), _row(("---",) * len(head)), *map(_row, rows), ""])


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(schema: Mapping[str, Any]) -> str:
    match schema:
        case {"$ref": ref}:
            name = ref.rpartition("/")[2]
            return f"[{name}](#{name.lower()})"
        case {"anyOf": kinds}:
            return " or ".join(map(_type, kinds))
        case {"enum": values}:
            return ", ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": items}:
            return f"list of {_type(items)}"
        case {"type": "object", "additionalProperties": values}:
            return f"{_type(values)} by name" if values else "object"
        case {"type": "string", "format": "uuid"}:
            return "UUID"
        case {"type": str() as name}:
            return " ".join([name, *_bounds(schema)])
        case _:
            return "anything"


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    """Where both are there; the largest exact integer of JavaScript goes without saying."""
    for least, most in (("minimum", "maximum"), ("minLength", "maxLength")):
        if least in schema:
            end = f"{schema[most]:,}" if schema[most] < 2**53 - 1 else ""
            yield f"{schema[least]:,} to {end}".strip() if end else f"from {schema[least]:,}"
