"""Markers become notes once, all of a file or none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import attrs
import pytest
import trio

from lossy.app import migrate_pool
from lossy.domain.imports.drafts import Source, drafts
from lossy.domain.imports.found import MAX_IMPORTED, Found
from lossy.domain.notes import Category, Status
from lossy.store import notes as notes_module
from lossy.store.note_imports import Imported, NoteImports
from lossy.store.pool import open_pool
from lossy.store.postgres_note_book import PostgresNoteBook
from tests.notes import LIFE, NOW_MS, make_note, make_video, save

if TYPE_CHECKING:
    from lossy.store.pool import Pool
    from lossy.store.videos import Video

pytestmark = pytest.mark.integration

NOW = NOW_MS + 5


async def make(pool: Pool) -> Video:
    owner = uuid4()
    async with pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'ann@example.com', 'user')", (owner,))
    return await save(pool, make_video(owner))


async def test_a_marker_is_a_firmed_note_with_all_that_is_recorded_of_one(pool: Pool) -> None:
    video = await make(pool)
    found = [Found(10, 19, "Too dark.", Category.COLOR), Found(5, None, "Who is that?")]
    (first, second), there = attrs.astuple(
        await NoteImports(pool, LIFE).make(video, video.owner_id, found, NOW, Source("cut.edl", "cli:ann")),
        recurse=False,
    )
    assert there == 0
    assert (await PostgresNoteBook(pool, LIFE).first_page(video.id)).notes == (second, first)
    assert (first.status, first.text, first.frame_in, first.frame_out) == (Status.FIRMED, "Too dark.", 10, 19)
    assert (first.author_id, first.created_at, first.confidence) == (video.owner_id, NOW, 1.0)
    assert (second.category, second.session_id) == (Category.GENERAL, None)
    assert second.provenance == {"by": "import", "file": "cut.edl", "via": "cli:ann"}
    changes = await PostgresNoteBook(pool, LIFE).history(first.id)
    assert [(change.version, change.status, change.by) for change in changes] == [
        (2, Status.FIRMED, video.owner_id),
        (1, Status.GHOST, video.owner_id),
    ]
    async with pool.lend() as connection:
        outcomes = await connection.execute(
            "SELECT outcome, threshold FROM note_outcomes WHERE note_id = %s", (first.id,)
        )
        assert await outcomes.fetchall() == [("kept", None)]
        kept = await notes_module.find(connection, first.id)
    assert kept is not None
    assert LIFE.read(*kept).active >= {"firmed"}


async def test_importing_again_makes_nothing(pool: Pool) -> None:
    video = await make(pool)
    imports, found = NoteImports(pool, LIFE), [Found(5, None, "a"), Found(6, None, "b")]
    first = await imports.make(video, video.owner_id, found, NOW)
    again = await imports.make(video, video.owner_id, [*found, Found(7, None, "c")], NOW + 1)
    assert (len(first.made), [note.text for note in again.made], again.there) == (2, ["c"], 2)


async def test_the_id_of_a_note_counts_where_the_video_has_it(pool: Pool) -> None:
    video = await make(pool)
    other = await save(pool, make_video(video.owner_id, url="https://example.com/other"))
    here, gone, elsewhere = make_note(video), attrs.evolve(make_note(video), status=Status.DELETED), make_note(other)
    await save(pool, video, here, gone)
    await save(pool, other, elsewhere)
    found = [Found(9, None, "changed", None, each.id) for each in (here, gone, elsewhere)]
    imported = await NoteImports(pool, LIFE).make(video, video.owner_id, found, NOW)
    (new,) = drafts(video.id, found, {here.id, gone.id})
    assert ([note.id for note in imported.made], imported.there) == ([new.id], 2)
    page = (await PostgresNoteBook(pool, LIFE).first_page(video.id)).notes
    assert [(note.id, note.text) for note in page] == [(here.id, here.text), (new.id, "changed")]
    assert (await PostgresNoteBook(pool, LIFE).first_page(other.id)).notes == (elsewhere,)


async def test_two_who_import_at_once_make_each_note_once(database: str) -> None:
    found, left = [Found(n, None, f"{n}") for n in range(50)], list[Imported]()
    async with open_pool(database, size=3) as pool:
        await migrate_pool(pool)
        video = await make(pool)

        async def bring() -> None:
            left.append(await NoteImports(pool, LIFE).make(video, video.owner_id, found, NOW))

        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(bring)
        assert sorted((len(each.made), each.there) for each in left) == [(0, 50), (0, 50), (50, 0)]


async def test_a_file_as_long_as_it_may_be_is_taken(pool: Pool) -> None:
    video = await make(pool)
    found = [Found(n, None, f"{n}") for n in range(MAX_IMPORTED)]
    with trio.fail_after(60):
        imported = await NoteImports(pool, LIFE).make(video, video.owner_id, found, NOW)
    assert len(imported.made) == MAX_IMPORTED
