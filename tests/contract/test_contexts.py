"""What every store of contexts keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import attrs
import pytest
import trio

from lossy.app import migrate_pool
from lossy.domain.contexts import CONTEXT_LIFE_MS, CONTEXTS_KEPT, News, Report, Shown, Tab
from lossy.domain.platforms.model import Platform
from lossy.store.contexts import Contexts, PostgresContexts
from lossy.store.memory_contexts import MemoryContexts
from lossy.store.pool import Pool, StoreError, open_pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ANN, BEN, LAPTOP, PHONE, CUT, OTHER, REVIEW, NEXT_REVIEW = (UUID(int=i) for i in range(1, 9))
T = 1_763_640_000_000
TAB = Tab(LAPTOP, "7")


def shown(video: UUID = CUT, title: str = "cut") -> Shown:
    return Shown(video, Platform.VIMEO, "https://vimeo.com/76979871", title)


def report(shows: Shown | None, seq: int = 1, tab: Tab = TAB) -> Report:
    return Report(tab, shows, T + seq, seq, T)


@pytest.fixture
async def contexts(conninfo: str | None) -> AsyncIterator[Contexts]:
    if conninfo is None:
        yield MemoryContexts()
        return
    async with open_pool(conninfo, size=4) as pool:
        await migrate_pool(pool)
        await fill(pool)
        yield PostgresContexts(pool)


async def fill(pool: Pool) -> None:
    """Two users, Ann's two videos and her two reviews of the first."""
    async with pool.lend() as connection:
        for user in (ANN, BEN):
            insert = "INSERT INTO users (id, email, role) VALUES (%s, %s, 'user')"
            await connection.execute(insert, (user, f"{user}@example.com"))
        for video in (CUT, OTHER):
            insert = "INSERT INTO videos (id, owner_id, url, title, rate_num, rate_den) VALUES (%s, %s, %s, 'x', 25, 1)"
            await connection.execute(insert, (video, ANN, str(video)))
        for session in (REVIEW, NEXT_REVIEW):
            insert = "INSERT INTO sessions (id, user_id, video_id, snapshot) VALUES (%s, %s, %s, '{}')"
            await connection.execute(insert, (session, ANN, CUT))


async def test_what_a_tab_says_is_kept_for_its_user_and_device_alone(contexts: Contexts) -> None:
    assert await contexts.of_tab(ANN, TAB, T) is None
    change = await contexts.hear(ANN, report(shown()), T)
    assert (change.before, change.news, change.context.shows) == (None, News.UPDATED, shown())
    assert await contexts.of_tab(ANN, TAB, T) == change.context
    assert await contexts.of_tab(BEN, TAB, T) is None
    assert await contexts.of_tab(ANN, Tab(PHONE, "7"), T) is None
    assert await contexts.of_tab(ANN, Tab(LAPTOP, "8"), T) is None


async def test_a_tab_goes_on_and_is_cleared(contexts: Contexts) -> None:
    first = await contexts.hear(ANN, report(shown()), T)
    second = await contexts.hear(ANN, report(shown(OTHER), 2), T + 2)
    assert (second.before, second.news, second.context.shows) == (first.context, News.UPDATED, shown(OTHER))
    cleared = await contexts.hear(ANN, report(None, 3), T + 3)
    assert (cleared.before, cleared.news, cleared.context.shows) == (second.context, News.CLEARED, None)
    late = await contexts.hear(ANN, report(shown(), 2), T + 4)
    assert (late.context, late.news) == (cleared.context, News.NONE)
    assert await contexts.of_tab(ANN, TAB, T + 4) == cleared.context


