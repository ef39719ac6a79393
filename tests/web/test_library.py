"""Videos and tabs on the real server: what a page shows, what is known of a tab, and what other devices hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import attrs
import pytest
import trio

from lossy.domain.platforms.export import manifest
from lossy.domain.timecode import Rate
from lossy.sim.client import Refused
from tests.notes import make_note, save
from tests.web.devices import Device, now_ms, open_device
from tests.web.http import fetch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from lossy.app import App
    from lossy.sim.account import Account

pytestmark = pytest.mark.integration

WATCH, SHARE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ?si=x"
VIMEO = "https://vimeo.com/76979871"


@pytest.fixture(autouse=True)
async def deadline() -> AsyncIterator[None]:
    """A reply that never comes fails its test."""
    with trio.fail_after(20):
        yield


@pytest.fixture
async def laptop(app: App, account: Account) -> AsyncIterator[Device]:
    async with open_device(app, account) as device:
        joined = await device.join("video:meta", {"token": device.token, "at": now_ms()})
        assert joined["adapters"] == {name: manifest()[name] for name in ("format", "version", "hash")}
        device.topic = "video:meta"
        yield device


@pytest.fixture
async def phone(app: App, account: Account) -> AsyncIterator[Device]:
    """Another device of the same user, which hears what concerns them."""
    async with app.node.pool.lend() as connection:
        row = await (await connection.execute("SELECT id FROM users")).fetchone()
    assert row is not None
    async with open_device(app, account) as device:
        await device.join(f"user:{row[0]}", {"token": device.token})
        yield device


def film(url: str = WATCH, title: str = "cut - YouTube", rate: str = "25") -> dict[str, str]:
    return {"url": url, "title": title, "rate": rate}


async def detect(device: Device, **changes: str) -> Mapping[str, Any]:
    return await device.ask("video_detected", film(**changes))


def said(seq: int, **changes: object) -> dict[str, object]:
    return {**film(), "tab_id": "7", "at": now_ms(), "seq": seq, **changes}


async def test_whatever_page_shows_it_a_video_is_one(laptop: Device, phone: Device) -> None:
    first = await detect(laptop)
    assert first == {
        "video_id": first["video_id"],
        "platform": "youtube",
        "canonical_id": "dQw4w9WgXcQ",
        "kind": "watch",
        "url": WATCH,
        "title": "cut",
        "rate": "25",
        "rate_kept": False,
        "status": "active",
    }
    assert await detect(laptop, url=SHARE, title="cut") == {**first, "kind": "share"}
    assert (await phone.pushed("video_updated"))["video_id"] == first["video_id"]
    for payload, path in (
        (film(url="javascript:1"), "url"),
        (film(rate="fast"), "rate"),
        ({**film(), "duration_ms": 0}, "duration_ms"),
    ):
        refused = await laptop.refused("video_detected", payload)
        assert (refused["code"], refused["path"]) == ("invalid", path)


async def test_a_rate_that_notes_count_in_is_kept_and_that_is_said(app: App, laptop: Device, phone: Device) -> None:
    found = await detect(laptop)
    other = await detect(laptop, rate="24")
    assert (other["rate"], other["rate_kept"]) == ("24", False)
    reached = await app.node.videos.reach(UUID(found["video_id"]), await user_of(app))
    assert reached is not None
    video = attrs.evolve(reached.video, rate=Rate(24))
    await save(app.node.pool, video, make_note(video))
    kept = await detect(laptop, rate="30")
    assert (kept["video_id"], kept["rate"], kept["rate_kept"]) == (found["video_id"], "24", True)


async def user_of(app: App) -> UUID:
    async with app.node.pool.lend() as connection:
        row = await (await connection.execute("SELECT id FROM users")).fetchone()
    assert row is not None
    user: UUID = row[0]
    return user


async def test_videos_are_queued_listed_and_archived(laptop: Device, phone: Device) -> None:
    queued = await laptop.ask("queue_video", {"url": VIMEO})
    assert (queued["status"], queued["title"], queued["platform"]) == ("queued", "76979871", "vimeo")
    assert await phone.pushed("video_queued") == queued
    found = await detect(laptop)
    listed = await laptop.ask("list_videos", {"limit": 1})
    assert [video["video_id"] for video in listed["videos"]] == [found["video_id"]]
    rest = await laptop.ask("list_videos", {"limit": 1, "cursor": listed["cursor"]})
    assert (rest["videos"], rest["cursor"]) == ([queued], None)
    wanted = {"status": "queued", "platform": "vimeo", "text": "7697"}
    assert (await laptop.ask("list_videos", wanted))["videos"] == [queued]
    assert (await laptop.ask("list_videos", {"text": "nothing"}))["videos"] == []
    change = {"video_id": queued["video_id"], "status": "archived"}
    archived = await laptop.ask("update_video_status", change)
    assert archived == {**queued, "status": "archived"}
    while (updated := await phone.pushed("video_updated"))["video_id"] != queued["video_id"]:
        assert updated["video_id"] == found["video_id"]
    assert updated == archived
    assert (await laptop.refused("update_video_status", {**change, "video_id": str(uuid4())}))["code"] == "not_found"
    assert (await laptop.refused("list_videos", {"cursor": "x"}))["path"] == "cursor"
    assert (await laptop.refused("queue_video", {"url": "ftp://x/y"}))["path"] == "url"


async def test_a_tab_is_asked_for_before_the_client_looks(laptop: Device, phone: Device) -> None:
    assert await laptop.ask("video_context", {"tab_id": "7"}) == {"context": None}
    told = await laptop.ask("video_context", said(1))
    context = told["context"]
    assert (context["tab"], context["device"], context["session"]) == ("7", str(laptop.id), None)
    assert (context["video_id"], context["url"], context["title"]) == (told["video"]["video_id"], WATCH, "cut")
    assert await laptop.ask("video_context", {"tab_id": "7"}) == {"context": context}
    assert await laptop.ask("video_context", {"tab_id": "8"}) == {"context": None}
    assert await phone.pushed("video_context_updated") == context
    closed = await laptop.ask("video_context", {"closed": True, "tab_id": "7", "at": now_ms(), "seq": 2})
    assert closed["context"]["video_id"] is None
    assert await phone.pushed("video_context_cleared") == closed["context"]
    late = await laptop.ask("video_context", said(1, at=context["at"] - 5))
    assert late["context"] == closed["context"]
    for missing in ("at", "seq"):
        payload = {name: value for name, value in said(9).items() if name != missing}
        assert (await laptop.refused("video_context", payload))["path"] == missing
    assert (await laptop.refused("video_context", {"closed": True, "tab_id": "7"}))["path"] == "at"


async def test_a_tab_that_goes_to_another_video_ends_its_review(laptop: Device, phone: Device) -> None:
    told = await laptop.ask("video_context", said(1))
    laptop.video_id = told["video"]["video_id"]
    session = uuid4()
    await laptop.enter(session, tab_id="7")
    laptop.topic = "video:meta"
    assert (await laptop.ask("video_context", {"tab_id": "7"}))["context"]["session"] == str(session)
    moved = await laptop.ask("video_context", said(2, url=VIMEO))
    assert moved["context"]["session"] is None
    await phone.pushed("context_available")
    refused = await entering(laptop, uuid4(), told["video"]["video_id"])
    assert (refused["code"], refused["video_id"]) == ("conflict", moved["video"]["video_id"])
    laptop.video_id = moved["video"]["video_id"]
    assert (await laptop.enter(uuid4(), tab_id="7"))["session"]["video_id"] == laptop.video_id


async def test_the_adapters_are_there_for_anybody_and_once_a_version(app: App) -> None:
    given = await fetch("GET", f"{app.url}/api/platform_adapters")
    assert (given.status, given.json) == (200, manifest())
    assert given.headers["ETag"] == f'"{manifest()["hash"]}"'
    known = {"If-None-Match": given.headers["ETag"]}
    again = await fetch("GET", f"{app.url}/api/platform_adapters", known)
    assert (again.status, again.body) == (304, b"")
    assert (await fetch("GET", f"{app.url}/api/platform_adapters", {"If-None-Match": '"0"'})).status == 200


async def entering(device: Device, session: UUID, video_id: str) -> Mapping[str, Any]:
    """The refusal of a join."""
    device.video_id = video_id
    with pytest.raises(Refused) as refusal:
        await device.enter(session, tab_id="7")
    return refusal.value.response
