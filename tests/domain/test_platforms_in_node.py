"""The adapters as the extension reads them: it says of every address what the server says."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from lossy.domain.platforms.detect import clean_title, detect
from tests.domain.platform_tables import ADDRESSES, NEAR_MISSES, TITLES

if TYPE_CHECKING:
    from lossy.domain.platforms.model import Platform

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "extension"
SET_UP = (EXTENSION / "node_modules" / "esbuild").is_dir()
MADE_UP = 3_000

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SET_UP and os.environ.get("CI") != "true", reason="needs `npm ci` in extension"),
]


def made_up(addresses: list[str]) -> list[str]:
    """Addresses of the table with a few characters taken out, doubled, or put where they do not belong."""
    random = Random(7)
    strange = "/?#&=.:@%-_ \t\n\\aZ0\u00e4\u212a\u0130\ufeff\u2028\x85\U0001f3ac"

    def spoilt(url: str) -> str:
        for _ in range(random.randint(1, 3)):
            at = random.randrange(len(url))
            url = url[:at] + random.choice(["", url[at] * 2, random.choice(strange)]) + url[at + 1 :]
        return url

    return [spoilt(random.choice(addresses)) for _ in range(MADE_UP)]


def in_the_extension(urls: list[str], titles: list[tuple[Platform, str]], folder: Path) -> Any:
    bundle = folder / "detect.mjs"
    build = ["npx", "esbuild", "tests/detect.ts", "--bundle", "--platform=node", "--format=esm", f"--outfile={bundle}"]
    subprocess.run([*build, "--log-level=error"], cwd=EXTENSION, check=True)
    script = ["node", str(bundle)]
    asked = json.dumps({"urls": urls, "titles": titles})
    return json.loads(subprocess.run(script, input=asked, text=True, stdout=subprocess.PIPE, check=True).stdout)


def in_python(url: str) -> list[str | None] | None:
    found = detect(url)
    return None if found is None else [found.platform, found.kind, found.canonical_id, found.url]


def test_the_extension_finds_what_the_server_finds(tmp_path: Path) -> None:
    table = [row.url for rows in ADDRESSES.values() for row in rows] + [miss.url for miss in NEAR_MISSES]
    urls = [*table, *made_up([url for url in table if url])]
    titles = [(platform, title) for platform, title, _ in TITLES]
    titles += [(platform, spoilt) for platform, title in titles if title for spoilt in made_up([title])[:50]]
    answers = in_the_extension(urls, titles, tmp_path)
    found = zip(urls, answers["detected"], strict=True)
    assert [(url, answer, in_python(url)) for url, answer in found if answer != in_python(url)] == []
    assert answers["cleaned"] == [clean_title(platform, title) for platform, title in titles]
