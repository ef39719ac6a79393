"""The pages on the real server, to somebody without a script: signing in once, videos, notes, and what goes wrong."""

from __future__ import annotations

import re
from html import unescape
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import attrs
import orjson
import psycopg
import pytest

from lossy.app import open_app
from lossy.domain.capabilities import Capability
from lossy.domain.export import FORMATS
from lossy.domain.imports.drafts import Source
from lossy.domain.imports.found import Found
from lossy.domain.library import SHELF
from lossy.domain.notes import Category
from lossy.domain.timecode import Rate
from lossy.domain.user_settings import NOT_YET
from lossy.sessions.note_draft import Draft
from lossy.store.note_imports import NoteImports
from lossy.web.auth import COOKIE, FIRST_ADMIN
from tests.notes import LIFE, NOW_MS, make_note, make_video, save
from tests.web.browser import Browser
from tests.web.devices import open_device
from tests.web.http import fetch, sign_in

if TYPE_CHECKING:
    from lossy.app import App
    from lossy.settings import Settings
    from lossy.sim.account import Account
    from lossy.store.videos import Video

pytestmark = pytest.mark.integration
TYPED = UUID("01900000-0000-7000-8000-000000000001")


async def home(app: App, cookie: str) -> str:
    response = await fetch("GET", f"{app.url}/", {"Cookie": cookie})
    assert response.status == 200
    return response.text


async def notes_of(app: App, cookie: str, video: Video, query: str = "") -> str:
    response = await fetch("GET", f"{app.url}/videos/{video.id}{query}", {"Cookie": cookie})
    assert response.status == 200, response.text
    return response.text


def times(page: str) -> list[str]:
    """Of the notes that it lists."""
    return [found for found in re.findall(r"<time>(.*?)</time>", page) if found]


def history(page: str) -> list[str]:
    """What became of the note that it tells, the latest first."""
    return re.findall(r"<li><strong>(.*?)</strong>", unescape(page))


def titles(page: str) -> list[str]:
    """Of the videos that it lists."""
    return re.findall(r'class="title" href="[^"]*">(.*?)<', page)


async def admin_id(app: App) -> UUID:
    admin = await app.node.accounts.admin()
    assert admin is not None
    return admin.id


# -- signing in -----------------------------------------------------------------------------------------------------


async def test_a_link_signs_in_once(app: App) -> None:
    link = await app.sign_in_url()
    first = await fetch("POST", link, {"Origin": app.url})
    assert (first.status, first.headers["Location"]) == (302, "/welcome")
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


