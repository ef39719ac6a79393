"""What `voice:<session>` makes of what a device remembers, of words in the making and of its player. In memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from lossy.web.app import ROUTES
from tests.sessions.client import SURE, remark_id
from tests.web.peers import DEVICE, Peer, ok, open_peer, token_of
from tests.web.whole_node import SESSION, VOICE, enter_voice, open_whole_node, session_of

if TYPE_CHECKING:
    from trio.testing import MockClock

PHONE = UUID(int=3)


async def joined(peer: Peer, ref: str, known: dict[str, Any] | None = None, **seen: Any) -> dict[str, Any]:
    """The response of a join with what the device remembers."""
    remembered: dict[str, Any] = {} if known is None else {"last_known_state": known}
    answer: Any = await enter_voice(peer, ref, **remembered, **seen)
    assert answer[4]["status"] == "ok", answer
    return dict(answer[4]["response"])


async def speak(peer: Peer, seq: int, join_ref: str = "1") -> Any:
    event = {"kind": "speech_start", "seq": seq, "at": 0}
    peer.say(join_ref, f"e{seq}", VOICE, "voice_event", event)
    (reply,) = [frame for frame in await peer.heard() if frame[1] == f"e{seq}"]
    return reply[4]["response"]


# -- what it remembers ----------------------------------------------------------------------------------------------


async def test_who_holds_events_of_another_session_numbers_them_anew() -> None:
    """F2: they were numbered for that one, however well the numbers would fit."""
    async with open_whole_node() as node, open_peer(ROUTES, node) as peer:
        known = {"session_id": str(uuid4()), "seq": 3, "first_seq": 1, "accepted_through": 0}
        reply = await joined(peer, "1", known, last_push_seq=0, push_epoch=1)
        assert (reply["reset"], reply["pushes"], reply["accepted_through"]) == (1, None, 0)
        assert (await speak(peer, 1))["code"] == "gap"
        await peer.ask("1", "a", VOICE, "ack", {"reset": 1, "last_seq": 3})
        assert await speak(peer, 1) == {"accepted_through": 1}


async def test_who_holds_nothing_of_another_session_gets_the_picture() -> None:
    async with open_whole_node() as node, open_peer(ROUTES, node) as peer:
        known = {"session_id": str(uuid4()), "seq": 3, "accepted_through": 3}
        reply = await joined(peer, "1", known, last_push_seq=900, push_epoch=1)
        assert (reply["reset"], reply["pushes"]) == (None, None)


@pytest.mark.parametrize(("state", "whole"), [("idle", False), ("recording", True), ("idle nonsense", True)])
async def test_who_shows_what_is_not_so_gets_the_picture(state: str, whole: bool) -> None:
    """Though it has seen every push that there was."""
    async with open_whole_node() as node, open_peer(ROUTES, node) as watcher:
        await enter_voice(watcher)
        token = token_of(node, PHONE)
        async with open_peer(ROUTES, node, token=token) as peer:
            await enter_voice(peer, device=PHONE)
            seen = session_of(node).audience.outbound.seq
            known = {"session_id": str(SESSION), "state": state}
            answer: Any = await enter_voice(peer, "2", PHONE, last_known_state=known, last_push_seq=seen, push_epoch=1)
            assert (answer[4]["response"]["pushes"] is None) is whole


async def test_a_field_that_is_not_listed_is_refused() -> None:
    async with open_whole_node() as node, open_peer(ROUTES, node) as peer:
        answer: Any = await enter_voice(peer, last_known_state={"last_event_at": 7})
        assert answer[4]["response"]["path"] == "last_known_state.last_event_at"


# -- words in the making --------------------------------------------------------------------------------------------


async def test_words_are_told_as_they_are_understood_and_once_they_are_complete(autojump_clock: MockClock) -> None:
    async with open_whole_node() as node, open_peer(ROUTES, node) as peer:
        await enter_voice(peer)
        async with open_peer(ROUTES, node, token=token_of(node, PHONE)) as other:
            await enter_voice(other, device=PHONE)
            await peer.heard()
            said = {"text": "the logo", "id": str(remark_id(1))}
            peer.say("1", "2", VOICE, "transcript_partial", said)
            told, reply = await peer.heard()
            assert reply == ok("1", "2", VOICE)
            assert told[4] == {"type": "asr_partial", "text": "the logo", "remark_id": str(remark_id(1))}
            assert [frame[4] for frame in await other.heard()] == [told[4]]
            remark = {"id": str(remark_id(1)), "text": SURE, "at": 0, "media_ms": 1, "duration_ms": 1}
            for ref in ("3", "4"):
                peer.say("1", ref, VOICE, "transcript_final", remark)
            heard = [frame[4] for frame in await other.heard() if frame[3] == "agent_event"]
            assert [told for told in heard if told["type"] == "asr_final"] == [
                {"type": "asr_final", "text": SURE, "remark_id": str(remark_id(1))}
            ]
            assert "push_seq" not in heard[0]


async def test_only_who_has_the_microphone_is_listened_to() -> None:
    async with open_whole_node() as node, open_peer(ROUTES, node) as peer:
        await enter_voice(peer)
        async with open_peer(ROUTES, node, token=token_of(node, PHONE)) as other:
            await enter_voice(other, device=PHONE)
            response = (await other.ask("1", "2", VOICE, "transcript_partial", {"text": "no"}))[4]["response"]
            assert (response["code"], response["by"]["tab"]) == ("context_taken", str(DEVICE))
