"""What a person has on their shelves in PostgreSQL: what is theirs, what is shared with them, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from lossy.domain.access import Role
from lossy.domain.library import Status
from lossy.domain.notes import Status as NoteStatus
from lossy.store.library import BadCursor, Library
from lossy.store.overview import read_overview
from lossy.store.shares import Shares
from lossy.store.shelves import Asked, Page, Shelves
from lossy.store.user_names import UserNames
from tests.notes import make_note, make_video, save
from tests.store.test_videos import add_user

if TYPE_CHECKING:
    from uuid import UUID

    from lossy.store.pool import Pool

pytestmark = pytest.mark.integration


async def film(pool: Pool, owner: UUID, title: str) -> UUID:
    return (await save(pool, make_video(owner, url=f"https://example.com/{title}.mp4", title=title))).id


def shown(page: Page) -> dict[str, str]:
    return {each.entry.title: each.role.value for each in page.videos}


async def test_they_hold_what_is_ones_own_and_what_is_shared(pool: Pool) -> None:
    ann, ben = await add_user(pool), await add_user(pool)
    mine, theirs = await film(pool, ann, "mine"), await film(pool, ben, "theirs")
    await film(pool, ben, "secret")
    await Shares(pool).share(theirs, ann, Role.EDITOR)
    shelves = Shelves(pool)
    assert shown(await shelves.page(ann, Asked())) == {"mine": "owner", "theirs": "editor"}
    await Library(pool).set_status(ann, mine, Status.ARCHIVED)
    assert shown(await shelves.page(ann, Asked((Status.ACTIVE,)))) == {"theirs": "editor"}
    assert await shelves.counts(ann) == {Status.QUEUED: 0, Status.ACTIVE: 1, Status.ARCHIVED: 1}
    await Shares(pool).withdraw(theirs, ann)
    assert shown(await shelves.page(ann, Asked())) == {"mine": "owner"}


async def test_what_is_typed_is_looked_for_as_it_is(pool: Pool) -> None:
    ann = await add_user(pool)
    for title in ("Cut 50% darker", "Cut 500", "Teaser_a", "Teaser-b"):
        await film(pool, ann, title)
    for text, found in (("50%", {"Cut 50% darker"}), ("teaser_", {"Teaser_a"}), ("CUT", {"Cut 50% darker", "Cut 500"})):
        assert shown(await Shelves(pool).page(ann, Asked(text=text))).keys() == found, text


async def test_they_come_in_pages_without_a_hole(pool: Pool) -> None:
    ann = await add_user(pool)
    titles = [f"cut {number}" for number in range(7)]
    for title in titles:
        await film(pool, ann, title)
    seen: list[str] = []
    cursor = None
    while True:
        page = await Shelves(pool).page(ann, Asked(), cursor, limit=3)
        seen += shown(page)
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == titles[::-1]
    with pytest.raises(BadCursor):
        await Shelves(pool).page(ann, Asked(), "nonsense")


async def test_people_on_a_video_are_its_owner_those_it_is_shared_with_and_who_noted_something(pool: Pool) -> None:
    ann, ben, cleo, dan, eve = [await add_user(pool) for _ in range(5)]
    video = make_video(ann)
    gone = make_note(video, text="taken back")
    notes = evolve(make_note(video), author_id=cleo), evolve(gone, author_id=dan, status=NoteStatus.DELETED)
    video = await save(pool, video, *notes)
    await Shares(pool).share(video.id, ben, Role.VIEWER)
    people = await UserNames(pool).on_video(video.id)
    assert people.keys() == {ann, ben, cleo}
    assert eve not in people


async def test_the_overview_counts_what_there_is(pool: Pool) -> None:
    ann = await add_user(pool)
    video = make_video(ann)
    await save(pool, video, make_note(video), evolve(make_note(video, 1), status=NoteStatus.DELETED))
    counted = await read_overview(pool)
    assert (counted.people, counted.videos, counted.notes) == (1, 1, 1)
    assert (counted.live, counted.sessions, counted.nodes) == (0, 0, 0)
