"""The architecture, as a table. Imports go down only."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "lossy").rglob("*.py"))

# What a part of the product may import of ours, besides itself.
FOUNDATION = {"clock", "waiter", "keyed_lock", "settings", "resources"}
PURE = {"channels", "charts", "domain"}
ADAPTERS = {"store", "bus", "inference"}
MAY_IMPORT: dict[str, set[str]] = {
    "charts": set(),
    "domain": set(),
    "channels": {"charts", "domain"},
    "clock": set(),
    "waiter": set(),
    "keyed_lock": set(),
    "settings": set(),
    "resources": set(),
    "layout": PURE | FOUNDATION,
    "store": PURE | FOUNDATION,
    "bus": PURE | FOUNDATION,
    "inference": PURE | FOUNDATION,
    "sessions": PURE | FOUNDATION | ADAPTERS,
    "jobs": PURE | FOUNDATION | ADAPTERS,
    "why": PURE | FOUNDATION | ADAPTERS | {"sessions"},
    "web": PURE | FOUNDATION | ADAPTERS | {"sessions", "jobs", "why", "layout"},
    "sim": PURE | FOUNDATION | ADAPTERS | {"sessions", "jobs", "web", "app"},
    "app": PURE | FOUNDATION | ADAPTERS | {"sessions", "jobs", "web"},
    "cli": PURE | FOUNDATION | ADAPTERS | {"sessions", "jobs", "web", "why", "sim", "app", "layout"},
    "__main__": {"cli"},
    "__init__": set(),
}

# Where a library may appear; everywhere else it is refused.
CONFINED: dict[str, set[str]] = {
    "trio": set(MAY_IMPORT) - PURE - {"settings", "resources", "why"},
    "trio_websocket": {"sim"},
    "psycopg": {"store", "bus"},
    "quart": {"web"},
    "quart_trio": {"web"},
    "hypercorn": {"web"},
    "procrastinate": {"jobs"},
    "asyncio": set(),
    "anyio": set(),
    "openai": {"inference"},
    "httpx2": {"inference"},
    "click": {"cli"},
    "argon2": {"web"},
}

# The pure parts read no clock, no randomness, no environment, no files but charts' own.
IMPURE = {"time", "random", "secrets", "os", "socket", "threading", "subprocess", "logging", "structlog"}


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "lossy").parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = ["lossy", *path.relative_to(ROOT / "lossy").parts[:-1]]
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            if module == "lossy":
                yield from (f"lossy.{alias.name}" for alias in node.names)


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_part_is_in_the_table() -> None:
    assert {part_of(path) for path in FILES} <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_imports_go_down(path: Path) -> None:
    part = part_of(path)
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("lossy.")}
    assert ours <= MAY_IMPORT[part] | {part}


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_libraries_stay_where_they_belong(path: Path) -> None:
    part = part_of(path)
    strays = {name for name in imports(path) if part not in CONFINED.get(name.split(".")[0], {part})}
    assert strays == set()


@pytest.mark.parametrize("path", [path for path in FILES if part_of(path) in PURE], ids=ids)
def test_the_pure_parts_are_pure(path: Path) -> None:
    assert {name.split(".")[0] for name in imports(path)} & IMPURE == set()


def test_the_table_notices() -> None:
    """An import upward is seen for what it is, in every form."""
    tree = ROOT / "lossy" / "domain" / "voice.py"
    assert not {"trio", "lossy.store"} & set(imports(tree))
    assert "store" not in MAY_IMPORT["domain"]
    assert part_of(ROOT / "lossy" / "store" / "pool.py") == "store"
