"""The permission page where the browser answers its own question with yes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.e2e.staged_extension import NEEDS_BROWSER, staged
from tests.e2e.test_screens_pages import heading, looked_at

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = NEEDS_BROWSER


def test_a_microphone_that_is_allowed_is_seen_to_hear(tmp_path: Path) -> None:
    with staged(tmp_path, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream") as stage:
        page = stage.open("permission.html", 768, 500)
        heading(page, "Lossy may hear you")
        expect(page.locator(".level p")).to_have_text("Fake Default Audio Input")
        expect(page.locator(".level i")).to_have_attribute("style", re.compile(r"width: [1-9]"))
        looked_at(page, "granted")
