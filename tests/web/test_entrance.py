"""Signing in and out with a password, on the real server: what is told, what is kept out, what is left behind."""

from __future__ import annotations

import base64
import re
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from uuid import uuid4

import attrs
import psycopg
import pytest
from argon2 import PasswordHasher

from lossy.app import open_app
from lossy.domain.lockout import ACCOUNT, ADDRESS
from lossy.web.auth import COOKIE
from tests.web.browser import TOKEN, Browser, link_on
from tests.web.http import fetch

if TYPE_CHECKING:
    import io

    from lossy.app import App
    from lossy.settings import Settings

pytestmark = pytest.mark.integration

MARA, PASSWORD = "mara@studio.example", "four words only mine"


@pytest.fixture
async def mara(app: App) -> Browser:
    """The admin, who came in by the link and has chosen an address and a password."""
    browser = await Browser(app.url).sign_in_as_admin(app)
    await browser.open("/account")
    assert (await browser.send("/account/email", email=MARA)).status == 303
    await browser.open("/account")
    assert (await browser.send("/account/password", password=PASSWORD)).status == 303
    return browser


async def invited(mara: Browser, email: str = "joao@edit.example", role: str = "user") -> str:
    """The path of a fresh link."""
    await mara.open("/admin/users")
    assert (await mara.send("/admin/invitations", email=email, role=role)).status == 200
    return link_on(mara.page)


async def joins(url: str, path: str, password: str = "another four words") -> Browser:
    browser = Browser(url)
    await browser.open(path)
    assert (await browser.send(path, password=password)).status == 303
    return browser


# -- a password -----------------------------------------------------------------------------------------------------


async def test_a_password_signs_in_and_a_sign_out_ends_it(app: App, mara: Browser) -> None:
    there = Browser(app.url)
    assert (await there.sign_in(" Mara@Studio.example ", PASSWORD)).status == 303
    assert MARA in (await there.open("/")).text
    kept = there.cookies[COOKIE]
    assert (await there.open("/sign-in")).headers["Location"] == "/"
    await there.open("/account")
    assert (await there.send("/sign-out")).headers["Location"] == "/sign-in"
    assert not there.is_signed_in
    there.cookies[COOKIE] = kept
    assert (await there.open("/")).status == 401, "not only the browser has forgotten it"
    assert (await mara.open("/account")).status == 200


async def test_each_sign_in_has_a_new_secret_and_the_one_before_is_void(app: App, mara: Browser) -> None:
    there = Browser(app.url)
    await there.open("/sign-in")
    there.cookies[COOKIE] = planted = "known to somebody else"
    await there.open("/sign-in")
    await there.send("/sign-in", email=MARA, password=PASSWORD)
    first = there.cookies[COOKIE]
    await there.ask("POST", "/api/auth/sign_in", {"email": MARA, "password": PASSWORD})
    assert len({planted, first, there.cookies[COOKIE]}) == 3
    for void in (planted, first):
        assert (await fetch("GET", f"{app.url}/api/me", {"Cookie": f"{COOKIE}={void}"})).status == 401


async def test_nobody_learns_who_has_an_account(app: App, mara: Browser) -> None:
    """A wrong password, no account, no password yet, nobody any more: one answer, on the page and in JSON."""
    out = await joins(app.url, await invited(mara))
    await mara.open("/admin/users")
    person = next(p for p in (await mara.ask("GET", "/api/users")).json["users"] if p["email"] == "joao@edit.example")
    assert (await mara.send(f"/admin/users/{person['id']}/deactivate")).status == 303
    assert (await out.open("/")).status == 401
    asked = [
        (MARA, "wrong words altogether"),
        ("nobody@studio.example", PASSWORD),
        ("joao@edit.example", "another four words"),
        ("no address", PASSWORD),
    ]
    pages, answers = set(), set()
    for email, password in asked:
        stranger = Browser(app.url)
        page = await stranger.sign_in(email, password)
        pages.add((page.status, re.sub(r'value="[^"]*"', "", page.text)))
        answer = await stranger.ask("POST", "/api/auth/sign_in", {"email": email, "password": password})
        answers.add((answer.status, answer.body))
        assert not stranger.is_signed_in
    assert len(pages) == len(answers) == 1
    assert {status for status, _ in pages | answers} == {401}