async def test_the_library_shows_where_videos_stand_and_finds_them(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    video = await save(app.node.pool, make_video(await admin_id(app), title="Spring"))
    await browser.open("/")
    assert (await browser.send("/videos", url="https://vimeo.com/76979871")).status == 303
    await browser.open("/?show=queued")
    assert titles(browser.page) == ["76979871"]
    await browser.send(f"/videos/{video.id}/status?back=queued", status="archived")
    assert titles((await browser.open("/")).text) == ["76979871"]
    assert titles((await browser.open("/?show=archived&text=spring")).text) == ["Spring"]
    assert "No video here has “summer”" in (await browser.open("/?show=archived&text=summer")).text
    assert (await browser.open("/?show=nowhere")).status == 400
    assert (await browser.open("/?cursor=nonsense")).status == 400


async def test_an_address_that_shows_no_video_is_refused_beside_its_field(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    await browser.open("/")
    assert (await browser.send("/videos", url="mailto:a@b.example")).status == 400
    assert 'role="alert"' in browser.page
    assert 'value="mailto:a@b.example"' in browser.page


async def test_a_long_library_comes_in_pages(app: App) -> None:
    browser, admin = await Browser(app.url).sign_in_as_admin(app), await admin_id(app)
    for number in range(SHELF + 3):
        await save(app.node.pool, make_video(admin, url=f"https://example.com/{number}.mp4", title=f"cut {number}"))
    first = titles((await browser.open("/")).text)
    further = re.search(r'href="([^"]*)" rel="next"', browser.page)
    assert further is not None
    rest = titles((await browser.open(unescape(further[1]))).text)
    assert (len(first), len(rest)) == (SHELF, 3)
    assert {*first, *rest} == {f"cut {number}" for number in range(SHELF + 3)}


# -- a video's notes ------------------------------------------------------------------------------------------------


async def test_notes_are_listed_in_the_order_of_the_film(app: App) -> None:
    cookie = await sign_in(app)
    video = make_video(await admin_id(app))
    frames = [90_000, 0, 1500, 7, 23]
    video = await save(app.node.pool, video, *(make_note(video, frame, text=f"frame {frame}") for frame in frames))
    page = await notes_of(app, cookie, video)
    assert re.findall(r">frame (\d+)<", page) == ["0", "7", "23", "1500", "90000"]
    assert ">5 notes<" in page
    assert times(page) == ["0:00.000", "0:00.292", "0:00.960", "1:02.563", "1:02:33.750"]


async def test_a_note_with_a_range_shows_both_its_ends(app: App) -> None:
    cookie = await sign_in(app)
    video = make_video(await admin_id(app), rate=Rate(25))
    video = await save(app.node.pool, video, attrs.evolve(make_note(video, 1_750), frame_out=2_000))
    assert times(await notes_of(app, cookie, video)) == ["1:10.000 \N{EN DASH} 1:20.000"]


async def test_a_video_with_many_notes_shows_a_hundred_and_the_way_to_the_rest(app: App) -> None:
    cookie = await sign_in(app)
    video = make_video(await admin_id(app))
    video = await save(app.node.pool, video, *(make_note(video, frame) for frame in range(101)))
    page = await notes_of(app, cookie, video)
    assert len(times(page)) == 100
    assert ">101 notes<" in page
    further = re.search(r'href="(\?[^"]*)" rel="next"', page)
    assert further is not None
    assert len(times(await notes_of(app, cookie, video, unescape(further[1])))) == 1


async def test_without_a_script_notes_are_found_by_the_address(app: App) -> None:
    cookie = await sign_in(app)
    video = make_video(await admin_id(app))
    words = ("the sky is too dark", "his hands are out of frame", "dark hands")
    video = await save(app.node.pool, video, *(make_note(video, at, text=text) for at, text in enumerate(words)))
    for query, shown in (
        ("?text=hands&category=&status=&author=", 2),
        ("?text=dark+hands", 1),
        ("?category=color", 3),
        ("?category=audio", 0),
        (f"?author={await admin_id(app)}&order=newest", 3),
    ):
        assert len(times(await notes_of(app, cookie, video, query))) == shown, query
    assert "No note is like that." in await notes_of(app, cookie, video, "?category=audio")


async def test_each_format_has_a_link_that_works(app: App) -> None:
    cookie = await sign_in(app)
    video = make_video(await admin_id(app), rate=Rate(25))
    video = await save(app.node.pool, video, make_note(video, 25, text="Too dark."))
    links = re.findall(r'href="(/api/videos/[^"]*)" download', await notes_of(app, cookie, video))
    assert [link.partition("format=")[2] for link in links] == [*FORMATS]
    for link in links:
        answer = await fetch("GET", app.url + link, {"Cookie": cookie})
        assert (answer.status, "Too dark." in answer.text) == (200, True), link


async def test_a_note_says_why_it_is_there_and_who_changed_it_when(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    admin = await admin_id(app)
    video = await save(app.node.pool, make_video(admin))
    made = await app.node.desk.create(admin, Draft(TYPED, video.id, "Too dark.", Category.COLOR, frames=(24, None)))
    changed = {"version": made.version, "text": "Far too dark.", "frame_in": 48}
    assert (await browser.ask("PATCH", f"/api/notes/{made.id}", changed)).status == 200
    page = (await browser.open(f"/videos/{video.id}/notes/{made.id}")).text
    assert "“Too dark.” became “Far too dark.”" in page
    assert "0:01.001 became 0:02.002" in page
    assert f"by {FIRST_ADMIN}" in page
    assert f"lossy why {made.id}" in page
    assert "<dd>hand</dd>" in page
    assert history(page) == ["edited", "kept at once", "typed"]


async def test_an_imported_note_says_of_which_file(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    video = await save(app.node.pool, make_video(await admin_id(app)))
    imports, found = NoteImports(app.node.pool, LIFE), [Found(24, None, "Too dark.")]
    made = (await imports.make(video, video.owner_id, found, NOW_MS, Source("cut.edl", "web"))).made[0]
    page = (await browser.open(f"/videos/{video.id}/notes/{made.id}")).text
    assert "<dd>an import of cut.edl</dd>" in page
    assert history(page) == ["kept at once", "imported"]


async def test_a_merged_note_keeps_what_it_was_and_says_with_what_it_was_merged(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    admin = await admin_id(app)
    video = make_video(admin)
    spoken = make_note(video, 24, text="Too dark.")
    await save(app.node.pool, video, spoken)
    typed = await app.node.desk.create(admin, Draft(TYPED, video.id, "The sky.", Category.COLOR, frames=(48, None)))
    assert (await browser.ask("POST", f"/api/notes/{spoken.id}/merge", {"into": str(typed.id)})).status == 200
    page = (await browser.open(f"/videos/{video.id}/notes/{typed.id}")).text
    assert history(page) == ["merged with “Too dark.”", "kept at once", "typed"]
    assert "<dt>Said</dt>" not in page, "it was typed, whatever went into it"
    gone = (await browser.open(f"/videos/{video.id}/notes/{spoken.id}")).text
    assert history(gone) == ["merged into another note"]
    assert "<dt>Said</dt><dd>“too dark.”</dd>" in gone


async def test_what_people_write_stays_text(app: App) -> None:
    cookie = await sign_in(app)
    attack = """"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}"""
    video = make_video(await admin_id(app), url=f"https://example.com/{attack}", title=attack)
    note = make_note(video, text=attack)
    video = await save(app.node.pool, video, note)
    paths = ("/", f"/videos/{video.id}", f"/videos/{video.id}/notes/{note.id}", f"/videos/{video.id}/sharing")
    for path in paths:
        page = (await fetch("GET", app.url + path, {"Cookie": cookie})).text
        assert "alert(1)" in page, path
        assert "<script>" not in page, path
        assert "<img" not in page, path
        assert "{{ 7 * 7 }}" in page, path


async def test_no_address_leads_away_by_a_scheme_of_its_own(app: App) -> None:
    """What a page showed is a link here; only those of the web are kept."""
    cookie = await sign_in(app)
    video = await save(app.node.pool, make_video(await admin_id(app)))
    hrefs = re.findall(r'href="(.*?)"', await notes_of(app, cookie, video))
    assert [href for href in hrefs if not href.startswith(("/", "#", "https:"))] == []


async def test_a_sign_in_page_keeps_its_link_text(app: App) -> None:
    page = await fetch("GET", f"{app.url}/sign-in/%22%3E%3Cscript%3E")
    assert "<script" not in page.text


# -- what goes wrong ------------------------------------------------------------------------------------------------


async def test_what_is_not_there_is_told_on_a_calm_page(app: App) -> None:
    cookie = await sign_in(app)
    for path in ("/nothing", f"/videos/{uuid4()}", f"/videos/{uuid4()}/notes/{uuid4()}", "/videos/no-id"):
        page = await fetch("GET", app.url + path, {"Cookie": cookie, "Accept": "text/html"})
        assert (page.status, "There is nothing here" in page.text) == (404, True), path


async def test_our_own_fault_is_told_by_its_number_in_the_log(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = await sign_in(app)

    async def fail(*_: object) -> None:
        raise ArithmeticError("a secret of the inside")

    monkeypatch.setattr(app.node.accounts, "signed_in", fail)
    page = await fetch("GET", f"{app.url}/settings", {"Cookie": cookie, "Accept": "text/html"})
    assert page.status == 500
    assert "Something went wrong here" in page.text
    assert re.search(r"<code>[0-9a-f-]{36}</code>", page.text)
    assert "secret" not in page.text


async def test_who_is_too_fast_is_told_when_to_go_on(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    await browser.open("/settings")
    for _ in range(100):
        answer = await browser.send_as_is("/settings/reset", version="0", form_token=browser.form_token)
        if answer.status == 429:
            break
        await browser.open("/settings")
    assert answer.status == 429
    assert "That was a little fast" in answer.text
    assert int(answer.headers["Retry-After"]) >= 1


# -- settings -------------------------------------------------------------------------------------------------------


async def test_settings_without_a_script_choose_only_what_is_different(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    await browser.open("/settings")
    fields = {"version": "0", "auto_pause": "true", "commands": "true", "idle_pause_min": "7.5", "cooldown_s": "0.5"}
    given = {**fields, "min_confidence": "0.5", "self_firming": "praise"}
    assert (await browser.send("/settings", **given)).status == 303
    kept = await app.node.user_settings.in_force.store.of(await admin_id(app))
    assert kept.chosen == {
        "auto_resume": False,
        "idle_pause_ms": 450_000,
        "min_confidence": 0.5,
        "self_firming": ("praise",),
    }
    await browser.open("/settings")
    assert (await browser.send("/settings", **given)).status == 409, "it was made to the version of before"
    await browser.open("/settings")
    assert (await browser.send("/settings", **{**given, "version": "1", "cooldown_s": "60"})).status == 400
    await browser.open("/settings")
    assert (await browser.send("/settings/reset", version="1")).status == 303
    assert (await app.node.user_settings.in_force.store.of(await admin_id(app))).chosen == {}


async def test_settings_that_nothing_goes_by_are_not_offered_and_stay_as_they_are(app: App) -> None:
    browser, own = await Browser(app.url).sign_in_as_admin(app), app.node.user_settings
    chosen = {"cloud_stt": True, "ghost_expiry_days": 30, "platform_overrides": {"vimeo": {"auto_post": True}}}
    await own.make(await admin_id(app), 0, chosen)
    page = (await browser.open("/settings")).text
    for name in NOT_YET | {"overrides"}:
        fields = re.findall(f'<(?:input|select)[^>]* name="{name}"[^>]*>', page)
        assert all(" disabled" in each and " checked" not in each for each in fields), name
    assert "Forget what nobody kept" not in page
    kept = await own.in_force.store.of(await admin_id(app))
    given = {"version": str(kept.version), "auto_pause": "true", "auto_resume": "true", "commands": "true"}
    sent = {**given, "auto_post": "true", "ghost_expiry_days": "0", "cooldown_s": "0.9"}
    assert (await browser.send("/settings", **sent)).status == 303
    assert (await own.in_force.store.of(await admin_id(app))).chosen == {**chosen, "cooldown_ms": 900}


# -- the first account ----------------------------------------------------------------------------------------------


async def test_who_came_by_a_link_chooses_how_to_come_back(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    await browser.open("/welcome")
    assert (await browser.send("/welcome", email="mara@studio.example", password="short")).status == 400
    assert 'role="alert"' in browser.page
    sent = await browser.send("/welcome", email="mara@studio.example", password="four words only mine")
    assert (sent.status, sent.headers["Location"]) == (303, "/pair")
    assert (await browser.open("/welcome")).headers["Location"] == "/", "once is enough"
    assert (await Browser(app.url).sign_in("mara@studio.example", "four words only mine")).status == 303


async def test_the_page_that_offers_the_extension_says_where_it_is_and_how_to_load_it(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    page = (await browser.open("/pair")).text
    assert app.url in page
    assert "Developer mode" in page


# -- looking after the server ---------------------------------------------------------------------------------------


async def test_the_overview_says_what_changed_and_whether_anybody_is_there(app: App, account: Account) -> None:
    account.calls_itself = "lossy sim speak"
    async with open_device(app, account) as device:
        await device.detect()
        await device.enter(uuid4())
        browser = await Browser(app.url).sign_in_as_admin(app)
        assert "review is going on" in (await browser.open("/admin")).text
    assert "lossy sim speak" in (await browser.open("/devices")).text
    await browser.open("/admin/flags")
    flag = Capability.LANGUAGE_MODEL
    version = re.search(rf'name="flag" value="{flag}"><input type="hidden" name="version" value="(\d+)"', browser.page)
    assert version is not None
    sent = {"flag": flag, "version": version[1], "everybody": "off", "share": "0"}
    assert (await browser.send("/admin/flags", **sent)).status == 303
    for path in ("/admin", "/admin/flags"):
        assert f"{flag} · boolean: on → off" in (await browser.open(path)).text
