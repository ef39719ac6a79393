"""Where everything of a drawing goes. Node lays it out, with ELK, by the scripts in `tools/draw` of a checkout."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from lossy.charts.draw.graph import graph
from lossy.charts.draw.places import Places, read
from lossy.resources import folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.charts.draw.scene import Scene

# For each drawing. The largest chart here takes some seconds; what takes so much longer is no chart of a person's.
PATIENCE_S = 120


class DrawingError(OSError):
    """Node, or what it needs for the layout, is not there or failed; the message says what to do."""


def lay_out(scenes: Sequence[Scene], *, quick: bool = False) -> list[Places]:
    """In one process for all. `quick` takes the first layout of each instead of the best. Raises DrawingError."""
    root = folder("statecharts").parent / "tools" / "draw"
    if not (root / "layout.mjs").is_file():
        raise DrawingError("charts are drawn in a checkout of the repository, by tools/draw")
    if not (root / "node_modules" / "elkjs").is_dir():
        raise DrawingError("charts are drawn by ELK, which is not there yet: run `npm ci` in tools/draw")
    command = ["node", "layout.mjs", *(["--quick"] if quick else [])]
    graphs = json.dumps([graph(scene) for scene in scenes])
    patience = PATIENCE_S * max(1, len(scenes))
    try:
        done = subprocess.run(command, cwd=root, input=graphs, capture_output=True, text=True, timeout=patience)
    except FileNotFoundError:
        raise DrawingError("charts are drawn by Node 20 or later, which is not installed") from None
    except subprocess.TimeoutExpired:
        raise DrawingError(f"tools/draw was not done after {patience} s") from None
    if done.returncode:
        raise DrawingError(f"tools/draw failed: {_fault(done.stderr)}")
    return [read(placed) for placed in json.loads(done.stdout)]


def _fault(stderr: str) -> str:
    """The line that names the error, among the excerpts and the stack that Node prints."""
    lines = stderr.strip().splitlines() or ["no word of why"]
    return next((line for line in lines if "Error" in line[:80]), lines[-1])
