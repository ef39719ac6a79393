"""`voice:<session>` on the real server: who may join, what is answered, what a break costs, whose clock counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import trio

from lossy.channels.payloads import FIGURES
from lossy.domain.capabilities import BUILT
from lossy.sim.client import Refused
from tests.notes import make_video, save
from tests.web.devices import Device, now_ms, open_device

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from lossy.app import App
    from lossy.sim.account import Account

pytestmark = pytest.mark.integration

HOUR_MS = 3_600_000


@pytest.fixture
async def device(app: App, account: Account) -> AsyncIterator[Device]:
    """Connected, and it knows its video."""
    async with open_device(app, account) as device:
        await device.detect()
        yield device


@pytest.fixture(autouse=True)
async def deadline() -> AsyncIterator[None]:
    """A reply that never comes fails its test."""
    with trio.fail_after(20):
        yield


async def refused_join(device: Device, session: UUID | None = None, **changes: object) -> Mapping[str, Any]:
    with pytest.raises(Refused) as refusal:
        await device.enter(session or uuid4(), **changes)
    return refusal.value.response


async def journal(app: App, name: str) -> list[int]:
    """When the events of that name happened, as the journal has it."""
    named = "SELECT at FROM journal WHERE coalesce(payload ->> 'kind', event) = %s ORDER BY n"
    async with app.node.pool.lend() as connection:
        cursor = await connection.execute(named, (name,))
        return [row[0] for row in await cursor.fetchall()]


async def add_stranger(app: App) -> UUID:
    stranger = uuid4()
    async with app.node.pool.lend() as connection:
        await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'b@localhost', 'user')", (stranger,))
    return stranger


# -- joining --------------------------------------------------------------------------------------------------------


async def test_the_join_reply_has_everything_a_client_needs(device: Device) -> None:
    session = uuid4()
    reply = await device.enter(session)
    assert reply["supported_versions"] == [2]
    assert reply["active_version"] == 2
    assert reply["features"] == [*BUILT]
    assert reply["session"]["id"] == str(session)
    assert reply["session"]["video_id"] == device.video_id
    assert set(reply["session"]["charts"]) == {"voice", "agent", "reconnect"}
    assert reply["session"]["max_recording_ms"] == 60_000
    assert {"active", "agent", "owner", "paused", "kept", "ignored"} <= set(reply["session"])
    assert reply["accepted_through"] == 0
    assert reply["push_epoch"] == 1
    assert reply["push_seq"] >= 0
    assert reply["pushes"] is None
    assert reply["reconnect"] == {"min_ms": 0, "max_ms": 1000}


@pytest.mark.parametrize("version", [1, 3, 1000])
async def test_a_version_we_do_not_speak_is_refused_with_those_we_do(device: Device, version: int) -> None:
    response = await refused_join(device, requested_version=version)
    assert (response["code"], response["supported_versions"]) == ("unsupported_version", [2])


async def test_a_token_of_another_device_is_forbidden(device: Device) -> None:
    assert (await refused_join(device, device_id=str(uuid4())))["code"] == "forbidden"


async def test_a_join_that_does_not_fit_is_refused_with_the_path(device: Device) -> None:
    response = await refused_join(device, at="now")
    assert (response["code"], response["path"]) == ("invalid", "at")


async def test_another_users_video_and_session_are_like_none(app: App, device: Device) -> None:
    stranger = await add_stranger(app)
    theirs = await save(app.node.pool, make_video(stranger))
    session = uuid4()
    await app.node.roster.open(session, stranger, theirs.id, uuid4())
    none = await refused_join(device, video_id=str(uuid4()))
    assert none["code"] == "not_found"
    assert await refused_join(device, video_id=str(theirs.id)) == none
    assert await refused_join(device, session, video_id=str(theirs.id)) == none
    assert await refused_join(device, session) == none


async def test_a_session_of_another_video_is_like_none(device: Device) -> None:
    session = uuid4()
    await device.enter(session)
    first = device.video_id
    await device.detect({"url": "https://example.com/other.mp4", "title": "other", "rate": "25"})
    assert device.video_id != first
    assert (await refused_join(device, session))["code"] == "not_found"


# -- events ---------------------------------------------------------------------------------------------------------


async def test_critical_events_are_acknowledged_in_order(device: Device) -> None:
    await device.enter(uuid4())
    await device.ask("command", {"name": "start", "at": now_ms()})
    assert await device.hear("speech_start", 1) == {"accepted_through": 1}
    assert await device.hear("speech_start", 1) == {"accepted_through": 1}
    gap = await device.refused("voice_event", {"kind": "speech_end", "seq": 4, "at": now_ms()})
    assert (gap["code"], gap["expected"]) == ("gap", 2)
    assert await device.hear("speech_end", 2) == {"accepted_through": 2}


@pytest.mark.parametrize("kind", ["speech_start", "speech_end"])
async def test_a_critical_event_needs_its_number(device: Device, kind: str) -> None:
    await device.enter(uuid4())
    response = await device.refused("voice_event", {"kind": kind, "at": now_ms()})
    assert (response["code"], response["path"]) == ("invalid", "seq")


async def test_a_client_measures_no_more_than_so_much_of_itself(device: Device) -> None:
    await device.enter(uuid4())
    figures = {f"f{n}": 0.5 for n in range(FIGURES)}
    await device.ask("voice_event", {"kind": "metrics", "at": now_ms(), "figures": figures})
    response = await device.refused("voice_event", {"kind": "metrics", "at": now_ms(), "figures": {**figures, "x": 1}})
    assert (response["code"], response["path"]) == ("invalid", "figures")


async def test_a_click_on_an_earlier_note_moves_that_note(app: App, device: Device) -> None:
    notes = f"notes:video:{device.video_id}"
    await device.join(notes, {"token": device.token})
    await device.enter(uuid4())
    ids = []
    for _ in range(2):
        words = {"id": str(uuid4()), "text": "the logo is too dark here", "at": now_ms(), "media_ms": 1}
        ids.append((await device.ask("transcript_final", {**words, "duration_ms": 1000}))["note_id"])
    click = {"note_id": ids[0], "at": now_ms()}
    for name, event, version in [
        ("confirm", "note_updated", 2),
        ("post", "note_updated", 3),
        ("undo", "note_updated", 4),
        ("cancel", "note_deleted", 5),
    ]:
        assert await device.ask("command", {"name": name, **click}) == {}
        told = await device.pushed(event)
        assert (told["id"], told["version"]) == (ids[0], version)
    undo = {"name": "undo", **click, "id": str(uuid4())}
    for _ in range(2):
        assert await device.ask("command", undo) == {}
    assert (await device.pushed("note_updated"))["version"] == 6
    conflict = await device.refused("command", {**undo, "id": str(uuid4())})
    assert (conflict["code"], conflict["note"]["version"]) == ("conflict", 6), "it has only been said"
    nobodys = await device.refused("command", {"name": "undo", "note_id": str(uuid4()), "at": now_ms()})
    assert nobodys["code"] == "not_found"


async def test_a_click_on_the_last_note_that_comes_again_when_it_is_not_the_last_changes_nothing(
    device: Device,
) -> None:
    await device.join(f"notes:video:{device.video_id}", {"token": device.token})
    await device.enter(uuid4())

    async def say() -> str:
        words = {"id": str(uuid4()), "text": "the logo is too dark here", "at": now_ms(), "media_ms": 1}
        return str((await device.ask("transcript_final", {**words, "duration_ms": 1000}))["note_id"])

    click = {"name": "cancel", "note_id": await say(), "at": now_ms(), "id": str(uuid4())}
    await device.ask("command", click)
    assert (await device.pushed("note_deleted"))["version"] == 2
    await say()
    await device.ask("command", {**click, "name": "undo", "id": str(uuid4())})
    assert (await device.pushed("note_updated"))["version"] == 3
    assert await device.ask("command", click) == {}
    undone = {**click, "name": "cancel", "id": str(uuid4())}
    await device.ask("command", undone)
    assert (await device.pushed("note_deleted"))["version"] == 4


async def test_what_nobody_knows_is_refused(device: Device) -> None:
    await device.enter(uuid4())
    command = await device.refused("command", {"name": "dance", "at": now_ms()})
    assert (command["code"], command["path"]) == ("invalid", "name")
    event = await device.refused("sing", {})
    assert (event["code"], event["path"]) == ("invalid", "event")


async def test_a_refused_event_changes_nothing(app: App, device: Device) -> None:
    await device.enter(uuid4())
    await device.refused("voice_event", {"kind": "speech_start", "seq": 1, "at": now_ms(), "media_ms": -1})
    await device.refused("command", {"name": "dance", "at": now_ms()})
    assert await journal(app, "speech_start") == []


# -- clocks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("off", [-HOUR_MS, HOUR_MS])
async def test_a_clients_clock_is_corrected_by_its_join(app: App, device: Device, off: int) -> None:
    spoken = now_ms() - 3000
    await device.enter(uuid4(), at=now_ms() + off)
    await device.ask("command", {"name": "start", "at": spoken + off})
    await device.hear("speech_start", 1, spoken + off)
    (at,) = await journal(app, "speech_start")
    assert spoken <= at <= spoken + 1000  # what the join took to arrive


async def test_nothing_happens_in_the_future(app: App, device: Device) -> None:
    await device.enter(uuid4())
    await device.ask("command", {"name": "start", "at": now_ms()})
    before = app.node.clock.now_ms()
    await device.hear("speech_start", 1, now_ms() + HOUR_MS)
    await device.hear("speech_end", 2, now_ms())
    (began,), (ended,) = await journal(app, "speech_start"), await journal(app, "speech_end")
    assert before <= began <= app.node.clock.now_ms()
    assert before - 1000 <= ended <= app.node.clock.now_ms(), "and what comes after it has its own time"


async def test_times_stay_as_far_apart_as_they_were_though_the_join_was_long_on_its_way(
    app: App, device: Device
) -> None:
    await device.enter(uuid4(), at=now_ms() - 3000)
    await device.ask("command", {"name": "start", "at": now_ms()})
    spoken = now_ms() - 400
    await device.hear("speech_start", 1, spoken)
    await device.hear("speech_end", 2, spoken + 400)
    (began,), (ended,) = await journal(app, "speech_start"), await journal(app, "speech_end")
    assert ended - began == 400


async def test_without_a_clock_at_the_join_the_clients_time_is_taken_as_ours(app: App, device: Device) -> None:
    spoken = now_ms() - 3000
    await device.enter(uuid4(), at=None)
    await device.ask("command", {"name": "start", "at": spoken})
    await device.hear("speech_start", 1, spoken)
    assert await journal(app, "speech_start") == [spoken]


async def test_a_clock_of_no_meaning_does_no_harm(app: App, device: Device) -> None:
    await device.enter(uuid4(), at=2**53 - 1)
    await device.ask("command", {"name": "start", "at": 0})
    await device.hear("speech_start", 1, 0)
    (at,) = await journal(app, "speech_start")
    assert 0 <= at <= app.node.clock.now_ms()


# -- after a break --------------------------------------------------------------------------------------------------


async def speak(device: Device, first_seq: int = 1) -> None:
    await device.ask("command", {"name": "start", "at": now_ms() - 5000})
    await device.hear("speech_start", first_seq, now_ms() - 3000)
    await device.hear("speech_end", first_seq + 1, now_ms() - 2000)


async def test_who_comes_back_gets_what_it_missed(app: App, account: Account, device: Device) -> None:
    session = uuid4()
    seen = (await device.enter(session))["push_seq"]
    await speak(device)
    async with open_device(app, account, device.id) as again:
        again.video_id = device.video_id
        all_of_it = await again.enter(session, last_push_seq=seen, push_epoch=1)
        pushes = all_of_it["pushes"]
        assert [push["payload"]["push_seq"] for push in pushes] == [*range(seen + 1, all_of_it["push_seq"] + 1)]
        assert {push["payload"]["push_epoch"] for push in pushes} == {1}
        assert all_of_it["accepted_through"] == 2
        last = await again.enter(session, last_push_seq=all_of_it["push_seq"] - 1, push_epoch=1)
        assert [push["payload"]["push_seq"] for push in last["pushes"]][:1] == [all_of_it["push_seq"]]


async def test_who_knows_another_epoch_or_more_than_there_is_gets_the_full_picture(device: Device) -> None:
    session = uuid4()
    await device.enter(session)
    await speak(device)
    for last_push_seq, push_epoch in ((0, 2), (10_000, 1), (None, 1), (0, None)):
        reply = await device.enter(session, last_push_seq=last_push_seq, push_epoch=push_epoch)
        assert reply["pushes"] is None
        assert reply["session"]["kept"] == 1


async def test_two_devices_of_one_user_watch_one_session(app: App, account: Account, device: Device) -> None:
    session = uuid4()
    async with open_device(app, account) as other:
        other.video_id = device.video_id
        await device.enter(session)
        await other.enter(session)
        await device.ask("command", {"name": "start", "at": now_ms()})
        numbers = [(await one.pushed("voice_status"))["push_seq"] for one in (device, other)]
        assert all(numbers)
        assert await other.hear("speech_start", 1) == {"accepted_through": 1}
        assert await device.hear("speech_start", 1) == {"accepted_through": 1}


async def test_a_remark_becomes_a_note_at_its_frame(device: Device) -> None:
    notes = f"notes:video:{device.video_id}"
    await device.client.join(notes, {"token": device.token})
    session = uuid4()
    await device.enter(session)
    await speak(device)
    remark = {"id": str(uuid4()), "text": "the logo is too dark here", "at": now_ms() - 3000, "media_ms": 61_061}
    answer = await device.ask("transcript_final", {**remark, "duration_ms": 1000, "segment": 1})
    note = await device.pushed("note_created")
    assert (answer["note_id"], answer["decision"]["reason"]) == (note["id"], "sure")
    assert note["session_id"] == str(session)
    assert note["transcript"] == remark["text"]
    again = await device.ask("transcript_final", {**remark, "duration_ms": 1000, "segment": 1})
    assert again == answer
    assert (await device.client.join(notes, {"token": device.token}))["counts"]["total"] == 1


async def test_a_session_that_is_closed_ends_its_channel(device: Device) -> None:
    session = uuid4()
    await device.enter(session)
    await device.ask("command", {"name": "close", "at": now_ms()})
    await device.pushed("phx_close")
    assert (await refused_join(device, session))["code"] == "conflict"
