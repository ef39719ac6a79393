"""What tabs show, through real sessions: the review that is over by it, what is told, and which review may begin."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from attrs import define, field

from lossy.channels.errors import Code, Refusal
from lossy.channels.topics import User
from lossy.domain.contexts import Report, Shown, Tab
from lossy.domain.platforms.model import Platform
from lossy.sessions.owners import AWAY_RETRY_MS
from lossy.sessions.ownership_rows import TICK_S
from lossy.sessions.tabs import Tabs
from lossy.store.memory_contexts import MemoryContexts
from lossy.store.memory_ownership import MemoryOwnership
from lossy.store.pool import StoreUnavailable
from tests.sessions.client import LAPTOP, NOON
from tests.sessions.node import ANN, OTHER_VIDEO, VIDEO, settled
from tests.sessions.tabs import Desk, open_desk, pass_s

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock

    from lossy.bus.memory import Published
    from lossy.domain.contexts import Change, Context
    from lossy.store.videos import Video

A, B = Tab(LAPTOP, "a"), Tab(LAPTOP, "b")


@define(eq=False)
class Window:
    """Ann's tabs as they report, on one node."""

    tabs: Tabs
    told: list[tuple[str, Mapping[str, Any]]] = field(factory=list)
    seq: int = 0

    async def show(self, tab: Tab, video: Video | None) -> Change:
        self.seq += 1
        shows = None if video is None else Shown(video.id, Platform.GENERIC, video.url, video.title)
        change = await self.tabs.hear(ANN, Report(tab, shows, self.tabs.clock.now_ms(), self.seq, NOON))
        await settled()
        return change

    async def begin(self, tab: Tab, session: UUID, video: Video = VIDEO) -> Context | None:
        """As a join does."""
        known = await self.tabs.confirm(ANN, tab, video.id)
        await self.tabs.begun(ANN, known, session, video.id)
        return await self.tabs.shown(ANN, tab)

    @property
    def news(self) -> list[str]:
        return [event for event, _ in self.told]


@asynccontextmanager
async def open_window(desk: Desk, store: MemoryContexts | None = None) -> AsyncIterator[Window]:
    bus = desk.owners.bus
    window = Window(Tabs(store or MemoryContexts(), desk.owners, desk.node.clock, bus))

    def deliver(news: Published) -> None:
        if news.broadcast.event.startswith("video_context"):
            assert isinstance(news.broadcast.payload, Mapping)
            window.told.append((news.broadcast.event, news.broadcast.payload))

    with bus.subscribe(str(User(ANN)), deliver):
        yield window


