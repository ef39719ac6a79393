"""What browsers fetch to hear by themselves: the extension, and a model that turns speech into words."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from quart import Blueprint, Response, request, send_file

from lossy.channels.errors import not_found
from lossy.resources import folder
from lossy.web.api import by_cookie
from lossy.web.forms import our_url, show

if TYPE_CHECKING:
    from lossy.settings import Settings
    from lossy.store.accounts import User
    from lossy.web.node import Node

ZIP = "lossy-extension.zip"
# What transformers.js asks for of a Whisper; anything else in the folder is nobody's business.
MODEL_FILES = frozenset(
    {
        *("config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json"),
        *("tokenizer_config.json", "added_tokens.json", "special_tokens_map.json", "vocab.json", "merges.txt"),
        *("normalizer.json", "quantize_config.json", "processor_config.json", "chat_template.jinja"),
        *(
            f"onnx/{part}{kind}.onnx"
            for part in ("encoder_model", "decoder_model_merged")
            for kind in ("", "_fp16", "_q4", "_q4f16", "_quantized")
        ),
    }
)
# A browser keeps a model for a day, and then asks whether it is the same: some are hundreds of megabytes.
MODEL_AGE_S = 24 * 3_600


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("downloads", __name__)
    zipped, model = extension_zip(node.settings), node.settings.stt.browser_model

    @routes.get("/extension")
    async def extension() -> Response:
        return await offer(node, await by_cookie(node))

    @routes.get(f"/extension/{ZIP}")
    async def download() -> Response:
        if not zipped.is_file():
            raise not_found()
        return await send_file(zipped, "application/zip", as_attachment=True, attachment_filename=ZIP, conditional=True)

    @routes.get("/models/whisper/<path:name>")
    async def whisper(name: str) -> Response:
        """For anybody: weights are no secret, and the extension's library sends no cookie."""
        path = Path(model) / name
        if not model or name not in MODEL_FILES or not path.is_file():
            raise not_found()
        # Quart opens the file of an answer whose body it never sends, and leaves it open.
        head = Response(b"", headers={"Content-Length": str(path.stat().st_size)})
        response = head if request.method == "HEAD" else await send_file(path, conditional=True)
        response.headers["Cache-Control"] = f"public, max-age={MODEL_AGE_S}"
        return response

    return routes


async def offer(node: Node, user: User | None) -> Response:
    """The page from which somebody takes the extension, signed in or not."""
    zipped = extension_zip(node.settings)
    built = version(zipped) if zipped.is_file() else None
    model = bool(node.settings.stt.browser_model)
    return await show(node, "pair.html", user, address=our_url(node), version=built, model=model)


def extension_zip(settings: Settings) -> Path:
    """It need not exist: a checkout has none before `make extension`."""
    chosen = settings.server.extension_zip
    return Path(chosen) if chosen else folder("extension") / "build" / ZIP


def version(zipped: Path) -> str:
    with zipfile.ZipFile(zipped) as file:
        return str(json.loads(file.read("manifest.json"))["version"])
