"""What somebody may do with a video in each role that it can be shared in: on real sockets and by REST, one after the
other as its owner changes the role. What the product says of roles is said here once more, in its own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import trio
from attrs import define, evolve, field

from lossy.sim.client import Refused
from tests.contract.note_books import note_id
from tests.web.browser import Browser
from tests.web.devices import FILM, Device, now_ms
from tests.web.http import fetch
from tests.web.test_taken_away import device_of, ended
from tests.web.test_who_may import somebody

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from lossy.app import App
    from lossy.settings import Settings

pytestmark = pytest.mark.integration

GUEST = "guest@studio.example"
REVIEWER, EDITOR, VIEWER = ROLES = ("reviewer", "editor", "viewer")

EDL = """TITLE: cut
FCM: NON-DROP FRAME

001  AX  V  C  01:00:01:00 01:00:01:01 01:00:01:00 01:00:01:01
* LOC: 01:00:01:00 RED A marker
"""

# By what is asked, for whom it is done; for the others it is forbidden. "theirs" is a note of the owner's, "own" one
# that the guest made.
SOCKET: Mapping[str, tuple[str, ...]] = {
    "get_notes": ROLES,
    "get_changes": ROLES,
    "create_note": (REVIEWER, EDITOR),
    "update_note own": (REVIEWER, EDITOR),
    "delete_note own": (REVIEWER, EDITOR),
    "undo own": (REVIEWER, EDITOR),
    "update_note theirs": (EDITOR,),
    "delete_note theirs": (EDITOR,),
    "undo theirs": (),  # whose deletion it was may take it back, and the author
    "merge_notes theirs": (EDITOR,),
}
REST: Mapping[str, tuple[str, ...]] = {
    "GET /videos/{video}/notes": ROLES,
    "GET /videos/{video}/notes/counts": ROLES,
    "GET /videos/{video}/export?format=csv": ROLES,
    "GET /videos/{video}/shares": ROLES,
    "GET /videos/{video}/attendance": ROLES,
    "GET /notes/{theirs}": ROLES,
    "POST /videos/{video}/notes": (REVIEWER, EDITOR),
    "POST /videos/{video}/import": (REVIEWER, EDITOR),
    "PATCH /notes/{theirs}": (EDITOR,),
    "DELETE /notes/{theirs}": (EDITOR,),
    "POST /notes/{theirs}/undo": (),
    "POST /notes/{theirs}/merge": (EDITOR,),
    "POST /videos/{video}/shares": (),
    "PATCH /videos/{video}/shares/{guest}": (),
    "DELETE /videos/{video}/shares/{guest}": (),
    "DELETE /videos/{video}/invited/{nobody}": (),
}
JOINS: Mapping[str, tuple[str, ...]] = {"notes:video": ROLES, "voice": (REVIEWER,), "audio": (REVIEWER,)}


@pytest.fixture(autouse=True)
async def deadline() -> AsyncIterator[None]:
    with trio.fail_after(60):
        yield


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The owner makes notes faster than anybody does."""
    return evolve(settings, server=evolve(settings.server, limit_scale=10.0))


@define(eq=False)
class Notes:
    """What is on the video; ids grow, so each is made once."""

    video: str
    _n: int = field(default=0, init=False)

    async def made_by(self, browser: Browser) -> dict[str, Any]:
        made = await browser.ask("POST", f"/api/videos/{self.video}/notes", self.new())
        assert made.status == 200, made.text
        note: dict[str, Any] = made.json["note"]
        return note

    def new(self) -> dict[str, Any]:
        self._n += 1
        return {"id": str(note_id(self._n)), "text": f"Note {self._n}.", "frame_in": self._n}


async def code(asking: Any) -> str:
    """Of its refusal; "ok" where there is none."""
    try:
        await asking
    except Refused as refusal:
        return str(refusal.response["code"])
    return "ok"


def told(role: str, done: tuple[str, ...]) -> str:
    return "ok" if role in done else "forbidden"


async def check_joins(device: Device, video: str, role: str) -> None:
    device.video_id = video
    audio = {"token": device.token, "device_id": str(device.id), "video_id": video, "requested_version": 1}
    joins = {
        "notes:video": device.join(f"notes:video:{video}", {"token": device.token}),
        "voice": device.enter(uuid4(), tab_id="1"),
        "audio": device.join(f"audio:{uuid4()}", {**audio, "tab_id": "2"}),
    }
    assert {name: await code(joining) for name, joining in joins.items()} == {
        name: told(role, done) for name, done in JOINS.items()
    }


