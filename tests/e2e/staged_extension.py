"""The built extension in a real Chromium, its offscreen document replaced by one that shows what a test says.

Everything above the ports is as shipped: pages, links, service worker, content scripts.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from base64 import b64decode
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, field
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.playing import one_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
BUILT = HERE.parents[1] / "extension" / "dist"
CHROMIUM = "/usr/bin/chromium"
# Long: a machine that does other things beside takes seconds for what takes milliseconds.
WAIT_MS = 15_000
expect.set_options(timeout=WAIT_MS)

# In CI both are there, and a test that finds them missing fails.
READY = (BUILT / "panel.js").is_file() and Path(CHROMIUM).is_file()
NEEDS_BROWSER = [
    pytest.mark.integration,
    pytest.mark.browser,
    pytest.mark.skipif(not READY and os.environ.get("CI") != "true", reason="needs `make extension`, and Chromium"),
]


@define(eq=False)
class Staged:
    """A browser with the extension in it. `desk` is a page of the extension from which the fake is driven."""

    context: BrowserContext
    id: str
    desk: Page = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.desk = self.open("privacy.html")
        self.desk.evaluate("chrome.runtime.sendMessage({to: 'worker', name: 'ensure_offscreen'})")

    def open(self, name: str, width: int = 768, height: int = 720) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"chrome-extension://{self.id}/{name}")
        return page

    def show(self, shown: dict[str, Any]) -> None:
        self._tell("show", shown)

    def patch(self, **members: Any) -> None:
        self._tell("patch", members)

    def answer(self, **replies: Any) -> None:
        self._tell("answer", replies)

    def to_content(self, down: dict[str, Any]) -> None:
        self._tell("content", down)

    def heard(self) -> list[dict[str, Any]]:
        """What came up the ports since this was asked last."""
        found: list[dict[str, Any]] = self._tell("heard", None)
        return found

    def commands(self) -> list[dict[str, Any]]:
        return [each["command"] for each in self.heard() if "command" in each]

    def _tell(self, name: str, value: Any) -> Any:
        return self.desk.evaluate(
            "([name, value]) => chrome.runtime.sendMessage({to: 'fake', name, value})", [name, value]
        )


@contextmanager
def staged(folder: Path, *flags: str, hosts: Sequence[str] = (), pages: Sequence[str] = ()) -> Iterator[Staged]:
    """`hosts` are rules such as `MAP www.youtube.com:443 127.0.0.1:4443`; nothing else resolves.

    `pages` are patterns of addresses that the extension may be in besides those of the platforms. A person allows that
    with a press of the extension's button, which no script can give.
    """
    extension = folder / "extension"
    shutil.copytree(BUILT, extension)
    if pages:
        _allow(extension / "manifest.json", pages)
    shutil.copy(HERE / "fake_offscreen.js", extension / "offscreen.js")
    with one_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder / "profile",
            executable_path=CHROMIUM,
            headless=True,
            viewport={"width": 1280, "height": 800},
            args=[
                f"--load-extension={extension}",
                f"--disable-extensions-except={extension}",
                f"--host-resolver-rules={', '.join([*hosts, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1'])}",
                "--ignore-certificate-errors",
                "--autoplay-policy=no-user-gesture-required",
                *flags,
            ],
        )
        try:
            yield Staged(context, id_of(extension))
        finally:
            context.close()


def _allow(manifest: Path, pages: Sequence[str]) -> None:
    written = json.loads(manifest.read_text())
    written["content_scripts"][0]["matches"] += pages
    written["host_permissions"].append("<all_urls>")  # a picture of a tab needs that, or a press in that tab
    manifest.write_text(json.dumps(written))


def id_of(extension: Path) -> str:
    """Chromium's rule: of the public key in the manifest, hexadecimal digits written as a to p."""
    manifest = json.loads((extension / "manifest.json").read_text())
    digest = hashlib.sha256(b64decode(manifest["key"])).hexdigest()[:32]
    return digest.translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))