async def test_a_review_is_in_the_tab_that_it_came_into_last(contexts: Contexts) -> None:
    other = Tab(LAPTOP, "8")
    assert await contexts.begin(ANN, TAB, REVIEW, CUT, T) is None, "nothing is known of the tab"
    for tab in (TAB, other):
        await contexts.hear(ANN, report(shown(), tab=tab), T)
    begun = await contexts.begin(ANN, TAB, REVIEW, CUT, T + 5)
    assert begun is not None
    assert (begun.session, begun.heard) == (REVIEW, T + 5)
    assert await contexts.begin(ANN, other, NEXT_REVIEW, CUT, T + 5) is not None
    moved = await contexts.begin(ANN, other, REVIEW, CUT, T + 6)
    assert moved is not None
    assert moved.session == REVIEW
    assert await contexts.of_tab(ANN, TAB, T + 6) == attrs.evolve(begun, session=None)
    change = await contexts.hear(ANN, report(shown(OTHER), 2, other), T + 7)
    assert (change.left, change.context.session) == (REVIEW, None)


async def test_no_review_begins_in_a_tab_that_shows_another_video(contexts: Contexts) -> None:
    known = (await contexts.hear(ANN, report(shown(OTHER)), T)).context
    assert await contexts.begin(ANN, TAB, REVIEW, CUT, T + 5) == known
    assert await contexts.of_tab(ANN, TAB, T + 5) == known


async def test_a_tab_that_was_silent_too_long_is_forgotten(contexts: Contexts) -> None:
    await contexts.hear(ANN, report(shown(), 5), T)
    assert await contexts.of_tab(ANN, TAB, T + CONTEXT_LIFE_MS - 1) is not None
    assert await contexts.of_tab(ANN, TAB, T + CONTEXT_LIFE_MS) is None
    assert await contexts.begin(ANN, TAB, REVIEW, CUT, T + CONTEXT_LIFE_MS) is None
    anew = await contexts.hear(ANN, report(shown(), 1), T + CONTEXT_LIFE_MS)
    assert (anew.before, anew.context.seq) == (None, 1)


async def test_of_too_many_tabs_the_one_longest_silent_goes(contexts: Contexts) -> None:
    await contexts.hear(BEN, report(None), T)
    tabs = [Tab(LAPTOP, name) for name in ["a", "B", *map(str, range(CONTEXTS_KEPT - 1))]]
    for n, tab in enumerate(tabs):
        await contexts.hear(ANN, report(shown(), tab=tab), T + max(n, 1))  # the first two at once
    kept = [tab for tab in tabs if await contexts.of_tab(ANN, tab, T) is not None]
    assert kept == [tab for tab in tabs if tab.id != "B"], "of two as old, by their names"
    assert await contexts.of_tab(BEN, TAB, T) is not None


async def test_of_reports_at_once_the_last_made_stays(contexts: Contexts) -> None:
    async def say(seq: int) -> None:
        await contexts.hear(ANN, report(shown(title=str(seq)), seq), T + 100)

    async with trio.open_nursery() as nursery:
        for seq in range(1, 21):
            nursery.start_soon(say, seq)
    context = await contexts.of_tab(ANN, TAB, T)
    assert context is not None
    assert context.shows == shown(title="20")


@pytest.mark.integration
async def test_with_a_video_go_the_tabs_that_showed_it_and_with_a_review_its_name(database: str) -> None:
    async with open_pool(database, size=2) as pool:
        await migrate_pool(pool)
        await fill(pool)
        contexts = PostgresContexts(pool)
        await contexts.hear(ANN, report(shown()), T)
        await contexts.begin(ANN, TAB, REVIEW, CUT, T)
        async with pool.lend() as connection:
            await connection.execute("DELETE FROM sessions WHERE id = %s", (REVIEW,))
            context = await contexts.of_tab(ANN, TAB, T)
            assert context is not None
            assert context.session is None
            await connection.execute("DELETE FROM videos WHERE id = %s", (CUT,))
        assert await contexts.of_tab(ANN, TAB, T) is None


@pytest.mark.integration
async def test_a_database_that_refuses_for_the_moment_is_away(database: str) -> None:
    async with open_pool(database, size=1) as pool:
        await migrate_pool(pool)
        async with pool.lend() as connection:
            await connection.execute("SET default_transaction_read_only = on")
        with pytest.raises(StoreError):
            await PostgresContexts(pool).hear(uuid4(), report(None), T)
