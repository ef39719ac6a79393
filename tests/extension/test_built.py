"""What the built extension is made of: nothing that would load code from elsewhere, and no more than it needs."""

from __future__ import annotations

import json
import os
import re
import zipfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "extension"
DIST = FOLDER / "dist"
ZIP = FOLDER / "build" / "lossy-extension.zip"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not DIST.is_dir() and os.environ.get("CI") != "true", reason="needs `make extension`"),
]

ADDRESS = re.compile(r"(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s\"'`<>)\\]*", re.IGNORECASE)
# Sentences of libraries that name a page to read, and names of XML; no code asks for any of them.
READ_BY_PEOPLE = re.compile(
    r"https?://(?:lossy\.example|www\.w3\.org/|github\.com/|gist\.github\.com/|developer\.mozilla\.org/|web\.dev/|localhost|127\.0\.0\.1)"
)
# Of the platforms' videos, as the adapters that are built in have them: `https://vimeo.com/{id}`.
OF_VIDEOS = re.compile(r"https://[a-z.]+/.*\{[a-z]+\}")
# What runs text as code, or code that was not there when the extension was built.
# The runtime's own loader has one such place; nothing comes to it, and the policy would refuse it.
REFUSED_ANYWAY = {"ort/ort-wasm-simd-threaded.asyncify.mjs"}
RUNS_TEXT = re.compile(r"\bimportScripts\(|(?<![\w.$])eval\(|new Function\(")


def scripts() -> dict[str, str]:
    return {
        str(path.relative_to(DIST)): path.read_text("utf-8")
        for path in DIST.rglob("*")
        if path.suffix in (".js", ".mjs")
    }


def test_no_address_of_elsewhere_is_in_it() -> None:
    found = {
        (name, address)
        for name, text in scripts().items()
        for address in ADDRESS.findall(text)
        if address.startswith("http") and not READ_BY_PEOPLE.match(address) and not OF_VIDEOS.match(address)
    }
    assert found == set()
    assert len(scripts()) >= 8


def test_no_text_is_run_as_code() -> None:
    assert {name for name, text in scripts().items() if RUNS_TEXT.search(text)} <= REFUSED_ANYWAY


def test_pages_take_scripts_from_the_extension_alone() -> None:
    manifest = json.loads((DIST / "manifest.json").read_text())
    policy = manifest["content_security_policy"]["extension_pages"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    pages = [page.read_text("utf-8") for page in DIST.glob("*.html")]
    assert len(pages) >= 6
    for page in pages:
        assert all(not source.startswith(("http", "//")) for source in re.findall(r'(?:src|href)="([^"]*)"', page))


def test_it_asks_for_no_more_than_it_needs() -> None:
    manifest = json.loads((DIST / "manifest.json").read_text())
    assert set(manifest["permissions"]) <= {"activeTab", "offscreen", "scripting", "sidePanel", "storage"}
    assert manifest["host_permissions"] == ["http://127.0.0.1/*", "http://localhost/*"]
    matches = [match for script in manifest["content_scripts"] for match in script["matches"]]
    assert all(not match.startswith(("*://*/", "<all_urls>", "https://*/", "http://*/")) for match in matches)


def test_the_zip_is_the_folder() -> None:
    files = {str(path.relative_to(DIST)): path.read_bytes() for path in DIST.rglob("*") if path.is_file()}
    with zipfile.ZipFile(ZIP) as zipped:
        assert zipped.testzip() is None
        assert {name: zipped.read(name) for name in zipped.namelist()} == files
