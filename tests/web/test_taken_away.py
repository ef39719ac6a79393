"""What is taken from somebody is gone from under their hands: sockets, channels, sessions. On real servers."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import trio

from lossy.app import App, open_app
from lossy.sim.client import Refused, connect
from tests.contract.note_books import note_id
from tests.web.browser import Browser
from tests.web.devices import FILM, Device, now_ms
from tests.web.test_who_may import somebody

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.settings import Settings

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
async def deadline() -> AsyncIterator[None]:
    with trio.fail_after(30):
        yield


@asynccontextmanager
async def device_of(browser: Browser, url: str, id: UUID | None = None) -> AsyncIterator[Device]:
    """A device in that browser, connected at `url`, with `user:<id>` joined."""
    id = id or uuid4()
    made = await browser.ask("POST", "/api/auth/extension_token", {"device_id": str(id)})
    assert made.status == 200, made.text
    user = (await browser.ask("GET", "/api/me")).json["id"]
    async with connect(url) as client:
        device = Device(client, made.json["token"], id)
        await device.join(f"user:{user}", {"token": device.token})
        yield device


async def closed(device: Device) -> int:
    """The code that its socket is closed with, once it is told that the device is revoked and reads to the end."""
    revoked = ""
    while revoked != str(device.id):  # another of the same user's is told as well
        revoked = (await device.pushed("device_revoked"))["device_id"]
    async for _ in device.client.pushes:
        pass
    reason = device.client._websocket.closed
    assert reason is not None
    return int(reason.code)


async def code_of(joining: Any) -> str:
    with pytest.raises(Refused) as refusal:
        await joining
    return str(refusal.value.response["code"])


async def ended(device: Device, topic: str) -> str:
    """How the channel ends."""
    async for push in device.client.pushes:
        if push.topic == topic and push.event in ("phx_close", "phx_error"):
            return push.event
    raise AssertionError("the socket went before")


# -- devices --------------------------------------------------------------------------------------------------------


async def test_a_device_that_is_revoked_is_out_at_once_and_others_stay(app: App) -> None:
    await Browser(app.url).sign_in_as_admin(app)
    id, browser = await somebody(app, "mara@studio.example")
    async with device_of(browser, app.url) as lost, device_of(browser, app.url) as near:
        assert (await browser.ask("DELETE", f"/api/devices/{lost.id}")).status == 204
        assert await closed(lost) == 1001
        await near.join("video:meta", {"token": near.token})
        assert await code_of(near.join("video:meta", {"token": lost.token})) == "unauthenticated"
        again = await browser.ask("POST", "/api/auth/extension_token", {"device_id": str(lost.id)})
        assert (again.status, again.json["code"]) == (403, "forbidden")
    assert app.node.letting_go._hearers == {}, "nobody is held who is gone"
    assert id is not None


@pytest.mark.parametrize("how", ["sign_out_everywhere", "deactivate", "sign_out"])
async def test_whoever_is_signed_out_is_out_at_once_on_every_node(settings: Settings, how: str) -> None:
    """Within a second where it happens on another node; a token of before is refused, one of after is not."""
    async with open_app(settings) as here, open_app(settings) as there:
        admin = await Browser(here.url).sign_in_as_admin(here)
        id, browser = await somebody(here, "mara@studio.example")
        async with device_of(browser, here.url) as one, device_of(browser, there.url) as two:
            if how == "deactivate":
                assert (await admin.ask("PATCH", f"/api/users/{id}", {"active": False})).status == 200
            else:
                assert (await browser.ask("POST", f"/api/auth/{how}")).status == 204
            with trio.fail_after(1):
                assert await closed(two) == 1001
            assert await closed(one) == 1001
        async with connect(there.url) as client:
            late = Device(client, one.token, one.id)
            assert await code_of(late.join("video:meta", {"token": one.token})) == "unauthenticated"
        assert (await browser.sign_in("mara@studio.example", "four words only mine")).status == (
            401 if how == "deactivate" else 303
        )
        if how != "deactivate":
            async with device_of(browser, there.url, one.id) as back:
                await trio.sleep(0.6)  # more than a tick: what was taken before is not taken from this one
                await back.join("video:meta", {"token": back.token})


# -- shares ---------------------------------------------------------------------------------------------------------


async def test_a_reviewer_talks_on_the_owners_video_until_it_is_withdrawn(app: App) -> None:
    """The notes are the video's, and the reviewer their author; with the share go channel and session."""
    await Browser(app.url).sign_in_as_admin(app)
    _, owner = await somebody(app, "owner@studio.example")
    guest, reviewer = await somebody(app, "guest@studio.example")
    async with device_of(owner, app.url) as mine, device_of(reviewer, app.url) as theirs:
        video = await mine.detect(FILM)
        shares, session = f"/api/videos/{video}/shares", uuid4()
        assert await theirs.detect({**FILM, "url": "https://example.com/another.mp4"}) != video
        theirs.video_id = video
        assert await code_of(theirs.enter(session)) == "not_found"
        for role, refused in (("viewer", "forbidden"), ("editor", "forbidden")):
            assert (await owner.ask("POST", shares, {"email": "guest@studio.example", "role": role})).status == 200
            assert await code_of(theirs.enter(session)) == refused
        assert (await owner.ask("PATCH", f"{shares}/{guest}", {"role": "reviewer"})).status == 204
        assert await theirs.detect({**FILM, "title": "as the page calls it"}) == video
        notes = f"notes:video:{video}"
        for device in (mine, theirs):
            await device.join(notes, {"token": device.token})
        await theirs.enter(session)
        await theirs.ask("command", {"name": "start", "at": now_ms()})
        said = {"id": str(uuid4()), "text": "The logo is too dark here.", "at": now_ms() - 900, "media_ms": 4_000}
        await theirs.ask("transcript_final", {**said, "duration_ms": 800})
        note = await mine.pushed("note_created")
        assert (note["video_id"], note["author_id"], note["session_id"]) == (video, str(guest), str(session))
        assert (await owner.ask("DELETE", f"{shares}/{guest}")).status == 204
        with trio.fail_after(1):
            assert await ended(theirs, f"voice:{session}") == "phx_close"
        for joining in (theirs.enter(session), theirs.join(notes, {"token": theirs.token})):
            assert await code_of(joining) == "not_found"
        (there,) = (await owner.ask("GET", f"/api/videos/{video}/attendance")).json["attendance"]
        assert (there["user_id"], there["session_id"], len(there["stays"])) == (str(guest), str(session), 1)
        assert there["stays"][0]["since"] <= there["stays"][0]["until"] <= app.node.clock.now_ms()


