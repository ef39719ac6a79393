"""REST on the real server: health, and the token of an extension with every way to be refused it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import jwt
import psycopg
import pytest

from lossy.web.auth import COOKIE, Identity, identify
from tests.web.conftest import EXTENSION
from tests.web.http import Response, fetch, sign_in

if TYPE_CHECKING:
    import io

    from lossy.app import App

pytestmark = pytest.mark.integration


async def ask_for_token(app: App, cookie: str, device: UUID | None = None, **changes: object) -> Response:
    headers = {"Origin": app.url, "Cookie": cookie, **changes}
    sent = {name: str(value) for name, value in headers.items() if value is not None}
    return await fetch("POST", f"{app.url}/api/auth/extension_token", sent, {"device_id": str(device or uuid4())})


# -- health ---------------------------------------------------------------------------------------------------------


async def test_a_server_that_is_up_is_healthy_and_ready(app: App) -> None:
    assert (await fetch("GET", f"{app.url}/healthz")).json == {"status": "ok"}
    assert (await fetch("GET", f"{app.url}/readyz")).json == {"status": "ready"}


async def test_without_its_database_it_is_healthy_and_not_ready(app: App, database: str) -> None:
    away(database)
    assert (await fetch("GET", f"{app.url}/healthz")).status == 200
    response = await fetch("GET", f"{app.url}/readyz")
    assert (response.status, response.json) == (503, {"status": "not ready"})


def away(database: str) -> None:
    """Takes the database away from whoever is connected, and lets nobody in again."""
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    elsewhere = psycopg.conninfo.make_conninfo(database, dbname="postgres")
    with psycopg.connect(elsewhere, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


# -- the token ------------------------------------------------------------------------------------------------------


async def test_the_cookie_and_the_origin_get_a_token(app: App) -> None:
    device = uuid4()
    response = await ask_for_token(app, await sign_in(app), device)
    assert response.status == 200
    assert response.headers["Cache-Control"] == "no-store"
    answer = response.json
    admin = await app.node.accounts.admin()
    assert admin is not None
    assert await identify(app.node, answer["token"]) == Identity(admin.id, device)
    claims = jwt.decode(answer["token"], app.node.secret, ["HS256"])
    assert claims == {
        "user_id": str(admin.id),
        "device_id": str(device),
        "exp": answer["expires_at"] // 1000,
        "generation": 1,
        "protocol_version": 2,
    }
    assert answer == {
        "token": answer["token"],
        "expires_at": answer["expires_at"],
        "device_id": str(device),
        "protocol_version": 2,
    }
    assert 0 <= app.node.clock.now_ms() + 15 * 60_000 - answer["expires_at"] < 10_000


async def test_an_extension_on_the_list_gets_a_token(app: App) -> None:
    response = await ask_for_token(app, await sign_in(app), Origin=f"chrome-extension://{EXTENSION}")
    assert response.status == 200


async def test_another_origin_gets_none(app: App) -> None:
    cookie = await sign_in(app)
    strangers = (
        "https://evil.example",
        "chrome-extension://ponmlkjihgfedcba",
        "http://127.0.0.1",
        f"{app.url}.example",
    )
    for origin in (None, "", "null", *strangers):
        response = await ask_for_token(app, cookie, Origin=origin)
        assert (response.status, response.json["code"]) == (403, "forbidden"), origin


async def test_without_a_session_there_is_none(app: App) -> None:
    for cookie in ("", f"{COOKIE}=", f"{COOKIE}=guessed", "another=cookie"):
        response = await ask_for_token(app, cookie)
        assert (response.status, response.json["code"]) == (401, "unauthenticated"), cookie


async def test_an_old_session_gets_none(app: App, database: str) -> None:
    cookie = await sign_in(app)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE web_sessions SET expires_at = now() - interval '1 second'")
    assert (await ask_for_token(app, cookie)).status == 401


async def test_a_device_of_somebody_else_gets_none(app: App, database: str) -> None:
    somebody, device = uuid4(), uuid4()
    cookie = await sign_in(app)
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'b@localhost', 'user')", (somebody,))
        connection.execute("INSERT INTO devices (id, user_id) VALUES (%s, %s)", (device, somebody))
    response = await ask_for_token(app, cookie, device)
    assert (response.status, response.json["code"]) == (403, "forbidden")


async def test_a_revoked_device_gets_none(app: App, database: str) -> None:
    cookie, device = await sign_in(app), uuid4()
    assert (await ask_for_token(app, cookie, device)).status == 200
    assert (await ask_for_token(app, cookie, device)).status == 200
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE devices SET revoked_at = now()")
    assert (await ask_for_token(app, cookie, device)).status == 403


async def test_a_request_that_does_not_fit_is_refused_with_the_path(app: App) -> None:
    headers = {"Origin": app.url, "Cookie": await sign_in(app), "Content-Type": "application/json"}
    device = b'"device_id": "00000000-0000-0000-0000-000000000001"'
    bodies = {
        **dict.fromkeys((b"", b"{", b"[]", b"null", b"\xff"), "$"),
        **dict.fromkeys((b"{}", b'{"device_id": 1}', b'{"device_id": "here"}'), "device_id"),
        b"{" + device + b', "user_id": "x"}': "user_id",
    }
    for body, path in bodies.items():
        response = await fetch("POST", f"{app.url}/api/auth/extension_token", headers, body)
        assert response.status == 400, body
        assert (response.json["code"], response.json["details"]) == ("invalid", {"path": path}), body


async def test_a_body_that_is_too_large_is_refused(app: App) -> None:
    headers = {"Origin": app.url, "Cookie": await sign_in(app), "Content-Type": "application/json"}
    response = await fetch("POST", f"{app.url}/api/auth/extension_token", headers, b" " * 100_000)
    assert (response.status, response.json["code"]) == (413, "too_large")


# -- the shape of every error ---------------------------------------------------------------------------------------


async def test_errors_of_the_api_have_one_shape(app: App) -> None:
    expected = {
        ("GET", "/api/nothing"): (404, "not_found"),
        ("GET", "/api/"): (404, "not_found"),
        ("GET", "/api/auth/extension_token"): (405, "invalid"),
        ("DELETE", "/api/auth/extension_token"): (405, "invalid"),
    }
    for (method, path), answer in expected.items():
        response = await fetch(method, app.url + path)
        assert (response.status, response.json["code"]) == answer
        assert response.headers["Content-Type"] == "application/json"
        assert set(response.json) <= {"code", "message", "details"}


async def test_our_fault_has_that_shape_and_an_id_that_the_logs_have(
    app: App, monkeypatch: pytest.MonkeyPatch, logs: io.StringIO
) -> None:
    async def fail(_: object) -> None:
        raise RuntimeError("a bug that names a secret")

    cookie = await sign_in(app)
    monkeypatch.setattr(app.node.accounts, "signed_in", fail)
    response = await ask_for_token(app, cookie)
    assert (response.status, response.json["code"]) == (500, "internal")
    assert set(response.json) == {"code", "message", "details"}
    assert response.json["details"]["id"] in logs.getvalue()
    assert "secret" not in response.text


async def test_a_database_that_is_away_is_a_fault_that_passes(app: App, database: str) -> None:
    cookie = await sign_in(app)
    away(database)
    response = await ask_for_token(app, cookie)
    assert (response.status, response.json["code"]) == (503, "internal")
    assert database not in response.text


async def test_a_fault_while_signing_in_does_not_log_the_link(app: App, database: str, logs: io.StringIO) -> None:
    link = await app.sign_in_url()
    away(database)
    assert (await fetch("POST", link, {"Origin": app.url})).status == 503
    logged = logs.getvalue()
    assert "request failed" in logged
    assert link.rpartition("/")[2] not in logged


async def test_every_answer_is_hardened(app: App) -> None:
    for path in ("/", "/healthz", "/api/nothing", "/nothing", "/static/lossy.css", "/sign-in/x"):
        headers = (await fetch("GET", app.url + path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["X-Frame-Options"] == "DENY", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "script-src 'self';" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert (headers["Cache-Control"] == "no-store") == (not path.startswith("/static/")), path
