"""`video_summary`: how many notes there are, told to those who look at a video once its notes have been quiet a moment.

A burst of notes asks for one count, and so does a stream of them in each SUMMARY_S.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice, takewhile
from math import inf
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
import trio
from attrs import define, field

from lossy.bus.memory import Bus, Deliver, Published
from lossy.channels.topics import VideoNotes
from lossy.channels.wire import Broadcast
from lossy.domain.ids import id_text
from lossy.store.note_book import NoteBook
from lossy.store.pool import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossy.domain.note_query import Summary

# A count of a video with a thousand notes takes a millisecond, and nobody reads numbers that change faster.
SUMMARY_S = 1.0
# What is due within this is counted in one query, which for each video alone would be as much as all else about a note.
APART_S = 0.1
# Videos in one query: some milliseconds of the database's.
AT_ONCE = 200
SUMMARY = "video_summary"

log = structlog.get_logger()


@define(eq=False)
class Summaries:
    """`run` must be running in some nursery. Only this node's watchers are told: each node counts for its own."""

    book: NoteBook
    bus: Bus
    _watchers: dict[UUID, list[Deliver]] = field(factory=dict, init=False)
    _due: dict[UUID, float] = field(factory=dict, init=False)  # of watched videos, the longest waiting first
    _changed: trio.Event = field(factory=trio.Event, init=False)
    _counted_at: float = field(default=-inf, init=False)

    @contextmanager
    def watch(self, video_id: UUID, deliver: Deliver) -> Iterator[None]:
        def note(published: Published) -> None:
            self._touch(video_id)

        with self.bus.subscribe(str(VideoNotes(video_id)), note):
            self._watchers.setdefault(video_id, []).append(deliver)
            try:
                yield
            finally:
                self._watchers[video_id].remove(deliver)
                if not self._watchers[video_id]:
                    del self._watchers[video_id]
                    self._due.pop(video_id, None)

    def _touch(self, video_id: UUID) -> None:
        self._due.setdefault(video_id, trio.current_time() + SUMMARY_S)
        self._changed.set()

    async def run(self) -> None:
        while True:
            while self._due:
                await trio.sleep_until(max(next(iter(self._due.values())), self._counted_at + APART_S))
                await self._count(self._take_due())
            self._changed = trio.Event()
            await self._changed.wait()

    def _take_due(self) -> list[UUID]:
        now = trio.current_time()
        due = [*takewhile(lambda video_id: self._due[video_id] <= now, islice(self._due, AT_ONCE))]
        for video_id in due:
            del self._due[video_id]
        return due

    async def _count(self, due: Sequence[UUID]) -> None:
        if not due:
            return  # nobody looks any more
        self._counted_at = trio.current_time()
        try:
            summaries = await self.book.summaries(due)
        except StoreError as error:
            log.warning("no summaries", videos=len(due), error=str(error))
            for video_id in due:
                self._touch(video_id)
        else:
            for video_id, summary in summaries.items():
                self._tell(video_id, summary)

    def _tell(self, video_id: UUID, summary: Summary) -> None:
        payload = {"video_id": id_text(video_id), **summary.as_payload()}
        published = Published(Broadcast(str(VideoNotes(video_id)), SUMMARY, payload))
        for deliver in tuple(self._watchers.get(video_id, ())):
            deliver(published)
