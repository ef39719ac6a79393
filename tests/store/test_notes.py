"""Notes in PostgreSQL: what goes in comes out, in the order of the film."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import attrs
import psycopg
import pytest
import trio

from lossy.app import migrate_pool
from lossy.domain.note_query import PAGE, Cursor, Order
from lossy.domain.notes import Category, Note, Status
from lossy.resources import folder
from lossy.store import notes as notes_module
from lossy.store.ledger import Entry, MoveNote, Noted
from lossy.store.migrate import read_migrations
from lossy.store.note_life import Kept
from lossy.store.note_writes import move
from lossy.store.pool import open_pool
from lossy.store.postgres_note_book import PostgresNoteBook
from tests.notes import LIFE, make_note, make_video, save

if TYPE_CHECKING:
    from lossy.store.pool import Pool
    from lossy.store.videos import Video

pytestmark = pytest.mark.integration


@pytest.fixture
async def notes(pool: Pool) -> PostgresNoteBook:
    return PostgresNoteBook(pool, LIFE)


@pytest.fixture
async def video(pool: Pool) -> Video:
    owner = uuid4()
    async with pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'a@localhost', 'user')", (owner,))
    return await save(pool, make_video(owner))


async def insert(pool: Pool, *saved: Note) -> None:
    """Rows as these notes are, whatever became of them."""
    async with pool.lend() as connection:
        for note in saved:
            await notes_module.insert(connection, note, LIFE.stored(LIFE.begin(note, self_firming=False).kept.state))


async def test_a_note_comes_out_as_it_went_in(pool: Pool, notes: PostgresNoteBook, video: Video) -> None:
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
        version=3,
        updated_at=1_767_225_600_125,
    )
    await insert(pool, note)
    page = await notes.first_page(video.id)
    assert (page.notes, page.cursor, page.total) == ((note,), None, 1)


async def test_an_empty_video_has_an_empty_page(notes: PostgresNoteBook, video: Video) -> None:
    for id in (video.id, uuid4()):
        page = await notes.first_page(id)
        assert (page.notes, page.cursor, page.total) == ((), None, 0)


async def test_notes_are_in_the_order_of_the_film_then_of_their_ids(
    pool: Pool, notes: PostgresNoteBook, video: Video
) -> None:
    frames = {9: 50, 7: 3, 1: 3, 5: 700, 4: 3}
    await insert(pool, *(make_note(video, frame, id=UUID(int=id)) for id, frame in frames.items()))
    page = await notes.first_page(video.id)
    assert [note.id.int for note in page.notes] == [1, 4, 7, 9, 5]


@pytest.mark.parametrize(("count", "has_more"), [(PAGE, False), (PAGE + 1, True), (250, True)])
async def test_a_page_ends_with_a_cursor_where_there_is_more(
    pool: Pool, notes: PostgresNoteBook, video: Video, count: int, has_more: bool
) -> None:
    await insert(pool, *(make_note(video, frame) for frame in range(count)))
    page = await notes.first_page(video.id)
    assert [note.frame_in for note in page.notes] == [*range(min(count, PAGE))]
    assert page.total == count
    assert page.cursor == (Cursor(Order.FRAME, 99, page.notes[-1].id) if has_more else None)


async def test_a_smaller_page_can_be_asked_for(pool: Pool, notes: PostgresNoteBook, video: Video) -> None:
    await insert(pool, *(make_note(video, frame) for frame in range(3)))
    page = await notes.first_page(video.id, 2)
    assert ([note.frame_in for note in page.notes], page.total) == ([0, 1], 3)
    assert page.cursor == Cursor(Order.FRAME, 1, page.notes[1].id)


async def test_the_notes_of_other_videos_stay_there(pool: Pool, notes: PostgresNoteBook, video: Video) -> None:
    other = await save(pool, make_video(video.owner_id, url="https://example.com/other"))
    await insert(pool, make_note(other))
    assert (await notes.first_page(video.id)).total == 0


async def test_a_note_that_is_deleted_is_neither_shown_nor_counted(
    pool: Pool, notes: PostgresNoteBook, video: Video
) -> None:
    gone = attrs.evolve(make_note(video, 1), status=Status.DELETED)
    await insert(pool, make_note(video, 0), gone, make_note(video, 2))
    page = await notes.first_page(video.id, 2)
    assert ([note.frame_in for note in page.notes], page.cursor, page.total) == ([0, 2], None, 2)


async def test_the_notes_of_before_have_a_life_of_their_own(empty_database: str) -> None:
    """A server of the first migration made them; they are ghosts, and go on from there."""
    first, *later = read_migrations(folder("sql"))
    author, video, note = uuid4(), uuid4(), uuid4()
    async with open_pool(empty_database, size=1) as pool:
        async with pool.lend() as connection:
            await connection.execute(first.sql)
            await connection.execute(
                "INSERT INTO users (id, email, role) VALUES (%s, 'a@localhost', 'user')", (author,)
            )
            await connection.execute("INSERT INTO videos VALUES (%s, %s, 'x', 'cut', 25, 1)", (video, author))
            await connection.execute(
                "INSERT INTO notes VALUES (%s, %s, NULL, %s, 'Too dark.', 'color', 0.75, 3, NULL, 25, 1, 80, 'ghost',"
                " 'too dark', '{}', now())",
                (note, video, author),
            )
            for migration in later:
                await connection.execute(migration.sql)
            found = await notes_module.lock(connection, note)
        (said,) = await PostgresNoteBook(pool, LIFE).history(note)
    assert found is not None
    old, stored = found
    assert LIFE.read(old, stored) == LIFE.begin(old, self_firming=False).kept.state
    moved = LIFE.move(Kept(old, LIFE.read(old, stored)), "confirm", author, old.created_at + 1)
    assert (moved.kept.note.status, moved.kept.note.version, moved.refused) == (Status.FIRMED, 2, None)
    assert (said.version, said.event, said.by, said.text) == (1, "said", author, "Too dark.")


async def test_a_note_is_saved_once(pool: Pool, video: Video) -> None:
    note = make_note(video)
    await insert(pool, note)
    with pytest.raises(psycopg.errors.UniqueViolation):
        await insert(pool, note)


async def test_two_who_move_a_note_at_once_take_turns(database: str) -> None:
    """Each in a transaction on a connection of its own, as two nodes would."""
    async with open_pool(database, size=4) as pool:
        await migrate_pool(pool)
        owner, session, left = uuid4(), uuid4(), list[Noted]()
        async with pool.lend() as connection:
            await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'a@localhost', 'user')", (owner,))
        note = make_note(make_video(owner))
        video = await save(pool, attrs.evolve(make_video(owner), id=note.video_id), note)
        async with pool.lend() as connection:
            insert_session = "INSERT INTO sessions (id, user_id, video_id, snapshot) VALUES (%s, %s, %s, '{}')"
            await connection.execute(insert_session, (session, owner, video.id))

        async def edit(n: int) -> None:
            entry = Entry(session, n, n, "agent", "edit", {}, None, None, ())
            async with pool.lend() as connection, connection.transaction():
                left.append(await move(connection, LIFE, entry, MoveNote(note.id, "edit", owner, n)))

        async with trio.open_nursery() as nursery:
            for n in range(12):
                nursery.start_soon(edit, n)
        assert sorted(noted.note.version for noted in left if noted.note) == [*range(2, 14)]
        history = await PostgresNoteBook(pool, LIFE).history(note.id)
        assert [change.version for change in history] == [*range(13, 1, -1)]