async def test_a_tab_that_goes_to_another_video_ends_its_review(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk, open_window(desk) as window:
        await window.show(A, VIDEO)
        tab = await desk.tab("a")
        context = await window.begin(A, tab.session.id)
        assert context is not None
        assert context.session == tab.session.id
        assert (await window.show(A, VIDEO)).left is None, "a reload"
        assert tab.client.endings == []
        assert (await window.show(A, OTHER_VIDEO)).left == tab.session.id
        await pass_s(1)
        assert tab.client.endings == ["ended"]
        assert window.news == ["video_context_updated"] * 2
        assert window.told[-1][1] == {
            "tab": "a",
            "device": str(LAPTOP),
            "video_id": str(OTHER_VIDEO.id),
            "platform": "generic",
            "url": OTHER_VIDEO.url,
            "title": OTHER_VIDEO.title,
            "session": None,
            "at": NOON,
        }


async def test_a_review_that_has_not_the_microphone_ends_too_and_the_other_tab_keeps_it(
    autojump_clock: MockClock,
) -> None:
    async with open_desk(MemoryOwnership()) as desk, open_window(desk) as window:
        for tab in (A, B):
            await window.show(tab, VIDEO)
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await window.begin(A, first.session.id)
        await window.begin(B, second.session.id)
        await window.show(B, None)
        await pass_s(1)
        assert (first.client.endings, second.client.endings) == ([], ["ended"])
        assert first.has_it
        assert window.news[-1] == "video_context_cleared"


async def test_a_tab_that_was_doubled_does_not_end_the_review_that_went_with_the_copy(
    autojump_clock: MockClock,
) -> None:
    async with open_desk(MemoryOwnership()) as desk, open_window(desk) as window:
        await window.show(A, VIDEO)
        await window.show(B, VIDEO)
        tab = await desk.tab("a")
        await window.begin(A, tab.session.id)
        await window.begin(B, tab.session.id)
        assert (await window.show(A, OTHER_VIDEO)).left is None
        await pass_s(1)
        assert tab.client.endings == []
        assert (await window.show(B, OTHER_VIDEO)).left == tab.session.id
        await pass_s(1)
        assert tab.client.endings == ["ended"]


async def test_a_review_on_another_node_ends_there(autojump_clock: MockClock) -> None:
    ownership, contexts = MemoryOwnership(), MemoryContexts()
    async with (
        open_desk(ownership) as here,
        open_desk(ownership) as there,
        open_window(here, contexts) as window,
        open_window(there, contexts) as elsewhere,
    ):
        await window.show(A, VIDEO)
        tab = await here.tab("a")
        await window.begin(A, tab.session.id)
        ownership.videos[tab.session.id, ANN] = VIDEO.id
        elsewhere.seq = window.seq
        await elsewhere.show(A, OTHER_VIDEO)
        await pass_s(2 * TICK_S)
        assert tab.client.endings == ["ended"]


async def test_a_review_that_has_ended_by_itself_is_not_waited_for(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk, open_window(desk) as window:
        await window.show(A, VIDEO)
        tab = await desk.tab("a")
        await window.begin(A, tab.session.id)
        await tab.client.tell("close").answer()
        await pass_s(1)
        row = await desk.owners.store.read(ANN)
        assert (await window.show(A, OTHER_VIDEO)).left == tab.session.id
        assert await desk.owners.store.read(ANN) == row


async def test_a_report_that_failed_half_way_may_be_said_again(autojump_clock: MockClock) -> None:
    fails = list[bool]()

    class Contexts(MemoryContexts):
        async def hear(self, user_id: UUID, report: Report, now: int) -> Change:
            if fails and fails.pop():
                raise StoreUnavailable("gone")
            return await super().hear(user_id, report, now)

    async with open_desk(MemoryOwnership()) as desk, open_window(desk, Contexts()) as window:
        await window.show(A, VIDEO)
        tab = await desk.tab("a")
        await window.begin(A, tab.session.id)
        fails.append(True)
        with pytest.raises(Refusal) as refusal:
            await window.show(A, OTHER_VIDEO)
        assert refusal.value.details == {"retry_after_ms": AWAY_RETRY_MS}
        window.seq -= 1
        await window.show(A, OTHER_VIDEO)
        await pass_s(1)
        assert tab.client.endings == ["ended"]
        assert window.news == ["video_context_updated"] * 2


async def test_a_review_begins_with_the_video_that_its_tab_shows(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk, open_window(desk) as window:
        session = UUID(int=100)
        assert await window.begin(A, session) is None, "of a tab that says nothing nothing is known"
        await window.show(A, OTHER_VIDEO)
        for shows in (OTHER_VIDEO, None):
            await window.show(A, shows)
            with pytest.raises(Refusal) as refusal:
                await window.begin(A, session)
            assert refusal.value.code is Code.CONFLICT
            assert refusal.value.details == {"video_id": None if shows is None else str(shows.id)}


async def test_a_tab_that_goes_on_while_its_review_begins_ends_it(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk, open_window(desk) as window:
        await window.show(A, VIDEO)
        known = await window.tabs.confirm(ANN, A, VIDEO.id)
        tab = await desk.tab("a")
        await window.show(A, OTHER_VIDEO)
        with pytest.raises(Refusal) as refusal:
            await window.tabs.begun(ANN, known, tab.session.id, VIDEO.id)
        assert refusal.value.code is Code.CONFLICT
        await pass_s(1)
        assert tab.client.endings == ["ended"]
