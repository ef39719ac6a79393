"""Files with the notes of a video, for editors' tools, and the markers in theirs (D4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio
from quart import Response

from lossy.channels.errors import Code, Refusal, invalid
from lossy.domain.access import Action
from lossy.domain.export import FORMATS, TooMuch, Wanted, file_name
from lossy.domain.export.sheet import EXPORTABLE, START
from lossy.domain.imports import read
from lossy.domain.imports.drafts import Source
from lossy.domain.imports.found import ImportFault
from lossy.domain.notes import Status
from lossy.domain.smpte import DROPPED, has_timecode
from lossy.domain.timecode import TimecodeError
from lossy.sessions.note_news import CREATED, announce
from lossy.store.note_files import NoteFiles
from lossy.store.note_imports import NoteImports
from lossy.store.note_life import note_life
from lossy.web.api import Api
from lossy.web.sharing import reach_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lossy.bus.memory import Bus
    from lossy.channels.payloads import ExportQuery, ImportQuery
    from lossy.domain.imports.found import Found
    from lossy.domain.notes import Note
    from lossy.store.videos import Video
    from lossy.web.api import Asked
    from lossy.web.node import Node


def serve_exports(node: Node) -> Api:
    api, files = Api.named("exports", node), NoteFiles(node.pool)
    imports = NoteImports(node.pool, note_life(node.settings.posting))

    @api.handles("export_notes")
    async def export_notes(asked: Asked) -> Response:
        video = await _reached(node, asked, Action.READ)
        wanted = _wanted(asked.query)
        return _attached(video, wanted, await _content(files, video, wanted))

    @api.handles("import_notes")
    async def import_notes(asked: Asked) -> Mapping[str, Any]:
        video = await _reached(node, asked, Action.NOTE)
        found, source = await _found(video, asked.query, asked.body), Source(asked.query.file, "web")
        imported = await imports.make(video, asked.user.id, found, node.clock.now_ms(), source)
        await _tell(node.bus, imported.made)
        return {"made": [str(note.id) for note in imported.made], "there": imported.there}

    return api


async def _reached(node: Node, asked: Asked, action: Action) -> Video:
    """Raises Refusal."""
    return (await reach_to(node, asked.ids["video_id"], asked.user, action)).video


async def _found(video: Video, asked: ImportQuery, content: bytes) -> tuple[Found, ...]:
    """Read in a thread, as a file is written. Raises Refusal."""
    start = asked.start_timecode or START
    try:
        return await trio.to_thread.run_sync(read, content, video.rate, start, asked.format, asked.file)
    except ImportFault as fault:
        raise invalid(fault.path, fault.message) from None


async def _tell(bus: Bus, made: Iterable[Note]) -> None:
    """One at a time, so that those who look at the video can take them."""
    for note in made:
        announce(bus, CREATED, note)
        await trio.lowlevel.checkpoint()


def _wanted(asked: ExportQuery) -> Wanted:
    statuses = frozenset(map(Status, asked.status)) or EXPORTABLE
    return Wanted(FORMATS[asked.format], asked.start_timecode, asked.drop_frame, statuses)


async def _content(files: NoteFiles, video: Video, wanted: Wanted) -> bytes:
    """Written in a thread: ten thousand notes take a third of a second, in which others are to be answered.

    Raises Refusal.
    """
    try:
        said = await files.of_video(video.id, wanted.statuses)
        text = await trio.to_thread.run_sync(wanted.write, video.id, video.title, video.rate, said)
    except TooMuch as error:
        raise Refusal(Code.TOO_LARGE, str(error)) from None
    except TimecodeError as error:
        raise invalid(_at_fault(wanted, video), str(error)) from None
    return text.encode()


def _at_fault(wanted: Wanted, video: Video) -> str:
    """What was asked for that this film's frames cannot be numbered by."""
    if not has_timecode(video.rate):
        return "format"
    return "drop_frame" if wanted.drop_frame and video.rate not in DROPPED else "start_timecode"


def _attached(video: Video, wanted: Wanted, content: bytes) -> Response:
    response = Response(content, content_type=f"{wanted.format.media_type}; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=file_name(video.title, wanted.format))
    return response
