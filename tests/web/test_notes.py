"""`notes:video:<id>` and `notes:user:<id>`: what a join brings, what may be done, and who is told. In memory."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial, partialmethod
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import trio
from attrs import field, frozen

from lossy.channels.wire import V1, V2
from lossy.domain.note_query import PAGE, Opening
from lossy.domain.notes import Note, as_payload
from lossy.sessions.note_draft import Draft
from lossy.sessions.note_news import announce
from lossy.store.memory_note_book import MemoryNoteBook
from lossy.store.pool import StoreUnavailable
from lossy.web.app import ROUTES
from tests.contract.note_books import note_id
from tests.notes import make_note
from tests.web.notebook import BEN, OTHER_VIDEO, STRANGER, TOPIC, VIC, VIDEO, open_notebook
from tests.web.peers import USER, Peer, make_node, open_peer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.bus.memory import Published
    from lossy.channels.wire import Outgoing, Serializer
    from lossy.web.node import Node

FIRST, SECOND = make_note(VIDEO, 10, text="First."), make_note(VIDEO, 20, text="Second.")
OWN = f"notes:user:{USER}"


REFS = count(100)


async def ask(peer: Peer, topic: str, event: str, payload: Mapping[str, object] | None = None, **more: object) -> Any:
    """The response, without what was pushed before it."""
    ref = str(next(REFS))
    peer.say(ref if event == "phx_join" else None, ref, topic, event, {**(payload or {}), **more})
    (reply,) = [frame for frame in await peer.heard() if frame[3] == "phx_reply" and frame[1] == ref]
    return reply[4]["response"]


async def joined(peer: Peer, topic: str = TOPIC, **payload: object) -> Any:
    return await ask(peer, topic, "phx_join", payload)


def publish(node: Node, note: Note = SECOND) -> None:
    announce(node.bus, "note_created", note)


CREATED = [None, None, TOPIC, "note_created", as_payload(SECOND)]
SHOWN = {"total": 1, "categories": {"color": 1}, "statuses": {"ghost": 1}}


def known(counts: dict[str, Any]) -> dict[str, Any]:
    """Without the zeros."""
    return {
        name: {key: n for key, n in value.items() if n} if isinstance(value, dict) else value
        for name, value in counts.items()
        if name != "video_id"
    }


# -- joining ------------------------------------------------------------------------------------------------------


async def test_the_join_reply_carries_the_first_page_and_the_counts() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        at.said(FIRST)
        response = await joined(peer)
        assert (response["whole"], response["notes"], response["deleted"]) == (True, [as_payload(FIRST)], [])
        assert response["cursor"] is None
        assert known(response["counts"]) == SHOWN


async def test_more_than_a_page_goes_on_with_its_cursor() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        at.said(*(make_note(VIDEO, frame) for frame in range(PAGE + 1)))
        first = await joined(peer)
        assert (len(first["notes"]), first["counts"]["total"]) == (PAGE, PAGE + 1)
        rest = await ask(peer, TOPIC, "get_notes", cursor=first["cursor"])
        assert [note["frame_in"] for note in rest["notes"]] == [PAGE]
        assert (rest["cursor"], rest["total"]) == (None, PAGE + 1)


async def test_a_join_with_what_was_seen_brings_what_has_changed_since_and_nothing_else() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        at.said(*(make_note(VIDEO, frame) for frame in range(2 * PAGE)), FIRST, SECOND)
        version = (await joined(peer))["version"]
        assert (await joined(peer, version=version))["notes"] == []
        gone = (await at.node.notes.first_page(VIDEO.id, 1_000)).notes[-1]
        await ask(peer, TOPIC, "delete_note", note_id=str(gone.id))
        await ask(peer, TOPIC, "update_note", note_id=str(FIRST.id), version=1, text="Other words.")
        again = await joined(peer, version=version)
        assert (again["whole"], again["cursor"]) == (False, None)
        assert [(note["id"], note["text"]) for note in again["notes"]] == [(str(FIRST.id), "Other words.")]
        assert [note["id"] for note in again["deleted"]] == [str(gone.id)], "far beyond the first page"
        assert again["counts"]["total"] == 2 * PAGE + 1
        assert (await joined(peer, version=again["version"]))["notes"] == []


@pytest.mark.parametrize("version", ["nonsense", "1:2", "999:999:"])
async def test_what_this_server_never_said_brings_everything(version: str) -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        at.said(FIRST)
        response = await joined(peer, version=version)
        assert (response["whole"], response["notes"]) == (True, [as_payload(FIRST)])
        refused = await ask(peer, TOPIC, "get_changes", version=version)
        assert (refused["code"], refused["path"]) == ("invalid", "version")


async def test_changes_by_the_thousand_come_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossy.web.note_wire.CHANGES", 2)
    monkeypatch.setattr("lossy.sessions.notes_reading.MOST", 2)
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        version = (await joined(peer))["version"]
        notes = [make_note(VIDEO, n, id=UUID(int=n)) for n in range(1, 6)]
        at.said(*notes)
        page = await joined(peer, version=version)
        found = page["notes"]
        at.said(make_note(VIDEO, 9, id=UUID(int=9)))
        while page["cursor"] is not None:
            page = await ask(peer, TOPIC, "get_changes", version=version, cursor=page["cursor"])
            found += page["notes"]
        assert [note["frame_in"] for note in found] == [1, 2, 3, 4, 5, 9]
        later = await ask(peer, TOPIC, "get_changes", version=page["version"])
        assert [note["frame_in"] for note in later["notes"]] == [9], "it came after the first page"


@frozen(eq=False)
class Held(MemoryNoteBook):
    """It gives no page until it may."""

    may_read: trio.Event = field(factory=trio.Event)
    reading: trio.Event = field(factory=trio.Event)

    async def first_page(self, video_id: UUID, limit: int = PAGE) -> Opening:
        self.reading.set()
        await self.may_read.wait()
        return await super().first_page(video_id, limit)


async def test_a_note_made_while_the_page_is_read_is_not_lost() -> None:
    book = Held()
    async with open_notebook(book) as at, open_peer(ROUTES, at.node) as peer:
        peer.say("1", "1", TOPIC, "phx_join", {})
        await book.reading.wait()
        publish(at.node)
        assert await peer.heard() == []
        book.may_read.set()
        reply, created = await peer.heard()
        assert reply[3] == "phx_reply"
        assert created == CREATED


async def test_a_client_that_goes_while_the_page_is_read_stays_subscribed_to_nothing() -> None:
    book = Held()
    async with open_notebook(book) as at:
        async with open_peer(ROUTES, at.node) as peer:
            peer.say("1", "1", TOPIC, "phx_join", {})
            await book.reading.wait()
            assert list(at.node.bus._subscribers) == [TOPIC]
        assert at.node.bus._subscribers == {}


async def test_who_does_not_reach_the_video_or_the_user_joins_nothing() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        theirs = await peer.join(TOPIC, token=at.token(STRANGER))
        for none in (await peer.join(f"notes:video:{uuid4()}"), await peer.join(f"notes:user:{uuid4()}")):
            assert none[4] == theirs[4]
        assert theirs[4]["response"]["code"] == "not_found"
        assert at.node.bus._subscribers == {}


async def test_an_event_that_is_not_ours_is_refused() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        await peer.join(TOPIC)
        response = await ask(peer, TOPIC, "sing" * 60)
        assert (response["code"], response["path"]) == ("invalid", "event")
        assert len(response["message"]) < 200


# -- asking -------------------------------------------------------------------------------------------------------


async def test_notes_are_found_by_what_they_are() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        at.said(FIRST, SECOND)
        await peer.join(TOPIC)
        searches: list[tuple[dict[str, Any], list[str]]] = [
            ({"text": "second"}, ["Second."]),
            ({"category": ["audio"]}, []),
            ({"status": ["ghost"], "frame_to": 15}, ["First."]),
            ({"author": [str(BEN)]}, []),
            ({"order": "newest", "limit": 1, "confidence_from": 0.5}, [max(FIRST, SECOND, key=lambda n: n.id).text]),
            ({"created_since": FIRST.created_at + 1}, []),
        ]
        for asked, expected in searches:
            page = await ask(peer, TOPIC, "get_notes", asked)
            assert [note["text"] for note in page["notes"]] == expected, asked


async def test_a_cursor_is_of_its_order() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        at.said(FIRST, SECOND)
        await peer.join(TOPIC)
        cursor = (await ask(peer, TOPIC, "get_notes", limit=1))["cursor"]
        for wrong in ({"order": "newest", "cursor": cursor}, {"cursor": "frame.x"}, {"cursor": cursor + "0"}):
            refused = await ask(peer, TOPIC, "get_notes", wrong)
            assert (refused["code"], refused["path"]) == ("invalid", "cursor")


# -- changing -----------------------------------------------------------------------------------------------------


async def test_a_note_is_made_changed_deleted_and_brought_back() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as ann, open_peer(ROUTES, at.node) as looking:
        await ann.join(TOPIC)
        await looking.join(TOPIC, token=at.token(VIC))
        id = str(note_id(1))
        made = await ask(ann, TOPIC, "create_note", id=id, text="The logo is too big.", media_ms=10_000)
        assert made["note"]["frame_in"] == 239
        assert (await ask(ann, TOPIC, "create_note", id=id, text="The logo is too big.", media_ms=10_000)) == made
        changed = await ask(ann, TOPIC, "update_note", note_id=id, version=2, frame_in=7, frame_out=9)
        assert (changed["note"]["frame_out"], changed["note"]["text"]) == (9, "The logo is too big.")
        late = await ask(ann, TOPIC, "update_note", note_id=id, version=2, text="Late.")
        assert (late["code"], late["note"]) == ("conflict", changed["note"])
        undo = {"note_id": id, "request_id": str(uuid4())}
        back = await ask(ann, TOPIC, "undo", undo)
        assert back["note"]["frame_in"] == 239
        assert await ask(ann, TOPIC, "undo", undo) == back
        gone = await ask(ann, TOPIC, "delete_note", note_id=id)
        assert (gone["gone"]["status"], gone["gone"]["version"]) == ("deleted", 5)
        told = [(event, payload["version"]) for _, _, _, event, payload in await looking.heard()]
        assert told == [("note_created", 2), ("note_updated", 3), ("note_updated", 4), ("note_deleted", 5)]


async def test_two_notes_are_merged() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        at.said(FIRST, SECOND)
        await peer.join(TOPIC)
        left = await ask(peer, TOPIC, "merge_notes", note_id=str(SECOND.id), into=str(FIRST.id))
        assert (left["note"]["text"], left["note"]["frame_out"]) == ("First. Second.", 20)


@pytest.mark.parametrize(
    ("event", "asked", "path"),
    [
        ("create_note", {"id": str(uuid4()), "text": "A.", "frame_in": 1}, "id"),
        ("create_note", {"id": str(note_id(1)), "text": "A.", "frame_out": 1}, "frame_out"),
        ("create_note", {"id": str(note_id(1)), "text": "A."}, "frame_in"),
        ("create_note", {"id": str(note_id(1)), "text": "", "frame_in": 1}, "text"),
        ("update_note", {"note_id": str(FIRST.id), "version": 1, "frame_out": 1}, "frame_out"),
        ("update_note", {"note_id": str(FIRST.id), "version": 1, "text": " "}, "text"),
        ("update_note", {"note_id": str(FIRST.id), "text": "A."}, "version"),
        ("get_notes", {"created_since": 2**50}, "created_since"),
        ("get_notes", {"limit": 1_001}, "limit"),
        ("get_changes", {"version": "1:1:", "cursor": "x"}, "cursor"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_path(event: str, asked: dict[str, Any], path: str) -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        at.said(FIRST)
        await peer.join(TOPIC)
        refused = await ask(peer, TOPIC, event, asked)
        assert (refused["code"], refused.get("path")) == ("invalid", path)


async def test_who_looks_on_changes_nothing_and_who_reviews_only_their_own() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        at.said(FIRST)
        delete = {"note_id": str(FIRST.id)}
        for who in (VIC, BEN):
            await joined(peer, token=at.token(who))
            assert (await ask(peer, TOPIC, "delete_note", delete))["code"] == "forbidden"
        made = await ask(peer, TOPIC, "create_note", id=str(note_id(2)), text="Mine.", frame_in=1)
        assert "gone" in await ask(peer, TOPIC, "delete_note", note_id=made["note"]["id"])


@frozen(eq=False)
class Away(MemoryNoteBook):
    async def find(self, note_id: UUID) -> Note | None:
        raise StoreUnavailable("away")


async def test_a_database_that_is_away_is_no_end_of_the_channel() -> None:
    async with open_notebook(Away()) as at, open_peer(ROUTES, at.node) as peer:
        await peer.join(TOPIC)
        for _ in range(2):
            assert (await ask(peer, TOPIC, "delete_note", note_id=str(FIRST.id)))["code"] == "rate_limited"


# -- one's own ----------------------------------------------------------------------------------------------------


async def test_ones_own_notes_are_of_all_videos_the_latest_first() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        first = await joined(peer, OWN)
        assert first == {"notes": [], "cursor": None, "total": 0}
        made = {"id": str(note_id(1)), "text": "Here.", "frame_in": 1, "at": 5}
        await ask(peer, OWN, "create_note", made, video_id=str(VIDEO.id))
        other = {"id": str(note_id(2)), "text": "There.", "frame_in": 1}
        await ask(peer, OWN, "create_note", other, video_id=str(OTHER_VIDEO.id))
        await at.node.desk.create(BEN, Draft(note_id(3), VIDEO.id, "Ben's.", frames=(1, None)))
        page = await ask(peer, OWN, "get_notes", order="newest")
        assert [note["text"] for note in page["notes"]] == ["There.", "Here."]
        assert (await joined(peer, OWN))["notes"] == page["notes"]
        peer.say(None, "3", OWN, "delete_note", {"note_id": str(note_id(1))})
        assert [frame[3] for frame in await peer.heard()] == ["note_deleted", "phx_reply"]


# -- who is told -------------------------------------------------------------------------------------------------


async def test_every_subscriber_gets_the_same_bytes_and_each_once() -> None:
    async with (
        open_notebook() as at,
        open_peer(ROUTES, at.node) as one,
        open_peer(ROUTES, at.node) as other,
        open_peer(ROUTES, at.node) as nobody,
    ):
        await one.join(TOPIC)
        await other.join(TOPIC)
        for peer in (one, other):
            await peer.heard()
        publish(at.node)
        (first,), (second,) = one.transport.sent, other.transport.sent
        assert first is second
        assert await one.heard() == [CREATED]
        assert await nobody.heard() == []


async def test_a_note_is_encoded_once_for_each_version(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []
    for version in (V1, V2):
        monkeypatch.setattr(version, "encode", partialmethod(count_encoding, encoded))
    node = make_node()
    with ExitStack() as subscriptions:
        for serializer in (V2(), V1(), V2(), V2()):
            deliver = partial(read_frame, serializer)
            subscriptions.enter_context(node.bus.subscribe(TOPIC, deliver))
        publish(node)
    assert encoded == ["V2", "V1"]


def count_encoding(serializer: Serializer, encoded: list[str], out: Outgoing) -> str:
    encoded.append(type(serializer).__name__)
    return ""


def read_frame(serializer: Serializer, published: Published) -> None:
    published.frame(serializer)


async def test_after_leaving_nothing_comes() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        await peer.join(TOPIC)
        peer.say("1", "2", TOPIC, "phx_leave", {})
        await peer.heard()
        publish(at.node)
        assert await peer.heard() == []


async def test_joining_again_subscribes_once() -> None:
    async with open_notebook() as at, open_peer(ROUTES, at.node) as peer:
        await peer.join(TOPIC, "1")
        peer.say("2", "2", TOPIC, "phx_join", {})
        await peer.heard()
        publish(at.node)
        assert await peer.heard() == [CREATED]
