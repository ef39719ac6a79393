"""The stories that the documentation shows are played as they are written there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lossy.sim.script.reading import load_story
from lossy.sim.virtual.run import Plan, run
from tests.sim.audio import VOICES

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```yaml\n(name: [^`]*?^steps:\n[^`]*?)^```", re.MULTILINE)


def shown() -> Iterator[object]:
    for page in sorted((*DOCS.glob("how-to/*.md"), *DOCS.glob("reference/*.md"))):
        for i, block in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))):
            yield pytest.param(block, id=f"{page.stem}-{i}")


SHOWN = [*shown()]


def test_there_are_some() -> None:
    assert len(SHOWN) >= 2


@pytest.mark.parametrize("block", SHOWN)
def test_a_story_of_the_documentation_goes_as_it_says(block: str, tmp_path: Path) -> None:
    for name in ("first_cut.wav", "first_cut.json"):
        shutil.copy(VOICES / name, tmp_path / name)
    script = tmp_path / "story.yaml"
    script.write_text(block, encoding="utf-8")
    assert run(Plan(1, load_story(script))).failure is None
