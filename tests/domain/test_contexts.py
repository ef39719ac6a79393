"""What tabs show: late, repeated and overtaken reports, clocks that run back, and the review that is over."""

from __future__ import annotations

from itertools import permutations
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.contexts import (
    CONTEXT_LIFE_MS,
    CONTEXTS_KEPT,
    Change,
    Context,
    News,
    Report,
    Shown,
    Tab,
    as_payload,
    begin,
    hear,
    kept,
    made_at,
    session_left,
    without,
)
from lossy.domain.platforms.model import Platform

T = 1_000_000
TAB, OTHER_TAB = Tab(UUID(int=1), "7"), Tab(UUID(int=1), "8")
REVIEW, OTHER_REVIEW = UUID(int=20), UUID(int=21)


def video(n: int, title: str = "cut") -> Shown:
    return Shown(UUID(int=10 + n), Platform.YOUTUBE, f"https://www.youtube.com/watch?v={n:011}", title)


A, B = video(1), video(2)


def report(shows: Shown | None, made: int = 0, seq: int = 1, link: int = 0) -> Report:
    return Report(TAB, shows, T + made, seq, T + link)


def told(*reports: Report, session: UUID | None = None) -> Change:
    """The last change of a tab; the review is begun after the first report."""
    change = hear(None, reports[0], T)
    shows = change.context.shows
    context = change.context if session is None or shows is None else begin(change.context, session, shows.video, T)
    change = attrs.evolve(change, context=context)
    for n, each in enumerate(reports[1:], start=1):
        change = hear(change.context, each, T + n)
    return change


def test_a_tab_is_known_by_what_it_said_first() -> None:
    change = told(report(A))
    assert (change.context.shows, change.before, change.news, change.left) == (A, None, News.UPDATED, None)
    assert told(report(None)).news is News.NONE, "that it shows nothing is news of a tab that showed something"


def test_to_go_to_another_video_in_the_page_ends_the_review() -> None:
    change = told(report(A), report(B, 10, 2), session=REVIEW)
    assert (change.context.shows, change.context.session) == (B, None)
    assert (change.news, change.left) == (News.UPDATED, REVIEW)


def test_a_reload_ends_nothing_though_its_numbers_begin_anew() -> None:
    change = told(report(A, 0, 9), report(A, 10, 1), session=REVIEW)
    assert (change.context.session, change.context.seq) == (REVIEW, 1)
    assert (change.news, change.left) == (News.NONE, None)


def test_another_title_of_the_same_video_is_news_and_ends_nothing() -> None:
    change = told(report(A), report(video(1, "second cut"), 10, 2), session=REVIEW)
    assert (change.context.session, change.news, change.left) == (REVIEW, News.UPDATED, None)


def test_a_tab_that_is_closed_shows_nothing_and_its_review_is_over() -> None:
    change = told(report(A), report(None, 10, 2), session=REVIEW)
    assert (change.context.shows, change.news, change.left) == (None, News.CLEARED, REVIEW)
    late = hear(change.context, report(A), T + 5)
    assert (late.context, late.news) == (change.context, News.NONE), "what it said before does not bring it back"


@pytest.mark.parametrize(
    ("known", "then", "counts"),
    [
        (report(A, 0, 1), report(B, 10, 2), True),
        (report(A, 0, 1), report(B, 0, 1), False),  # a repeat
        (report(A, 5, 3), report(B, 0, 2), False),  # overtaken
        (report(A, 5, 3), report(B, 5, 2), False),
        (report(A, 5, 3), report(B, -3_600_000, 4), True),  # its clock was set back
        (report(A, 5, 3), report(B, 10, 1), True),  # its numbers began anew
        (report(A, 5, 3, link=1), report(B, 10, 4, link=0), False),  # by a link of before
        (report(A, 5, 1, link=1), report(B, 4, 90, link=0), False),
        (report(A, 5, 3, link=0), report(B, 4, 4, link=1), True),  # by a link that measured the clock otherwise
        (report(A, 5, 3, link=0), report(B, 5, 3, link=1), False),  # a repeat by another link
    ],
)
def test_which_report_counts(known: Report, then: Report, counts: bool) -> None:
    before = hear(None, known, T).context
    change = hear(before, then, T + 1)
    assert change.context.shows == (B if counts else A)
    assert counts or change.context is before
    assert session_left(begin(before, REVIEW, A.video, T), then) == (REVIEW if counts else None)


def test_a_clock_that_is_ahead_wins_nothing() -> None:
    assert made_at(T + 5_000, 0, T) == T
    assert made_at(T + 5_000, -6_000, T) == T - 1_000


def test_a_review_begins_in_a_tab_that_shows_its_video() -> None:
    context = told(report(A)).context
    assert begin(context, REVIEW, A.video, T + 9) == attrs.evolve(context, session=REVIEW, heard=T + 9)
    assert begin(context, REVIEW, B.video, T + 9) is context
    assert begin(told(report(A), report(None, 1, 2)).context, REVIEW, A.video, T + 9).session is None


def test_a_review_that_came_into_another_tab_is_not_ended_by_the_first() -> None:
    context = begin(told(report(A)).context, REVIEW, A.video, T)
    assert without(context, OTHER_REVIEW) == context
    moved = without(context, REVIEW)
    assert moved.session is None
    assert hear(moved, report(B, 10, 2), T + 10).left is None


@given(st.permutations([report(A, 0, 1), report(B, 10, 2), report(None, 20, 3), report(A, 30, 4)]), st.integers(0, 3))
def test_whatever_the_order_of_arrival_the_last_one_made_stays(order: list[Report], again: int) -> None:
    change = told(*order, order[again])
    assert (change.context.shows, change.context.seq) == (A, 4)


def test_tabs_that_go_on_by_themselves_disturb_none() -> None:
    """Two windows with one video each way round: what one tab says is nothing to the other."""
    for order in permutations([report(A), attrs.evolve(report(B), tab=OTHER_TAB)]):
        contexts = {each.tab: hear(None, each, T).context for each in order}
        assert {tab: context.shows for tab, context in contexts.items()} == {TAB: A, OTHER_TAB: B}


def test_so_many_are_kept_and_none_too_old() -> None:
    many = [Context(Tab(UUID(int=1), str(n)), A, None, T, 1, T, heard=T + n) for n in range(CONTEXTS_KEPT + 2)]
    assert kept(many, T) == many[:1:-1]
    assert kept(many, T + CONTEXT_LIFE_MS + CONTEXTS_KEPT) == [many[-1]]


def test_it_is_plain_on_the_wire() -> None:
    context = begin(told(report(A)).context, REVIEW, A.video, T)
    assert as_payload(context) == {
        "tab": "7",
        "device": str(TAB.device),
        "video_id": str(A.video),
        "platform": "youtube",
        "url": A.url,
        "title": "cut",
        "session": str(REVIEW),
        "at": T,
    }
    cleared = as_payload(told(report(A), report(None, 1, 2)).context)
    assert {cleared[name] for name in ("video_id", "platform", "url", "title", "session")} == {None}
