"""What the rules take to structure a remark, in us: run as `python -m tools.bench.rules`.

Two sets: what the crowd of the other benches says, and the remarks of 8 to 20 words of tests/inference/remarks.yaml.
All are structured over and over, and the best pass of many counts: what else the machine does only ever slows one down.
"""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from lossy.inference.rules import Remark, structure
from tools.bench.remarks import SPEECH_MS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

TABLE = Path(__file__).parents[2] / "tests" / "inference" / "remarks.yaml"
USUAL_WORDS = range(8, 21)
BEST_OF = 1_000


@click.command()
def main() -> None:
    """Prints the us of CPU of a remark."""
    table = [row["text"] for row in yaml.safe_load(TABLE.read_text(encoding="utf-8"))]
    for name, texts in (("crowd", TEXTS), ("table", [text for text in table if len(text.split()) in USUAL_WORDS])):
        click.echo(f"{name}: {best_us(texts):.1f} us, of {len(texts)} remarks")


def best_us(texts: Sequence[str]) -> float:
    remarks = [Remark(text, 600_000, SPEECH_MS, 0.91) for text in texts]
    gc.disable()
    best_s = min(pass_s(remarks) for _ in range(BEST_OF))
    return best_s / len(remarks) * 1_000_000


def pass_s(remarks: Sequence[Remark]) -> float:
    begun = time.process_time()
    for remark in remarks:
        structure(remark)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
