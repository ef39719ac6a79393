"""What each format says exactly, and what is never exported."""

from __future__ import annotations

from typing import get_args, get_type_hints
from uuid import UUID

import pytest

from lossy.channels.payloads import ExportQuery
from lossy.domain.export import FORMATS, file_name
from lossy.domain.export.edl import guarded, unguarded
from lossy.domain.export.sheet import COLOURS, EXPORTABLE, Colour, Said, film, sheet
from lossy.domain.export.words import one_line, tagged, untagged
from lossy.domain.notes import Category, Status
from lossy.domain.timecode import Rate, TimecodeError
from tests.domain.export.sheets import VIDEO, said

NTSC = Rate(30_000, 1001)
DROP_FRAME = film(VIDEO, "The cut", NTSC, drop=True)
ID = "00000000-0000-0000-0000-00000000000"


def export(name: str, *notes: Said) -> str:
    return FORMATS[name].write(sheet(DROP_FRAME, notes))


TWO = (
    said(2, 1800, None, "2. The logo | is\ncold.", rate=NTSC, category=Category.GRAPHICS),
    said(3, 3000, 3059, "Lovely.", rate=NTSC, category=Category.PRAISE),
)


def test_an_edl_as_resolve_writes_it() -> None:
    assert export("edl", *TWO) == (
        "TITLE: The cut\n"
        "FCM: DROP FRAME\n"
        "\n"
        "001  001      V     C        01:01:00;02 01:01:00;03 01:01:00;02 01:01:00;03\n"
        f"- 2. The logo \N{BROKEN BAR} is cold. [lossy {ID}2] |C:ResolveColorPurple |M:graphics |D:1\n"
        "\n"
        "002  001      V     C        01:01:40;02 01:01:40;03 01:01:40;02 01:01:40;03\n"
        f"Lovely. [lossy {ID}3] |C:ResolveColorGreen |M:praise |D:60\n"
    )
    plain = sheet(film(VIDEO, "The cut", NTSC, "00:00:00:00"), [])
    assert FORMATS["edl"].write(plain) == "TITLE: The cut\nFCM: NON-DROP FRAME\n"


def test_notes_of_one_frame_are_one_marker_of_resolve_in_the_order_they_were_made() -> None:
    late = said(2, 0, None, "Second.", rate=NTSC, created_at=2, category=Category.AUDIO)
    early = said(3, 0, 9, "First.", rate=NTSC, created_at=1)
    (line,) = (line for line in export("edl", late, early).splitlines() if "|C:" in line)
    words = f"First. [lossy {ID}3] Second. [lossy {ID}2]"
    assert line == f"{words} |C:ResolveColorFuchsia |M:color, audio |D:10"


def test_avid_reads_tabs() -> None:
    assert export("avid", *TWO) == (
        f"ann\t01:01:00;02\tV1\tmagenta\t2. The logo | is cold. [lossy {ID}2]\t1\n"
        f"ann\t01:01:40;02\tV1\tgreen\tLovely. [lossy {ID}3]\t60\n"
    )


def test_markdown_is_a_list() -> None:
    assert export("markdown", *TWO) == (
        "# Notes on The cut\n\n30000/1001 frames a second, timecode from 01:00:00;00.\n\n"
        rf"- **01:01:00;02** 2. The logo \| is cold. *(graphics, firmed, ann)* <!-- lossy {ID}2 -->"
        "\n"
        f"- **01:01:40;02 \N{EN DASH} 01:01:42;01** Lovely. *(praise, firmed, ann)* <!-- lossy {ID}3 -->\n"
    )


