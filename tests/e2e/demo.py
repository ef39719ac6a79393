"""A film that some people have reviewed, for tests and pictures of the pages: who there is, and what they said."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from attrs import frozen

from lossy.clock import Clock, as_datetime
from lossy.domain.access import Role
from lossy.domain.accounts import UserRole
from lossy.domain.library import sighting
from lossy.domain.notes import Category, Note, Status
from lossy.domain.timecode import Rate, frame_at
from lossy.settings import Accounts as AccountSettings
from lossy.settings import Posting
from lossy.store import notes
from lossy.store.accounts import Accounts
from lossy.store.library import Library
from lossy.store.note_life import note_life
from lossy.store.note_queries import record
from lossy.store.shares import Shares
from lossy.web.auth import new_secret
from lossy.web.passwords import Passwords

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.store.pool import Pool

PASSWORD = "four words only mine"
RATE = Rate(24000, 1001)
SAID = (
    (1_200, "graphics", "The logo comes in too early."),
    (4_040, "pacing", "Please make the intro shorter."),
    (6_400, "color", "Color is off in this shot."),
    (9_720, "pacing", "Hold this frame a little longer please."),
    (38_000, "audio", "The music is much louder than her voice here."),
    (61_500, "framing", "Too tight; we lose his hands."),
    (83_480, "audio", "A siren in the background, from 1:23 on."),
    (121_000, "continuity", "The cup is full again in the reverse angle."),
    (150_250, "praise", "This look is wonderful, keep it exactly like that."),
    (203_000, "story", "I do not understand who she is talking about before the next scene tells me."),
    (244_000, "question", "Is this the take that we chose?"),
    (301_300, "performance", "The second take of this line was warmer."),
)
FILMS = (
    ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "Spring campaign, third cut", 332_000),
    ("https://vimeo.com/76979871", "Interview with the founders", 1_820_000),
    ("https://www.youtube.com/watch?v=jNQXAC9IVRw", "Teaser, vertical", 19_000),
    ("https://example.com/dailies/day-04.mp4", "Dailies, day four", None),
)


@frozen
class Demo:
    """Ids of the film that is shared, of its notes, and of the people by their names."""

    film: UUID
    notes: list[UUID]
    people: dict[str, UUID]


async def make_demo(pool: Pool) -> Demo:
    """Mara owns the films; Joao edits the first, Ana reviews it, Pia looks on. Sam knows of none, Ada is an admin."""
    people = {name: await _person(pool, name) for name in ("mara", "joao", "ana", "pia", "sam", "ada")}
    films = [await _film(pool, people["mara"], *film) for film in FILMS]
    return Demo(films[0], await review(pool, films[0], people), people)


async def new_film(pool: Pool, people: Mapping[str, UUID]) -> UUID:
    """Another one that was reviewed, so that a test may change it."""
    film = await _film(pool, people["mara"], f"https://example.com/{uuid4()}.mp4", "A film of this test's", 332_000)
    await review(pool, film, people)
    return film


async def review(pool: Pool, film: UUID, people: Mapping[str, UUID]) -> list[UUID]:
    for name, role in (("joao", Role.EDITOR), ("ana", Role.REVIEWER), ("pia", Role.VIEWER)):
        await Shares(pool).share(film, people[name], role)
    said = []
    for number, (at, category, text) in enumerate(SAID):
        who = people["ana" if number % 5 == 4 else "mara"]
        said.append(await say(pool, film, who, text, at, Category(category), firm=number % 3 != 1))
    return said


async def _film(pool: Pool, owner: UUID, url: str, title: str, duration: int | None) -> UUID:
    seen = sighting(url, title, RATE, duration)
    assert seen is not None, url
    return (await Library(pool).see(owner, seen, uuid4())).entry.id


async def somebody_new(pool: Pool) -> str:
    """The path of a link that signs in somebody who has never chosen a password."""
    secret, secret_hash = new_secret()
    id = uuid4()
    async with pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, %s, 'user')", (id, f"{id}@localhost"))
    await Accounts(pool).add_sign_in_link(secret_hash, id, as_datetime(Clock().now_ms()) + timedelta(hours=1))
    return f"/sign-in/{secret}"


async def _person(pool: Pool, name: str) -> UUID:
    id, role = uuid4(), UserRole.ADMIN if name == "ada" else UserRole.USER
    kept = await Passwords(AccountSettings(hash_memory_kib=32, hash_passes=1)).hashed(PASSWORD)
    async with pool.lend() as connection:
        await connection.execute(
            "INSERT INTO users (id, email, role, password_hash) VALUES (%s, %s, %s, %s)",
            (id, f"{name}@studio.example", role.value, kept),
        )
    return id


async def say(
    pool: Pool, film: UUID, who: UUID, text: str, at_ms: int, category: Category, *, firm: bool = False
) -> UUID:
    life, now = note_life(Posting()), Clock().now_ms()
    note = Note(
        id=uuid4(),
        video_id=film,
        session_id=None,
        author_id=who,
        text=text,
        category=category,
        confidence=0.75,
        frame_in=frame_at(at_ms, RATE),
        frame_out=None,
        rate=RATE,
        onset_uncertainty_ms=120,
        status=Status.GHOST,
        transcript=text.lower().rstrip("."),
        provenance={},
        created_at=now,
    )
    begun = life.begin(note, self_firming=firm)
    async with pool.lend() as connection:
        await notes.insert(connection, begun.kept.note, life.stored(begun.kept.state))
        await record(connection, begun.changes)
    return note.id
