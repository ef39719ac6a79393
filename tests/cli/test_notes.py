"""`lossy notes`, against PostgreSQL."""

from __future__ import annotations

from getpass import getuser
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import orjson
import pytest
import trio
from click.testing import CliRunner, Result

from lossy.app import migrate_pool
from lossy.cli import main
from lossy.domain.timecode import Rate
from lossy.store.pool import open_pool
from tests.logs import plain_logs
from tests.notes import make_note, make_video, save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lossy.store.videos import Video

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("usual_logs")]


@pytest.fixture
def usual_logs() -> Iterator[None]:
    yield
    plain_logs()


def notes(database: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["notes", *arguments], env={"DATABASE_URL": database})


async def two_videos(database: str) -> tuple[Video, Video]:
    """One at 25 with a note, and one that has none and no timecode; their ids begin alike."""
    owner = uuid4()
    async with open_pool(database, size=1) as pool:
        await migrate_pool(pool)
        async with pool.lend() as connection:
            await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'ann@b.c', 'user')", (owner,))
        first = make_video(owner, url="https://example.com/1", title="The [cut]", rate=Rate(25))
        other = make_video(owner, url="https://example.com/2", title="Odd", rate=Rate(25, 2))
        first, other = (
            type(first)(UUID(f"abcd000{n}-0000-4000-8000-000000000000"), owner, each.url, each.title, each.rate)
            for n, each in enumerate((first, other))
        )
        return await save(pool, first, make_note(first, 50)), await save(pool, other)


def test_notes_are_listed_and_exported(database: str, tmp_path: Path) -> None:
    video, odd = trio.run(two_videos, database)
    listed = notes(database, "list").stdout
    assert f"{video.id}\n  The [cut], 25 frames a second, 1 note  ann@b.c\n" in listed
    assert f"{odd.id}\n  Odd, 25/2 frames a second, 0 notes  ann@b.c\n" in listed

    edl = notes(database, "export", str(video.id), "--format", "edl")
    assert edl.exit_code == 0
    assert "V     C        01:00:02:00 01:00:02:01 01:00:02:00 01:00:02:01\n" in edl.stdout

    saved = notes(database, "export", "abcd0000", "--format", "csv", "-o", str(tmp_path))
    assert saved.stdout == f"1 note of The [cut] in {tmp_path / 'The-cut.csv'}\n"
    assert (tmp_path / "The-cut.csv").read_bytes().startswith(b"\xef\xbb\xbftimecode_in,")
    asked = ("export", "abcd0000", "--format", "avid", "--start-timecode", "00:00:00:00", "--status", "posted")
    assert notes(database, *asked, "-o", str(tmp_path / "a.txt")).stdout.startswith("0 notes of")
    assert (tmp_path / "a.txt").read_bytes() == b""


def test_markers_are_imported(database: str, tmp_path: Path) -> None:
    video, _ = trio.run(two_videos, database)
    file = tmp_path / "a.edl"
    asked = ("export", str(video.id), "--format", "edl", "--start-timecode", "10:00:00:00", "-o", str(file))
    assert notes(database, *asked).exit_code == 0
    with file.open("a") as edl:
        edl.write("002  001  V  C  0 0 10:00:04:00 10:00:04:01\nWarm. |C:ResolveColorBlue |M:color |D:10\n")
    bring = ("import", "abcd0000", str(file), "--start-timecode", "10:00:00:00")
    for made, there in ((1, 1), (0, 2)):
        told = f"{made} {'note' if made == 1 else 'notes'} made of {file} for The [cut], {there} there already\n"
        assert notes(database, *bring).stdout == told
    assert "100,109," in notes(database, "export", "abcd0000", "--format", "csv").stdout
    brought = next(
        note["id"]
        for note in orjson.loads(notes(database, "export", "abcd0000", "--format", "json").stdout)["notes"]
        if note["frame_in"] == 100
    )
    told = CliRunner().invoke(main, ["why", brought], env={"DATABASE_URL": database}).stdout
    words = " ".join(told.split())
    assert f"none: it was imported from a.edl by {getuser()}, with a command, for ann@b.c" in words
    assert "by ann@b.c: firmed" in words
    wrong = notes(database, "import", "abcd0000", str(file), "--start-timecode", "11:00:00:00")
    assert (wrong.exit_code, wrong.stderr) == (1, "lossy: a.edl: line 5: before the start, 11:00:00:00: 10:00:02:00\n")


def test_what_is_wrong_is_told_in_a_line(database: str, tmp_path: Path) -> None:
    trio.run(two_videos, database)
    for arguments, message in (
        (("abcd",), "more than one video's id begins with abcd"),
        (("abce",), "no id of a video begins with abce"),
        (("cut",), "'cut' is no id of a video"),
        (("abcd0001",), "there is no timecode at 25/2 frames a second"),
        (("abcd0000", "--drop-frame"), "there is no drop-frame timecode at 25 frames a second"),
        (("abcd0000", "-o", f"{tmp_path}/none/a.edl"), f"lossy: {tmp_path}/none/a.edl: No such file or directory\n"),
    ):
        result = notes(database, "export", *arguments, "--format", "edl")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("lossy: ")
        assert message in result.stderr


def test_a_file_that_cannot_be_imported_is_named(database: str, tmp_path: Path) -> None:
    trio.run(two_videos, database)
    for name, content, told in (
        ("cut.otio", "[1", "cut.otio: line 1: It is not JSON."),
        ("cut.otio", "TITLE: cut", "cut.otio: line 1: It is not JSON."),
        ("cut.otio", "[1]", "cut.otio: It must be an object."),
        (
            "cut.edl",
            "TITLE: cut",
            "cut.edl: There are no markers in it: neither Resolve's (|C: |M: |D:) nor locators (* LOC:).",
        ),
    ):
        (tmp_path / name).write_text(content)
        result = notes(database, "import", "abcd0000", str(tmp_path / name))
        assert (result.exit_code, result.stderr) == (1, f"lossy: {told}\n")
