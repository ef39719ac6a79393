"""How long it takes to find notes by their words, and to write one while the index of words has a list to sort in.

Run as `python -m tools.bench.search`. 100,000 notes, of which one video has 10,000 and the others a hundred each; the
words are drawn from 2,000, a few of them often, as people say them. An embedded PostgreSQL; the times are the client's.
"""

import random
import statistics
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

import click
import trio
from rich.console import Console
from rich.table import Table

from lossy.app import migrate_pool
from lossy.domain.note_query import Filters, Query
from lossy.settings import Posting
from lossy.store.embedded import open_postgres
from lossy.store.note_book import Whose
from lossy.store.note_life import note_life
from lossy.store.pool import Pool, open_pool
from lossy.store.postgres_note_book import PostgresNoteBook
from tools.bench.store import open_folder

NOTES, OF_ONE, OF_OTHERS = 100_000, 10_000, 100
WORDS, IN_A_NOTE = 2_000, 8
ROUNDS = 30
WRITES = 6_000  # the list is full twice at least
OWNER = UUID(int=1)
BIG, SMALL = UUID(int=1), UUID(int=2)

INSERT = """
INSERT INTO notes (id, video_id, author_id, text, category, confidence, frame_in, rate_num, rate_den,
    onset_uncertainty_ms, status, transcript, provenance, created_at, version, updated_at, state)
SELECT gen_random_uuid(), video, %s, text, 'general', 1, 0, 25, 1, 0, 'firmed', '', '{}', now(), 1, now(), '{}'
FROM unnest(%s::uuid[], %s::text[]) AS said (video, text)
"""


def sentence(chosen: random.Random) -> str:
    """The n-th word comes a n-th as often as the first. They are made up, so that none is a stop word."""
    words = chosen.choices(range(WORDS), [1 / (n + 1) for n in range(WORDS)], k=IN_A_NOTE)
    return " ".join(f"w{word}" for word in words)


async def fill(pool: Pool, chosen: random.Random) -> None:
    videos = [UUID(int=1 + n) for n in range(1 + (NOTES - OF_ONE) // OF_OTHERS)]
    of = [BIG] * OF_ONE + [video for video in videos[1:] for _ in range(OF_OTHERS)]
    chosen.shuffle(of)
    async with pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'a@localhost', 'user')", (OWNER,))
        await connection.execute(
            "INSERT INTO videos (id, owner_id, url, title, rate_num, rate_den)"
            " SELECT id, %s, 'https://example.com/' || id, 'A cut', 25, 1 FROM unnest(%s::uuid[]) AS id",
            (OWNER, videos),
        )
        for start in range(0, NOTES, 1_000):
            these = of[start : start + 1_000]
            await connection.execute(INSERT, (OWNER, these, [sentence(chosen) for _ in these]))
        await connection.execute("VACUUM ANALYZE notes")


async def took_ms(ask: Callable[[], Awaitable[object]]) -> list[float]:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - start) * 1_000)
    return sorted(times)


async def searches(pool: Pool) -> dict[str, list[float]]:
    book, found = PostgresNoteBook(pool, note_life(Posting())), {}
    for name, video in (("10,000 notes", BIG), ("100 notes", SMALL)):
        for word in ("w0", "w100", "w1999", ""):
            whose, query = Whose(video=video), Query(Filters(text=word))
            what = f"a video of {name}, {f'the word {word}' if word else 'the first page'}"
            found[what] = await took_ms(lambda whose=whose, query=query: book.page(whose, query))  # type: ignore[misc]
    return found


async def writes(pool: Pool, chosen: random.Random) -> list[float]:
    """One note each; the slowest are those that find the list full."""
    times = []
    async with pool.lend() as connection:
        for _ in range(WRITES):
            text = sentence(chosen)
            start = time.perf_counter()
            await connection.execute(INSERT, (OWNER, [BIG], [text]))
            times.append((time.perf_counter() - start) * 1_000)
    return sorted(times)


async def measure() -> dict[str, list[float]]:
    chosen = random.Random(0)
    with open_folder() as folder:
        async with open_postgres(folder / "data") as postgres, open_pool(postgres.conninfo, size=2) as pool:
            await migrate_pool(pool)
            await fill(pool, chosen)
            found = await searches(pool)
            return {**found, "a note is written": await writes(pool, chosen)}


@click.command()
def main() -> None:
    table = Table("", "median ms", "slowest ms", title=f"{NOTES:,} notes")
    for what, times in trio.run(measure).items():
        table.add_row(what, f"{statistics.median(times):.2f}", f"{times[-1]:.1f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