async def test_channels_end_for_good_with_the_share_and_begin_anew_with_another_role(app: App) -> None:
    await Browser(app.url).sign_in_as_admin(app)
    _, owner = await somebody(app, "owner@studio.example")
    guest, reader = await somebody(app, "guest@studio.example")
    async with device_of(owner, app.url) as mine, device_of(reader, app.url) as theirs:
        video = await mine.detect(FILM)
        shares, notes = f"/api/videos/{video}/shares", f"notes:video:{video}"
        await mine.join(notes, {"token": mine.token})
        await owner.ask("POST", shares, {"email": "guest@studio.example", "role": "viewer"})
        await theirs.join(notes, {"token": theirs.token})
        await owner.ask("PATCH", f"{shares}/{guest}", {"role": "editor"})
        assert await ended(theirs, notes) == "phx_error", "the client joins again"
        await theirs.join(notes, {"token": theirs.token})
        await owner.ask("DELETE", f"{shares}/{guest}")
        assert await ended(theirs, notes) == "phx_close", "the client stays away"
        await owner.ask("GET", "/api/me")
        assert (await owner.ask("DELETE", f"{shares}/{guest}")).status == 404
        await mine.join("video:meta", {"token": mine.token})


async def test_what_a_guest_noted_stays_with_the_video_and_comes_back_with_it(app: App) -> None:
    """No list, no push and no file of theirs has it meanwhile, whatever others do to it."""
    await Browser(app.url).sign_in_as_admin(app)
    _, owner = await somebody(app, "owner@studio.example")
    guest, author = await somebody(app, "guest@studio.example")
    own = f"notes:user:{guest}"
    async with device_of(owner, app.url) as mine, device_of(author, app.url) as theirs:
        video, elsewhere = await mine.detect(FILM), await theirs.detect({**FILM, "url": "https://example.com/own.mp4"})
        shares, role = f"/api/videos/{video}/shares", {"email": "guest@studio.example", "role": "editor"}
        await owner.ask("POST", shares, role)
        for n, of in enumerate((video, elsewhere), 1):
            body = {"id": str(note_id(n)), "text": f"Note {n}.", "frame_in": n}
            assert (await author.ask("POST", f"/api/videos/{of}/notes", body)).status == 200

        async def listed() -> list[str]:
            joined = await theirs.join(own, {"token": theirs.token})
            notes = (await author.ask("GET", "/api/notes?order=newest")).json["notes"]
            assert notes == joined["notes"]
            return [note["text"] for note in notes]

        assert await listed() == ["Note 2.", "Note 1."]
        assert (await owner.ask("DELETE", f"{shares}/{guest}")).status == 204
        with trio.fail_after(1):
            assert await ended(theirs, own) == "phx_error", "it is joined anew"
        assert await listed() == ["Note 2."]
        for path in (f"notes/{note_id(1)}", f"videos/{video}/notes", f"videos/{video}/export?format=csv"):
            assert (await author.ask("GET", f"/api/{path}")).status == 404
        edited = await owner.ask("PATCH", f"/api/notes/{note_id(1)}", {"version": 2, "text": "A secret."})
        assert edited.status == 200, edited.text
        await author.ask("PATCH", f"/api/notes/{note_id(2)}", {"version": 2, "text": "Mine."})
        assert (await theirs.pushed("note_updated"))["text"] == "Mine.", "and nothing of the other before it"
        await owner.ask("POST", shares, role)
        assert await ended(theirs, own) == "phx_error"
        assert await listed() == ["Mine.", "A secret."]


