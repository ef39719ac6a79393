"""Every page and form of accounts and sharing, and who may open it or send it: nobody, a stranger, an admin."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from lossy.channels.operations import OPERATIONS
from lossy.clock import as_datetime
from lossy.domain.access import Role
from lossy.domain.accounts import UserRole
from lossy.store.invitations import NewInvitation
from tests.notes import make_video, save
from tests.web.browser import Browser
from tests.web.http import fetch

if TYPE_CHECKING:
    from lossy.app import App

pytestmark = pytest.mark.integration

NONE = UUID(int=0)
VIDEO = "/videos/{video}/sharing"

# By path: what nobody, somebody else and an admin get; "video" is the user's own, of which the admin is not one.
PAGES = {
    "/account": (401, 200, 200),
    "/admin/users": (401, 403, 200),
    "/charts": (401, 200, 200),
    VIDEO: (401, 404, 404),
    "/videos/{none}/sharing": (401, 404, 404),
}
FORMS = {
    "/account/email": (401, 400, 400),
    "/account/password": (401, 400, 400),
    "/account/devices/{device}/revoke": (401, 404, 404),
    "/account/devices/{none}/revoke": (401, 404, 404),
    "/account/browsers/{none}/sign-out": (401, 404, 404),
    "/admin/invitations": (401, 403, 400),
    "/admin/invitations/{none}/withdraw": (401, 403, 404),
    "/admin/users/{none}/reset": (401, 403, 404),
    "/admin/users/{none}/promote": (401, 403, 404),
    "/admin/users/{none}/demote": (401, 403, 404),
    "/admin/users/{none}/deactivate": (401, 403, 404),
    "/admin/users/{none}/activate": (401, 403, 404),
    VIDEO: (401, 404, 404),
    VIDEO + "/{none}/role": (401, 404, 404),
    VIDEO + "/{none}/withdraw": (401, 404, 404),
    VIDEO + "/invitations/{none}/withdraw": (401, 404, 404),
}
API = {
    ("GET", "/api/videos/{video}/shares"): (401, 404, 404),
    ("POST", "/api/videos/{video}/shares"): (401, 404, 404),
    ("PATCH", "/api/videos/{video}/shares/{none}"): (401, 404, 404),
    ("DELETE", "/api/videos/{video}/shares/{none}"): (401, 404, 404),
    ("DELETE", "/api/videos/{video}/invited/{none}"): (401, 404, 404),
    ("GET", "/api/videos/{video}/attendance"): (401, 404, 404),
    ("DELETE", "/api/devices/{device}"): (401, 404, 404),
    ("PATCH", "/api/devices/{device}"): (401, 404, 404),
    ("DELETE", "/api/browsers/{none}"): (401, 404, 404),
    ("GET", "/api/me"): (401, 200, 200),
    ("GET", "/api/charts/voice/view"): (401, 200, 200),
    ("GET", "/api/charts/voice/notes"): (401, 403, 200),
    ("POST", "/api/charts/voice/notes"): (401, 403, 404),
    ("DELETE", "/api/charts/voice/notes/{none}"): (401, 403, 404),
    ("GET", "/api/charts/voice/heat"): (401, 403, 200),
    ("POST", "/api/charts/voice/comparison"): (401, 403, 400),
    ("GET", "/api/chart-traces/{none}"): (401, 403, 404),
    ("GET", "/api/chart-sessions"): (401, 403, 200),
    ("GET", "/api/chart-sessions/{none}/steps"): (401, 403, 404),
    ("GET", "/api/users"): (401, 403, 200),
    ("GET", "/api/users/{none}"): (401, 403, 404),
    ("PATCH", "/api/users/{none}"): (401, 403, 404),
    ("POST", "/api/users/{none}/reset"): (401, 403, 404),
    ("GET", "/api/invitations"): (401, 403, 200),
    ("POST", "/api/invitations"): (401, 403, 400),
    ("DELETE", "/api/invitations/{none}"): (401, 403, 404),
}
BODIES: dict[str, dict[str, object]] = {
    "/api/videos/{video}/shares": {"email": "x@y.example", "role": "viewer"},
    "/api/videos/{video}/shares/{none}": {"role": "viewer"},
    "/api/devices/{device}": {"name": "Mine"},
    "/api/users/{none}": {"role": "admin"},
    "/api/invitations": {"email": "no address"},
    "/api/charts/voice/comparison": {"chart": "name: voice"},
    "/api/charts/voice/notes": {"id": str(NONE), "anchor": "no state", "text": "?"},
}


async def somebody(app: App, email: str) -> tuple[UUID, Browser]:
    """With an account, signed in."""
    browser, id, secret = Browser(app.url), uuid4(), email.encode()
    until = as_datetime(app.node.clock.now_ms() + 60_000)
    await app.node.invitations.invite(NewInvitation(uuid4(), secret, email, UserRole.USER, None, until))
    assert await app.node.invitations.accept(secret, id, await app.node.passwords.hashed("four words only mine"))
    assert (await browser.sign_in(email, "four words only mine")).status == 303
    return id, browser


async def test_each_is_for_those_whom_the_table_names(app: App) -> None:
    admin, nobody = await Browser(app.url).sign_in_as_admin(app), Browser(app.url)
    owner, _ = await somebody(app, "owner@studio.example")
    _, other = await somebody(app, "other@studio.example")
    video, device = await save(app.node.pool, make_video(owner)), uuid4()
    await app.node.accounts.add_device(device, owner)
    ids = {"video": video.id, "device": device, "none": NONE}
    for who, browser in enumerate((nobody, other, admin)):
        await browser.open("/sign-in" if browser is nobody else "/account")
        token = browser.form_token
        for path, statuses in PAGES.items():
            assert (await browser.open(path.format(**ids))).status == statuses[who], (path, who)
        for path, statuses in FORMS.items():
            role = {"role": "viewer"} if path.endswith("/role") else {}
            sent = await browser.send_as_is(path.format(**ids), **role, form_token=token)
            assert sent.status == statuses[who], (path, who)
        for (method, path), statuses in API.items():
            body = None if method == "GET" else BODIES.get(path)
            asked = await browser.ask(method, path.format(**ids), body)
            assert asked.status == statuses[who], (method, path, who)
    assert await app.node.accounts.is_welcome(device, owner), "nobody else has revoked it"


async def test_a_role_on_a_video_reads_but_manages_nothing(app: App) -> None:
    owner, owns = await somebody(app, "owner@studio.example")
    editor, reads = await somebody(app, "editor@studio.example")
    video = await save(app.node.pool, make_video(owner))
    await app.node.shares.share(video.id, editor, Role.EDITOR)
    page, api = f"/videos/{video.id}/sharing", f"/api/videos/{video.id}"
    assert (await reads.open(page)).status == 200
    assert "editor since" in reads.page
    assert f'action="{page}' not in reads.page
    await reads.open("/account")
    for path in ("", f"/{editor}/withdraw", f"/{editor}/role", f"/invitations/{NONE}/withdraw"):
        assert (await reads.send_as_is(page + path, form_token=reads.form_token, role="viewer")).status == 403
    assert (await reads.ask("GET", f"{api}/shares")).json["role"] == "editor"
    assert (await reads.ask("GET", f"{api}/attendance")).json == {"attendance": []}
    assert (await reads.ask("DELETE", f"{api}/shares/{editor}")).status == 403
    assert (await owns.ask("POST", f"{api}/shares", {"email": "owner@studio.example", "role": "viewer"})).status == 409


async def test_bodies_of_another_shape_are_refused_with_the_path(app: App) -> None:
    admin = await Browser(app.url).sign_in_as_admin(app)
    me = (await admin.ask("GET", "/api/me")).json["id"]
    for method, path, body, field in (
        ("POST", "/api/invitations", {"email": 5}, "email"),
        ("POST", "/api/invitations", {"email": "a@b", "role": "owner"}, "role"),
        ("POST", "/api/invitations", {"email": "a@b", "more": 1}, "more"),
        ("PATCH", f"/api/users/{me}", {"active": "no"}, "active"),
        ("PUT", "/api/me/password", {"password": "short"}, "password"),
        ("PUT", "/api/me/password", {}, "password"),
        ("PUT", "/api/me/email", {"email": "x" * 300}, "email"),
        ("POST", "/api/auth/sign_in", {"email": "a@b", "password": "x\0y"}, "password"),
    ):
        answer = await admin.ask(method, path, body)
        assert (answer.status, answer.json["details"]["path"]) == (400, field), (path, body)
    assert (await admin.ask("PATCH", f"/api/users/{me}", {"role": "user"})).status == 409, "the last admin"
    assert (await admin.ask("DELETE", "/api/devices/no-uuid")).status == 404
    assert (await fetch("DELETE", f"{app.url}/api/me")).status == 405


async def test_the_form_and_the_api_share_one_limit_on_sharing(app: App) -> None:
    """Both tell who has an account; what was typed too often is refused on a page, with the time to wait."""
    owner, owns = await somebody(app, "owner@studio.example")
    video = await save(app.node.pool, make_video(owner))
    page = f"/videos/{video.id}/sharing"
    await owns.open(page)
    left = OPERATIONS["share_video"].limit.burst
    for n in range(left):
        asked = {"email": f"guest{n}@studio.example", "role": "viewer"}
        if n % 2:
            assert (await owns.ask("POST", f"/api{page.removesuffix('/sharing')}/shares", asked)).status == 200
        else:
            assert (await owns.send(page, **asked)).status == 200
    while (refused := await owns.send_as_is(page, **asked, form_token=owns.form_token)).status == 200:
        pass  # a slow machine is owed some by now
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert "Too many requests" in owns.page
    assert (await owns.ask("POST", f"/api{page.removesuffix('/sharing')}/shares", asked)).json["code"] == "rate_limited"
