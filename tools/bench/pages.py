"""How long each page of the web app takes, with 500 videos and 10,000 notes in an embedded PostgreSQL.

The time is that of a request over a socket of this machine, from its first byte to the answer's last, one after the
other: what a browser waits for before it has anything to show. A fifth of the notes are of one video, whose page is
measured. The bound is what the pages promise; beyond it the command fails.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID, uuid4

import attrs
import click
import trio
from psycopg.types.json import Jsonb
from rich.console import Console
from rich.table import Table

from lossy.app import App, open_app
from lossy.domain.library import sighting
from lossy.domain.notes import Category, Note, Status
from lossy.domain.timecode import Rate
from lossy.settings import Database, Posting, Server, Settings
from lossy.store.library import Library
from lossy.store.note_life import note_life
from lossy.store.pool import Pool
from lossy.web.auth import hashed

BOUND_MS = 300
VIDEOS, NOTES, OF_ONE = 500, 10_000, 2_000
WARM_UP = 3  # requests of each page that do not count: statements are prepared, templates compiled
RATE = Rate(24000, 1001)
COOKIE = "a-cookie-of-the-bench"
SAID = ("the intro is too long", "his hands are out of frame", "the music covers her voice", "too dark to see the logo")

PAGES = {
    "library": "/",
    "library, searched": "/?text=cut+42",
    "library, second page": "/?cursor={cursor}",
    "notes": "/videos/{film}",
    "notes, searched": "/videos/{film}?text=hands",
    "notes, latest first": "/videos/{film}?order=newest&category=audio",
    "note": "/videos/{film}/notes/{note}",
    "sharing": "/videos/{film}/sharing",
    "settings": "/settings",
    "devices": "/devices",
    "account": "/account",
    "overview": "/admin",
    "users": "/admin/users",
    "flags": "/admin/flags",
}


@attrs.frozen
class Figures:
    """`cpu_ms` is the server's of a request, without PostgreSQL's: it stays the same on a busy machine."""

    p50_ms: float
    p95_ms: float
    cpu_ms: float
    kilobytes: float


# -- what there is ------------------------------------------------------------------------------------------------


async def fill(pool: Pool, owner: UUID) -> dict[str, object]:
    """The ids that the addresses name."""
    library = Library(pool)
    seen = sighting("https://example.com/cuts/0.mp4", "The cut 0 of a film", RATE, 600_000)
    assert seen is not None, "it is an address of the web"
    first = (await library.see(owner, seen, uuid4())).entry
    async with pool.lend() as connection:
        rows = await connection.execute(
            "INSERT INTO videos (id, owner_id, url, title, rate_num, rate_den, platform, canonical_id, page_url,"
            " status, metadata, duration_ms, last_seen_at)"
            " SELECT gen_random_uuid(), owner_id, replace(url, '0.mp4', n || '.mp4'), 'The cut ' || n || ' of a film',"
            " rate_num, rate_den, platform, canonical_id || n, page_url, status, metadata, duration_ms,"
            " last_seen_at + n * interval '1 ms' FROM videos, generate_series(1, %s) n WHERE id = %s RETURNING id",
            (VIDEOS - 1, first.id),
        )
        films = [first.id, *(row[0] for row in await rows.fetchall())]
    note = await _fill_notes(pool, owner, films)
    page = await library.shelf(owner)
    return {"film": films[0], "note": note, "cursor": page.cursor}


async def _fill_notes(pool: Pool, owner: UUID, films: list[UUID]) -> UUID:
    """Each with what is recorded of its beginning. Gives one of the first film's."""
    life = note_life(Posting())
    first = Note(
        id=uuid4(),
        video_id=films[0],
        session_id=None,
        author_id=owner,
        text=SAID[0],
        category=Category.AUDIO,
        confidence=0.75,
        frame_in=0,
        frame_out=None,
        rate=RATE,
        onset_uncertainty_ms=120,
        status=Status.GHOST,
        transcript=SAID[0],
        provenance={},
        created_at=1_767_225_600_000,
    )
    state = Jsonb(life.stored(life.begin(first, self_firming=True).kept.state))
    async with pool.lend() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO notes (id, video_id, author_id, text, category, confidence, frame_in, rate_num, rate_den,"
            " onset_uncertainty_ms, status, transcript, provenance, created_at, version, updated_at, state)"
            " SELECT gen_random_uuid(),"
            " (%(films)s::uuid[])[1 + CASE WHEN n < %(of_one)s THEN 0 ELSE n %% %(videos)s END], %(owner)s,"
            " (%(said)s::text[])[1 + n %% 4] || ' ' || n, (%(categories)s::text[])[1 + n %% 11], 0.75,"
            " n * 7, 24000, 1001, 120, 'firmed', 'as it was heard', '{}', now(), 2, now(), %(state)s"
            " FROM generate_series(0, %(notes)s - 1) n",
            {
                "films": films,
                "of_one": OF_ONE,
                "videos": VIDEOS,
                "owner": owner,
                "said": [*SAID],
                "categories": [category.value for category in Category],
                "state": state,
                "notes": NOTES,
            },
        )
        await connection.execute(
            "INSERT INTO note_changes (note_id, version, at, by, event, status, text, category, confidence, frame_in)"
            " SELECT id, v, now(), author_id, 'said', CASE v WHEN 1 THEN 'ghost' ELSE 'firmed' END, text, category,"
            " confidence, frame_in FROM notes, generate_series(1, 2) v"
        )
        await connection.execute(
            "INSERT INTO note_outcomes SELECT id, NULL, category, 0.75, NULL, 'kept', now() FROM notes"
        )
        found = await (
            await connection.execute("SELECT id FROM notes WHERE video_id = %s LIMIT 1", (films[0],))
        ).fetchone()
    async with pool.lend() as connection:
        await connection.execute("ANALYZE")
    assert found is not None, "the first film has some"
    return UUID(str(found[0]))


