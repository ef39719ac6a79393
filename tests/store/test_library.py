"""The library in PostgreSQL: one row a video whatever page showed it, its pages, and the rows of before it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
import trio

from lossy.domain.access import Role
from lossy.domain.library import Entry, Sighting, Status, sighting
from lossy.domain.platforms.model import Platform
from lossy.domain.timecode import Rate
from lossy.resources import folder
from lossy.store.library import BadCursor, Known, Library, Wanted
from lossy.store.migrate import migrate
from lossy.store.pool import Pool, open_pool
from lossy.store.shares import Shares
from lossy.store.videos import Video
from tests.notes import make_note, save
from tests.store.test_videos import add_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.integration

ANN = UUID(int=1)
WATCH, SHARE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ?si=x"


@pytest.fixture
async def library(pool: Pool) -> Library:
    return Library(pool)


def look(url: str, title: str = "cut", rate: Rate | None = None) -> Sighting:
    seen = sighting(url, title, rate)
    assert seen is not None
    return seen


async def see(library: Library, owner: UUID, url: str, title: str = "cut") -> Entry:
    return (await library.see(owner, look(url, title), uuid4())).entry


async def test_every_form_of_its_address_is_one_video(pool: Pool, library: Library) -> None:
    ann, ben = await add_user(pool), await add_user(pool)
    first = await library.see(ann, look(WATCH), uuid4())
    again = await library.see(ann, look(SHARE, "(1) cut 2 - YouTube"), uuid4())
    assert first.before is None
    assert again.before == first.entry
    assert (again.entry.id, again.entry.title) == (first.entry.id, "cut 2")
    assert (again.entry.url, again.entry.page_url) == (WATCH, SHARE)
    assert again.entry.last_seen_at >= first.entry.last_seen_at > 0
    assert (await see(library, ben, WATCH)).id != first.entry.id
    assert await library.entry(ann, first.entry.id) == again.entry
    assert await library.entry(ben, first.entry.id) is None
    assert await library.entry(ann, uuid4()) is None


async def test_a_video_that_is_shared_for_review_is_the_owners_in_every_form(pool: Pool, library: Library) -> None:
    ann, ben = await add_user(pool), await add_user(pool)
    anns, shares = await see(library, ann, WATCH, "Ann's"), Shares(pool)
    await shares.share(anns.id, ben, Role.VIEWER)
    bens = await see(library, ben, SHARE)
    assert bens.id != anns.id, "who only looks on has nothing to say about it"
    await shares.share(anns.id, ben, Role.REVIEWER)
    assert await library.see(ben, look(SHARE, "another title"), uuid4()) == Known(anns, anns)
    await shares.withdraw(anns.id, ben)
    assert (await see(library, ben, WATCH)).id == bens.id


async def test_a_rate_stays_as_soon_as_there_are_notes(pool: Pool, library: Library) -> None:
    """Deleted ones too: they may come back."""
    ann = await add_user(pool)
    entry = (await library.see(ann, look(WATCH, rate=Rate(24)), uuid4())).entry
    assert (await library.see(ann, look(SHARE, rate=Rate(25)), uuid4())).entry.rate == Rate(25)
    video = Video(entry.id, ann, entry.url, entry.title, Rate(25))
    await save(pool, video, make_note(video))
    noted = (await library.see(ann, look(SHARE, rate=Rate(30)), uuid4())).entry
    assert (noted.rate, noted.notes, noted.is_noted) == (Rate(25), 1, True)
    async with pool.lend() as connection:
        await connection.execute("UPDATE notes SET status = 'deleted'")
    deleted = (await library.see(ann, look(SHARE, rate=Rate(30)), uuid4())).entry
    assert (deleted.rate, deleted.notes, deleted.is_noted) == (Rate(25), 0, True)


async def test_a_video_is_queued_seen_and_archived(pool: Pool, library: Library) -> None:
    ann, ben = await add_user(pool), await add_user(pool)
    queued = await library.queue(ann, look(WATCH, ""), uuid4())
    assert (queued.before, queued.entry.status, queued.entry.title) == (None, Status.QUEUED, "dQw4w9WgXcQ")
    assert (await see(library, ann, SHARE, "cut")).status is Status.ACTIVE
    archived = await library.set_status(ann, queued.entry.id, Status.ARCHIVED)
    assert archived is not None
    assert archived.before is not None
    assert (archived.before.status, archived.entry.status) == (Status.ACTIVE, Status.ARCHIVED)
    assert (await see(library, ann, SHARE, "cut")).status is Status.ARCHIVED
    again = await library.queue(ann, look(WATCH, ""), uuid4())
    assert (again.entry.id, again.entry.status, again.entry.title) == (queued.entry.id, Status.QUEUED, "cut")
    assert await library.set_status(ben, queued.entry.id, Status.ACTIVE) is None
    assert await library.set_status(ann, uuid4(), Status.ACTIVE) is None


async def test_a_shelf_is_leafed_through_from_the_latest_seen(pool: Pool, library: Library) -> None:
    ann = await add_user(pool)
    for number in range(7):
        await see(library, ann, f"https://example.com/{number}")
        await trio.sleep(0.002)  # seen in another millisecond
    await see(library, ann, "https://example.com/2")
    await see(library, await add_user(pool), "https://example.com/of-somebody-else")
    leafed, cursor = list[str](), None
    for _ in range(3):
        shelf = await library.shelf(ann, cursor=cursor, limit=3)
        leafed += [entry.url[-1] for entry in shelf.entries]
        cursor = shelf.cursor
    assert leafed == [*"2654310"]
    assert cursor is None
    assert (await library.shelf(ann, limit=7)).cursor is None


async def test_a_cursor_that_no_page_had_is_bad(library: Library) -> None:
    for cursor in ("", "1", "x,y", f"1,{ANN}x", f"{10**30},{ANN}", f"{10**17},{ANN}"):
        with pytest.raises(BadCursor):
            await library.shelf(ANN, cursor=cursor)


async def test_a_shelf_holds_what_is_wanted(pool: Pool, library: Library) -> None:
    ann = await add_user(pool)
    youtube = await see(library, ann, WATCH, "Grade 100%_final")
    vimeo = await see(library, ann, "https://vimeo.com/76979871", "Grade 100 final")
    page = await see(library, ann, "https://example.com/A_B\\c", "nothing")
    await library.set_status(ann, vimeo.id, Status.ARCHIVED)

    async def ids(**wanted: object) -> set[UUID]:
        return {entry.id for entry in (await library.shelf(ann, Wanted(**wanted))).entries}  # type: ignore[arg-type]

    assert await ids(status=Status.ACTIVE) == {youtube.id, page.id}
    assert await ids(platform=Platform.VIMEO) == {vimeo.id}
    assert await ids(platform=Platform.VIMEO, status=Status.ACTIVE) == set()
    assert await ids(text="grade") == {youtube.id, vimeo.id}
    assert await ids(text="100%_f") == {youtube.id}, "what has a meaning in a pattern has none here"
    assert await ids(text="a_b\\C") == {page.id}
    assert await ids(text="youtube.com") == {youtube.id}


async def test_of_sightings_at_once_one_makes_the_video(database: str) -> None:
    async with open_pool(database, size=8) as pool:
        async with pool.lend() as connection:
            await migrate(connection, folder("sql"))
        library, ann, ids = Library(pool), await add_user(pool), list[UUID]()

        async def look_at(url: str) -> None:
            ids.append((await see(library, ann, url)).id)

        async with trio.open_nursery() as nursery:
            for n in range(20):
                nursery.start_soon(look_at, WATCH if n % 2 else SHARE)
        assert len(set(ids)) == 1


# -- rows of before -----------------------------------------------------------------------------------------------


@pytest.fixture
async def before(empty_database: str, tmp_path: Path) -> AsyncIterator[Pool]:
    """A database of the time when the address was what a video was known by."""
    for file in sorted(folder("sql").glob("000*.sql")):
        shutil.copy(file, tmp_path)
    async with open_pool(empty_database, size=4) as pool:
        async with pool.lend() as connection:
            await migrate(connection, tmp_path)
        yield pool


async def add_old(pool: Pool, owner: UUID, url: str, created: int, *, noted: bool = False) -> UUID:
    id = uuid4()
    async with pool.lend() as connection:
        await connection.execute(
            "INSERT INTO videos (id, owner_id, url, title, rate_num, rate_den, created_at)"
            " VALUES (%s, %s, %s, 'cut', 25, 1, '2026-01-01'::timestamptz + %s * interval '1.0004 seconds')",
            (id, owner, url, created),
        )
        if noted:
            insert = (
                "INSERT INTO notes (id, video_id, author_id, text, category, confidence, frame_in, rate_num, rate_den,"
                " onset_uncertainty_ms, status, transcript, provenance, created_at, updated_at, state)"
                " VALUES (%s, %s, %s, 'x', 'color', 0.5, 1, 25, 1, 0, 'ghost', 'x', '{}', now(), now(), '{}')"
            )
            await connection.execute(insert, (uuid4(), id, owner))
    return id


async def test_rows_of_before_are_known_by_their_platform_and_none_is_lost(before: Pool) -> None:
    ann, ben = await add_user(before), await add_user(before)
    old = await add_old(before, ann, WATCH, 1)
    noted = await add_old(before, ann, SHARE, 2, noted=True)
    page = await add_old(before, ann, "https://example.com/cut.mp4#t=4", 3)
    odd = [await add_old(before, ann, url, 4 + n) for n, url in enumerate(["", "cut.mp4", "\u00e4" * 2_000])]
    theirs = await add_old(before, ben, WATCH, 9)
    async with before.lend() as connection:
        await migrate(connection, folder("sql"))
    library = Library(before)
    entries = {entry.id: entry for entry in (await library.shelf(ann)).entries}
    assert [*entries] == [*reversed([old, noted, page, *odd])], "in the order in which they were made"
    assert entries.keys() == {old, noted, page, *odd}
    assert {id: entry.same_as for id, entry in entries.items() if entry.same_as} == {old: noted}
    assert (entries[noted].platform, entries[noted].url, entries[noted].page_url) == (Platform.YOUTUBE, WATCH, SHARE)
    assert entries[page].url == "https://example.com/cut.mp4"
    assert {entries[id].platform for id in odd} == {Platform.GENERIC}
    assert (await see(library, ann, SHARE)).id == noted
    assert (await see(library, ben, SHARE)).id == theirs
    assert (await library.queue(ann, look(WATCH), uuid4())).entry.id == noted
    archived = await library.set_status(ann, old, Status.ARCHIVED)
    assert archived is not None, "it is there as it was"


async def test_a_row_that_an_older_server_adds_is_found_by_the_next_look(pool: Pool, library: Library) -> None:
    ann = await add_user(pool)
    seen = await see(library, ann, WATCH)
    added = await add_old(pool, ann, SHARE, 1)
    entry = await library.entry(ann, added)
    assert entry is not None
    assert entry.same_as == seen.id
    assert (await see(library, ann, SHARE)).id == seen.id


async def test_two_looks_at_once_name_the_rows_of_before_once(before: Pool) -> None:
    ann = await add_user(before)
    for n, url in enumerate([WATCH, SHARE, f"{WATCH}&t=4", "https://m.youtube.com/watch?v=dQw4w9WgXcQ"]):
        await add_old(before, ann, url, n)
    async with before.lend() as connection:
        await migrate(connection, folder("sql"))
    library, ids = Library(before), list[UUID]()

    async def look_at() -> None:
        ids.append((await see(library, ann, SHARE)).id)

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(look_at)
    assert len(set(ids)) == 1
    assert len([entry for entry in (await library.shelf(ann)).entries if entry.same_as is None]) == 1
