"""The extension's flags are those of the server: strictly typed, compiled, and held to the server's vectors in Node."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "extension"
SET_UP = (FOLDER / "node_modules" / "typescript").is_dir()

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SET_UP and os.environ.get("CI") != "true", reason="needs `npm ci` in extension"),
]


def test_typescript_decides_as_python_does() -> None:
    done = subprocess.run(["npm", "test", "--silent"], cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 3" in done.stdout
