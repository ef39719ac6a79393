"""The links of a live session: what its devices sent and have seen, over breaks of every kind.

Each is by `statecharts/reconnect.yaml`; here through the session that runs it, with its journal and its pushes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import trio

from lossy.channels.errors import Code
from lossy.channels.replay import MAX_KEPT
from lossy.charts.model import Event
from lossy.sessions import session as sessions
from lossy.sessions.inbox import INBOX, OWN, Happened
from lossy.sessions.links import LINKS, link_of, told
from lossy.sessions.restore import VOICE
from lossy.store.memory import MemoryLedger
from tests.sessions.client import LAPTOP, PHONE, Client, accepted, received
from tests.sessions.commits import Gate
from tests.sessions.node import open_node, settled

if TYPE_CHECKING:
    from trio.testing import MockClock

    from lossy.charts.together import Charts, States
    from tests.sessions.node import Node

GRACE_S = 30
REPLAY_WAIT_S = 10


def link(ann: Client) -> str:
    state = ann.session.states[link_of(ann.device_id)]
    return next(id for id in ("replaying", "connected", "resetting", "lost", "expired") if id in state.active)


def seen(ann: Client) -> dict[str, Any]:
    """What the device says it has seen, when it joins."""
    numbered = [push.payload for push in ann.pushes if "push_seq" in push.payload]
    return {"last_push_seq": numbered[-1]["push_seq"], "push_epoch": numbered[-1]["push_epoch"]}


async def back(node: Node, was: Client) -> Client:
    """The same device on a new socket, with the numbers it had."""
    again = Client(await node.open(device=was.device_id), node.clock, was.device_id, was.seq)
    again.pushes = was.pushes
    return again


async def test_a_new_device_gets_the_whole_picture(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = Client(await node.open(), node.clock)
        answer = await ann.join().answer()
        assert (answer["accepted_through"], answer["pushes"], answer["reset"]) == (0, None, None)
        assert answer["session"]["active"] == ["idle", "connected"]
        assert answer["push_epoch"] == 1
        await settled()
        assert (link(ann), ann.session.status()["active"]) == ("connected", ["idle", "connected"])


async def test_a_device_that_is_back_gets_the_pushes_that_it_missed_in_order(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        ann.leave()
        await settled()
        assert link(ann) == "lost"
        note = await ann.say(1).answer()
        again, known = await back(node, ann), seen(ann)
        answer = await again.join(**known).answer()
        pushes = received(answer["pushes"])
        numbers = [push["payload"]["push_seq"] for push in pushes]
        assert numbers == [*range(known["last_push_seq"] + 1, answer["push_seq"] + 1)]
        assert note["note_id"] in [push["payload"].get("note_id") for push in pushes]
        assert answer["reset"] is None


async def test_what_is_pushed_after_the_answer_goes_on_from_it(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        ann.leave()
        again = await back(node, ann)
        again.pushes = []
        answer = await again.join(**seen(ann)).answer()
        await again.tell("pause").answer()
        await settled()
        numbers = [push.payload["push_seq"] for push in again.pushes]
        assert numbers == [*range(answer["push_seq"] + 1, answer["push_seq"] + 1 + len(numbers))]


async def test_what_one_commit_pushes_is_one_event_of_the_link(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Event] = []

    def listening(kinds: Charts, states: States, link: str, event: Event) -> Any:
        heard.append(event)
        return told(kinds, states, link, event)

    monkeypatch.setattr(sessions, "told", listening)
    async with open_node() as node:
        ann = await node.listen()
        heard.clear()
        before = len(ann.pushes)
        await ann.say(1).answer()
        await settled()
        numbers = [push.payload["push_seq"] for push in ann.pushes[before:] if "push_seq" in push.payload]
        assert [(event.name, event.payload["count"]) for event in heard] == [("pushed", len(numbers))]
        assert numbers == [*range(numbers[0], numbers[0] + 2)], "what it means, and what became of it"


async def test_who_missed_more_than_is_held_gets_the_whole_picture(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        known = seen(ann)
        ann.leave()
        await settled()
        for _ in range(MAX_KEPT + 1):
            ann.session.push("agent_event", {})
        ann.session.tell_pushes()
        again = await back(node, ann)
        assert (await again.join(**known).answer())["pushes"] is None
        known = {**known, "last_push_seq": known["last_push_seq"] + 10}
        assert len((await (await back(node, ann)).join(**known).answer())["pushes"]) <= MAX_KEPT


async def test_events_that_were_not_acknowledged_are_sent_again_and_count_once(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.hear("speech_start").answer()
        ann.leave()
        await settled()
        again = await back(node, ann)
        again.seq = 2  # the end was said while nobody was there
        answer = await again.join(first_seq=1, last_seq=2).answer()
        assert (answer["accepted_through"], link(again)) == (1, "replaying")
        assert "reconnecting" in again.session.status()["active"]
        assert await again.repeat("speech_start", 1).answer() == {"accepted_through": 1}
        assert await again.repeat("speech_end", 2).answer() == {"accepted_through": 2}
        assert (link(again), again.session.status()["active"][-1]) == ("connected", "connected")
        assert sum(again.session.status()["ignored"].values()) + again.session.status()["kept"] == 1


async def test_who_said_it_had_more_and_sends_none_is_taken_for_live(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        ann.leave()
        again = await back(node, ann)
        await again.join(first_seq=1, last_seq=3).answer()
        await trio.sleep(REPLAY_WAIT_S - 0.001)
        assert link(again) == "replaying"
        await trio.sleep(0.002)
        assert link(again) == "connected"


async def test_a_gap_is_refused_until_what_is_missing_comes(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        refused = await ann.repeat("speech_end", 2).answer()
        assert (refused["code"], refused["expected"]) == (Code.GAP, 1)
        assert accepted(ann.session) == {str(LAPTOP): 0}
        assert await ann.hear("speech_start").answer() == {"accepted_through": 1}


async def test_what_a_device_had_to_drop_is_passed_over_once_it_says_so(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        assert await ann.say_to_link("skipped", **{"from": 1, "to": 7}).answer() == {"accepted_through": 7}
        assert await ann.say_to_link("skipped", **{"from": 1, "to": 7}).answer() == {"accepted_through": 7}
        ann.seq = 7
        assert await ann.hear("speech_start").answer() == {"accepted_through": 8}
        refused = await ann.say_to_link("skipped", **{"from": 10, "to": 11}).answer()
        assert (refused["code"], refused["expected"]) == (Code.GAP, 9)


async def test_a_reinstalled_client_continues_where_the_server_is(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        for _ in range(2):
            await ann.hear("speech_start").answer()
        ann.leave()
        new = Client(await node.open(), node.clock)
        answer = await new.join().answer()
        assert (answer["accepted_through"], answer["reset"]) == (2, None)
        new.seq = answer["accepted_through"]
        assert await new.hear("speech_end").answer() == {"accepted_through": 3}


async def test_histories_that_are_not_one_are_reset_and_nothing_is_taken_by_a_guess(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        ann.leave()
        liar = Client(await node.open(), node.clock, seq=9)
        answer = await liar.join(first_seq=5, last_seq=9, accepted_through=4).answer()
        assert (answer["reset"], answer["accepted_through"], answer["pushes"]) == (1, 0, None)
        assert (await liar.repeat("speech_start", 5).answer())["code"] == Code.GAP, "it was numbered before the reset"
        await trio.sleep(REPLAY_WAIT_S + 0.001)
        told = liar.pushed("reset_session")
        assert [each["reset"] for each in told] == [2], "it did not answer, and is told again"
        assert "push_seq" in told[0]
        liar.say_to_link("ack", reset=2, last_seq=5)
        await settled()
        assert link(liar) == "replaying"
        for seq in range(1, 6):
            assert await liar.repeat("speech_start", seq).answer() == {"accepted_through": seq}
        assert link(liar) == "connected"


async def test_who_has_seen_what_was_never_pushed_is_reset(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        ann.leave()
        again = await back(node, ann)
        assert (await again.join(last_push_seq=999, push_epoch=1).answer())["reset"] == 1


async def test_a_restart_begins_a_new_epoch_and_a_full_picture(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await ann.hear("speech_start").answer()
    async with open_node(ledger) as node:
        again = await back(node, ann)
        await settled()
        assert link(again) == "lost", "its socket went with the server"
        answer = await again.join(**seen(ann)).answer()
        assert (answer["push_epoch"], answer["pushes"], answer["accepted_through"]) == (2, None, 1)
        assert answer["reset"] is None, "nothing is wrong with its numbers"
        assert await again.hear("speech_end").answer() == {"accepted_through": 2}


async def test_the_grace_goes_on_while_no_server_is_there(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await ann.hear("speech_start").answer()
        ann.leave()
        await settled()
    await trio.sleep(GRACE_S - 1)
    async with open_node(ledger) as node:
        session = await node.open()
        assert "recording" in session.states[VOICE].active
        await trio.sleep(1.001)
        assert "expired" in session.states[link_of(LAPTOP)].active
        assert "observing" in session.states[VOICE].active, "nobody is there to end the segment"


async def test_the_old_socket_is_let_go_when_its_device_joins_on_another(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        again = await back(node, ann)
        await again.join().answer()
        assert ann.endings == ["ended"]
        old = ann.repeat("speech_start", 1)
        await settled()
        assert old.answers == [], "it is heard on the new one"
        ann.leave()
        await settled()
        assert link(again) == "connected", "the end of the old one is none of the new one"
        assert await again.hear("speech_start").answer() == {"accepted_through": 1}


async def test_two_devices_have_numbers_of_their_own_and_see_the_same_pushes(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        laptop = await node.listen()
        phone = Client(await node.open(device=PHONE), node.clock, PHONE)
        answer = await phone.join().answer()
        await settled()
        before = len(laptop.pushes)
        await laptop.hear("speech_start").answer()
        await phone.hear("speech_start").answer()
        await settled()
        assert accepted(laptop.session) == {str(LAPTOP): 1, str(PHONE): 1}
        both = [push.payload["push_seq"] for push in laptop.pushes[before:]]
        theirs = [push.payload["push_seq"] for push in phone.pushes if push.payload["push_seq"] > answer["push_seq"]]
        assert both == theirs[-len(both) :]
        assert laptop.session.status()["ignored"] == {"read_only": 1}, "the laptop has the microphone"


async def test_one_of_two_devices_that_leaves_is_waited_for_alone(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        laptop = await node.listen()
        phone = Client(await node.open(device=PHONE), node.clock, PHONE)
        await phone.join().answer()
        laptop.leave()
        await settled()
        assert laptop.session.status()["active"][-1] == "connected", "the phone is there"
        await trio.sleep(GRACE_S + 1)
        assert (link(laptop), link(phone)) == ("expired", "connected")


async def test_a_device_too_many_is_refused_until_one_of_the_others_is_gone_for_long(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        session = await node.open()
        devices = [Client(session, node.clock, UUID(int=100 + i)) for i in range(LINKS + 1)]
        for device in devices[:-1]:
            assert "session" in await device.join().answer()
        assert (await devices[-1].join().answer())["code"] == Code.RATE_LIMITED
        devices[0].leave()
        await settled()
        assert (await devices[-1].join().answer())["code"] == Code.RATE_LIMITED, "it may come back within its grace"
        await trio.sleep(GRACE_S + 1)
        assert "session" in await devices[-1].join().answer()
        assert len(accepted(session)) == LINKS


async def test_the_links_end_with_their_session(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.tell("close").answer()
        await settled()
        assert "closed" in ann.session.states[link_of(LAPTOP)].active
        assert ann.endings == ["ended"]


@pytest.mark.parametrize("replies", [1, 3])
async def test_a_join_that_was_given_up_leaves_no_socket_behind(autojump_clock: MockClock, replies: int) -> None:
    """Its socket died before the session came to it, as often as its client tried."""
    async with open_node() as node:
        ann = Client(await node.open(), node.clock)
        for _ in range(replies):
            ann.join()
            ann.leave()
        await settled()
        assert link(ann) == "lost"
        assert not ann.session.audience.is_watched


async def test_the_end_of_a_socket_is_heard_however_full_the_inbox_is(autojump_clock: MockClock) -> None:
    gate = Gate("start")
    async with open_node(MemoryLedger(gate)) as node:
        ann = await node.join()
        ann.tell("start")
        await gate.held.wait()
        for _ in range(INBOX):
            ann.tell("heartbeat")
        for _ in range(OWN):
            ann.session.offer(Happened(VOICE, Event("heartbeat", node.clock.now_ms())), own=True)
        ann.leave()
        assert link(ann) == "connected", "there is no room to say so"
        gate.opened.set()
        await settled()
        assert link(ann) == "lost"


async def test_who_joins_while_the_session_ends_is_told_so(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        phone = await node.join(device=PHONE)
        again = [Client(ann.session, node.clock, device) for device in (LAPTOP, PHONE)]
        ann.tell("close")
        joins = [client.join() for client in again]
        phone.tell("heartbeat")
        await settled()
        assert [(await join.answer())["code"] for join in joins] == [Code.CONFLICT] * 2
