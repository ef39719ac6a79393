"""The machine's Chromium, with no network but this machine's own, and what axe says of a page in it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.playing import one_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
VISUALIZER = Path(__file__).parents[2] / "visualizer"
AXE = VISUALIZER / "node_modules" / "axe-core" / "axe.min.js"
NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

needs_chromium = pytest.mark.skipif(
    not (CHROMIUM and AXE.is_file()) and os.environ.get("CI") != "true",
    reason="needs chromium, and `npm ci` in visualizer",
)


@contextmanager
def open_browser() -> Iterator[Browser]:
    assert CHROMIUM is not None, "chromium is not installed"
    with one_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[NO_NETWORK])
        try:
            yield browser
        finally:
            browser.close()


def violations(page: Page, rules: str = "undefined") -> list[str]:
    """What axe finds, with where it is and what is missing; by these rules alone where they are given."""
    page.evaluate(AXE.read_text(encoding="utf-8") + "\n;undefined")
    asked = f"() => axe.run(document, {{resultTypes: ['violations'], runOnly: {rules}}})"
    found: dict[str, Any] = page.evaluate(asked)
    return [
        f"{each['id']}: {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