async def test_somebody_new_is_shared_with_by_a_link_and_finds_the_video_on_the_first_page(app: App) -> None:
    await Browser(app.url).sign_in_as_admin(app)
    _, owner = await somebody(app, "owner@studio.example")
    async with device_of(owner, app.url) as mine:
        video = await mine.detect({**FILM, "title": "The Long Cut"})
    shares = f"/api/videos/{video}/shares"
    made = await owner.ask("POST", shares, {"email": "New@Person.example", "role": "editor"})
    path = made.json["link"].removeprefix(app.url)
    listed = (await owner.ask("GET", shares)).json
    assert [each["email"] for each in listed["invited"]] == ["new@person.example"]
    new = Browser(app.url)
    assert "The Long Cut" in (await new.open(path)).text
    assert (await new.send(path, password="words of a new person")).status == 303
    home = (await new.open("/")).text
    assert "The Long Cut" in home
    assert "you are its editor" in home
    assert (await owner.ask("GET", shares)).json["invited"] == []
    known = await owner.ask("POST", shares, {"email": "guest@person.example", "role": "viewer"})
    guest, theirs = await somebody(app, "guest@person.example")
    await theirs.open(known.json["link"].removeprefix(app.url))
    assert (await theirs.send(known.json["link"].removeprefix(app.url))).status == 303
    assert {each["user_id"]: each["role"] for each in (await owner.ask("GET", shares)).json["shares"]}[
        str(guest)
    ] == "viewer"
