"""Each format, read by something that is not ours: OpenTimelineIO and its adapters, lxml, csv, markdown-it.

Where a reader loses or spoils something, its function says so and makes up for it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import opentimelineio
from attrs import frozen
from lxml import etree
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lossy.domain.export.sheet import Film

TAG = re.compile(r"(.*?) ?\[lossy ([0-9a-f-]{36})\]", re.DOTALL)
MARKDOWN = {"text", "html_inline", "strong_open", "strong_close", "em_open", "em_close"}
AVID_COLOURS = {"red", "green", "blue", "cyan", "magenta", "yellow", "black", "white"}
FCPXML_DTD = Path(__file__).with_name("fcpxml.dtd")


@frozen
class Seen:
    """`last` is the last frame, inclusive; that of a moment is the first."""

    first: int
    last: int
    text: str
    id: str


def read_csv(text: str, film: Film) -> Iterator[Seen]:
    for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")):
        first, last = int(row["frame_in"]), int(row["frame_out"] or row["frame_in"])
        assert _frame(row["timecode_in"], film) == first
        assert not row["timecode_out"] or _frame(row["timecode_out"], film) == last
        yield Seen(first, last, re.sub("^'(?='*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])", "", row["text"]), row["id"])


def read_json(text: str, film: Film) -> Iterator[Seen]:
    for each in json.loads(text)["notes"]:
        assert _frame(each["timecode_in"], film) == each["frame_in"]
        yield Seen(
            each["frame_in"],
            each["frame_in"] if each["frame_out"] is None else each["frame_out"],
            each["text"],
            each["id"],
        )


def read_markdown(text: str, film: Film) -> Iterator[Seen]:
    """`html_inline` is how it tells of a comment; the words are what is between the strong and the emphasised part."""
    for token in MarkdownIt().enable(["strikethrough", "table"]).parse(text):
        if token.type != "inline" or token.level != 3:
            continue
        parts = [(child.type, child.content) for child in token.children or ()]
        words = "".join(content for kind, content in parts if kind == "text")
        (comment,) = (content for kind, content in parts if kind == "html_inline")
        assert {kind for kind, _ in parts} == MARKDOWN
        ends = re.match("([0-9:;]+)(?: \N{EN DASH} ([0-9:;]+))?", words)
        assert ends
        said = words[ends.end() :].rpartition("(")[0].strip()
        id = comment.removeprefix("<!-- lossy ").removesuffix(" -->")
        yield Seen(_frame(ends[1], film), _frame(ends[2] or ends[1], film), said, id)


def read_edl(text: str, film: Film) -> Iterator[Seen]:
    """The CMX 3600 adapter makes a clip of a marker, and keeps the line after it among the clip's comments.

    Its rate is a decimal of four places, of which the whole frames are right.
    """
    timeline = opentimelineio.adapters.read_from_string(text, "cmx_3600", rate=_fps(film))
    for clip in timeline.find_clips():
        (line,) = clip.metadata["cmx_3600"]["comments"]
        note, colour, name, length = line.rsplit(" |", 3)
        assert (colour[:14], name[:2], length[:2]) == ("C:ResolveColor", "M:", "D:")
        first = round(clip.source_range.start_time.value) - _start(film)
        assert clip.source_range.duration.value == 1
        for words, id in TAG.findall(re.sub(r"^- (?=[0-9*]|[A-Z][A-Z0-9]|- )", "", note)):
            yield Seen(first, first + int(length[2:]) - 1, words.strip(), id)


def read_avid(text: str, film: Film) -> Iterator[Seen]:
    for user, timecode, track, colour, comment, length in csv.reader(
        io.StringIO(text), "excel-tab", quoting=csv.QUOTE_NONE
    ):
        assert user
        assert (track, colour in AVID_COLOURS) == ("V1", True)
        first, match = _frame(timecode, film), TAG.fullmatch(comment)
        assert match
        yield Seen(first, first + int(length) - 1, *match.groups())


def read_premiere(text: str, film: Film) -> Iterator[Seen]:
    timeline = opentimelineio.adapters.read_from_string(text, "fcp_xml")
    assert timeline.name == film.title
    assert timeline.global_start_time.value == _start(film)
    for marker in timeline.tracks.markers:
        first, length = round(marker.marked_range.start_time.value), round(marker.marked_range.duration.value)
        match = TAG.fullmatch(marker.metadata["fcp_xml"]["comment"])
        assert match
        yield Seen(first, first + max(length, 1) - 1, *match.groups())


def read_fcpxml(text: str, film: Film) -> Iterator[Seen]:
    """By lxml: OpenTimelineIO's adapter for it forgets the markers of a gap."""
    root = etree.fromstring(text.encode())
    dtd = etree.DTD(str(FCPXML_DTD))
    assert dtd.validate(root), dtd.error_log
    assert root.find(".//project").get("name") == film.title
    gap, sequence = root.find(".//gap"), root.find(".//sequence")
    frame = _rational(root.find(".//format").get("frameDuration"))
    assert 1 / frame == Fraction(film.rate.num, film.rate.den)
    assert _frames(sequence.get("tcStart"), frame) == _frames(gap.get("start"), frame) == _start(film)
    for marker in gap.iter("marker"):
        first = _frames(marker.get("start"), frame) - _start(film)
        length, match = _frames(marker.get("duration"), frame), TAG.fullmatch(marker.get("note"))
        assert match
        assert first + length <= _frames(gap.get("duration"), frame)
        yield Seen(first, first + length - 1, marker.get("value"), match[2])


def read_otio(text: str, film: Film) -> Iterator[Seen]:
    timeline = opentimelineio.adapters.read_from_string(text, "otio_json")
    assert timeline.name == film.title
    assert timeline.global_start_time.value == _start(film)
    for marker in timeline.tracks.markers:
        span = marker.marked_range
        assert Fraction(span.start_time.rate).limit_denominator(1001) == Fraction(film.rate.num, film.rate.den)
        assert hasattr(opentimelineio.schema.MarkerColor, marker.color)
        first = round(span.start_time.value)
        yield Seen(first, first + round(span.duration.value) - 1, marker.comment, marker.metadata["lossy"]["id"])


READERS: Mapping[str, Callable[[str, Film], Iterator[Seen]]] = {
    "csv": read_csv,
    "markdown": read_markdown,
    "json": read_json,
    "edl": read_edl,
    "premiere": read_premiere,
    "fcpxml": read_fcpxml,
    "avid": read_avid,
    "otio": read_otio,
}


def _frame(timecode: str, film: Film) -> int:
    """By OpenTimelineIO, to which a `;` says that numbers are dropped."""
    return _number(timecode, film) - _start(film)


def _start(film: Film) -> int:
    return _number(film.numbered.text(0), film)


def _number(timecode: str, film: Film) -> int:
    return int(opentimelineio.opentime.from_timecode(timecode, _fps(film)).value)


def _fps(film: Film) -> float:
    return film.rate.num / film.rate.den


def _rational(time: Any) -> Fraction:
    return Fraction(time.removesuffix("s"))


def _frames(time: Any, frame: Fraction) -> int:
    frames = _rational(time) / frame
    assert frames.denominator == 1
    return frames.numerator
