"""Files with the notes of a video, for editors' tools (D4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from quart import Response

from lossy.channels.errors import Code, Refusal, invalid, not_found
from lossy.domain.export import FORMATS, TooMuch, Wanted, file_name
from lossy.domain.export.sheet import EXPORTABLE
from lossy.domain.notes import Status
from lossy.domain.timecode import TimecodeError
from lossy.store.note_files import NoteFiles
from lossy.web.api import Api

if TYPE_CHECKING:
    from lossy.channels.payloads import ExportQuery
    from lossy.store.videos import Video
    from lossy.web.api import Asked
    from lossy.web.node import Node


def serve_exports(node: Node) -> Api:
    api, files = Api.named("exports", node), NoteFiles(node.pool)

    @api.handles("export_notes")
    async def export_notes(asked: Asked) -> Response:
        video = await node.videos.reachable(asked.ids["video_id"], asked.user.id)
        if video is None:
            raise not_found()
        wanted = _wanted(asked.query)
        return _attached(video, wanted, await _content(files, video, wanted))

    return api


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
        raise invalid("$", str(error)) from None
    return text.encode()


def _attached(video: Video, wanted: Wanted, content: bytes) -> Response:
    response = Response(content, content_type=f"{wanted.format.media_type}; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=file_name(video.title, wanted.format))
    return response
