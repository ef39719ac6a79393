"""All notes of a video, as a file takes them out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import attrs
import pytest

from lossy.domain.export import MAX_EXPORTED, MAX_EXPORTED_TEXT, TooMuch
from lossy.domain.export.sheet import EXPORTABLE, Said
from lossy.domain.notes import MAX_TEXT, Category, Status
from lossy.store.note_files import NoteFiles
from lossy.store.video_reading import VideoReading
from tests.notes import FILM, NOW_MS, make_note, make_video, save

if TYPE_CHECKING:
    from lossy.store.pool import Pool
    from lossy.store.videos import Video

pytestmark = pytest.mark.integration


@pytest.fixture
async def video(pool: Pool) -> Video:
    owner = uuid4()
    async with pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'ann@example.com', 'user')", (owner,))
    return await save(pool, make_video(owner))


async def many(pool: Pool, video: Video, count: int, characters: int) -> None:
    """Copies of the video's one note."""
    async with pool.lend() as connection:
        await connection.execute(
            "INSERT INTO notes (id, video_id, author_id, text, category, confidence, frame_in, rate_num, rate_den,"
            " onset_uncertainty_ms, status, transcript, provenance, created_at, updated_at, state)"
            " SELECT gen_random_uuid(), video_id, author_id, repeat('x', %s), category, confidence, n, rate_num,"
            " rate_den, 0, status, '', '{}', created_at, updated_at, state FROM notes, generate_series(1, %s) n"
            " WHERE video_id = %s",
            (characters, count, video.id),
        )


async def test_all_notes_of_one_video_come_out(pool: Pool, video: Video) -> None:
    whole = attrs.evolve(make_note(video, 2**40, text="Zu dunkel 🎬"), frame_out=2**40 + 5, status=Status.POSTED)
    deleted = attrs.evolve(make_note(video, 1), status=Status.DELETED)
    other = await save(pool, make_video(video.owner_id, url="https://example.com/other"))
    await save(pool, video, whole, deleted)
    await save(pool, other, make_note(other))
    files = NoteFiles(pool)
    assert await files.of_video(video.id, EXPORTABLE) == (
        Said(whole.id, "Zu dunkel 🎬", Category.COLOR, Status.POSTED, 2**40, 2**40 + 5, FILM, "ann", NOW_MS),
    )
    assert await files.of_video(video.id, {Status.GHOST}) == ()
    assert await files.of_video(uuid4(), EXPORTABLE) == ()


async def test_more_than_a_page_comes_out_and_more_than_a_file_may_have_does_not(pool: Pool, video: Video) -> None:
    await save(pool, video, make_note(video))
    files = NoteFiles(pool)
    await many(pool, video, MAX_EXPORTED - 1, 10)
    assert len(await files.of_video(video.id, EXPORTABLE)) == MAX_EXPORTED
    await save(pool, video, make_note(video))
    with pytest.raises(TooMuch, match=f"^{MAX_EXPORTED + 1} notes"):
        await files.of_video(video.id, EXPORTABLE)


async def test_few_notes_may_be_too_long(pool: Pool, video: Video) -> None:
    await save(pool, video, make_note(video))
    await many(pool, video, MAX_EXPORTED_TEXT // MAX_TEXT, MAX_TEXT)
    with pytest.raises(TooMuch, match="choose fewer statuses"):
        await NoteFiles(pool).of_video(video.id, EXPORTABLE)


async def test_videos_are_found_by_how_their_id_begins(pool: Pool, video: Video) -> None:
    await save(pool, video, make_note(video), attrs.evolve(make_note(video, 1), status=Status.DELETED))
    reading = VideoReading(pool)
    (listed,) = await reading.latest(5)
    assert (listed.video, listed.owner, listed.notes) == (video, "ann@example.com", 1)
    assert await reading.beginning_with(video.id.hex[:4], 2) == [listed]
    assert await reading.beginning_with(video.id.hex, 2) == [listed]
    assert await reading.beginning_with(UUID(int=video.id.int ^ 1).hex, 2) == []
