"""What a session accepts: each critical event of a device once and in order, and no more than it has room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lossy.channels.errors import Code, Refusal
from lossy.sessions.inbox import FULL_RETRY_MS, INBOX
from lossy.sessions.restore import VOICE
from lossy.store.memory import MemoryLedger
from tests.sessions.client import LAPTOP, PHONE, Client, accepted
from tests.sessions.commits import Gate
from tests.sessions.node import SESSION, open_node, settled

if TYPE_CHECKING:
    from trio.testing import MockClock


async def test_a_repeat_is_acknowledged_and_has_no_effect(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.tell("start").answer()
        assert await ann.hear("speech_start").answer() == {"accepted_through": 1}
        before, n, pushes = ann.session.states, ann.session.n, len(ann.pushes)
        assert await ann.repeat("speech_start", 1).answer() == {"accepted_through": 1}
        assert (ann.session.states, ann.session.n, len(ann.pushes)) == (before, n, pushes)


async def test_a_gap_is_refused_with_the_number_that_is_expected(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.hear("speech_start").answer()
        n = ann.session.n
        refused = await ann.repeat("speech_start", 3).answer()
        assert (refused["code"], refused["expected"]) == (Code.GAP, 2)
        assert ann.session.n == n
        assert await ann.repeat("speech_end", 2).answer() == {"accepted_through": 2}
        assert await ann.repeat("speech_start", 3).answer() == {"accepted_through": 3}


async def test_each_device_counts_for_itself(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        laptop = await node.join(device=LAPTOP)
        phone = await node.join(device=PHONE)
        assert laptop.session is phone.session
        for seq in (1, 2):
            assert await laptop.hear("speech_start").answer() == {"accepted_through": seq}
        assert await phone.hear("speech_start").answer() == {"accepted_through": 1}
        assert accepted(laptop.session) == {str(LAPTOP): 2, str(PHONE): 1}


async def test_a_critical_event_that_changes_nothing_is_accepted_for_good(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        before, n = ann.session.states[VOICE], ann.session.n
        assert await ann.hear("heard_by_no_state").answer() == {"accepted_through": 1}
        assert (ann.session.states[VOICE], ann.session.n) == (before, n + 1)


async def test_an_event_without_a_number_that_changes_nothing_is_not_kept(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        n = ann.session.n
        assert await ann.tell("heard_by_no_state").answer() == {}
        assert ann.session.n == n


async def test_the_sixty_fifth_event_is_refused_and_no_other_is_lost(autojump_clock: MockClock) -> None:
    gate = Gate("start")
    async with open_node(MemoryLedger(gate)) as node:
        ann = await node.join()
        ann.tell("start")
        await gate.held.wait()
        asked = [ann.hear("speech_start", number=number) for number in range(INBOX)]
        with pytest.raises(Refusal) as refused:
            ann.tell("stop")
        assert refused.value.code == Code.RATE_LIMITED
        assert refused.value.details == {"retry_after_ms": FULL_RETRY_MS}
        gate.opened.set()
        assert [await said.answer() for said in asked] == [{"accepted_through": i + 1} for i in range(INBOX)]
        await ann.tell("stop").answer()
        stored = await node.ledger.read(SESSION)
        assert stored is not None
        heard = [entry.payload["number"] for entry in stored.entries if entry.payload.get("kind") == "speech_start"]
        assert heard == [*range(INBOX)]


async def test_a_client_that_left_does_not_hold_up_the_session(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        ann.leave()
        await settled()
        again = Client(await node.open(), node.clock, LAPTOP)
        again.join()
        await settled()
        assert again.session is ann.session
        assert "connected" in again.session.status()["active"]
        assert again.session.states[VOICE].data["owner"]