async def test_after_failures_the_wait_grows_and_ends_and_the_right_password_waits_too(app: App, mara: Browser) -> None:
    """The node's clock is moved on: nobody waits here."""
    stranger = Browser(app.url)
    for _ in range(ACCOUNT.free):
        assert (await stranger.sign_in(MARA, "wrong words altogether")).status == 401
    for email, status in ((MARA, 429), ("mara@elsewhere.example", 401)):
        assert (await stranger.sign_in(email, PASSWORD)).status == status
    refused = await stranger.sign_in(MARA, PASSWORD)
    assert refused.headers["Retry-After"] == "1"
    assert "Too many tries have failed. Try again in 1 second." in refused.text
    answer = await stranger.ask("POST", "/api/auth/sign_in", {"email": MARA, "password": PASSWORD})
    assert (answer.status, answer.json["code"]) == (429, "rate_limited")
    assert 0 < answer.json["details"]["retry_after_ms"] <= ACCOUNT.first_ms
    app.node.clock.wall_ms += ACCOUNT.first_ms
    assert (await stranger.sign_in(MARA, "wrong words altogether")).status == 401
    app.node.clock.wall_ms += ACCOUNT.first_ms
    assert (await stranger.sign_in(MARA, PASSWORD)).status == 429, "the second wait is twice the first"
    app.node.clock.wall_ms += ACCOUNT.first_ms
    assert (await stranger.sign_in(MARA, PASSWORD)).status == 303


async def test_who_tries_many_accounts_from_one_address_waits_as_well(settings: Settings) -> None:
    """The address is what the proxy in front says, and whatever stands before that in the header is not believed."""
    behind = attrs.evolve(settings, server=attrs.evolve(settings.server, proxies=1, limit_scale=100.0))

    async def guess(app: App, n: int, forwarded: str) -> int:
        headers = {"Origin": app.url, "X-Forwarded-For": forwarded}
        body: dict[str, object] = {"email": f"{n}@studio.example", "password": PASSWORD}
        return (await fetch("POST", f"{app.url}/api/auth/sign_in", headers, body)).status

    async with open_app(behind) as app:
        for n in range(ADDRESS.free):
            assert await guess(app, n, f"198.51.100.{n}, 192.0.2.1") == 401
        assert await guess(app, 99, "192.0.2.1") == 429
        assert await guess(app, 99, "192.0.2.1, 2001:db8::1") == 401
        assert await guess(app, 99, "192.0.2.2") == 401


async def test_a_hash_of_other_parameters_is_renewed_by_the_next_sign_in(
    app: App, mara: Browser, database: str
) -> None:
    def kept() -> str:
        with psycopg.connect(database) as connection:
            row = connection.execute("SELECT password_hash FROM users").fetchone()
        assert row is not None
        return str(row[0])

    before = kept()
    assert before.startswith("$argon2id$v=19$m=32,t=1,p=4$")
    assert PASSWORD not in before
    await Browser(app.url).sign_in(MARA, PASSWORD)
    assert kept() == before
    app.node.passwords._hasher = PasswordHasher(2, 64, 4)
    assert (await Browser(app.url).sign_in(MARA, PASSWORD)).status == 303
    assert kept().startswith("$argon2id$v=19$m=64,t=2,p=4$")
    assert (await Browser(app.url).sign_in(MARA, PASSWORD)).status == 303


# -- what keeps other sites out -------------------------------------------------------------------------------------


