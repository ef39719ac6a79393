"""Videos in PostgreSQL, and who may reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import attrs
import pytest

from lossy.domain.access import Role
from lossy.domain.timecode import Rate
from lossy.store.shares import Shares
from lossy.store.videos import Reach, Videos
from tests.notes import make_note, make_video, save

if TYPE_CHECKING:
    from lossy.store.pool import Pool

pytestmark = pytest.mark.integration


@pytest.fixture
async def videos(pool: Pool) -> Videos:
    return Videos(pool)


async def add_user(pool: Pool) -> UUID:
    id = uuid4()
    async with pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, %s, 'user')", (id, f"{id}@localhost"))
    return id


async def test_a_new_video_is_kept_as_it_was_found(pool: Pool, videos: Videos) -> None:
    video = make_video(await add_user(pool), rate=Rate(30000, 1001))
    assert await videos.detect(video) == video
    assert await videos.reach(video.id, video.owner_id) == Reach(video, Role.OWNER)


async def test_the_same_video_by_another_address_is_the_same_video(videos: Videos, pool: Pool) -> None:
    first = await videos.detect(make_video(await add_user(pool), url="https://youtu.be/dQw4w9WgXcQ", rate=Rate(25)))
    again = make_video(first.owner_id, url="https://www.youtube.com/embed/dQw4w9WgXcQ", title="cut, second version")
    assert await videos.detect(again) == attrs.evolve(first, title="cut, second version", rate=again.rate)


async def test_what_is_no_address_is_no_video(videos: Videos) -> None:
    with pytest.raises(ValueError, match="no address"):
        await videos.detect(make_video(uuid4(), url="cut.mp4"))


async def test_two_users_have_two_videos_at_one_address(pool: Pool, videos: Videos) -> None:
    mine, theirs = [await videos.detect(make_video(await add_user(pool))) for _ in range(2)]
    assert mine.url == theirs.url
    assert mine.id != theirs.id


async def test_what_somebody_has_lost_is_what_they_noted_and_do_not_reach(pool: Pool, videos: Videos) -> None:
    owner, guest = await add_user(pool), await add_user(pool)
    kept, taken, unseen = [await videos.detect(make_video(owner, url=f"https://example.com/{n}.mp4")) for n in range(3)]
    own = await videos.detect(make_video(guest))
    for video in (kept, taken, own):
        await save(pool, video, *(attrs.evolve(make_note(video), author_id=guest) for _ in range(2)))
    shares = Shares(pool)
    for video in (kept, taken, unseen):
        await shares.share(video.id, guest, Role.EDITOR)
    assert await videos.lost_by(guest) == frozenset()
    for video in (taken, unseen):
        await shares.withdraw(video.id, guest)
    assert await videos.lost_by(guest) == {taken.id}
    assert await videos.lost_by(owner) == frozenset()


async def test_only_its_owner_reaches_a_video(pool: Pool, videos: Videos) -> None:
    video = await videos.detect(make_video(await add_user(pool)))
    assert await videos.reach(video.id, await add_user(pool)) is None
    assert await videos.reach(uuid4(), video.owner_id) is None
