"""What only PostgreSQL does: words are stemmed, transactions commit in another order than they begin, locks meet."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import trio
from psycopg import errors

from lossy.app import migrate_pool
from lossy.domain.note_query import Filters, Query
from lossy.domain.seen import RUNNING, Seen
from lossy.sessions.note_decisions import Request, confirm, merge
from lossy.settings import Posting
from lossy.store import notes as notes_module
from lossy.store.note_book import Whose
from lossy.store.note_life import note_life
from lossy.store.pool import StoreError, open_pool
from lossy.store.postgres_note_book import TRIES, PostgresNoteBook
from tests.notes import LIFE, NOW_MS, make_note, make_video, save

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from lossy.domain.notes import Note
    from lossy.store.connection import Connection
    from lossy.store.note_book import Decide
    from lossy.store.note_life import Moved
    from lossy.store.pool import Pool
    from lossy.store.videos import Video

pytestmark = pytest.mark.integration


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    async with open_pool(database, size=4) as pool:
        await migrate_pool(pool)
        yield pool


@pytest.fixture
async def book(pool: Pool) -> PostgresNoteBook:
    return PostgresNoteBook(pool, note_life(Posting()))


@pytest.fixture
async def video(pool: Pool) -> Video:
    owner = uuid4()
    async with pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'a@localhost', 'user')", (owner,))
    return await save(pool, make_video(owner))


async def test_words_are_found_in_the_forms_that_english_has(book: PostgresNoteBook, pool: Pool, video: Video) -> None:
    said = {1: "The titles are fading out too slowly.", 2: "A title, out of focus.", 3: "Zu dunkel: die Straße."}
    await save(pool, video, *(make_note(video, n, text=text) for n, text in said.items()))
    found = {}
    for text in (
        "title fade",
        "titles",
        '"out of focus"',
        "title -fade",
        "fades or focus",
        "straße",
        "the",
        "the title",
        "the tit",
        "slow foc",
        "focus slo",
        '-"',
        ":*&|!(",
    ):
        page = await book.page(Whose(video=video.id), Query(Filters(text=text)))
        found[text] = {note.frame_in for note in page.notes}
    assert found == {
        "title fade": {1},
        "titles": {1, 2},
        '"out of focus"': {2},
        "title -fade": {2},
        "fades or focus": {1, 2},
        "straße": {3},
        "the": {1},
        "the title": {1, 2},
        "the tit": {1, 2},
        "slow foc": set(),
        "focus slo": set(),
        '-"': set(),
        ":*&|!(": set(),
    }


async def since(book: PostgresNoteBook, video: Video, seen: Seen) -> tuple[set[UUID], Seen]:
    changes = await book.since(video.id, seen, 100)
    assert changes is not None
    return {note.id for note in changes.notes}, changes.seen


async def test_what_began_before_and_was_committed_after_is_a_change_since(
    book: PostgresNoteBook, pool: Pool, video: Video
) -> None:
    """A number that was taken when it was written would have been seen already, as the later one was."""
    slow, quick = make_note(video, 1), make_note(video, 2)
    seen = (await book.first_page(video.id, 10)).seen
    async with pool.lend() as connection:
        async with connection.transaction():
            await insert(connection, slow)
            async with pool.lend() as beside:
                await insert(beside, quick)
            changed, seen = await since(book, video, seen)
            assert changed == {quick.id}
            assert seen.running, "the slow one"
        changed, seen = await since(book, video, seen)
        assert changed == {slow.id}
        assert await since(book, video, seen) == (set(), seen)


async def insert(connection: Connection[Any], note: Note) -> None:
    await notes_module.insert(connection, note, LIFE.stored(LIFE.begin(note, self_firming=False).kept.state))


async def test_a_seen_that_a_client_gives_back_is_one_that_postgresql_takes(
    book: PostgresNoteBook, video: Video
) -> None:
    seen = (await book.first_page(video.id, 1)).seen
    for least, most, running in [(1, 1, ()), (1, seen.most, (1, 2)), (3, seen.most, tuple(range(3, 3 + RUNNING)))]:
        assert await book.since(video.id, Seen(least, most, running), 1) is not None


class Unlucky(PostgresNoteBook):
    """It is the one of two that PostgreSQL ends, so many times."""

    left = 0

    async def _change(self, note_ids: Sequence[UUID], decide: Decide) -> Sequence[Moved]:
        if self.left:
            self.left -= 1
            raise errors.DeadlockDetected
        return await super()._change(note_ids, decide)


async def test_who_is_ended_for_a_lock_tries_again_and_not_for_ever(pool: Pool, video: Video) -> None:
    book, note = Unlucky(pool, LIFE), make_note(video)
    assert await book.begin(LIFE.begin(note, self_firming=False)) is None
    book.left = TRIES - 1
    confirmed = await book.change([note.id], confirm(LIFE, Request(video.owner_id, NOW_MS)))
    assert [moved.kept.note.version for moved in confirmed] == [2]
    book.left = TRIES
    with pytest.raises(StoreError):
        await book.change([note.id], confirm(LIFE, Request(video.owner_id, NOW_MS)))


async def test_of_two_who_lock_each_others_notes_both_are_served(
    book: PostgresNoteBook, pool: Pool, video: Video
) -> None:
    """A batch of the ledger locks notes as they come; a merge locks its two by their ids. Either may be ended."""
    low, high = make_note(video, 1, id=UUID(int=1)), make_note(video, 2, id=UUID(int=2))
    for note in (low, high):
        assert await book.begin(LIFE.begin(note, self_firming=False)) is None

    async def merge_them() -> None:
        await book.change([low.id, high.id], merge(book.life, Request(video.owner_id, NOW_MS)))

    async with trio.open_nursery() as nursery, pool.lend() as connection:
        with suppress(errors.DeadlockDetected):
            async with connection.transaction():
                await notes_module.lock(connection, high.id)
                nursery.start_soon(merge_them)
                await until_somebody_waits(pool)
                await notes_module.lock(connection, low.id)
    found = await book.find(high.id)
    assert found is not None
    assert found.text == f"{high.text} {low.text}"


async def until_somebody_waits(pool: Pool) -> None:
    async with pool.lend() as connection:
        while True:
            cursor = await connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            row = await cursor.fetchone()
            if row and row[0]:
                return
