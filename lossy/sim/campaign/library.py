"""The stories that come with the product."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lossy.sim.script.reading import load_story

if TYPE_CHECKING:
    from lossy.sim.script.story import Story

FOLDER = Path(__file__).parent.parent / "stories"


@cache
def library() -> dict[str, Story]:
    """By the name of its file, in order of the names. Raises StoryError."""
    return {path.stem: load_story(path) for path in sorted(FOLDER.glob("*.yaml"))}
