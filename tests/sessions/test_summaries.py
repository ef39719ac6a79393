"""How many notes there are, told to those who look: once for a burst, now and then in a stream, and not to nobody."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import trio
from attrs import define, field, frozen

from lossy.bus.memory import Bus
from lossy.sessions.note_news import announce
from lossy.sessions.summaries import SUMMARY_S, Summaries
from lossy.store.memory_note_book import MemoryNoteBook
from lossy.store.pool import StoreUnavailable
from tests.notes import LIFE, make_note, make_video

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping

    from trio.testing import MockClock

    from lossy.bus.memory import Published
    from lossy.domain.note_query import Summary

VIDEO = make_video(uuid4())


@define(eq=False)
class Failures:
    left: int = 0


@frozen(eq=False)
class Flaky(MemoryNoteBook):
    """The database is away for so many counts."""

    failures: Failures = field(factory=Failures)

    async def summaries(self, video_ids: Collection[UUID]) -> Mapping[UUID, Summary]:
        if self.failures.left:
            self.failures.left -= 1
            raise StoreUnavailable("away")
        return await super().summaries(video_ids)


@frozen(eq=False)
class Watcher:
    """When each summary came, in s, and the total it said."""

    summaries: Summaries
    book: Flaky
    bus: Bus
    heard: list[tuple[float, int]] = field(factory=list)

    def __call__(self, published: Published) -> None:
        payload: Any = published.broadcast.payload
        assert (published.broadcast.event, payload["video_id"]) == ("video_summary", str(VIDEO.id))
        assert payload["categories"]["color"] == payload["statuses"]["ghost"] == payload["total"]
        self.heard.append((round(trio.current_time(), 3), payload["total"]))

    def note(self) -> None:
        note = make_note(VIDEO)
        self.book.ledger.keep(LIFE.begin(note, self_firming=False))
        announce(self.bus, "note_created", note)


@asynccontextmanager
async def watching() -> AsyncIterator[Watcher]:
    bus, book = Bus(), Flaky()
    summaries = Summaries(book, bus)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(summaries.run)
        watcher = Watcher(summaries, book, bus)
        with summaries.watch(VIDEO.id, watcher):
            yield watcher
        nursery.cancel_scope.cancel()
    assert (bus._subscribers, summaries._watchers, summaries._due) == ({}, {}, {})


async def test_a_burst_of_notes_has_one_summary(autojump_clock: MockClock) -> None:
    async with watching() as watcher:
        for _ in range(50):
            watcher.note()
            await trio.sleep(SUMMARY_S / 100)
        await trio.sleep(10 * SUMMARY_S)
        assert watcher.heard == [(SUMMARY_S, 50)]
        watcher.note()
        await trio.sleep(10 * SUMMARY_S)
        assert watcher.heard[1:] == [(11.5 * SUMMARY_S, 51)]


async def test_a_stream_of_notes_has_one_each_second(autojump_clock: MockClock) -> None:
    async with watching() as watcher:
        for _ in range(100):
            watcher.note()
            await trio.sleep(SUMMARY_S / 10)
        await trio.sleep(2 * SUMMARY_S)
        gaps = [later - earlier for (earlier, _), (later, _) in zip(watcher.heard, watcher.heard[1:], strict=False)]
        assert min(gaps) > 0.99 * SUMMARY_S
        assert watcher.heard[-1][1] == 100


async def test_a_database_that_is_away_is_asked_again(autojump_clock: MockClock) -> None:
    async with watching() as watcher:
        watcher.book.failures.left = 2
        watcher.note()
        await trio.sleep(10 * SUMMARY_S)
        assert watcher.heard == [(3 * SUMMARY_S, 1)]


async def test_each_who_looks_is_told_and_of_their_own_video(autojump_clock: MockClock) -> None:
    async with watching() as watcher:
        other = Watcher(watcher.summaries, watcher.book, watcher.bus)
        nobodys = Watcher(watcher.summaries, watcher.book, watcher.bus)
        with watcher.summaries.watch(VIDEO.id, other), watcher.summaries.watch(uuid4(), nobodys):
            watcher.note()
            await trio.sleep(2 * SUMMARY_S)
        assert (len(watcher.heard), other.heard, nobodys.heard) == (1, watcher.heard, [])


async def test_who_leaves_before_it_is_counted_is_not_told(autojump_clock: MockClock) -> None:
    async with watching() as watcher:
        video = make_video(uuid4())
        with watcher.summaries.watch(video.id, watcher):
            announce(watcher.bus, "note_created", make_note(video))
        await trio.sleep(2 * SUMMARY_S)
        assert watcher.heard == []
