"""`lossy adapters`: what an address shows, and the file of the extension."""

from __future__ import annotations

import json

from click.testing import CliRunner

from lossy.cli import main
from lossy.domain.platforms.export import manifest


def adapters(*arguments: str) -> str:
    ran = CliRunner().invoke(main, ["adapters", *arguments])
    assert ran.exit_code == 0
    return ran.output


def test_it_says_what_an_address_shows() -> None:
    assert adapters("detect", "https://youtu.be/dQw4w9WgXcQ?si=1", "javascript:1").splitlines() == [
        "https://youtu.be/dQw4w9WgXcQ?si=1",
        "  youtube share  dQw4w9WgXcQ",
        "  https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "javascript:1",
        "  no address of the web",
    ]


def test_it_prints_what_the_extension_reads() -> None:
    assert json.loads(adapters("export")) == manifest()
