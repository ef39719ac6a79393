"""Notes in PostgreSQL: what goes in comes out, in the order of the film."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import attrs
import psycopg
import pytest

from lossy.domain.notes import Category, Note, Status
from lossy.store import notes as notes_module
from lossy.store.notes import FIRST_PAGE, Notes, Page
from tests.notes import make_note, make_video, save

if TYPE_CHECKING:
    from lossy.store.pool import Pool
    from lossy.store.videos import Video

pytestmark = pytest.mark.integration


@pytest.fixture
async def notes(pool: Pool) -> Notes:
    return Notes(pool)


@pytest.fixture
async def video(pool: Pool) -> Video:
    owner = uuid4()
    async with pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'a@localhost', 'user')", (owner,))
    return await save(pool, make_video(owner))


async def insert(pool: Pool, *saved: Note) -> None:
    async with pool.lend() as connection:
        for note in saved:
            await notes_module.insert(connection, note)


async def test_a_note_comes_out_as_it_went_in(pool: Pool, notes: Notes, video: Video) -> None:
    note = attrs.evolve(
        make_note(video, 7),
        text='Zu dunkel 🎬, "hier"; DROP TABLE notes; -- %s',
        transcript="",
        category=Category.QUESTION,
        status=Status.FIRMED,
        confidence=0.1,
        frame_in=2**40,
        frame_out=2**40 + 5,
        provenance={"rules": ["a", "b"], "entries": [1, 2], "segment": None, "nested": {"x": 0.5}},
        created_at=1_767_225_600_123,
    )
    await insert(pool, note)
    assert await notes.first_page(video.id) == Page((note,), None, 1)


async def test_an_empty_video_has_an_empty_page(notes: Notes, video: Video) -> None:
    assert await notes.first_page(video.id) == Page((), None, 0)
    assert await notes.first_page(uuid4()) == Page((), None, 0)


async def test_notes_are_in_the_order_of_the_film_then_of_their_ids(pool: Pool, notes: Notes, video: Video) -> None:
    frames = {9: 50, 7: 3, 1: 3, 5: 700, 4: 3}
    await insert(pool, *(make_note(video, frame, id=UUID(int=id)) for id, frame in frames.items()))
    page = await notes.first_page(video.id)
    assert [note.id.int for note in page.notes] == [1, 4, 7, 9, 5]


@pytest.mark.parametrize(("count", "has_more"), [(FIRST_PAGE, False), (FIRST_PAGE + 1, True), (250, True)])
async def test_a_page_ends_with_a_cursor_where_there_is_more(
    pool: Pool, notes: Notes, video: Video, count: int, has_more: bool
) -> None:
    await insert(pool, *(make_note(video, frame) for frame in range(count)))
    page = await notes.first_page(video.id)
    assert [note.frame_in for note in page.notes] == [*range(min(count, FIRST_PAGE))]
    assert page.total == count
    assert page.cursor == (f"99,{page.notes[-1].id}" if has_more else None)


async def test_a_smaller_page_can_be_asked_for(pool: Pool, notes: Notes, video: Video) -> None:
    await insert(pool, *(make_note(video, frame) for frame in range(3)))
    page = await notes.first_page(video.id, 2)
    assert ([note.frame_in for note in page.notes], page.total) == ([0, 1], 3)
    assert page.cursor == f"1,{page.notes[1].id}"


async def test_the_notes_of_other_videos_stay_there(pool: Pool, notes: Notes, video: Video) -> None:
    other = await save(pool, make_video(video.owner_id, url="https://example.com/other"))
    await insert(pool, make_note(other))
    assert await notes.first_page(video.id) == Page((), None, 0)


async def test_a_note_is_saved_once(pool: Pool, video: Video) -> None:
    note = make_note(video)
    await insert(pool, note)
    with pytest.raises(psycopg.errors.UniqueViolation):
        await insert(pool, note)
