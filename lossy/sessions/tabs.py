"""What a user's tabs show: what they say of it, what is told of it, and the review that is over by it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import frozen

from lossy.bus.memory import Bus
from lossy.channels.errors import Code, Refusal, rate_limited
from lossy.channels.topics import User
from lossy.clock import Clock
from lossy.domain.contexts import Change, Context, News, Report, Tab, as_payload, session_left, video_of
from lossy.sessions.owners import AWAY_RETRY_MS, Owners
from lossy.store.contexts import Contexts
from lossy.store.pool import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

TOLD = {News.UPDATED: "video_context_updated", News.CLEARED: "video_context_cleared"}


@frozen(eq=False)
class Tabs:
    """Each raises Refusal (rate_limited) when the database is away; what it did until then it may do once more."""

    store: Contexts
    owners: Owners
    clock: Clock
    bus: Bus

    async def hear(self, user_id: UUID, report: Report) -> Change:
        """A tab says what it shows. A review that is over by it is closed first, so that a report which is said again
        after a failure finds it open still.
        """
        known = await self.shown(user_id, report.tab)
        left = session_left(known, report)
        if left is not None:
            await self.owners.leave_review(user_id, left)
        with _away():
            change = await self.store.hear(user_id, report, self.clock.now_ms())
        if change.news in TOLD:
            self.bus.publish(str(User(user_id)), TOLD[change.news], as_payload(change.context))
        return change

    async def shown(self, user_id: UUID, tab: Tab) -> Context | None:
        with _away():
            return await self.store.of_tab(user_id, tab, self.clock.now_ms())

    async def confirm(self, user_id: UUID, tab: Tab, video_id: UUID) -> Context | None:
        """A review of that video is to begin in that tab. None where nothing is known of the tab.

        Raises Refusal: conflict, where it shows another video by what it said last, or none.
        """
        known = await self.shown(user_id, tab)
        if known is not None and video_of(known) != video_id:
            raise _shows(known)
        return known

    async def begun(self, user_id: UUID, known: Context | None, session_id: UUID, video_id: UUID) -> Context | None:
        """The review that was confirmed has begun; what is known of its tab then. Raises Refusal: conflict, where the
        tab went on meanwhile; the review is closed then.
        """
        if known is None or known.session == session_id:
            return known
        with _away():
            context = await self.store.begin(user_id, known.tab, session_id, video_id, self.clock.now_ms())
        if context is not None and video_of(context) != video_id:
            await self.owners.leave_review(user_id, session_id)
            raise _shows(context)
        return context


def _shows(context: Context) -> Refusal:
    video = video_of(context)
    details = {"video_id": None if video is None else str(video)}
    return Refusal(Code.CONFLICT, "That tab shows something else by now.", details)


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise rate_limited(AWAY_RETRY_MS) from None
