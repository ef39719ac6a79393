"""`video:meta` on the real server: which tab the reviewer turned to, and who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import trio

from lossy.sim.client import Refused
from tests.notes import LIFE, make_note, make_video, save
from tests.web.devices import Device, now_ms, open_device

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from lossy.app import App
    from lossy.sim.account import Account

pytestmark = pytest.mark.integration

HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
async def deadline() -> AsyncIterator[None]:
    """A reply that never comes fails its test."""
    with trio.fail_after(20):
        yield


@pytest.fixture
async def laptop(app: App, account: Account) -> AsyncIterator[Device]:
    async with open_device(app, account) as device:
        await device.detect()
        yield device


@pytest.fixture
async def phone(app: App, account: Account) -> AsyncIterator[Device]:
    async with open_device(app, account) as device:
        await device.detect()
        yield device


async def ask(device: Device, event: str, **payload: Any) -> Mapping[str, Any]:
    return await (await device.client.push("video:meta", event, payload)).response()


async def refused(device: Device, event: str, **payload: Any) -> Mapping[str, Any]:
    with pytest.raises(Refused) as refusal:
        await ask(device, event, **payload)
    return refusal.value.response


def claim(device: Device, session: UUID, seq: int, at: int | None = None) -> dict[str, Any]:
    at = now_ms() if at is None else at
    return {"session_id": str(session), "video_id": device.video_id, "tab_id": "7", "at": at, "seq": seq}


async def test_the_tab_that_was_turned_to_last_has_the_microphone(laptop: Device, phone: Device) -> None:
    first, second = uuid4(), uuid4()
    await laptop.enter(first, tab_id="7")
    await phone.enter(second, tab_id="7")
    mine = await ask(laptop, "claim", **claim(laptop, first, 1))
    assert (mine["owner"], mine["session"], mine["video"]) == (True, str(first), laptop.video_id)
    late = await refused(phone, "claim", **claim(phone, second, 1, now_ms() - 10_000))
    assert (late["code"], late["by"]["session"], late["by"]["tab"]) == ("context_taken", str(first), "7")
    assert now_ms() - 10_000 < late["by"]["since"] <= now_ms()
    now_mine = await ask(phone, "claim", **claim(phone, second, 2))
    assert (now_mine["owner"], now_mine["epoch"]) == (True, mine["epoch"] + 1)
    taken = await laptop.pushed("context_taken")
    assert (taken["by"]["session"], taken["by"]["device"]) == (str(second), str(phone.id))


async def test_what_is_given_up_is_there_for_the_others(laptop: Device, phone: Device) -> None:
    first, second = uuid4(), uuid4()
    await laptop.enter(first, tab_id="7")
    await phone.enter(second, tab_id="7")
    await ask(laptop, "claim", **claim(laptop, first, 1))
    assert await ask(phone, "release", tab_id="7", at=now_ms(), seq=1) == {"owner": False, "vacant": False}
    assert await ask(laptop, "release", tab_id="7", at=now_ms(), seq=2) == {"owner": False, "vacant": True}
    for device in (laptop, phone):
        await device.pushed("context_available")


async def test_a_claim_said_twice_is_answered_twice(laptop: Device) -> None:
    session = uuid4()
    await laptop.enter(session, tab_id="7")
    said = claim(laptop, session, 1)
    assert await ask(laptop, "claim", **said) == await ask(laptop, "claim", **said)


async def test_a_claim_is_of_ones_own_session_on_its_video(app: App, laptop: Device) -> None:
    session, stranger, theirs = uuid4(), uuid4(), uuid4()
    await laptop.enter(session, tab_id="7")
    async with app.node.pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'b@localhost', 'user')", (stranger,))
        video = await save(app.node.pool, make_video(stranger))
        insert = "INSERT INTO sessions (id, user_id, video_id, snapshot) VALUES (%s, %s, %s, '{}')"
        await connection.execute(insert, (theirs, stranger, video.id))
    none = await refused(laptop, "claim", **claim(laptop, uuid4(), 1))
    assert none["code"] == "not_found"
    assert await refused(laptop, "claim", **claim(laptop, theirs, 2) | {"video_id": str(video.id)}) == none
    assert await refused(laptop, "claim", **claim(laptop, session, 3) | {"video_id": str(video.id)}) == none
    assert (await ask(laptop, "claim", **claim(laptop, session, 4)))["owner"]


@pytest.mark.parametrize("off", [-HOUR_MS, HOUR_MS])
async def test_a_clock_is_corrected_by_the_join(laptop: Device, phone: Device, off: int) -> None:
    first, second = uuid4(), uuid4()
    await laptop.enter(first, tab_id="7")
    await phone.enter(second, tab_id="7")
    await phone.client.join("video:meta", {"token": phone.token, "at": now_ms() + off})
    await ask(laptop, "claim", **claim(laptop, first, 1))
    assert (await refused(phone, "claim", **claim(phone, second, 1, now_ms() + off - 10_000)))[
        "code"
    ] == "context_taken"
    assert (await ask(phone, "claim", **claim(phone, second, 2, now_ms() + off)))["owner"]
    assert (await ask(laptop, "claim", **claim(laptop, first, 2)))["owner"]


async def test_a_client_without_tabs_is_one(laptop: Device) -> None:
    session = uuid4()
    await laptop.enter(session)
    said = {name: value for name, value in claim(laptop, session, 1).items() if name != "tab_id"}
    assert (await ask(laptop, "claim", **said))["owner"]
    assert await ask(laptop, "release", at=now_ms(), seq=2) == {"owner": False, "vacant": True}


@pytest.mark.parametrize(("changes", "path"), [({"seq": 0}, "seq"), ({"at": -1}, "at"), ({"tab_id": ""}, "tab_id")])
async def test_a_claim_that_does_not_fit_is_refused_with_the_path(
    laptop: Device, changes: dict[str, Any], path: str
) -> None:
    response = await refused(laptop, "claim", **claim(laptop, uuid4(), 1) | changes)
    assert (response["code"], response["path"]) == ("invalid", path)


async def test_an_event_that_nobody_knows_is_refused(laptop: Device) -> None:
    assert (await refused(laptop, "sing"))["path"] == "event"


async def test_the_notes_of_a_video_are_read_and_deleted_here_too(app: App, laptop: Device) -> None:
    owner = await app.node.accounts.admin()
    assert owner is not None
    video = make_video(owner.id, url="https://example.com/noted")
    video = await save(app.node.pool, video)
    note = LIFE.begin(make_note(video, 7), self_firming=False)
    assert await app.node.notes.begin(note) is None
    page = await ask(laptop, "get_notes", video_id=str(video.id), text="dark")
    assert [each["frame_in"] for each in page["notes"]] == [7]
    gone = (await ask(laptop, "delete_note", note_id=page["notes"][0]["id"]))["gone"]
    assert (gone["status"], gone["version"]) == ("deleted", 2)
    assert (await ask(laptop, "get_notes", video_id=str(video.id)))["total"] == 0
    assert (await refused(laptop, "get_notes", video_id=str(uuid4())))["code"] == "not_found"