async def check_socket(device: Device, owner: Browser, own: Mapping[str, Any], notes: Notes, role: str) -> None:
    """Each on notes of its own, so that none is refused for what was done to it before."""
    device.topic = f"notes:video:{notes.video}"
    version = (await device.join(device.topic, {"token": device.token}))["version"]
    found = {}
    for name in SOCKET:
        event, _, whose = name.partition(" ")
        payload: dict[str, Any] = {}
        if event == "get_changes":
            payload = {"version": version}
        elif event == "create_note":
            payload = notes.new()
        elif whose:
            note = own if whose == "own" else await notes.made_by(owner)
            payload = {"note_id": note["id"]}
            if event == "update_note":
                payload |= {"text": "Other words.", "version": note["version"]}
            if event == "merge_notes":
                payload["into"] = (await notes.made_by(owner))["id"]
            if event == "undo" and whose == "theirs":
                await owner.ask("DELETE", f"/api/notes/{note['id']}")
        found[name] = await code(device.ask(event, payload))
    assert found == {name: told(role, done) for name, done in SOCKET.items()}


async def check_rest(browser: Browser, owner: Browser, guest: UUID, notes: Notes, role: str) -> None:
    found, into = {}, await notes.made_by(owner)
    for name in REST:
        method, path = name.split(" ")
        note = await notes.made_by(owner) if "{theirs}" in path else {"id": "", "version": 1}
        if path.endswith("/undo"):
            await owner.ask("DELETE", f"/api/notes/{note['id']}")
        ids = {"video": notes.video, "theirs": note["id"], "guest": guest, "nobody": UUID(int=0)}
        bodies: dict[str, bytes | dict[str, Any]] = {
            "/videos/{video}/notes": notes.new(),
            "/videos/{video}/import": EDL.encode(),
            "/notes/{theirs}": {"version": note["version"], "text": "Other words."},
            "/notes/{theirs}/undo": {},
            "/notes/{theirs}/merge": {"into": into["id"]},
            "/videos/{video}/shares": {"email": "a@friend.example", "role": "viewer"},
            "/videos/{video}/shares/{guest}": {"role": "editor"},
        }
        headers = {**browser.headers, "Origin": browser.url, "Accept": "application/json"}
        sent = None if method in ("GET", "DELETE") else bodies[path]
        answer = await fetch(method, f"{browser.url}/api{path.format(**ids)}", headers, sent)
        assert answer.status < 500, (name, answer.text)
        found[name] = "ok" if answer.status < 300 else str(answer.json["code"])
    assert found == {name: told(role, done) for name, done in REST.items()}


async def test_each_role_does_what_it_is_for_and_nothing_else(app: App) -> None:
    await Browser(app.url).sign_in_as_admin(app)
    _, owner = await somebody(app, "owner@studio.example")
    guest, theirs = await somebody(app, GUEST)
    async with device_of(owner, app.url) as mine:
        notes = Notes(await mine.detect(FILM))
    shares = f"/api/videos/{notes.video}/shares"
    assert (await owner.ask("POST", shares, {"email": GUEST, "role": REVIEWER})).status == 200
    made = [await notes.made_by(theirs) for _ in ROLES]
    for role, own in zip(ROLES, made, strict=True):
        assert (await owner.ask("PATCH", f"{shares}/{guest}", {"role": role})).status == 204
        async with device_of(theirs, app.url) as device:
            await check_joins(device, notes.video, role)
            await check_socket(device, owner, own, notes, role)
        await check_rest(theirs, owner, guest, notes, role)


async def test_a_role_that_is_less_is_less_on_the_channels_that_are_joined(app: App) -> None:
    """A reviewer who talks becomes a viewer: the session is over, and the notes are read and no more than that."""
    await Browser(app.url).sign_in_as_admin(app)
    _, owner = await somebody(app, "owner@studio.example")
    guest, theirs = await somebody(app, GUEST)
    async with device_of(owner, app.url) as mine, device_of(theirs, app.url) as device:
        notes, session = Notes(await mine.detect(FILM)), uuid4()
        shares, topic = f"/api/videos/{notes.video}/shares", f"notes:video:{notes.video}"
        assert (await owner.ask("POST", shares, {"email": GUEST, "role": REVIEWER})).status == 200
        device.video_id = notes.video
        await device.enter(session)
        await device.ask("command", {"name": "start", "at": now_ms()})
        await device.join(topic, {"token": device.token})
        assert (await owner.ask("PATCH", f"{shares}/{guest}", {"role": VIEWER})).status == 204
        with trio.fail_after(1):
            assert {await ended(device, f"voice:{session}"), await ended(device, topic)} == {"phx_close", "phx_error"}
        device.topic = topic
        await device.join(topic, {"token": device.token})
        assert await code(device.ask("create_note", notes.new())) == "forbidden"
        assert await code(device.enter(session)) == "forbidden"
