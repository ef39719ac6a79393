"""What is said at the end of a session, on another device, or sent once more to another session: one note each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from lossy.channels.errors import Code
from lossy.store.memory import MemoryLedger
from tests.sessions.client import PHONE, SURE, remark_id
from tests.sessions.drafting import Drafting
from tests.sessions.node import OTHER_SESSION, open_node, settled

if TYPE_CHECKING:
    import pytest
    from trio.testing import MockClock


async def test_a_remark_in_hand_when_the_session_is_closed_is_still_decided(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 1.0}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.join()
        said = ann.say(1)
        ann.tell("close")
        assert "note_id" in await said.answer()
        await settled()
        assert ann.endings == ["ended"]
        assert await node.refusal() == Code.CONFLICT


async def test_a_remark_in_hand_when_the_session_is_closed_survives_the_server(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 1.0}).use(monkeypatch)
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.join()
        ann.say(1)
        ann.tell("close")
        await trio.sleep(0.5)
        assert not ledger.notes
    async with open_node(ledger) as node:
        assert await node.roster.recover() == 1
        await trio.sleep(10)
        assert [note.provenance["remark"] for note in ledger.notes.values()] == [str(remark_id(1))]
    async with open_node(ledger) as node:
        assert await node.roster.recover() == 0, "now it has ended"


async def test_a_remark_sent_again_to_another_session_is_one_note(autojump_clock: MockClock) -> None:
    """The acknowledgement was lost, the session has ended, and the client does as it was told."""
    async with open_node() as node:
        ann = await node.join()
        first = await ann.say(1).answer()
        await ann.tell("close").answer()
        await settled()
        again = await node.join(session_id=OTHER_SESSION)
        assert await again.say(1).answer() == first
        assert len(node.ledger.notes) == 1


async def test_a_blip_on_one_device_refuses_no_words_of_another(autojump_clock: MockClock) -> None:
    """Segments are numbered for each device."""
    async with open_node() as node:
        laptop, phone = await node.join(), await node.join(device=PHONE)
        await laptop.tell("start").answer()
        laptop.hear("speech_start")
        await trio.sleep(0.1)
        await laptop.hear("speech_end").answer()
        await trio.sleep(1)
        phone.hear("speech_start")
        await trio.sleep(2)
        await phone.hear("speech_end").answer()
        assert (await laptop.say(1, segment=1).answer())["refused"] == "ignored_segment"
        assert "note_id" in await phone.say(2, segment=1).answer()


async def test_a_reviewer_who_goes_on_talking_is_connected_again_after_a_quiet_minute(
    autojump_clock: MockClock,
) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.tell("start").answer()
        await trio.sleep(60)
        assert "disconnected" in ann.session.status()["active"]
        await ann.tell("heartbeat").answer()
        assert ann.session.status()["active"] == ["observing", "connected"]


async def test_an_error_of_the_microphone_does_not_touch_the_link(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.tell("start").answer()
        for _ in range(3):
            await ann.tell("error").answer()
        assert ann.session.status()["active"] == ["error", "connected"]
        await ann.tell("context_lost").answer()
        assert ann.session.status()["active"] == ["idle", "connected"]
