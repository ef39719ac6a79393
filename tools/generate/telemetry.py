"""The catalogue of telemetry for Python and TypeScript, and as a page: all from docs/telemetry/events.yml."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parent.parent.parent / "docs" / "telemetry" / "events.yml"
MADE = "Made of docs/telemetry/events.yml by `python -m tools.generate`."
IN_TYPESCRIPT = {"number": "number", "boolean": "boolean", "code": "string", "id": "string"}


@cache
def catalogue() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return found


def family_of(name: str) -> str:
    return name.split(".")[1]


def as_python() -> str:
    return "\n".join(_python()) + "\n"


def _python() -> Iterator[str]:
    yield f'"""{MADE}"""\n'
    yield "from lossy.domain.telemetry import Catalogue, Field, Kind\n"
    yield "CATALOGUE: Catalogue = {"
    for name, event in catalogue()["events"].items():
        yield f'    "{name}": {{'
        for each, field in event["fields"].items():
            yield f'        "{each}": {_python_field(field["type"])},'
        yield "    },"
    yield "}"


def _python_field(kind: str | list[str]) -> str:
    if isinstance(kind, str):
        return f"Field(Kind.{kind.upper()})"
    return f"Field(Kind.WORD, ({', '.join(json.dumps(word) for word in kind)}))"


def as_typescript() -> str:
    return "\n".join(_typescript()) + "\n"


def _typescript() -> Iterator[str]:
    yield f"/** {MADE} */\n"
    yield "/** What each event says; all of it may be left out. */"
    yield "export interface Measured {"
    for name, event in catalogue()["events"].items():
        yield f"  /** {event['about']} */"
        yield f'  "{name}": {{'
        for each, field in event["fields"].items():
            yield f"    readonly {each}?: {_typescript_type(field['type'])};"
        yield "  };"
    yield "}\n"
    yield "export type EventName = keyof Measured;\n"
    yield "/** Of each event the share that is recorded, and its family's events a minute. */"
    yield "export const RULES: Readonly<Record<EventName, { readonly sampling: number; readonly rate: number }>> = {"
    families = catalogue()["families"]
    for name, event in catalogue()["events"].items():
        yield f'  "{name}": {{ sampling: {event.get("sampling", 1)}, rate: {families[family_of(name)]["rate"]} }},'
    yield "};"


def _typescript_type(kind: str | list[str]) -> str:
    return IN_TYPESCRIPT[kind] if isinstance(kind, str) else " | ".join(json.dumps(word) for word in kind)


def as_page() -> str:
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# What is measured\n"
    yield f"{MADE} What is not here is not kept; [how it works](README.md).\n"
    families = catalogue()["families"]
    for name, event in catalogue()["events"].items():
        rate = families[family_of(name)]["rate"]
        yield f"## `{name}`\n"
        yield f"{event['about']} From the {event['source']}, {event.get('sampling', 1):.0%} of them, and of all"
        yield f"`{family_of(name)}` events at most {rate} a minute.\n"
        yield "| field | type | of persons | |"
        yield "| --- | --- | --- | --- |"
        for each, field in event["fields"].items():
            kind = field["type"] if isinstance(field["type"], str) else ", ".join(f"`{word}`" for word in field["type"])
            yield f"| `{each}` | {kind} | {field['pii']} | {field['about']} |"
        yield ""
