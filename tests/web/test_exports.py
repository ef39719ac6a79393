"""Notes as files over HTTP: whose they are, what is refused, and how they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import attrs
import pytest

from lossy.channels.events import EXPENSIVE
from lossy.domain.export import FORMATS
from lossy.domain.notes import Status
from lossy.domain.timecode import Rate
from tests.notes import make_note, make_video, save
from tests.web.http import Response, fetch, sign_in

if TYPE_CHECKING:
    from lossy.app import App
    from lossy.store.videos import Video

pytestmark = pytest.mark.integration


NTSC = Rate(30_000, 1001)
TITLE = 'Der "Schnitt"\r\nX: \N{LATIN SMALL LETTER U WITH DIAERESIS}b'


async def make(app: App, owner: UUID | None = None, *, url: str = "https://example.com/1", rate: Rate = NTSC) -> Video:
    """A ghost at frame 0, one that is posted at 1800, and one that is deleted."""
    admin = await app.node.accounts.admin()
    assert admin is not None
    video = make_video(owner or admin.id, url=url, title=TITLE, rate=rate)
    posted = attrs.evolve(make_note(video, 1800, text="Warm."), status=Status.POSTED)
    gone = attrs.evolve(make_note(video, 5, text="Gone."), status=Status.DELETED)
    return await save(app.node.pool, video, make_note(video), posted, gone)


async def export(app: App, cookie: str, video: UUID, query: str) -> Response:
    return await fetch("GET", f"{app.url}/api/videos/{video}/export?{query}", {"Cookie": cookie})


async def test_every_format_is_a_file_to_keep(app: App) -> None:
    cookie, video = await sign_in(app), await make(app)
    for name, format in FORMATS.items():
        response = await export(app, cookie, video.id, f"format={name}")
        assert (response.status, response.headers["Content-Type"]) == (200, f"{format.media_type}; charset=utf-8")
        assert response.headers["Content-Disposition"] == f"attachment; filename=Der-Schnitt-X-ub.{format.suffix}"
        assert (response.headers["X-Content-Type-Options"], response.headers["Cache-Control"]) == (
            "nosniff",
            "no-store",
        )
        assert all(words in response.text for words in ("Too dark.", "Warm."))
        assert "Gone." not in response.text
    asked = "format=avid&start_timecode=00:00:00;00&status=posted&status=failed"
    assert (await export(app, cookie, video.id, asked)).text.startswith("admin\t00:01:00;02\tV1\tmagenta\tWarm.")
    assert "01:00:00;00" in (await export(app, cookie, video.id, "format=avid&drop_frame=true")).text


async def test_what_is_refused(app: App) -> None:
    cookie, video = await sign_in(app), await make(app)
    odd = await make(app, url="https://example.com/2", rate=Rate(25, 2))
    for id, query, path in (
        (video.id, "", "format"),
        (video.id, "format=docx", "format"),
        (video.id, "format=edl&drop_frame=yes", "drop_frame"),
        (video.id, "format=edl&status=deleted", "status.0"),
        (video.id, "format=edl&fps=25", "fps"),
        (video.id, "format=edl&start_timecode=1:00:00:00", "$"),
        (odd.id, "format=edl", "$"),
        (odd.id, "format=csv&drop_frame=true", "$"),
    ):
        response = await export(app, cookie, id, query)
        assert (response.status, response.json["code"], response.json["details"]) == (400, "invalid", {"path": path})
    assert (await export(app, "", video.id, "format=edl")).status == 401


async def test_the_notes_of_others_are_not_there(app: App) -> None:
    cookie, stranger = await sign_in(app), uuid4()
    async with app.node.pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'b@localhost', 'user')", (stranger,))
    theirs = await make(app, stranger)
    answers = [await export(app, cookie, id, "format=csv") for id in (theirs.id, uuid4())]
    assert [(answer.status, answer.json["code"]) for answer in answers] == [(404, "not_found")] * 2
    assert answers[0].json == answers[1].json


async def test_exports_are_limited(app: App) -> None:
    cookie, video = await sign_in(app), await make(app)
    statuses = [(await export(app, cookie, video.id, "format=json")).status for _ in range(EXPENSIVE.burst)]
    assert statuses == [200] * EXPENSIVE.burst
    response = await export(app, cookie, video.id, "format=json")
    assert (response.status, response.json["code"]) == (429, "rate_limited")
    assert 0 < response.json["details"]["retry_after_ms"] <= EXPENSIVE.interval_ms
