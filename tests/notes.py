"""Notes for tests that need some in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import trio

from lossy.domain.notes import Category, Note, Status
from lossy.domain.timecode import Rate
from lossy.settings import Posting
from lossy.store import notes
from lossy.store.note_life import note_life
from lossy.store.videos import Video, Videos

if TYPE_CHECKING:
    from lossy.store.pool import Pool

FILM = Rate(24000, 1001)
NOW_MS = 1_767_225_600_000
LIFE = note_life(Posting())


def make_video(
    owner: UUID, *, url: str = "https://example.com/cut.mp4", title: str = "cut", rate: Rate = FILM
) -> Video:
    return Video(uuid4(), owner, url, title, rate)


def make_note(video: Video, frame: int = 0, *, text: str = "Too dark.", id: UUID | None = None) -> Note:
    return Note(
        id=id or uuid4(),
        video_id=video.id,
        session_id=None,
        author_id=video.owner_id,
        text=text,
        category=Category.COLOR,
        confidence=0.75,
        frame_in=frame,
        frame_out=None,
        rate=video.rate,
        onset_uncertainty_ms=120,
        status=Status.GHOST,
        transcript=text.lower(),
        provenance={"remark": "a", "entries": [1, 2]},
        created_at=NOW_MS,
    )


async def loses_nothing(user_id: UUID) -> frozenset[UUID]:
    """Nobody has had a video taken away that they made notes on."""
    await trio.lowlevel.checkpoint()
    return frozenset()


async def save(pool: Pool, video: Video, *saved: Note) -> Video:
    """The video and its notes, in the database."""
    kept = await Videos(pool).detect(video)
    async with pool.lend() as connection:
        for note in saved:
            begun = LIFE.begin(note, self_firming=False).kept
            await notes.insert(connection, note, LIFE.stored(begun.state))
    return kept
