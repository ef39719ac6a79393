"""What each tab of a user shows, as far as the server was told: one value for each tab of each device.

Pages change under a tab (SPAs), tabs are reloaded, doubled and closed, and reports of it arrive late, twice or by a
link that is no more. So a tab numbers its reports, says when it made them, and the server knows by which link each
came. A report counts unless it is

- a repeat: neither its number nor its time, by the tab's own clock as the link has corrected it, has gone on. A clock
  that was set back does not stop a tab whose numbers go on, nor do numbers that begin anew when its page is loaded;
- overtaken: the tab has reported by a newer link since. Within one link reports arrive in the order they were made.

A review is of one video: when its tab shows another one, or none, it is over.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import evolve, frozen

from lossy.domain.platforms.model import Platform

if TYPE_CHECKING:
    from collections.abc import Iterable

# As many tabs as hardly anybody has open with a video in them; at 500 bytes each. The one longest silent goes.
CONTEXTS_KEPT = 100
# A tab that has said nothing for so long is gone, and nobody was told.
CONTEXT_LIFE_MS = 7 * 24 * 3_600_000


@frozen(order=True)
class Tab:
    device: UUID
    id: str


@frozen
class Shown:
    """The video in a tab, and its page."""

    video: UUID
    platform: Platform
    url: str
    title: str


@frozen
class Report:
    """`shows` is None where the tab is closed, or shows no video any more.

    `made` is by the tab's clock, corrected and never ahead of ours; `link` is when its link was made, by ours. ms.
    """

    tab: Tab
    shows: Shown | None
    made: int
    seq: int
    link: int


@frozen
class Context:
    """What a tab shows by its latest report, the review that was begun in it, and when it was heard of last."""

    tab: Tab
    shows: Shown | None
    session: UUID | None
    made: int
    seq: int
    link: int
    heard: int


class News(Enum):
    NONE = "none"
    UPDATED = "updated"
    CLEARED = "cleared"


@frozen
class Change:
    """What a report has led to. `left` is a review that is over by it."""

    context: Context
    before: Context | None
    news: News
    left: UUID | None = None


def made_at(client_at: int, offset_ms: int, now: int) -> int:
    """The moment of a report: a clock that is ahead wins nothing by it."""
    return min(client_at + offset_ms, now)


def hear(known: Context | None, report: Report, now: int) -> Change:
    if known is not None and not _counts(known, report):
        return Change(known, known, News.NONE)
    left = session_left(known, report)
    session = None if known is None or left is not None else known.session
    made = report.made, report.seq, report.link
    return Change(Context(report.tab, report.shows, session, *made, now), known, _news(known, report), left)


def session_left(known: Context | None, report: Report) -> UUID | None:
    """The review that is over by this report."""
    if known is None or not _counts(known, report) or video_of(known) == _video(report.shows):
        return None
    return known.session


def begin(known: Context, session: UUID, video: UUID, now: int) -> Context:
    """A review of that video has begun in that tab, or has come into it. Nothing, where the tab shows another one."""
    return known if video_of(known) != video else evolve(known, session=session, heard=max(now, known.heard))


def without(context: Context, session: UUID) -> Context:
    """The review is in another tab now: what this one shows is no concern of it any more."""
    return evolve(context, session=None) if context.session == session else context


def kept(contexts: Iterable[Context], now: int) -> list[Context]:
    """Those that are not too old, CONTEXTS_KEPT at most, the one heard of last first."""
    young = [context for context in contexts if context.heard > now - CONTEXT_LIFE_MS]
    return sorted(young, key=lambda context: (context.heard, context.tab), reverse=True)[:CONTEXTS_KEPT]


def video_of(context: Context) -> UUID | None:
    return _video(context.shows)


def as_payload(context: Context) -> dict[str, Any]:
    shows = context.shows
    return {
        "tab": context.tab.id,
        "device": str(context.tab.device),
        "video_id": None if shows is None else str(shows.video),
        "platform": None if shows is None else shows.platform.value,
        "url": None if shows is None else shows.url,
        "title": None if shows is None else shows.title,
        "session": None if context.session is None else str(context.session),
        "at": context.made,
    }


def _counts(known: Context, report: Report) -> bool:
    is_repeat = report.seq <= known.seq and report.made <= known.made
    return not is_repeat and report.link >= known.link


def _news(known: Context | None, report: Report) -> News:
    before = None if known is None else known.shows
    if before == report.shows:
        return News.NONE
    return News.CLEARED if report.shows is None else News.UPDATED


def _video(shows: Shown | None) -> UUID | None:
    return None if shows is None else shows.video
