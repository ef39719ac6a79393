"""The adapters as a browser reads them: an interpreter in JavaScript says of every address what Python says."""

from __future__ import annotations

import json
import shutil
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
MANIFEST = ROOT / "extension/generated/platform_adapters.json"
MADE_UP = 3_000

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node"),
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


def in_node(urls: list[str], titles: list[tuple[Platform, str]]) -> Any:
    script = ["node", str(ROOT / "tests/npm/platforms.mjs"), str(MANIFEST)]
    asked = json.dumps({"urls": urls, "titles": titles})
    return json.loads(subprocess.run(script, input=asked, text=True, stdout=subprocess.PIPE, check=True).stdout)


def in_python(url: str) -> list[str | None] | None:
    found = detect(url)
    return None if found is None else [found.platform, found.kind, found.canonical_id, found.url, found.key]


def test_a_browser_finds_what_the_server_finds() -> None:
    table = [row.url for rows in ADDRESSES.values() for row in rows] + [miss.url for miss in NEAR_MISSES]
    urls = [*table, *made_up([url for url in table if url])]
    titles = [(platform, title) for platform, title, _ in TITLES]
    titles += [(platform, spoilt) for platform, title in titles if title for spoilt in made_up([title])[:50]]
    answers = in_node(urls, titles)
    found = zip(urls, answers["detected"], strict=True)
    assert [(url, answer, in_python(url)) for url, answer in found if answer != in_python(url)] == []
    assert answers["cleaned"] == [clean_title(platform, title) for platform, title in titles]
