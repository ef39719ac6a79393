"""Notes over HTTP: the same as on the channels, for whoever asks once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.web import note_wire as wire
from lossy.web.api import Api, Asked
from lossy.web.note_events import NoteEvents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.sessions.note_decisions import Request
    from lossy.web.node import Node


def serve_notes(node: Node) -> Api:
    api = Api.named("notes", node)
    _serve_of_video(node, api)
    _serve_one(node, api)
    return api


def _serve_of_video(node: Node, api: Api) -> None:
    @api.handles("list_notes")
    async def list_notes(asked: Asked) -> Mapping[str, Any]:
        return await NoteEvents(node, asked.user.id).of_video(asked.ids["video_id"], asked.query)

    @api.handles("create_note")
    async def create_note(asked: Asked) -> Mapping[str, Any]:
        return await NoteEvents(node, asked.user.id).create(asked.ids["video_id"], asked.body)

    @api.handles("list_note_changes")
    async def list_note_changes(asked: Asked) -> Mapping[str, Any]:
        return await NoteEvents(node, asked.user.id).changes(asked.ids["video_id"], asked.query)

    @api.handles("count_notes")
    async def count_notes(asked: Asked) -> Mapping[str, Any]:
        return (await node.reading.summary(asked.user.id, asked.ids["video_id"])).as_payload()

    @api.handles("list_own_notes")
    async def list_own_notes(asked: Asked) -> Mapping[str, Any]:
        return await NoteEvents(node, asked.user.id).own(asked.query)


def _serve_one(node: Node, api: Api) -> None:
    def request(asked: Asked, said: Any) -> Request:
        return wire.request_of(asked.user.id, node.clock.now_ms(), said)

    @api.handles("get_note")
    async def get_note(asked: Asked) -> Mapping[str, Any]:
        page = asked.query
        found = await node.reading.history(asked.user.id, asked.ids["note_id"], page.before, page.limit)
        return wire.history_told(*found, page.limit)

    @api.handles("update_note")
    async def update_note(asked: Asked) -> Mapping[str, Any]:
        wording = wire.wording_of(asked.body)
        return wire.left(await node.desk.edit(request(asked, asked.body), asked.ids["note_id"], wording))

    @api.handles("delete_note")
    async def delete_note(asked: Asked) -> Mapping[str, Any]:
        return wire.left(await node.desk.delete(request(asked, asked.query), asked.ids["note_id"]))

    @api.handles("undo_note")
    async def undo_note(asked: Asked) -> Mapping[str, Any]:
        return wire.left(await node.desk.undo(request(asked, asked.body), asked.ids["note_id"]))

    @api.handles("merge_notes")
    async def merge_notes(asked: Asked) -> Mapping[str, Any]:
        note_id, into = asked.ids["note_id"], asked.body.into
        return wire.left(await node.desk.merge(request(asked, asked.body), note_id, into))
