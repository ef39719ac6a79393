"""Writes what is made of the code's own tables: `python -m tools.generate`, with `--check` nothing but what is old."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.generate.files import FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent


def old() -> Iterator[Path]:
    for name, make in FILES.items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != make():
            yield path


def main(arguments: list[str]) -> int:
    outdated = [*old()]
    for path in outdated:
        print(path.relative_to(ROOT))
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(FILES[str(path.relative_to(ROOT))](), encoding="utf-8")
    return int("--check" in arguments and bool(outdated))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
