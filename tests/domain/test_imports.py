"""Markers out of EDLs and OpenTimelineIO: our own, those of others, and what is neither."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.export import FORMATS
from lossy.domain.export.words import one_line
from lossy.domain.imports import read
from lossy.domain.imports.drafts import claims, drafts
from lossy.domain.imports.found import MAX_FILE, MAX_IMPORTED, WORDLESS, Found, ImportFault
from lossy.domain.notes import MAX_TEXT, Category
from lossy.domain.timecode import Rate
from tests.charts.strategies import examples
from tests.domain.export.sheets import VIDEO, sheets

if TYPE_CHECKING:
    from lossy.domain.export.sheet import Film, Sheet

PAL, NTSC = Rate(25), Rate(30_000, 1001)
START = "01:00:00:00"
ID = UUID("3e970a7d-b7f7-5034-8e25-6e00381aa2eb")

RESOLVE = """TITLE: Timeline 1
FCM: NON-DROP FRAME

001  001      V     C        01:00:02:03 01:00:02:04 01:00:02:03 01:00:02:04
 |C:ResolveColorBlue |M:Marker 1 |D:1

002  001      V     C        01:00:04:00 01:00:04:01 01:00:04:00 01:00:04:01
Too dark |C:ResolveColorRed |M:Marker 2 |D:50