def test_csv_runs_no_formula() -> None:
    dangerous = ("=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "'=1", "\uff1d1")
    rows = export("csv", *(said(n, n, None, text, rate=NTSC) for n, text in enumerate(dangerous, 2)))
    assert rows.startswith("\ufefftimecode_in,timecode_out,frame_in,frame_out,media_time,text,")
    for text in dangerous:
        assert f"'{text}" in rows
    (row,) = export("csv", TWO[1]).splitlines()[1:]
    assert row == f"01:01:40;02,01:01:42;01,3000,3059,1:40.100,Lovely.,praise,firmed,ann,2026-01-01T00:00:00Z,{ID}3"


def test_what_asks_for_a_change_is_a_to_do_of_final_cut() -> None:
    assert [line.count("completed=") for line in export("fcpxml", *TWO).splitlines() if "<marker" in line] == [1, 0]


# -- what is on a sheet -------------------------------------------------------------------------------------------


def test_what_is_deleted_is_never_exported() -> None:
    every = [said(n, n, status=status) for n, status in enumerate(Status, 2)]
    pal = film(VIDEO, "", Rate(25))
    assert {marker.status for marker in sheet(pal, every).markers} == EXPORTABLE == {*Status} - {Status.DELETED}
    assert [marker.status for marker in sheet(pal, every, {Status.POSTED, Status.DELETED}).markers] == [Status.POSTED]


def test_a_note_of_another_rate_is_where_it_shows_first() -> None:
    (marker,) = sheet(film(VIDEO, "", Rate(24)), [said(2, 25, 50, rate=Rate(25))]).markers
    assert (marker.frame_in, marker.frame_out) == (24, 48)


def test_colours_tell_what_to_touch() -> None:
    assert COLOURS.keys() == {*Category}
    two = [said(2, category=Category.PRAISE, status=Status.GHOST), said(3, category=Category.QUESTION)]
    assert [each.colour for each in sheet(film(VIDEO, "", Rate(25)), two).markers] == [Colour.GREEN, Colour.YELLOW]


def test_a_rate_without_timecode_has_frames_and_times() -> None:
    odd = Rate(25, 2)
    without = sheet(film(VIDEO, "Odd", odd), [said(2, 25, 37, rate=odd)])
    for name in ("edl", "premiere", "fcpxml", "avid"):
        with pytest.raises(TimecodeError, match="no timecode at 25/2"):
            FORMATS[name].write(without)
    assert "\n,,25,37,0:02.000,Too dark.," in FORMATS["csv"].write(without)
    assert "- **0:02.000 \N{EN DASH} 0:02.960** Too dark." in FORMATS["markdown"].write(without)
    assert '"timecode_in": null' in FORMATS["json"].write(without)
    assert '"global_start_time": null' in FORMATS["otio"].write(without)
    for start, drop in (("01:00:00:00", False), (None, True)):
        with pytest.raises(TimecodeError):
            film(VIDEO, "Odd", odd, start, drop=drop)


def test_whoever_asks_may_name_what_there_is() -> None:
    hints = get_type_hints(ExportQuery)
    assert get_args(hints["format"]) == (*FORMATS,)
    assert {*get_args(get_args(hints["status"])[0])} == EXPORTABLE


def test_more_than_a_day_of_timecode_is_refused() -> None:
    with pytest.raises(TimecodeError, match="within 24 hours"):
        export("edl", said(2, 23 * 107_892, rate=NTSC))


# -- words --------------------------------------------------------------------------------------------------------


def test_a_line_is_one() -> None:
    assert one_line(" a\r\n\tb\u2028c \x00\x07 d\x85") == "a b c d"


def test_ids_stand_behind_words() -> None:
    ids = [UUID(int=n) for n in (1, 2)]
    line = " ".join([tagged("Too dark.", ids[0]), tagged("", ids[1]), "and more"])
    assert untagged(line) == [("Too dark.", ids[0]), ("", ids[1]), ("and more", None)]
    assert untagged(tagged(f"as in [lossy {ids[1]}]", ids[0])) == [(f"as in [lossy {ids[1]}]", ids[0])]
    assert untagged("plain") == [("plain", None)]
    assert untagged("") == [("", None)]


@pytest.mark.parametrize("note", ["2. cut", "* a", "TITLE: x", "LOC", "M2 a", "- 2. cut", "- a"])
def test_a_note_is_no_statement(note: str) -> None:
    assert guarded(note) == f"- {note}"
    assert unguarded(guarded(note)) == note


@pytest.mark.parametrize("note", ["Too dark.", "A cut", "I see", "", "-5", "é 2"])
def test_most_notes_stay_as_they_are(note: str) -> None:
    assert guarded(note) == unguarded(note) == note


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("The cut", "The-cut.edl"),
        ("../../etc/passwd", "etc-passwd.edl"),
        ('a"\r\nSet-Cookie: b', "a-Set-Cookie-b.edl"),
        ("Überblick №5", "Uberblick-No5.edl"),
        ("中文", "notes.edl"),
        ("..", "notes.edl"),
        ("x" * 300, "x" * 80 + ".edl"),
    ],
)
def test_the_name_of_a_file_is_plain(title: str, name: str) -> None:
    assert file_name(title, FORMATS["edl"]) == name
