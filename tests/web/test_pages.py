"""The pages on the real server: signing in once, and what was noted."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

import attrs
import orjson
import psycopg
import pytest

from lossy.app import open_app
from lossy.domain.timecode import Rate
from lossy.web.auth import COOKIE, FIRST_ADMIN
from tests.notes import make_note, make_video, save
from tests.web.http import fetch, sign_in

if TYPE_CHECKING:
    from uuid import UUID

    from lossy.app import App
    from lossy.settings import Settings

pytestmark = pytest.mark.integration


async def home(app: App, cookie: str) -> str:
    response = await fetch("GET", f"{app.url}/", {"Cookie": cookie})
    assert response.status == 200
    return response.text


async def admin_id(app: App) -> UUID:
    admin = await app.node.accounts.admin()
    assert admin is not None
    return admin.id


# -- signing in -----------------------------------------------------------------------------------------------------


async def test_a_link_signs_in_once(app: App) -> None:
    link = await app.sign_in_url()
    first = await fetch("POST", link, {"Origin": app.url})
    assert (first.status, first.headers["Location"]) == (302, "/")
    again = await fetch("POST", link, {"Origin": app.url})
    assert again.status == 404
    assert "Set-Cookie" not in again.headers


async def test_looking_at_a_link_does_not_spend_it(app: App) -> None:
    link = await app.sign_in_url()
    for _ in range(3):
        page = await fetch("GET", link)
        assert page.status == 200
        assert 'method="post"' in page.text
        assert "Set-Cookie" not in page.headers
    assert (await fetch("POST", link, {"Origin": app.url})).status == 302


async def test_a_spent_link_is_told_to_a_browser_on_a_page_and_to_a_program_in_our_shape(app: App) -> None:
    link = await app.sign_in_url()
    await fetch("POST", link, {"Origin": app.url})
    page = await fetch("POST", link, {"Origin": app.url, "Accept": "text/html,*/*"})
    assert page.status == 404
    assert "<p>This link has been used or is too old.</p>" in page.text
    answer = await fetch("POST", link, {"Origin": app.url})
    assert orjson.loads(answer.text) == {"code": "not_found", "message": "This link has been used or is too old."}


async def test_an_old_link_signs_nobody_in(app: App, database: str) -> None:
    link = await app.sign_in_url()
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE sign_in_links SET expires_at = now() - interval '1 second'")
    assert (await fetch("POST", link, {"Origin": app.url})).status == 404


async def test_a_link_lives_for_an_hour(app: App, database: str) -> None:
    await app.sign_in_url()
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT extract(epoch FROM expires_at - now()) FROM sign_in_links").fetchone()
    assert row is not None
    assert 3590 < row[0] <= 3600


async def test_a_link_that_was_never_made_signs_nobody_in(app: App) -> None:
    assert (await fetch("POST", f"{app.url}/sign-in/guessed", {"Origin": app.url})).status == 404
    assert (await fetch("POST", f"{app.url}/sign-in/%00", {"Origin": app.url})).status == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_another_site_cannot_sign_a_browser_in(app: App, origin: str) -> None:
    link = await app.sign_in_url()
    assert (await fetch("POST", link, {"Origin": origin})).status == 403
    assert (await fetch("POST", link, {"Origin": app.url})).status == 302


async def test_another_name_for_this_address_cannot_sign_in(app: App) -> None:
    """A name that somebody else controls and points here."""
    link = await app.sign_in_url()
    assert (await fetch("POST", link, {"Host": "rebound.example"})).status == 403


async def test_the_cookie_is_for_this_server_alone(app: App) -> None:
    response = await fetch("POST", await app.sign_in_url(), {"Origin": app.url})
    cookie = SimpleCookie(response.headers["Set-Cookie"])[COOKIE]
    assert len(cookie.value) >= 43
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert cookie["max-age"] == str(30 * 24 * 3600)
    assert not cookie["secure"]


async def test_where_browsers_use_tls_the_cookie_is_secure(settings: Settings) -> None:
    public = "https://lossy.example"
    async with open_app(attrs.evolve(settings, server=attrs.evolve(settings.server, public_url=public))) as app:
        response = await fetch("POST", await app.sign_in_url(), {"Origin": public})
        cookie = SimpleCookie(response.headers["Set-Cookie"])[f"__Host-{COOKIE}"]
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


async def test_no_secret_is_in_the_database(app: App, database: str) -> None:
    link = await app.sign_in_url()
    await sign_in(app)
    with psycopg.connect(database) as connection:
        hashes = connection.execute("SELECT token_hash FROM sign_in_links UNION SELECT token_hash FROM web_sessions")
        kept = [bytes(row[0]) for row in hashes]
    assert len(kept) == 2
    assert {len(secret) for secret in kept} == {32}
    assert link.rpartition("/")[2].encode() not in kept


# -- the first page -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cookie", ["", f"{COOKIE}=guessed", f"{COOKIE}="])
async def test_who_is_not_signed_in_is_told_how(app: App, cookie: str) -> None:
    response = await fetch("GET", f"{app.url}/", {"Cookie": cookie})
    assert response.status == 401
    assert "lossy sign-in" in response.text


async def test_an_empty_page_says_what_to_do(app: App) -> None:
    page = await home(app, await sign_in(app))
    assert FIRST_ADMIN in page
    assert "lossy sim speak" in page


async def test_notes_are_listed_in_the_order_of_the_film(app: App) -> None:
    cookie = await sign_in(app)
    video = make_video(await admin_id(app))
    frames = [90_000, 0, 1500, 7, 23]
    await save(app.node.pool, video, *(make_note(video, frame, text=f"frame {frame}") for frame in frames))
    page = await home(app, cookie)
    assert re.findall(r"frame (\d+)<", page) == ["0", "7", "23", "1500", "90000"]
    assert "5 notes" in page
    assert re.findall(r"<time>(.*?)</time>", page) == ["0:00.000", "0:00.292", "0:00.960", "1:02.563", "1:02:33.750"]


async def test_a_note_with_a_range_shows_both_its_ends(app: App) -> None:
    cookie = await sign_in(app)
    video = make_video(await admin_id(app), rate=Rate(25))
    await save(app.node.pool, video, attrs.evolve(make_note(video, 1_750), frame_out=2_000))
    assert "<time>1:10.000 \N{EN DASH} 1:20.000</time>" in await home(app, cookie)


async def test_a_video_with_many_notes_shows_the_first_hundred(app: App) -> None:
    cookie = await sign_in(app)
    video = make_video(await admin_id(app))
    await save(app.node.pool, video, *(make_note(video, frame) for frame in range(101)))
    page = await home(app, cookie)
    assert page.count("<li class") == 100
    assert "101 notes" in page
    assert "The first 100 are shown." in page


async def test_what_people_write_stays_text(app: App) -> None:
    cookie = await sign_in(app)
    attack = """"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}"""
    video = make_video(await admin_id(app), url=f"https://example.com/{attack}", title=attack)
    await save(app.node.pool, video, make_note(video, text=attack))
    page = await home(app, cookie)
    assert "<script" not in page
    assert "<img" not in page
    assert {href[:1] for href in re.findall(r'href="(.*?)"', page)} == {"/"}
    assert "{{ 7 * 7 }}" in page
    assert page.count("&lt;script&gt;alert(1)") == 4  # the title twice, the address, the note


async def test_a_sign_in_page_keeps_its_link_text(app: App) -> None:
    page = await fetch("GET", f"{app.url}/sign-in/%22%3E%3Cscript%3E")
    assert "<script" not in page.text


async def test_nobody_sees_another_users_notes(app: App, database: str) -> None:
    cookie = await sign_in(app)
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "INSERT INTO users (id, email, role) VALUES (gen_random_uuid(), 'b@localhost', 'user') RETURNING id"
        ).fetchone()
    assert row is not None
    video = make_video(row[0])
    await save(app.node.pool, video, make_note(video, text="not yours"))
    assert "not yours" not in await home(app, cookie)