async def test_a_form_of_another_page_is_refused_and_changes_nothing(app: App, mara: Browser) -> None:
    await mara.open("/account")
    sent = {"email": "mallory@evil.example", "current": PASSWORD}
    good = mara.form_token
    stranger = Browser(app.url)
    await stranger.open("/sign-in")
    for token, origin in (
        ("", None),
        ("0" * 64, None),
        (stranger.form_token, None),
        (good, "https://evil.example"),
        (good, "null"),
        (good, ""),
    ):
        response = await mara.send_as_is("/account/email", origin, **sent, form_token=token)
        assert response.status == 403, (token, origin)
    assert (await mara.ask("GET", "/api/me")).json["email"] == MARA


async def test_nobody_is_signed_in_by_another_site(app: App, mara: Browser) -> None:
    """As somebody whose account the other site knows, to see what they do there."""
    victim = Browser(app.url)
    assert (await victim.send_as_is("/sign-in", email=MARA, password=PASSWORD)).status == 403
    headers = {"Origin": "https://evil.example"}
    body: dict[str, object] = {"email": MARA, "password": PASSWORD}
    assert (await fetch("POST", f"{app.url}/api/auth/sign_in", headers, body)).status == 403


async def test_every_form_on_every_page_carries_a_token(app: App, mara: Browser) -> None:
    link = await invited(mara)
    pages = {path: (await mara.open(path)).text for path in ("/", "/account", "/admin/users")}
    stranger = Browser(app.url)
    pages |= {path: (await stranger.open(path)).text for path in ("/sign-in", link)}
    for path, page in pages.items():
        forms = re.findall(r'<form[^>]* method="post".*?</form>', page, re.DOTALL)
        assert forms, path
        assert all(TOKEN.search(form) for form in forms), path
        assert all(script.startswith(' type="module" src="/static/') for script in re.findall(r"<script([^>]*)", page))
        assert "style=" not in page
        assert " on" not in "".join(re.findall(r"<(?:form|button|input|select)[^>]*", page)), path


async def test_where_browsers_use_tls_the_cookies_are_bound_to_host_and_tls(settings: Settings) -> None:
    public = "https://lossy.example"
    async with open_app(attrs.evolve(settings, server=attrs.evolve(settings.server, public_url=public))) as app:
        page = await fetch("GET", f"{app.url}/sign-in")
        form = SimpleCookie(page.headers["Set-Cookie"])["__Host-lossy_form"]
        assert (form["secure"], form["httponly"], form["samesite"], form["path"]) == (True, True, "Strict", "/")
        secret = (await app.sign_in_url()).rpartition("/")[2]
        signed_in = await fetch("POST", f"{app.url}/sign-in/{secret}", {"Origin": public})
        cookie = SimpleCookie(signed_in.headers["Set-Cookie"])[f"__Host-{COOKIE}"].value
        for name, status in ((f"__Host-{COOKIE}", 200), (COOKIE, 401)):
            assert (await fetch("GET", f"{app.url}/api/me", {"Cookie": f"{name}={cookie}"})).status == status


# -- links ----------------------------------------------------------------------------------------------------------


async def test_an_invitation_makes_an_account_once(app: App, mara: Browser) -> None:
    link = await invited(mara, "Ana@Studio.example", "admin")
    ana = Browser(app.url)
    for _ in range(2):
        assert "ana@studio.example" in (await ana.open(link)).text, "looking does not spend it"
    assert (await ana.send(link, password="short")).status == 400
    assert "12 to 200 characters" in ana.page
    assert (await ana.send(link, password="another four words")).status == 303
    assert (await ana.ask("GET", "/api/me")).json["role"] == "admin"
    assert (await Browser(app.url).open(link)).status == 404
    assert (await Browser(app.url).sign_in("ana@studio.example", "another four words")).status == 303
    await mara.open("/admin/users")
    assert (await mara.send("/admin/invitations", email="ana@studio.example", role="user")).status == 409


