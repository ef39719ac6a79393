"""The extension's own tests, types and lint: strictly typed, and held to the server's vectors in Node."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "extension"
SET_UP = (FOLDER / "node_modules" / "typescript").is_dir()

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SET_UP and os.environ.get("CI") != "true", reason="needs `npm ci` in extension"),
]


@pytest.mark.parametrize("script", ["check", "test"])
def test_the_extension_is_sound(script: str) -> None:
    done = subprocess.run(["npm", "run", "--silent", script], cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    if script == "test":
        passed = re.search(r"# pass (\d+)", done.stdout)
        assert passed is not None
        assert int(passed[1]) > 0
