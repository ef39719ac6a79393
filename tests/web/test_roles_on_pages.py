"""Every page and every action of the web app, and what each role gets: a table, asked row by row of the real server."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from lossy.domain.access import Role
from lossy.domain.accounts import UserRole
from lossy.domain.notes import Category
from lossy.sessions.note_draft import Draft
from tests.notes import make_video, save
from tests.web.browser import Browser
from tests.web.test_who_may import somebody

if TYPE_CHECKING:
    from lossy.app import App

pytestmark = pytest.mark.integration

WHO = ("nobody", "owner", "reviewer", "editor", "viewer", "stranger", "admin")
EVERYBODY = (401, 200, 200, 200, 200, 200, 200)
REACHES = (401, 200, 200, 200, 200, 404, 404)  # an admin looks after people, and not into their films
ADMINS = (401, 403, 403, 403, 403, 403, 200)

PAGES: dict[str, tuple[int, ...]] = {
    "/": EVERYBODY,
    "/settings": EVERYBODY,
    "/devices": EVERYBODY,
    "/account": EVERYBODY,
    "/pair": EVERYBODY,
    "/videos/{video}": REACHES,
    "/videos/{video}/notes/{note}": REACHES,
    "/videos/{other}/notes/{note}": (401, 404, 404, 404, 404, 404, 404),
    "/videos/{video}/sharing": REACHES,
    "/admin": ADMINS,
    "/admin/users": ADMINS,
    "/admin/flags": ADMINS,
}
# In this order: what undoes a row comes after it.
FORMS: tuple[tuple[str, dict[str, str], tuple[int, ...]], ...] = (
    ("/videos", {"url": "https://vimeo.com/76979871"}, (401, 303, 303, 303, 303, 303, 303)),
    ("/videos/{video}/status", {"status": "archived"}, (401, 303, 404, 404, 404, 404, 404)),
    ("/videos/{video}/sharing/{none}/role", {"role": "viewer"}, (401, 404, 403, 403, 403, 404, 404)),
    ("/settings", {"version": "99"}, (401, 409, 409, 409, 409, 409, 409)),
    ("/settings/reset", {"version": "0"}, (401, 303, 303, 303, 303, 303, 303)),
    ("/account/devices/{none}/rename", {"name": "x"}, (401, 404, 404, 404, 404, 404, 404)),
    ("/admin/flags", {"flag": "voice_session", "version": "0", "everybody": "on"}, (401, 403, 403, 403, 403, 403, 409)),
    (
        "/admin/flags/people",
        {"flag": "voice_session", "version": "0", "email": "nobody@nowhere.example", "value": "on"},
        (401, 403, 403, 403, 403, 403, 400),
    ),
)
# What the page of the notes asks for, by the same functions as its channel. Each row is of a note of the owner's.
API: tuple[tuple[str, str, dict[str, object] | None, tuple[int, ...]], ...] = (
    ("GET", "/api/videos/{video}/export?format=edl", None, REACHES),
    ("PATCH", "/api/notes/{note}", {"version": 99}, (401, 409, 403, 409, 403, 404, 404)),
    ("POST", "/api/notes/{note}/merge", {"into": "{note}"}, (401, 400, 403, 400, 403, 404, 404)),
    ("POST", "/api/notes/{note}/undo", {}, (401, 409, 403, 409, 403, 404, 404)),
    ("DELETE", "/api/notes/{note}?version=99", None, (401, 409, 403, 409, 403, 404, 404)),
    ("POST", "/api/videos/{video}/notes", {"id": str(UUID(int=0)), "text": "x"}, (401, 400, 400, 400, 403, 404, 404)),
)


async def test_each_page_and_action_is_for_those_whom_the_table_names(app: App) -> None:
    people = {role: await somebody(app, f"{role}@studio.example") for role in WHO[1:]}
    browsers = [Browser(app.url), *(browser for _, browser in people.values())]
    owner = people["owner"][0]
    await app.node.people.change_role(people["admin"][0], UserRole.ADMIN)
    video = await save(app.node.pool, make_video(owner))
    other = await save(app.node.pool, make_video(owner, url="https://example.com/other.mp4"))
    kept = await app.node.desk.create(owner, _draft(video.id))
    for role in (Role.REVIEWER, Role.EDITOR, Role.VIEWER):
        await app.node.shares.share(video.id, people[role.value][0], role)
    ids = {"video": video.id, "other": other.id, "note": kept.id, "none": UUID(int=0)}
    for place, browser in enumerate(browsers):
        await browser.open("/sign-in" if place == 0 else "/account")
        token = browser.form_token
        for path, statuses in PAGES.items():
            assert (await browser.open(path.format(**ids))).status == statuses[place], (path, WHO[place])
        for path, fields, statuses in FORMS:
            sent = await browser.send_as_is(path.format(**ids), **fields, form_token=token)
            assert sent.status == statuses[place], (path, WHO[place], sent.text)
        for method, path, body, statuses in API:
            given = {
                name: str(value).format(**ids) if name == "into" else value for name, value in (body or {}).items()
            }
            answer = await browser.ask(method, path.format(**ids), None if body is None else given)
            assert answer.status == statuses[place], (method, path, WHO[place], answer.text)


async def test_a_page_offers_what_its_reader_may_do_and_nothing_else(app: App) -> None:
    people = {role: await somebody(app, f"{role}@studio.example") for role in ("owner", "reviewer", "editor", "viewer")}
    video = await save(app.node.pool, make_video(people["owner"][0]))
    for role in (Role.REVIEWER, Role.EDITOR, Role.VIEWER):
        await app.node.shares.share(video.id, people[role.value][0], role)
    offers = {}
    for name, (_, browser) in people.items():
        page = (await browser.open(f"/videos/{video.id}")).text
        words = {"Type a note", "Make notes of its markers", "Archive", "Share<", "Who is on it"}
        offers[name] = {word for word in words if f">{word}" in page}
        assert f"you are its {name}" in page
    writes = {"Type a note", "Make notes of its markers"}
    assert offers == {
        "owner": writes | {"Archive", "Share<"},
        "reviewer": writes | {"Who is on it"},
        "editor": writes | {"Who is on it"},
        "viewer": {"Who is on it"},
    }


def _draft(video: UUID) -> Draft:
    return Draft(UUID("01900000-0000-7000-8000-000000000001"), video, "Too dark.", Category.COLOR, frames=(24, None))