003  001      V     C        01:00:05:00 01:00:05:01 01:00:05:00 01:00:05:01
- 2. logo
is cold |C:ResolveColorRed |M:graphics |D:1
"""

AVID = f"""TITLE: cut
001  BL   V     C        00:00:00:00 00:00:10:00 01:00:00:00 01:00:10:00
* FROM CLIP NAME: a
* LOC: 01:00:01:00 RED     FIX IT
*LOC: 01:00:02:00 green   Lovely [lossy {ID}]
002  BL   V     C        00:00:00:00 00:00:10:00 01:00:10:00 01:00:20:00
* LOC: 01:00:12:10 BLUE
"""


def edl(text: str, rate: Rate = PAL, start: str = START) -> tuple[Found, ...]:
    return read(text.encode(), rate, start)


# -- our own ------------------------------------------------------------------------------------------------------


def of(film: Film) -> tuple[Rate, str]:
    return film.rate, film.numbered.text(0)


@examples(30, 1_000)
@given(sheet=sheets())
def test_what_was_exported_as_otio_is_found_as_it_was(sheet: Sheet) -> None:
    found = read(FORMATS["otio"].write(sheet).encode(), *of(sheet.film)) if sheet.markers else ()
    assert [(each.frame_in, each.text, each.category, each.id) for each in found] == [
        (marker.frame_in, marker.text.strip() or WORDLESS, marker.category, marker.id) for marker in sheet.markers
    ]
    lasts = [marker.frame_out if marker.last_frame > marker.frame_in else None for marker in sheet.markers]
    assert [each.frame_out for each in found] == lasts


@examples(30, 1_000)
@given(sheet=sheets())
def test_what_was_exported_as_an_edl_is_found_by_its_id(sheet: Sheet) -> None:
    found = read(FORMATS["edl"].write(sheet).encode(), *of(sheet.film)) if sheet.markers else ()
    words = [one_line(marker.text).replace("|", "\N{BROKEN BAR}") for marker in sheet.markers]
    assert [(each.frame_in, each.text, each.id) for each in found] == [
        (marker.frame_in, text or WORDLESS, marker.id) for marker, text in zip(sheet.markers, words, strict=True)
    ]


@pytest.mark.parametrize("name", ["edl", "otio"])
@examples(20, 1_000)
@given(sheet=sheets(), known=st.integers(0, 6))
def test_importing_twice_makes_the_same_notes(name: str, sheet: Sheet, known: int) -> None:
    """Here those that are there already are left alone; on the next cut all are new, and the same each time."""
    found = read(FORMATS[name].write(sheet).encode(), *of(sheet.film)) if sheet.markers else ()
    ids = {marker.id for marker in sheet.markers}
    assert claims(found) == ids
    assert drafts(VIDEO, found, ids) == ()
    there = {*sorted(ids)[:known]}
    assert len(drafts(VIDEO, found, there)) == len(ids - there)
    elsewhere = drafts(ID, found, frozenset())
    assert elsewhere == drafts(ID, found, frozenset())
    assert {draft.id for draft in elsewhere}.isdisjoint(ids)
    assert len({draft.id for draft in elsewhere}) == len(ids)


def test_a_marker_that_was_copied_is_another_note() -> None:
    original, copy = Found(1, None, "a", None, ID), Found(9, None, "a", None, ID)
    (new,) = drafts(VIDEO, [original, copy], {ID})
    assert (new.frame_in, new.id != ID) == (9, True)
    assert [draft.frame_in for draft in drafts(VIDEO, [original, copy], frozenset())] == [1, 9]


def test_a_note_without_an_id_has_that_of_its_words_and_frames() -> None:
    same, other = Found(1, None, "a"), Found(1, 5, "a", Category.AUDIO)
    made = drafts(VIDEO, [same, same, other], frozenset())
    assert [(draft.frame_in, draft.frame_out, draft.category) for draft in made] == [
        (1, None, Category.GENERAL),
        (1, 5, Category.AUDIO),
    ]
    assert str(made[0].id) == "f0a966aa-e004-5216-8ac1-5bf3f5940ae9"


# -- those of others ----------------------------------------------------------------------------------------------


def test_markers_of_resolve() -> None:
    assert edl(RESOLVE) == (
        Found(53, None, "Marker 1"),
        Found(100, 149, "Too dark"),
        Found(125, None, "2. logo is cold", Category.GRAPHICS),
    )
    assert edl("\ufeff" + RESOLVE.replace("\n", "\r\n")) == edl(RESOLVE)


def test_locators_of_avid() -> None:
    assert edl(AVID) == (
        Found(25, None, "FIX IT"),
        Found(50, None, "Lovely", None, ID),
        Found(310, None, WORDLESS),
    )


def test_the_file_says_whether_numbers_are_dropped() -> None:
    event = "001  001  V  C  01:01:00:02 01:01:00:03 01:01:00:02 01:01:00:03\nx |C:ResolveColorBlue |M: |D:1\n"
    assert edl(f"FCM: NON-DROP FRAME\n{event}", NTSC)[0].frame_in == 1802
    assert edl(f"FCM: DROP FRAME\n{event}", NTSC)[0].frame_in == 1800
    assert edl(event, NTSC, "01:00:00;00")[0].frame_in == 1800
    assert edl(event, NTSC, "00:00:00:00")[0].frame_in == 1802 + 108_000


def test_locators_that_opentimelineio_writes() -> None:
    """Its adapter puts them behind their event at their own time, which it takes from the clip."""
    clip = otio.schema.Clip("a", source_range=span(0, 250))
    clip.markers.extend(otio.schema.Marker(name, span(at, 1), "RED") for name, at in (("ONE", 10), ("TWO", 20)))
    track = otio.schema.Track("V", [clip])
    timeline = otio.schema.Timeline("t", tracks=[track])
    written = otio.adapters.write_to_string(timeline, "cmx_3600", rate=25.0)
    assert edl(written, start="00:00:00:00") == (Found(10, None, "ONE"), Found(20, None, "TWO"))


def span(first: float, length: float, rate: float = 25) -> Any:
    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(first, rate), time(length, rate))


def test_markers_are_where_opentimelineio_says_they_are() -> None:
    """On the stack, a track, clips that begin within their media, a gap, after a transition, and in a nested stack."""
    media = otio.schema.ExternalReference("a.mov", span(1000, 500))
    inner = otio.schema.Track("w", [otio.schema.Clip("c", source_range=span(7, 90))])
    nested = otio.schema.Stack("n", [inner], span(5, 60))
    items = [
        otio.schema.Clip("a", media, span(1100, 50)),
        otio.schema.Transition("x", "SMPTE_Dissolve", *(span(5, 5).duration,) * 2),
        otio.schema.Gap(source_range=span(0, 30)),
        otio.schema.Clip("whole", media),
        nested,
    ]
    timeline = otio.schema.Timeline("t", tracks=[otio.schema.Track("V", items), otio.schema.Track("A")])
    timeline.tracks.source_range = span(3, 600)
    marked = [timeline.tracks, timeline.tracks[0], items[0], items[2], items[3], nested, inner, inner[0]]
    for number, item in enumerate(marked):
        first = item.trimmed_range().start_time.value if item is not timeline.tracks else 3
        item.markers.append(otio.schema.Marker(f"m{number}", span(first + 4, 1)))
    expected = {
        item.markers[0].name: item.transformed_time(item.markers[0].marked_range.start_time, timeline.tracks).value - 3
        for item in marked
    }
    found = read(otio.adapters.write_to_string(timeline, "otio_json").encode(), PAL, START)
    assert {each.text: each.frame_in for each in found} == expected
    assert len(set(expected.values())) > 4


@pytest.mark.parametrize(
    ("rate", "value", "of", "frame"),
    [
        (23.976, 1990, Rate(24_000, 1001), 1990),
        (24_000 / 1001, 200_000, Rate(24_000, 1001), 200_000),
        (29.97, 1800.0, NTSC, 1800),
        (1, 83.48, PAL, 2087),
        (1000, 83_480, Rate(24_000, 1001), 2001),
        (50, 101, PAL, 50),
    ],
)
def test_times_of_any_rate_are_frames_of_the_film(rate: float, value: float, of: Rate, frame: int) -> None:
    (found,) = read(timeline(marker(value, 0, rate)), of, START)
    assert (found.frame_in, found.frame_out, found.text) == (frame, None, "Too dark.")


def marker(value: Any = 10, duration: Any = 1, rate: Any = 25, **more: Any) -> dict[str, Any]:
    times = [{"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": each} for each in (value, duration)]
    span = {"OTIO_SCHEMA": "TimeRange.1", "start_time": times[0], "duration": times[1]}
    return {"OTIO_SCHEMA": "Marker.2", "name": "", "comment": "Too dark.", "marked_range": span, **more}


def timeline(*markers: Any, **more: Any) -> bytes:
    stack = {"OTIO_SCHEMA": "Stack.1", "markers": [*markers], "children": [], **more}
    return json.dumps({"OTIO_SCHEMA": "Timeline.1", "tracks": stack}).encode()


def test_ids_of_a_comment_count_where_the_metadata_is_gone() -> None:
    found = read(timeline(marker(comment=f"Too dark. [lossy {ID}] Warm. [lossy {VIDEO}]")), PAL, START)
    assert [(each.text, each.id) for each in found] == [("Too dark.", ID), ("Warm.", VIDEO)]
    (plain,) = read(timeline(marker(comment="Two\nlines", name="audio")), PAL, START)
    assert (plain.text, plain.category, plain.id) == ("Two\nlines", Category.AUDIO, None)


# -- what is neither ----------------------------------------------------------------------------------------------

NESTED: dict[str, Any] = {"OTIO_SCHEMA": "Stack.1"}
for _ in range(10):
    NESTED = {"OTIO_SCHEMA": "Track.1", "children": [NESTED]}

EVENT = "001  001  V  C  {0} {0} {0} {0}\nx |C:ResolveColorBlue |M: |D:1\n"


@pytest.mark.parametrize(
    ("content", "path", "message"),
    [
        (b"\xff\xfe", "$", "UTF-8"),
        (b"x" * (MAX_FILE + 1), "$", f"{MAX_FILE} bytes"),
        (b"", "$", "no markers"),
        (b"TITLE: x\n001  001  V  C  a b c d\n", "$", "no markers"),
        (EVENT.format("00:59:59:24").encode(), "line.2", "before the start, 01:00:00:00"),
        (EVENT.format("01:00:00:25").encode(), "line.2", "not a timecode"),
        (EVENT.format("01:00:00;10").encode(), "line.2", "no frames are dropped"),
        (b"FCM: DROP FRAME\n", "start_timecode", "no drop-frame timecode at 25"),
        (b"x |C:ResolveColorBlue |M: |D:1\n", "line.1", "no event"),
        (EVENT.format(START).replace("x", "x" * (MAX_TEXT + 1)).encode(), "line.2", f"{MAX_TEXT} characters"),
        (EVENT.format(START).encode() * (MAX_IMPORTED + 1), f"line.{2 * MAX_IMPORTED + 2}", f"{MAX_IMPORTED} markers"),
        (b"{", "line.1", "not JSON"),
        (b"[1", "line.1", "not JSON"),
        (b"{}", "OTIO_SCHEMA", "a Timeline"),
        (b'{"OTIO_SCHEMA": 1}', "OTIO_SCHEMA", "text"),
        (b'{"OTIO_SCHEMA": "Timeline.1"}', "tracks", "an object"),
        (timeline(), "$", "no markers"),
        (timeline(1), "tracks.markers.0", "an object"),
        (timeline(marker(), marker(value=-1)), "tracks.markers.1", "before the film begins"),
        (timeline(marker(value=1e18)), "tracks.markers.0", "24 hours"),
        (timeline(marker(duration=25 * 86_400)), "tracks.markers.0", "24 hours"),
        (timeline(marker(comment="a\0")), "tracks.markers.0", "NUL"),
        (EVENT.replace("|D:1", "|D:999999999").format(START).encode(), "line.2", "24 hours"),
        (timeline(marker(value="1")), "tracks.markers.0.marked_range.start_time.value", "a number"),
        (timeline(marker(value=True)), "tracks.markers.0.marked_range.start_time.value", "a number"),
        (timeline(marker(rate=0)), "tracks.markers.0.marked_range.start_time.rate", "not a rate"),
        (timeline(marker(rate=1e300)), "tracks.markers.0.marked_range.start_time.rate", "not a rate"),
        (timeline(marker(comment=[])), "tracks.markers.0.comment", "text"),
        (timeline(marker(comment="x" * (MAX_TEXT + 1))), "tracks.markers.0", f"{MAX_TEXT} characters"),
        (timeline(marker(metadata={"lossy": {"id": "x"}})), "tracks.markers.0.metadata.lossy.id", "UUID"),
        (timeline(*[marker()] * (MAX_IMPORTED + 1)), f"tracks.markers.{MAX_IMPORTED}", f"{MAX_IMPORTED} markers"),
        (timeline(markers={}), "tracks.markers", "a list"),
        (timeline(children=[NESTED]), "tracks.children.0" + ".children.0" * 7, "8 deep"),
    ],
)  # fmt: skip
def test_a_fault_says_where_it_is(content: bytes, path: str, message: str) -> None:
    with pytest.raises(ImportFault) as fault:
        read(content, PAL, START)
    assert fault.value.path == path
    assert message in fault.value.message


@pytest.mark.parametrize(
    "line",
    [
        "1 " + "a " * 200_000,
        "|C:x |M:" + " " * 200_000 + "|",
        "|C:" * 100_000,
        "|C:a" + " " * 200_000 + "x",
        "* LOC: " + "a" * 200_000,
        "* LOC: a" + " " * 200_000 + "-",
        "1" * 400_000,
    ],
    ids=range(7),
)
def test_no_line_keeps_others_waiting(line: str) -> None:
    """Each takes a fraction of a second; were it gone over once for each of its characters, it would take minutes."""
    with pytest.raises(ImportFault):
        edl(line)
