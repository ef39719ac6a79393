"""The page's script is that of today's sources: told by its digest here, and by building it where esbuild is."""

from __future__ import annotations

import os
import re
import subprocess
from hashlib import sha256

import pytest

from tests.visualizer.test_step import FOLDER, SET_UP

BUNDLE = FOLDER.parent / "lossy" / "web" / "static" / "charts.js"
HOW = "run `npm ci && npm run build` in visualizer"


def sources(bundle: str) -> list[str]:
    found = re.match(r"// Made by visualizer/build.mjs of (.*)\n", bundle)
    assert found is not None, "the first line names its sources"
    return found[1].split()


def test_the_script_is_made_of_todays_sources() -> None:
    bundle = BUNDLE.read_text(encoding="utf-8")
    digest = sha256()
    for path in [*sources(bundle), "package-lock.json"]:
        inside = FOLDER / path
        digest.update((inside if inside.is_file() else FOLDER.parent / path).read_bytes())
    assert bundle.splitlines()[1] == f"// digest: {digest.hexdigest()}", HOW


@pytest.mark.integration
@pytest.mark.skipif(not SET_UP and os.environ.get("CI") != "true", reason="needs `npm ci` in visualizer")
def test_the_sources_have_their_types_and_make_that_very_script() -> None:
    checked = subprocess.run(["npx", "tsc"], cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0, checked.stdout
    kept = BUNDLE.read_bytes()
    built = subprocess.run(["node", "build.mjs"], cwd=FOLDER, capture_output=True, text=True, timeout=120)
    made = BUNDLE.read_bytes()
    BUNDLE.write_bytes(kept)
    assert built.returncode == 0, built.stderr
    assert made == kept, HOW