async def sign_in(app: App) -> UUID:
    """The admin, by a cookie that is known here."""
    await app.sign_in_url()
    admin = await app.node.accounts.admin()
    assert admin is not None, "the first call makes one"
    async with app.node.pool.lend() as connection:
        await connection.execute(
            "INSERT INTO web_sessions (token_hash, user_id, expires_at) VALUES (%s, %s, now() + interval '1 hour')",
            (hashed(COOKIE), admin.id),
        )
    return admin.id


# -- measuring ----------------------------------------------------------------------------------------------------


async def ask(url: str, path: str) -> tuple[float, int]:
    """Milliseconds, and bytes of the answer."""
    host, _, port = url.removeprefix("http://").partition(":")
    began = time.perf_counter()
    async with await trio.open_tcp_stream(host, int(port)) as stream:
        head = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: lossy_session={COOKIE}\r\nAccept: text/html\r\n"
        await stream.send_all(f"{head}Connection: close\r\n\r\n".encode())
        answer = b"".join([chunk async for chunk in stream])
    if not answer.startswith(b"HTTP/1.1 200"):
        raise AssertionError(f"{path}: {answer[:200]!r}")
    return (time.perf_counter() - began) * 1_000, len(answer)


async def measure(app: App, path: str, rounds: int) -> Figures:
    for _ in range(WARM_UP):
        await ask(app.url, path)
    cpu = time.process_time()
    asked = [await ask(app.url, path) for _ in range(rounds)]
    cpu_ms = (time.process_time() - cpu) * 1_000 / rounds
    times = [took for took, _ in asked]
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
    return Figures(statistics.median(times), p95, cpu_ms, asked[0][1] / 1_000)


async def bench(folder: Path, rounds: int) -> dict[str, Figures]:
    server = Server(port=0, limit_scale=1_000)
    async with open_app(Settings(server=server, database=Database(data=folder))) as app:
        ids = await fill(app.node.pool, await sign_in(app))
        return {name: await measure(app, path.format(**ids), rounds) for name, path in PAGES.items()}


@click.command()
@click.option("--quick", is_flag=True, help="Few requests, to see that it runs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: milliseconds and kilobytes, by page.")
def main(quick: bool, as_json: bool) -> None:
    """Measure how long each page of the web app takes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root the database's server is another user
        figures = trio.run(bench, folder, 5 if quick else 50)
    if as_json:
        print(json.dumps({name: attrs.asdict(each) for name, each in figures.items()}, indent=2))
    else:
        table = Table("page", "P50 ms", "P95 ms", "CPU ms", "kB")
        for name, each in figures.items():
            table.add_row(
                name, f"{each.p50_ms:.1f}", f"{each.p95_ms:.1f}", f"{each.cpu_ms:.1f}", f"{each.kilobytes:.0f}"
            )
        Console().print(table)
    if slow := [name for name, each in figures.items() if each.p95_ms > BOUND_MS]:
        sys.exit(f"beyond {BOUND_MS} ms at P95: {', '.join(slow)}")


if __name__ == "__main__":
    main()
