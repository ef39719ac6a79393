"""Every format gives back the frames, words and ids of the notes to a reader that is not ours."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from lossy.domain.export import FORMATS
from lossy.domain.export.words import one_line
from tests.domain.export.readers import READERS, Seen
from tests.domain.export.sheets import sheets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lossy.domain.export.sheet import Sheet


def exactly(text: str) -> str:
    return text


def in_xml(text: str) -> str:
    """Line breaks are line feeds there, and what XML cannot have is shown as missing."""
    lines = re.sub("\r\n?", "\n", text)
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", lines)


def beside_an_id(text: str) -> str:
    """What looks like an id in the words has another space in it."""
    return text.replace("[lossy ", "[lossy\N{NO-BREAK SPACE}")


WORDS: Mapping[str, Callable[[str], str]] = {
    "csv": exactly,
    "json": exactly,
    "otio": exactly,
    "fcpxml": in_xml,
    "premiere": lambda text: beside_an_id(in_xml(text)),
    "markdown": one_line,
    "avid": lambda text: beside_an_id(one_line(text)),
    "edl": lambda text: beside_an_id(one_line(text).replace("|", "\N{BROKEN BAR}")),
}


def test_every_format_has_a_reader() -> None:
    assert READERS.keys() == WORDS.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40)
@given(sheet=sheets())
def test_it_is_read_back(name: str, sheet: Sheet) -> None:
    seen = [*READERS[name](FORMATS[name].write(sheet), sheet.film)]
    lasts = longest(sheet) if name == "edl" else [marker.last_frame for marker in sheet.markers]
    assert seen == [
        Seen(marker.frame_in, last, WORDS[name](marker.text), str(marker.id))
        for marker, last in zip(sheet.markers, lasts, strict=True)
    ]


def longest(sheet: Sheet) -> list[int]:
    """Notes that begin on one frame are one marker in Resolve, as long as the longest."""
    frames = [[*markers] for _, markers in groupby(sheet.markers, key=lambda marker: marker.frame_in)]
    return [max(each.last_frame for each in markers) for markers in frames for _ in markers]
