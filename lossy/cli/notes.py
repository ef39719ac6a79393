"""`lossy notes`: which videos there are, their notes as a file for an editor's tool, and markers of one as notes."""

from __future__ import annotations

import sys
from functools import partial
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

import click
import trio
from rich.text import Text

from lossy.app import open_database_beside
from lossy.cli.running import console, run
from lossy.clock import Clock
from lossy.domain import imports
from lossy.domain.export import FORMATS, Wanted, file_name
from lossy.domain.export.sheet import EXPORTABLE, START
from lossy.domain.imports.drafts import Source
from lossy.domain.imports.found import ImportFault
from lossy.domain.notes import Status
from lossy.store.note_files import NoteFiles
from lossy.store.note_imports import NoteImports
from lossy.store.note_life import note_life
from lossy.store.pool import open_pool
from lossy.store.video_reading import VideoReading
from lossy.why.case import Unknown

if TYPE_CHECKING:
    from lossy.domain.imports.found import Found
    from lossy.settings import Settings
    from lossy.store.pool import Pool
    from lossy.store.videos import Video

LISTED = 20
MAX_NAME = 200  # of a file, as the API has it
DIGITS, SHORT_ID = 32, 4
HEXADECIMAL = frozenset("0123456789abcdef")


@click.group()
def notes() -> None:
    """Take the notes of a video to an editor's tool, and markers from there."""


@notes.command("list")
def list_videos() -> None:
    """List the latest videos, with the ids that the other commands take."""
    run(_list)


async def _list(settings: Settings) -> None:
    async with open_database_beside(settings.database) as conninfo, open_pool(conninfo, size=1) as pool:
        shelved = await VideoReading(pool).latest(LISTED)
    if not shelved:
        console.print("There is no video yet.")
    for each in shelved:
        console.print(Text(f"{each.video.id}"), soft_wrap=True)
        about = f"  {each.video.title}, {each.video.rate} frames a second, {_count(each.notes)}  {each.owner}"
        console.print(Text(about), soft_wrap=True)


@notes.command("export")
@click.argument("video")
@click.option("--format", "name", required=True, type=click.Choice([*FORMATS]), help="What to write.")
@click.option("--start-timecode", "start", metavar="TIMECODE", help=f"Of the film's first frame. Without it {START}.")
@click.option("--drop-frame", "drop", is_flag=True, help="Number frames as drop-frame does, at 29.97 or 59.94.")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([each.value for each in Status if each in EXPORTABLE]),
    help="Only notes in this status; more than once for several. Without it, all but those that are deleted.",
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Write to FILE, or into a folder under the video's own name."
)
def export_notes(
    video: str, name: str, start: str | None, drop: bool, statuses: tuple[str, ...], out: Path | None
) -> None:
    """Write the notes of VIDEO for an editor's tool, to the terminal or to a file.

    VIDEO is a video's id or its first characters; `lossy notes list` lists them. docs/how-to/export-notes.md says
    how to get the file into each tool.
    """
    wanted = Wanted(FORMATS[name], start, drop, frozenset(map(Status, statuses)) or EXPORTABLE)
    run(partial(_export, video, wanted, out))


async def _export(id: str, wanted: Wanted, out: Path | None, settings: Settings) -> None:
    async with open_database_beside(settings.database) as conninfo, open_pool(conninfo, size=1) as pool:
        video = await _video(pool, id)
        said = await NoteFiles(pool).of_video(video.id, wanted.statuses)
    content = wanted.write(video.id, video.title, video.rate, said).encode()
    if out is None:
        sys.stdout.buffer.write(content)
        return
    path = trio.Path(out)
    if await path.is_dir():
        path /= file_name(video.title, wanted.format)
    await path.write_bytes(content)
    console.print(f"{_count(len(said))} of {video.title} in {path}", soft_wrap=True, markup=False)


@notes.command("import")
@click.argument("video")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "name",
    type=click.Choice([*imports.FORMATS]),
    help="Of FILE; told by its name and its content without it.",
)
@click.option(
    "--start-timecode",
    "start",
    metavar="TIMECODE",
    default=START,
    show_default=True,
    help="Of the film's first frame. An EDL says itself whether numbers are dropped.",
)
def import_notes(video: str, file: Path, name: str | None, start: str) -> None:
    """Make notes of the markers in FILE: an EDL with markers of Resolve or locators of Avid, or OpenTimelineIO.

    They are the notes of the owner of VIDEO. Importing a file again makes nothing new, and a marker that came from an
    export is its note again. A server that runs meanwhile tells nobody of them: whoever has the video open sees them
    when they open it again. POST /api/videos/ID/import is told to everybody.
    """
    run(partial(_import, video, trio.Path(file), name, start))


async def _import(id: str, file: trio.Path, name: str | None, start: str, settings: Settings) -> None:
    async with open_database_beside(settings.database) as conninfo, open_pool(conninfo, size=1) as pool:
        video = await _video(pool, id)
        found = _read(file.name, await file.read_bytes(), video, start, name)
        making = NoteImports(pool, note_life(settings.posting))
        source = Source(file.name[:MAX_NAME], f"cli:{getuser()}")
        imported = await making.make(video, video.owner_id, found, Clock().now_ms(), source)
    told = f"{_count(len(imported.made))} made of {file} for {video.title}, {imported.there} there already"
    console.print(told, soft_wrap=True, markup=False)


def _read(file: str, content: bytes, video: Video, start: str, format: str | None) -> tuple[Found, ...]:
    """Raises ImportFault, with the name of the file."""
    try:
        return imports.read(content, video.rate, start, format, file)
    except ImportFault as fault:
        where = "" if fault.path == "$" else f": {fault.path.replace('line.', 'line ')}"
        raise ImportFault(f"{file}{where}", fault.message) from None


def _count(notes: int) -> str:
    return f"{notes} {'note' if notes == 1 else 'notes'}"


async def _video(pool: Pool, id: str) -> Video:
    """The video that this is the id of, or the beginning of its id. Raises Unknown."""
    digits = id.replace("-", "").lower()
    if not SHORT_ID <= len(digits) <= DIGITS or not HEXADECIMAL.issuperset(digits):
        raise Unknown(f"{id!r} is no id of a video; `lossy notes list` lists them")
    found = await VideoReading(pool).beginning_with(digits, 2)
    if not found:
        raise Unknown(f"no id of a video begins with {id}; `lossy notes list` lists them")
    if found[1:]:
        raise Unknown(f"more than one video's id begins with {id}; say more of the one you mean")
    return found[0].video
