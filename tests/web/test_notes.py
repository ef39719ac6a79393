"""`notes:video:<id>`: the first page, and every note that comes after it. Over a transport in memory."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial, partialmethod
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import attrs
import trio
from attrs import define, field

from lossy.channels.topics import VideoNotes
from lossy.channels.wire import V1, V2
from lossy.domain.access import Role
from lossy.domain.notes import as_payload
from lossy.store.notes import FIRST_PAGE, Notes, Page
from lossy.store.videos import Reach, Videos
from lossy.web.app import ROUTES
from lossy.web.auth import Identity, make_token
from tests.notes import make_note, make_video
from tests.web.peers import DEVICE, USER, make_node, open_peer

if TYPE_CHECKING:
    import pytest

    from lossy.bus.memory import Published
    from lossy.channels.wire import Outgoing, Serializer
    from lossy.web.node import Node

VIDEO = make_video(USER)
TOPIC = f"notes:video:{VIDEO.id}"
FIRST, SECOND = make_note(VIDEO, 10, text="First."), make_note(VIDEO, 20, text="Second.")


ONE_NOTE = Page((FIRST,), None, 1)


class OneVideo(Videos):
    """There is one, and its owner alone may reach it."""

    def __init__(self) -> None:
        pass

    async def reach(self, video_id: UUID, user_id: UUID) -> Reach | None:
        return Reach(VIDEO, Role.OWNER) if (video_id, user_id) == (VIDEO.id, VIDEO.owner_id) else None


@define(eq=False)
class OnePage(Notes):
    page: Page = ONE_NOTE
    may_read: trio.Event | None = None
    reading: trio.Event = field(factory=trio.Event)

    async def first_page(self, video_id: UUID, limit: int = FIRST_PAGE) -> Page:
        assert (video_id, limit) == (VIDEO.id, FIRST_PAGE)
        self.reading.set()
        if self.may_read is not None:
            await self.may_read.wait()
        return self.page


def node_with(notes: Notes) -> Node:
    return attrs.evolve(make_node(), videos=OneVideo(), notes=notes)


def publish(node: Node) -> None:
    node.bus.publish(str(VideoNotes(VIDEO.id)), "note_created", as_payload(SECOND))


CREATED = [None, None, TOPIC, "note_created", as_payload(SECOND)]


async def test_the_join_reply_carries_the_first_page() -> None:
    async with open_peer(ROUTES, node_with(OnePage())) as peer:
        reply = await peer.join(TOPIC)
        assert reply[4] == {
            "status": "ok",
            "response": {"notes": [as_payload(FIRST)], "cursor": None, "counts": {"total": 1}},
        }


async def test_more_than_a_page_comes_with_a_cursor_and_the_whole_count() -> None:
    async with open_peer(ROUTES, node_with(OnePage(Page((FIRST,), "10,x", 250)))) as peer:
        response = (await peer.join(TOPIC))[4]["response"]
        assert (response["cursor"], response["counts"]) == ("10,x", {"total": 250})


async def test_a_note_made_while_the_page_is_read_is_not_lost() -> None:
    notes = OnePage(may_read=trio.Event())
    node = node_with(notes)
    async with open_peer(ROUTES, node) as peer:
        peer.say("1", "1", TOPIC, "phx_join", {})
        await notes.reading.wait()
        publish(node)
        assert await peer.heard() == []
        assert notes.may_read is not None
        notes.may_read.set()
        reply, created = await peer.heard()
        assert reply[3] == "phx_reply"
        assert created == CREATED


async def test_every_subscriber_gets_the_same_bytes_and_each_once() -> None:
    node = node_with(OnePage())
    async with open_peer(ROUTES, node) as one, open_peer(ROUTES, node) as other, open_peer(ROUTES, node) as nobody:
        await one.join(TOPIC)
        await other.join(TOPIC)
        publish(node)
        (first,), (second,) = one.transport.sent, other.transport.sent
        assert first is second
        assert await one.heard() == [CREATED]
        assert await nobody.heard() == []


async def test_a_note_is_encoded_once_for_each_version(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []
    for version in (V1, V2):
        monkeypatch.setattr(version, "encode", partialmethod(count_encoding, encoded))
    node = node_with(OnePage())
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
    node = node_with(OnePage())
    async with open_peer(ROUTES, node) as peer:
        await peer.join(TOPIC)
        peer.say("1", "2", TOPIC, "phx_leave", {})
        await peer.heard()
        publish(node)
        assert await peer.heard() == []


async def test_joining_again_subscribes_once() -> None:
    node = node_with(OnePage())
    async with open_peer(ROUTES, node) as peer:
        await peer.join(TOPIC, "1")
        peer.say("2", "2", TOPIC, "phx_join", {})
        await peer.heard()
        publish(node)
        assert await peer.heard() == [CREATED]


async def test_a_client_that_goes_while_the_page_is_read_stays_subscribed_to_nothing() -> None:
    notes = OnePage(may_read=trio.Event())
    node = node_with(notes)
    async with open_peer(ROUTES, node) as peer:
        peer.say("1", "1", TOPIC, "phx_join", {})
        await notes.reading.wait()
        assert list(node.bus._subscribers) == [TOPIC]
    assert node.bus._subscribers == {}


async def test_another_users_video_is_like_none() -> None:
    node = node_with(OnePage())
    stranger, _ = make_token(node, Identity(uuid4(), DEVICE))
    async with open_peer(ROUTES, node) as peer:
        theirs = await peer.join(TOPIC, token=stranger)
        none = await peer.join(f"notes:video:{uuid4()}")
    assert theirs[4] == none[4]
    assert none[4]["response"] == {"code": "not_found", "message": "There is no such thing.", "reason": "not_found"}
    assert node.bus._subscribers == {}


async def test_an_event_that_is_not_ours_is_refused() -> None:
    async with open_peer(ROUTES, node_with(OnePage())) as peer:
        await peer.join(TOPIC)
        response = (await peer.ask("1", "2", TOPIC, "sing" * 60, {}))[4]["response"]
        assert (response["code"], response["path"]) == ("invalid", "event")
        assert len(response["message"]) < 200


async def test_a_join_with_more_than_a_token_is_refused() -> None:
    async with open_peer(ROUTES, node_with(OnePage())) as peer:
        response = (await peer.join(TOPIC, since=5))[4]["response"]
        assert (response["code"], response["path"]) == ("invalid", "since")
