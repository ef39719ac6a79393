"""The extension and a model for browsers, as this server hands them out."""

from __future__ import annotations

import hashlib
import json
import zipfile
from base64 import b64decode
from typing import TYPE_CHECKING

import attrs
import pytest

from lossy.app import open_app
from lossy.resources import folder
from lossy.settings import EXTENSION, Settings
from lossy.web.downloads import extension_zip
from tests.web.http import fetch

if TYPE_CHECKING:
    from pathlib import Path


def test_the_id_is_that_of_the_key_in_the_manifest() -> None:
    manifest = json.loads((folder("extension") / "public" / "manifest.json").read_text())
    digest = hashlib.sha256(b64decode(manifest["key"])).hexdigest()[:32]
    assert "".join(chr(ord("a") + int(digit, 16)) for digit in digest) == EXTENSION
    assert Settings().server.extension_ids == EXTENSION


def test_a_checkout_hands_out_what_it_built() -> None:
    assert extension_zip(Settings()) == folder("extension") / "build" / "lossy-extension.zip"


@pytest.fixture
def offering(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a server with an extension of its own, and a model."""
    with zipfile.ZipFile(tmp_path / "built.zip", "w") as built:
        built.writestr("manifest.json", json.dumps({"version": "7.8.9"}))
    (tmp_path / "model" / "onnx").mkdir(parents=True)
    (tmp_path / "model" / "config.json").write_text("{}")
    (tmp_path / "model" / "onnx" / "encoder_model.onnx").write_bytes(b"weights")
    (tmp_path / "model" / "secret.txt").write_text("not for others")
    server = attrs.evolve(settings.server, extension_zip=str(tmp_path / "built.zip"))
    stt = attrs.evolve(settings.stt, browser_model=str(tmp_path / "model"))
    return attrs.evolve(settings, server=server, stt=stt)


@pytest.mark.integration
async def test_the_page_says_how_to_load_it_and_the_zip_is_there(offering: Settings, tmp_path: Path) -> None:
    async with open_app(offering) as app:
        page = await fetch("GET", f"{app.url}/extension", {"Accept": "text/html"})
        assert page.status == 200
        assert "Version 7.8.9" in page.text
        assert app.url in page.text
        zipped = await fetch("GET", f"{app.url}/extension/lossy-extension.zip")
        assert zipped.body == (tmp_path / "built.zip").read_bytes()


@pytest.mark.integration
async def test_files_of_a_model_and_no_others(offering: Settings) -> None:
    async with open_app(offering) as app:
        at = f"{app.url}/models/whisper"
        weights = await fetch("GET", f"{at}/onnx/encoder_model.onnx")
        assert (weights.status, weights.body) == (200, b"weights")
        assert "max-age" in weights.headers["Cache-Control"]
        assert (await fetch("HEAD", f"{at}/config.json")).status == 200
        for name in ("secret.txt", "tokenizer.json", "..%2fbuilt.zip", "../built.zip", "onnx"):
            assert (await fetch("GET", f"{at}/{name}")).status == 404, name


@pytest.mark.integration
async def test_without_either_it_says_how_to_have_them(settings: Settings, tmp_path: Path) -> None:
    server = attrs.evolve(settings.server, extension_zip=str(tmp_path / "none.zip"))
    async with open_app(attrs.evolve(settings, server=server)) as app:
        page = await fetch("GET", f"{app.url}/extension", {"Accept": "text/html"})
        assert "make extension" in page.text
        assert "LOSSY_STT_BROWSER_MODEL" in page.text
        assert (await fetch("GET", f"{app.url}/extension/lossy-extension.zip")).status == 404
        assert (await fetch("GET", f"{app.url}/models/whisper/config.json")).status == 404
