"""`platform_adapters.json`: the adapters for whoever is not this program. The same adapters always give the same text.

`hash` is of everything else: SHA-256 of it as JSON with sorted keys and no space between, in UTF-8, the first twelve
digits.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import attrs

from lossy.domain.platforms.address import ADDRESS, DEFAULT_PORTS, MARGIN, MAX_URL
from lossy.domain.platforms.catalog import ADAPTERS, FORMAT, GENERIC, VERSION
from lossy.domain.platforms.detect import SPACES


def manifest() -> dict[str, Any]:
    """JSON values."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "address": {"pattern": ADDRESS, "margin": MARGIN, "ports": DEFAULT_PORTS, "max": MAX_URL},
        "spaces": SPACES,
        "adapters": [_plain(adapter) for adapter in ADAPTERS],
        "generic": _plain(GENERIC),
    }
    plain: dict[str, Any] = json.loads(json.dumps(content))
    return {"hash": content_hash(plain), **plain}


def stamp() -> dict[str, Any]:
    """Which manifest it is."""
    given = manifest()
    return {name: given[name] for name in ("format", "version", "hash")}


def content_hash(content: dict[str, Any]) -> str:
    text = json.dumps({**content, "hash": None}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def as_text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> dict[str, Any]:
    """Without what is empty, which an interpreter takes for empty too."""
    return attrs.asdict(value, filter=lambda _, each: each not in ("", (), {}))
