"""The payloads, topics and error codes as TypeScript, of the same document as the JSON Schemas."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from lossy.channels.document import document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEAD = "// Made of the table in lossy/channels/events.py by `python -m tools.generate`.\n"
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
NAME = re.compile(r"[A-Za-z_]\w*")


def as_text() -> str:
    shown = document()
    parts = [HEAD, _errors(shown["errors"])]
    parts += [_interface(name, schema) for name, schema in sorted(shown["$defs"].items())]
    parts += [_topics(shown["topics"])]
    return "\n".join(parts)


def _errors(errors: Mapping[str, list[str]]) -> str:
    codes = " | ".join(json.dumps(code) for code in errors)
    return f"export type ErrorCode = {codes};\n"


def _interface(name: str, schema: Mapping[str, Any]) -> str:
    about = f"/** {schema['description']} */\n" if "description" in schema else ""
    if not schema.get("properties"):
        return f"{about}export type {name} = Record<string, never>;\n"
    fields = "".join(_field(key, of, key in schema["required"]) for key, of in schema["properties"].items())
    return f"{about}export interface {name} {{\n{fields}}}\n"


def _field(key: str, schema: Mapping[str, Any], required: bool) -> str:
    about = f"  /** {schema['description']} */\n" if "description" in schema else ""
    return f"{about}  {key if NAME.fullmatch(key) else json.dumps(key)}{'' if required else '?'}: {_type(schema)};\n"


def _type(schema: Mapping[str, Any]) -> str:
    """Bounds have no type in TypeScript: the server holds to them, and says so with `invalid`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    match schema.get("type"):
        case "array":
            return f"Array<{_type(schema['items'])}>"
        case "object":
            return f"Record<string, {_type(schema['additionalProperties'])}>"
        case str(plain):
            return PLAIN[plain]
        case _:
            return "unknown"


def _topics(topics: Mapping[str, Any]) -> str:
    rows = "".join(_topic(kind, table) for kind, table in topics.items())
    about = "/** By kind of topic: how it is joined, what may be sent there and what is told. */\n"
    return f"{about}export interface Topics {{\n{rows}}}\n"


def _topic(kind: str, table: Mapping[str, Any]) -> str:
    join = table.get("join", {})
    events = (_event(name, of) for name, of in table.get("events", {}).items())
    pushes = (f"{name}: {_payload(of, 'payload')}" for name, of in table.get("pushes", {}).items())
    return (
        f"  {json.dumps(kind)}: {{\n"
        f"    join: {{ payload: {_payload(join, 'payload')}; reply: {_payload(join, 'reply')} }};\n"
        f"    events: {_members(events)};\n"
        f"    pushes: {_members(pushes)};\n"
        "  };\n"
    )


def _members(members: Iterator[str]) -> str:
    return "{" + "".join(f"\n      {member};" for member in members) + "\n    }"


def _event(name: str, event: Mapping[str, Any]) -> str:
    return f"{name}: {{ payload: {_payload(event, 'payload')}; reply: {_payload(event, 'reply')} }}"


def _payload(table: Mapping[str, Any], key: str) -> str:
    schema = table.get(key)
    return "unknown" if not schema else _type(schema)
