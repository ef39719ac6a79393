"""What was noted on a video, and what became of each note. What changes is live through the channel of its notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import trio
from quart import Blueprint, Response, request

from lossy.channels.errors import not_found
from lossy.channels.note_payloads import GetNotes
from lossy.channels.operations import OPERATIONS
from lossy.channels.query import read_query
from lossy.domain.access import Action, Role
from lossy.domain.export import FORMATS
from lossy.domain.notes import Category, Status
from lossy.sessions.catalog import initial_data
from lossy.store.journal_reading import PostgresJournalReading
from lossy.store.merges import Merges
from lossy.store.user_names import UserNames
from lossy.web.api import signed_in
from lossy.web.forms import asked_of, show
from lossy.web.note_wire import query_of
from lossy.web.note_words import ORDERS, STATES, told
from lossy.web.sharing import reach_to
from lossy.why.inquiry import Inquiry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from lossy.store.accounts import User
    from lossy.store.videos import Reach
    from lossy.web.node import Node
    from lossy.why.note import Note as Why

# Of a longer session the page tells the changes alone; `lossy why` tells all, for whoever waits.
MOST_REPLAYED = 5_000


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("review", __name__, url_prefix="/videos/<uuid:video_id>")
    names, merges, curiosity = UserNames(node.pool), Merges(node.pool), trio.CapacityLimiter(1)
    inquiry = Inquiry(PostgresJournalReading(node.pool), node.charts, initial_data(node.settings))

    @routes.get("")
    async def notes(video_id: UUID) -> Response:
        user = await signed_in(node)
        reach = await reach_to(node, video_id, user, Action.READ)
        node.limits.spend(user.id, OPERATIONS["list_notes"])
        asked = read_query(GetNotes, asked_of(request.args))
        return await show(node, "review.html", user, **await _notes(node, names, user, reach, asked))

    @routes.get("/notes/<uuid:note_id>")
    async def note(video_id: UUID, note_id: UUID) -> Response:
        """A note of another video looks like none. So does one that is deleted, to whoever may not bring it back."""
        user = await signed_in(node)
        reach = await reach_to(node, video_id, user, Action.READ)
        node.limits.spend(user.id, OPERATIONS["get_note"])
        found, changes = await node.reading.history(user.id, note_id)
        if found.video_id != video_id:
            raise not_found()
        why = await _why(inquiry, note_id, curiosity)
        people = await names.emails({found.author_id, *(each.by for each in changes if each.by is not None)})
        story = told(found, changes, why, people, await merges.into(note_id))
        return await show(node, "note.html", user, video=reach.video, note=found, people=people, story=story)

    return routes


async def _why(inquiry: Inquiry, note_id: UUID, curiosity: trio.CapacityLimiter) -> Why:
    """One at a time, in a thread: those who talk meanwhile must not wait for somebody's curiosity."""
    found = await inquiry.find(note_id)
    assert found is not None, "notes are never removed"
    kept, recorded = found
    if recorded is not None and len(recorded.entries) > MOST_REPLAYED:
        recorded = None
    return await trio.to_thread.run_sync(inquiry.tell, kept, recorded, limiter=curiosity)


async def _notes(node: Node, names: UserNames, user: User, reach: Reach, asked: GetNotes) -> Mapping[str, Any]:
    video = reach.video
    page = await node.reading.of_video(user.id, video.id, query_of(asked))
    summary = await node.reading.summary(user.id, video.id)
    entry = await node.library.store.entry(video.owner_id, video.id)
    people = await names.on_video(video.id)
    return {
        "video": video,
        "entry": entry,
        "reach": reach,
        "page": page,
        "summary": summary,
        "people": people,
        "asked": asked,
        "may": {action.value: reach.may(action) for action in Action},
        "is_owner": reach.role is Role.OWNER,
        "further": None if page.cursor is None else _address(asked, str(page.cursor)),
        "words": _WORDS,
        "live": {
            "video": str(video.id),
            "user": str(user.id),
            "role": reach.role.value,
            "rate": [video.rate.num, video.rate.den],
            "duration": entry.duration_ms if entry else None,
            "people": {str(id): email for id, email in people.items()},
            "states": STATES,
        },
    }


# What there is to choose from, in words.
_WORDS: Mapping[str, Any] = {
    "categories": tuple(Category),
    "statuses": tuple(status for status in Status if status is not Status.DELETED),
    "states": STATES,
    "orders": ORDERS,
    "formats": FORMATS,
}


def _address(asked: GetNotes, cursor: str) -> str:
    given: list[tuple[str, object]] = [("order", asked.order), ("text", asked.text)]
    given += [("category", each.value) for each in asked.category] + [("status", each.value) for each in asked.status]
    given += [("author", each) for each in asked.author] + [("cursor", cursor)]
    return "?" + urlencode([(name, value) for name, value in given if value])