async def test_an_invitation_that_is_withdrawn_or_old_lets_nobody_in(app: App, mara: Browser, database: str) -> None:
    withdrawn = await invited(mara)
    (pending,) = (await mara.ask("GET", "/api/invitations")).json["invitations"]
    assert (await mara.send(f"/admin/invitations/{pending['id']}/withdraw")).status == 303
    old = await invited(mara)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE invitations SET expires_at = now() - interval '1 second'")
    for link in (withdrawn, old, "/invitations/guessed", "/passwords/guessed", "/invitations/%00"):
        assert (await Browser(app.url).open(link)).status == 404, link


async def test_a_link_to_choose_another_password_signs_out_everywhere_and_ends_a_wait(app: App, mara: Browser) -> None:
    joao = await joins(app.url, await invited(mara))
    people = (await mara.ask("GET", "/api/users")).json["users"]
    person = next(each for each in people if each["email"] == "joao@edit.example")
    for _ in range(ACCOUNT.free + 1):
        await Browser(app.url).sign_in("joao@edit.example", "forgotten by now")
    await mara.open("/admin/users")
    assert (await mara.send(f"/admin/users/{person['id']}/reset")).status == 200
    link = link_on(mara.page)
    again = Browser(app.url)
    await again.open(link)
    assert (await again.send(link, password="words of a new day")).status == 303
    assert (await again.ask("GET", "/api/me")).json["email"] == "joao@edit.example"
    assert (await joao.open("/")).status == 401
    assert (await Browser(app.url).sign_in("joao@edit.example", "words of a new day")).status == 303
    assert (await Browser(app.url).open(link)).status == 404


async def test_who_has_a_password_says_it_again_before_it_or_the_address_is_changed(app: App, mara: Browser) -> None:
    there = Browser(app.url)
    await there.sign_in(MARA, PASSWORD)
    changes = {
        "/account/email": {"email": "other@studio.example"},
        "/account/password": {"password": "brand new words here"},
    }
    for path, fields in changes.items():
        for current in ("", "wrong words altogether"):
            await mara.open("/account")
            assert (await mara.send(path, **fields, current=current)).status == 400
            assert "That is not your password." in mara.page
    await mara.open("/account")
    assert (await mara.send("/account/password", password="brand new words here", current=PASSWORD)).status == 303
    assert (await mara.open("/account")).status == 200
    assert (await there.open("/account")).status == 401, "everywhere but here"


# -- what is left behind --------------------------------------------------------------------------------------------


async def test_no_secret_is_in_the_logs_or_the_database(
    app: App, mara: Browser, logs: io.StringIO, database: str
) -> None:
    """A sign-in, a failed one, an invitation, a reset, a token: whatever was secret in them is nowhere."""
    link = await invited(mara)
    joao = await joins(app.url, link, "another four words")
    await joao.sign_in("joao@edit.example", "a word too little")
    token = (await joao.ask("POST", "/api/auth/extension_token", {"device_id": str(uuid4())})).json["token"]
    people = (await mara.ask("GET", "/api/users")).json["users"]
    reset = (await mara.ask("POST", f"/api/users/{people[0]['id']}/reset")).json["link"]
    with psycopg.connect(database) as connection:
        connection.execute("DROP TABLE failed_sign_ins")
    for browser in (mara, joao):
        assert (await browser.ask("POST", "/api/auth/sign_in", {"email": MARA, "password": PASSWORD})).status == 500
    assert (await Browser(app.url).open(link)).status == 404
    with psycopg.connect(database) as connection:
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        kept = "".join(
            str(row[0]) for table in tables for row in connection.execute(f'SELECT t::text FROM "{table}" t'.encode())
        )
    assert "request failed" in logs.getvalue()
    secrets = [
        PASSWORD,
        "another four words",
        "a word too little",
        token,
        token.rpartition(".")[2],
        link.rpartition("/")[2],
        reset.rpartition("/")[2],
        mara.cookies[COOKIE],
        joao.cookies[COOKIE],
        mara.cookies["lossy_form"] if "lossy_form" in mara.cookies else joao.cookies["lossy_form"],
        app.node.secret.decode("latin-1"),
    ]
    for secret in secrets:
        for written in (secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex()):
            assert written not in logs.getvalue()
            assert written not in kept
