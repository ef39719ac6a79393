"""The step in TypeScript is the server's: the walks that are kept, and others through real and random charts."""

from __future__ import annotations

import json
import os
import subprocess
from random import Random
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from lossy.charts.load import load
from lossy.resources import folder
from lossy.sessions.catalog import load_all
from tests.charts.strategies import NAMES, NIGHTLY, document
from tools.generate.chart_vectors import as_text, lamp, vectors

if TYPE_CHECKING:
    from pathlib import Path

    from lossy.charts.model import Chart

FOLDER = folder("statecharts").parent / "visualizer"
SET_UP = (FOLDER / "node_modules" / "esbuild").is_dir()
RANDOM = 1_000 if NIGHTLY else 30


def test_the_walks_take_everything_the_small_chart_has() -> None:
    steps = [step for walk in json.loads(as_text())["walks"] for step in walk["steps"]]
    taken = {id for step in steps for id in step.get("taken", ())}
    assert taken == {transition.id for transition in lamp().transitions()}
    assert any(step.get("history", {}).get("deep") for step in steps)
    assert any(step.get("unsettled") for step in vectors(iter([endless()]))["walks"][0]["steps"])


def endless() -> Chart:
    doc: dict[str, Any] = {"name": "endless", "initial": "on", "states": {"on": {"always": [{"to": "off"}]}}}
    doc["states"]["off"] = {"always": [{"to": "on"}]}
    return load(json.dumps(doc), NAMES)


@pytest.mark.integration
@pytest.mark.skipif(not SET_UP and os.environ.get("CI") != "true", reason="needs `npm ci` in visualizer")
def test_typescript_steps_as_python_does(tmp_path: Path) -> None:
    charts = [*load_all(folder("statecharts")).values(), endless()]
    charts += [load(json.dumps(document(Random(seed), 2)), NAMES) for seed in range(RANDOM)]
    file = tmp_path / "vectors.json"
    file.write_bytes(orjson.dumps(vectors(iter(charts))))
    command = ["node", "--test", "tests/step.test.mjs"]
    environment = {**os.environ, "CHART_VECTORS": str(file)}
    done = subprocess.run(command, cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr
    assert "# pass 1" in done.stdout
