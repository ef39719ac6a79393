"""Notes as files over HTTP: whose they are, what is refused, and how they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import attrs
import pytest

from lossy.channels.operations import MAX_BODY
from lossy.channels.topics import VideoNotes
from lossy.domain.export import FORMATS
from lossy.domain.imports.found import MAX_FILE
from lossy.domain.notes import Status
from lossy.domain.timecode import Rate
from lossy.web.bodies import most_of
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
    pal = await make(app, url="https://example.com/3", rate=Rate(25))
    for id, query, path in (
        (video.id, "", "format"),
        (video.id, "format=docx", "format"),
        (video.id, "format=edl&drop_frame=yes", "drop_frame"),
        (video.id, "format=edl&status=deleted", "status.0"),
        (video.id, "format=edl&fps=25", "fps"),
        (video.id, "format=edl&start_timecode=1:00:00:00", "start_timecode"),
        (pal.id, "format=edl&start_timecode=01:00:00;00", "start_timecode"),
        (pal.id, "format=edl&drop_frame=true", "drop_frame"),
        (odd.id, "format=edl", "format"),
        (odd.id, "format=csv&drop_frame=true", "format"),
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


# -- and back -------------------------------------------------------------------------------------------------------

MARKER = "001  001  V  C  01:00:02;00 01:00:02;01 01:00:02;00 01:00:02;01\n{} |C:ResolveColorBlue |M:audio |D:1\n"


async def bring(app: App, cookie: str, video: UUID, content: str, query: str = "") -> Response:
    headers = {"Cookie": cookie, "Origin": app.url}
    return await fetch("POST", f"{app.url}/api/videos/{video}/import?{query}", headers, content.encode())


async def test_what_was_exported_comes_back_as_it_is(app: App) -> None:
    cookie, video = await sign_in(app), await make(app)
    next_cut = await make(app, url="https://example.com/2")
    for name in ("edl", "otio"):
        content = (await export(app, cookie, video.id, f"format={name}")).text
        assert (await bring(app, cookie, video.id, content)).json == {"made": [], "there": 2}
        made = (await bring(app, cookie, next_cut.id, content, f"format={name}")).json
        assert (len(made["made"]), made["there"]) == ((2, 0) if name == "edl" else (0, 2))


async def test_markers_are_notes_at_once_for_whoever_looks(app: App) -> None:
    cookie, video = await sign_in(app), await make(app)
    heard: list[str] = []
    with app.node.bus.subscribe(str(VideoNotes(video.id)), lambda published: heard.append(published.broadcast.event)):
        made = await bring(app, cookie, video.id, "FCM: DROP FRAME\n" + MARKER.format("Too loud."))
    assert (made.status, made.json["there"], heard) == (200, 0, ["note_created"])
    (note,) = [each for each in (await app.node.notes.first_page(video.id)).notes if str(each.id) in made.json["made"]]
    assert (note.text, note.frame_in, note.status) == ("Too loud.", 60, Status.FIRMED)
    assert (await bring(app, cookie, video.id, "FCM: DROP FRAME\n" + MARKER.format("Too loud."))).json["there"] == 1


async def test_what_is_not_imported(app: App) -> None:
    cookie, video = await sign_in(app), await make(app)
    for content, query, path in (
        ("", "", "$"),
        (MARKER.format("x"), "", "line.2"),
        (MARKER.format("x"), "format=otio", "line.1"),
        ("{}", "", "OTIO_SCHEMA"),
        (MARKER.format("x"), "format=csv", "format"),
        (MARKER.format("x"), "start_timecode=1", "start_timecode"),
    ):
        response = await bring(app, cookie, video.id, content, query)
        assert (response.status, response.json["details"]) == (400, {"path": path})
    headers = {"Cookie": cookie, "Origin": app.url, "Content-Length": f"{MAX_FILE + 1}"}
    big = await fetch("POST", f"{app.url}/api/videos/{video.id}/import", headers, b"x")
    assert (big.status, big.json["code"], str(MAX_FILE) in big.json["message"]) == (413, "too_large", True)
    assert (await bring(app, cookie, video.id, "x" * MAX_FILE)).status == 400
    assert (await bring(app, cookie, uuid4(), MARKER.format("x"))).status == 404
    assert (await bring(app, "", video.id, MARKER.format("x"))).status == 401
    assert (await app.node.notes.first_page(video.id)).total == 2


def test_other_requests_take_little() -> None:
    path = f"/api/videos/{uuid4()}/import"
    assert most_of("POST", path) == MAX_FILE
    elsewhere = (("GET", path), ("POST", f"{path}/x"), ("POST", "/api/videos/x/import"), ("PATCH", "/api/settings"))
    assert {most_of(method, other) for method, other in elsewhere} == {MAX_BODY}
