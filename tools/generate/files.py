"""Which files are made, and of what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from lossy.channels.document import document
from lossy.channels.openapi import openapi
from lossy.channels.reference import page
from lossy.domain.platforms.export import as_text, manifest
from tools.generate import chart_vectors, flag_vectors, telemetry, typescript, voice_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def as_json(value: Any) -> str:
    """In a form in which a change shows as a line."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


FILES: Mapping[str, Callable[[], str]] = {
    "docs/reference/channels.md": page,
    "docs/reference/openapi.json": lambda: as_json(openapi()),
    "docs/telemetry/schema.md": telemetry.as_page,
    "extension/generated/channels.d.ts": typescript.as_text,
    "extension/generated/channels.json": lambda: as_json(document()),
    "extension/generated/chart_vectors.json": chart_vectors.as_text,
    "extension/generated/flag_vectors.json": flag_vectors.as_text,
    "extension/generated/platform_adapters.json": lambda: as_text(manifest()),
    "extension/generated/telemetry.ts": telemetry.as_typescript,
    "extension/generated/voice_chart.json": voice_vectors.chart_as_text,
    "extension/generated/voice_vectors.json": voice_vectors.as_text,
    "lossy/domain/telemetry_events.py": telemetry.as_python,
}
