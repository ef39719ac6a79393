"""Schemathesis asks the running server for everything its OpenAPI description has, rightly and wrongly."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import trio

from lossy.sim.account import Account
from tests.e2e.lossy_process import environment, lossy

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

EXAMPLES = 200 if os.environ.get("LOSSY_NIGHTLY") else 12

# How the two ways to be known are told to Schemathesis; what it does without them has to be refused.
CONFIG = """
headers = {{ Origin = "{url}" }}
warnings = false

[auth.openapi.cookie]
api_key = "{cookie}"

[auth.openapi.bearer]
bearer = "{token}"

# The cookie is for the whole run.
[[operations]]
include-operation-id = ["sign_out", "sign_out_everywhere", "sign_out_browser"]
enabled = false

# Settings, flags, addresses, passwords and charts are data to the description, and are judged by the product.
[[operations]]
include-operation-id = [
  "update_settings", "change_flag", "change_group", "invite", "change_email", "change_password",
  "compare_chart",
]
checks.positive_data_acceptance.enabled = false

# A cursor and a version are what the server has said before; a note has an id with the time in it, and one place; and
# what JSON Schema takes for a whole number, 2.0, is none here.
[[operations]]
include-operation-id = [
  "list_notes", "list_own_notes", "list_note_changes", "create_note", "update_note", "undo_note", "merge_notes",
]
checks.positive_data_acceptance.enabled = false
"""


async def test_schemathesis_finds_no_failure(tmp_path: Path, database: str) -> None:
    """Limits are out of the way: it asks more often than anybody may."""
    env = environment(tmp_path, DATABASE_URL=database, LOSSY_SERVER_LIMIT_SCALE="100000")
    async with lossy("serve", env=env) as served:
        await served.until_up()
        account = Account(served.url)
        await account.sign_in(served.link)
        token, cookie = await account.token(uuid4()), account.cookie
        config = tmp_path / "schemathesis.toml"
        config.write_text(CONFIG.format(url=served.url, cookie=cookie, token=token))
        run = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", "--seed", "1"]
        asked = [f"{served.url}/api/openapi.json", "--max-examples", str(EXAMPLES)]
        ended = await trio.run_process(
            [*run, *asked], cwd=tmp_path, capture_stdout=True, stderr=subprocess.STDOUT, check=False
        )
        assert ended.returncode == 0, ended.stdout.decode()[-8_000:]
        assert b"Selected:" in ended.stdout
