"""Every row of the table of operations, asked by nobody, from elsewhere, with the wrong things. On the real server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import trio
from attrs import evolve, frozen

from lossy.channels.operations import OPERATIONS, Operation, Who
from lossy.web.auth import Identity, make_token
from tests.contract.note_books import note_id
from tests.notes import make_note, make_video, save
from tests.web.browser import Browser
from tests.web.http import Response, fetch, sign_in
from tests.web.test_who_may import somebody

if TYPE_CHECKING:
    from lossy.app import App

pytestmark = pytest.mark.integration


async def ask(app: App, row: Operation, **headers: str) -> Response:
    """With ids that nobody has, and an empty body where there is one."""
    path = row.path.replace("{", "{0[").replace("}", "]}")
    ids = dict.fromkeys([part[1:-1] for part in row.path.split("/") if part.startswith("{")], uuid4())
    body: dict[str, object] | None = {} if row.body is not None else None
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await fetch(row.method, app.url + path.format(ids), sent, body)


async def test_nobody_is_answered_but_where_anybody_is(app: App) -> None:
    for row in OPERATIONS.values():
        response = await ask(app, row, Origin=app.url)
        if row.who is Who.ANYBODY:
            assert response.status != 401, row.name
        else:
            assert (response.status, response.json["code"]) == (401, "unauthenticated"), row.name


async def test_a_page_of_elsewhere_changes_nothing_with_the_cookie(app: App) -> None:
    cookie = await sign_in(app)
    for row in OPERATIONS.values():
        if row.changes and row.who is not Who.ANYBODY:
            for origin in ({}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
                response = await ask(app, row, Cookie=cookie, **origin)
                assert (response.status, response.json["code"]) == (403, "forbidden"), row.name


async def test_the_token_of_a_device_is_enough_where_the_table_says_so(app: App) -> None:
    await sign_in(app)
    admin = await app.node.accounts.admin()
    assert admin is not None
    device = uuid4()
    await app.node.accounts.add_device(device, admin.id)
    token, _ = make_token(app.node, Identity(admin.id, device))
    for row in OPERATIONS.values():
        if row.who is not Who.ANYBODY:
            response = await ask(app, row, Authorization=f"Bearer {token}", Origin=app.url)
            assert (response.status == 401) is not row.bearer, row.name
            assert (await ask(app, row, Authorization="Bearer x.y.z", Origin=app.url)).status == 401, row.name


async def test_what_is_no_json_and_what_does_not_fit_is_invalid_with_its_path(app: App) -> None:
    headers = {"Cookie": await sign_in(app), "Origin": app.url}
    url = f"{app.url}/api/settings"
    for body, path in ((b"{", "$"), (b"[]", "$"), (b'{"version": 0}', "changes"), (b'{"x": 1}', "version")):
        response = await fetch("PATCH", url, headers, body)
        assert (response.status, response.json["code"]) == (400, "invalid")
        assert response.json["details"] == {"path": path}


async def test_who_asks_too_often_is_told_when_to_come_back(app: App) -> None:
    cookie = await sign_in(app)
    row = OPERATIONS["get_settings"]
    statuses = [(await ask(app, row, Cookie=cookie)).status for _ in range(row.limit.burst)]
    refused = next(r for r in [await ask(app, row, Cookie=cookie) for _ in range(20)] if r.status != 200)
    assert {*statuses} == {200}
    assert (refused.status, refused.json["code"]) == (429, "rate_limited")
    assert refused.json["details"]["retry_after_ms"] <= 1_000
    assert refused.headers["Retry-After"] == "1"


async def test_a_method_that_is_not_there_is_refused_with_those_that_are(app: App) -> None:
    response = await fetch("DELETE", f"{app.url}/api/settings")
    assert response.status == 405
    assert {"GET", "PATCH"} <= {*response.headers["Allow"].split(", ")}


async def test_the_description_and_the_page_to_try_it_are_there(app: App) -> None:
    described = (await fetch("GET", f"{app.url}/api/openapi.json")).json
    assert {row["operationId"] for path in described["paths"].values() for row in path.values()} == OPERATIONS.keys()
    page = await fetch("GET", f"{app.url}/api/docs")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    for line in page.text.splitlines():
        for asset in [part.split('"')[1] for part in line.split() if part.startswith(("href=", "src="))]:
            assert (await fetch("GET", app.url + asset)).status == 200, asset
    assert (await fetch("GET", f"{app.url}/api/docs/swagger-editor.js")).status == 404


async def test_an_answer_without_a_body_is_a_whole_one_and_the_connection_goes_on(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    cookie, host = await sign_in(app), app.url.removeprefix("http://")
    admin, device = await app.node.accounts.admin(), uuid4()
    assert admin is not None
    await app.node.accounts.add_device(device, admin.id)

    def ask_twice() -> None:
        connection = HTTPConnection(host, timeout=10)
        for _ in range(2):
            sent = {"Cookie": cookie, "Origin": app.url}
            connection.request("PATCH", f"/api/devices/{device}", b'{"name": "Mine"}', sent)
            with connection.getresponse() as answer:
                assert (answer.status, answer.read(), answer.headers["Content-Length"]) == (204, b"", None)
                assert not answer.will_close
        connection.close()

    await trio.to_thread.run_sync(ask_twice)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


# What a body has to have beside the ids in it, and a query; of rows whose path is about somebody's.
BODIES: Mapping[str, dict[str, Any]] = {
    "create_note": {"id": str(note_id(9)), "text": "A note.", "frame_in": 1},
    "update_note": {"version": 1, "text": "Other words."},
    "rename_device": {"name": "Mine"},
    "share_video": {"email": "c@studio.example", "role": "viewer"},
    "change_share": {"role": "viewer"},
    "change_user": {"role": "admin"},
}
QUERIES = {"export_notes": "?format=csv", "list_note_changes": "?version=1:1:"}


@frozen
class Owned:
    """What somebody has, by the name that its id has in a path."""

    browser: Browser
    ids: Mapping[str, UUID]


async def somebody_with_everything(app: App, name: str) -> Owned:
    user, browser = await somebody(app, f"{name}@studio.example")
    note = make_note(make_video(user))
    video = await save(app.node.pool, evolve(make_video(user), id=note.video_id), note)
    device = uuid4()
    await browser.ask("POST", "/api/auth/extension_token", {"device_id": str(device)})
    shared = await browser.ask(
        "POST", f"/api/videos/{video.id}/shares", BODIES["share_video"] | {"email": f"{name}@a.b"}
    )
    assert shared.status == 200, shared.text
    (invited,) = (await browser.ask("GET", f"/api/videos/{video.id}/shares")).json["invited"]
    (here,) = (await browser.ask("GET", "/api/browsers")).json["browsers"]
    ids = {"video_id": video.id, "note_id": note.id, "device_id": device, "user_id": user}
    more = {"invitation_id": UUID(invited["invitation_id"]), "browser_id": UUID(here["id"])}
    return Owned(browser, {**ids, **more, "into": note.id, "of_id": note.id, "session_id": note.id})


async def test_what_is_anothers_looks_like_what_does_not_exist(app: App) -> None:
    """Ids of Ann's in every place of every request of Ben's where one fits, beside his own and nobody's."""
    await Browser(app.url).sign_in_as_admin(app)
    ann, ben = [await somebody_with_everything(app, name) for name in ("ann", "ben")]
    for row in OPERATIONS.values():
        in_path = re.findall(r"{(\w+_id)}", row.path)
        for name in [*in_path, *(["into"] if row.name == "merge_notes" else [])]:
            answers = []
            for whose in (ann.ids[name], uuid4()):
                ids = {**ben.ids, name: whose}
                path = row.path.format(name="voice", **ids) + QUERIES.get(row.name, "")
                body = {**BODIES.get(row.name, {}), **({"into": str(ids["into"])} if row.name == "merge_notes" else {})}
                answer = await ben.browser.ask(row.method, path, body if row.body is not None else None)
                answers.append((answer.status, answer.text.replace(str(whose), "")))
            assert answers[0] == answers[1], f"{row.name} tells another's {name} from nobody's"
            wanted = 403 if row.who is Who.ADMIN else 404
            assert answers[0][0] == wanted, f"{row.name} takes another's {name}: {answers[0]}"
