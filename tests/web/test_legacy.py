"""`audio:<session>` in version 1: words alone, to a session that the server begins. In virtual time."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
import pytest

from lossy.domain.capabilities import CATALOGUE, Capability
from lossy.sessions import audience
from lossy.sessions.flags import Flags
from lossy.store.memory_contexts import MemoryContexts
from lossy.store.pool import StoreError
from lossy.web.app import ROUTES
from lossy.web.auth import Identity, make_token
from tests.flags import everything_on, flag
from tests.sessions.client import SURE, remark_id
from tests.sessions.node import BEN, BENS_VIDEO, OTHER_VIDEO, VIDEO
from tests.web.peers import DEVICE, USER, Peer, ok, open_peer
from tests.web.whole_node import AUDIO, NOTES, enter_voice, open_whole_node, session_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.web.node import Node

ASKED: dict[str, Any] = {"video_id": str(VIDEO.id), "device_id": str(DEVICE), "requested_version": 1}
JOINED = {
    "supported_versions": [1, 2],
    "active_version": 1,
    "features": [*Flags(everything_on()).features(USER)],
    "accepted": False,
    "reconnect": {"min_ms": 0, "max_ms": 1000},
    "heartbeat_ms": 20_000,
}


@asynccontextmanager
async def open_legacy() -> AsyncIterator[tuple[Node, Peer]]:
    """A client of version 1 that has joined."""
    async with open_whole_node() as node, open_peer(ROUTES, node) as peer:
        assert await peer.join(AUDIO, **ASKED) == ok("1", "1", AUDIO, JOINED)
        yield node, peer


async def say(peer: Peer, ref: str, **said: object) -> list[Any]:
    """What comes of a remark: the reply first."""
    peer.say("1", ref, AUDIO, "transcript_final", {"text": SURE, **said})
    return sorted(await peer.heard(), key=lambda frame: frame[3] != "phx_reply")


async def test_words_become_a_note_that_everybody_is_told_of() -> None:
    async with open_legacy() as (_, peer):
        await peer.join(NOTES, "7")
        reply, *told = await say(peer, "2", media_ms=61_061, id=str(remark_id(1)))
        outcome = reply[4]["response"]
        (note,) = [frame[4] for frame in told if frame[:4] == ["1", None, AUDIO, "note_created"]]
        assert (outcome["note_id"], outcome["decision"]["reason"]) == (note["id"], "sure")
        assert note["transcript"] == SURE
        assert [frame[4] for frame in told if frame[2] == NOTES] == [note]
        kinds = [frame[4]["type"] for frame in told if frame[3] == "agent_event"]
        assert kinds[0] == "asr_final"


async def test_a_repeat_with_an_id_changes_nothing() -> None:
    async with open_legacy() as (_, peer):
        first, *_ = await say(peer, "2", id=str(remark_id(1)))
        again, *told = await say(peer, "3", id=str(remark_id(1)))
        assert again[4] == first[4]
        assert told == []


async def test_a_repeat_without_an_id_changes_nothing_until_it_was_answered() -> None:
    """As after a break, when nobody knows what arrived; whoever has the answer and says it again says it again."""
    async with open_legacy() as (node, peer), open_peer(ROUTES, node) as again:
        first, *_ = await say(peer, "2", media_ms=5_000)
        await again.join(AUDIO, **ASKED)
        after_the_break, *told = await say(again, "2", media_ms=5_000)
        assert after_the_break[4] == first[4]
        assert told == []
        others = [await say(peer, "3", media_ms=5_000), await say(peer, "4", media_ms=9_000)]
        assert len({first[4]["response"]["note_id"], *(reply[4]["response"]["note_id"] for reply, *_ in others)}) == 3


async def test_without_a_time_the_last_timestamp_counts() -> None:
    async with open_legacy() as (_, peer):
        times = []
        for ref, said in (("2", {}), ("4", {}), ("6", {"media_ms": 5_000})):
            if ref == "4":
                assert await peer.ask("1", "3", AUDIO, "set_timestamp", {"media_ms": 90_090}) == ok("1", "3", AUDIO)
            _, *told = await say(peer, ref, **said)
            times += [frame[4]["media_ms"] for frame in told if frame[3] == "note_created"]
        assert times[0] == 0
        assert 90_000 <= times[1] <= 90_090
        assert 4_900 <= times[2] <= 5_000


async def test_a_tab_says_which_video_it_shows_and_another_one_ends_the_session() -> None:
    async with open_legacy() as (node, peer), open_peer(ROUTES, node) as other:
        await other.join(AUDIO, **ASKED)
        reply = await peer.ask("1", "2", AUDIO, "update_video_context", {"video_id": str(VIDEO.id), "media_ms": 7_000})
        context = reply[4]["response"]["context"]
        assert (context["video_id"], context["session"]) == (str(VIDEO.id), str(session_of(node).id))
        _, *told = await say(peer, "3")
        assert [frame[4]["media_ms"] for frame in told if frame[3] == "note_created"] == [6_966]
        nobodys = await peer.ask("1", "4", AUDIO, "update_video_context", {"video_id": str(UUID(int=99))})
        bens = await peer.ask("1", "5", AUDIO, "update_video_context", {"video_id": str(BENS_VIDEO.id)})
        assert nobodys[4] == bens[4]
        assert nobodys[4]["response"]["code"] == "not_found"
        await other.heard()
        peer.say("1", "6", AUDIO, "update_video_context", {"video_id": str(OTHER_VIDEO.id)})
        reply, ending = await peer.heard()
        assert reply[4]["response"]["context"] == {**context, "video_id": str(OTHER_VIDEO.id), "session": None} | {
            name: reply[4]["response"]["context"][name] for name in ("url", "title", "at")
        }
        assert ending == ["1", "1", AUDIO, "phx_close", {}]
        assert [frame[3] for frame in await other.heard()] == ["phx_close"]
        assert (await other.join(AUDIO, "9", **ASKED))[4]["response"]["code"] == "conflict"


async def test_a_tab_of_which_nothing_was_known_ends_its_session_all_the_same() -> None:
    async with open_legacy() as (_, peer):
        peer.say("1", "2", AUDIO, "update_video_context", {"video_id": str(OTHER_VIDEO.id)})
        assert [frame[3] for frame in await peer.heard()] == ["phx_reply", "phx_close"]
        assert (await peer.join(AUDIO, "3", **ASKED))[4]["response"]["code"] == "conflict"


async def test_where_the_database_is_away_a_client_that_turns_elsewhere_joins_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(*_: object) -> None:
        raise StoreError("away")

    async with open_legacy() as (_, peer):
        monkeypatch.setattr(MemoryContexts, "hear", away)
        peer.say("1", "2", AUDIO, "update_video_context", {"video_id": str(OTHER_VIDEO.id)})
        reply, ending = await peer.heard()
        assert reply[4]["response"]["code"] == "rate_limited"
        assert ending[3] == "phx_error"
        assert (await peer.join(AUDIO, "3", **ASKED))[4]["status"] == "ok"


async def test_a_ping_is_answered_whatever_comes_with_it() -> None:
    async with open_legacy() as (_, peer):
        assert await peer.ask("1", "2", AUDIO, "ping", {"at": 7}) == ok("1", "2", AUDIO)
        assert await peer.ask("1", "3", AUDIO, "ping", {}) == ok("1", "3", AUDIO)


async def test_what_is_understood_so_far_is_told_to_all_who_watch() -> None:
    async with open_legacy() as (node, peer), open_peer(ROUTES, node) as other:
        await other.join(AUDIO, **ASKED)
        peer.say("1", "2", AUDIO, "transcript_partial", {"text": "the logo", "id": str(remark_id(1))})
        told = {"type": "asr_partial", "text": "the logo", "remark_id": str(remark_id(1))}
        assert [frame[4] for frame in await other.heard()] == [told]
        assert [frame[3] for frame in await peer.heard()] == ["agent_event", "phx_reply"]


async def test_several_of_one_device_watch_one_session_beside_version_2() -> None:
    async with open_legacy() as (node, peer), open_peer(ROUTES, node) as other, open_peer(ROUTES, node) as newer:
        await other.join(AUDIO, **ASKED)
        await enter_voice(newer)
        await say(peer, "2")
        assert [frame[4]["author_id"] for frame in await other.heard() if frame[3] == "note_created"]
        assert [frame for frame in await newer.heard() if frame[3] == "remark"]
        assert session_of(node).audience.is_watched


async def test_who_has_left_is_told_nothing_and_the_session_goes_on() -> None:
    async with open_legacy() as (node, peer), open_peer(ROUTES, node) as other:
        await other.join(AUDIO, **ASKED)
        peer.say("1", "2", AUDIO, "phx_leave", {})
        assert [frame[3] for frame in await peer.heard()] == ["phx_reply", "phx_close"]
        await say(other, "3")
        assert await peer.heard() == []


async def test_the_end_of_the_session_ends_it() -> None:
    async with open_legacy() as (node, peer):
        session_of(node).audience.dismiss(iter(()), lambda: pytest.fail("nobody waits"), failed=True)
        (farewell,) = await peer.heard()
        assert farewell == ["1", "1", AUDIO, "phx_error", {"reason": "channel_crash"}]


async def test_so_many_may_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience, "ONLOOKERS", 1)
    async with open_legacy() as (node, _), open_peer(ROUTES, node) as other:
        assert (await other.join(AUDIO, **ASKED))[4]["response"]["code"] == "rate_limited"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"video_id": None}, "invalid"),
        ({"video_id": str(BENS_VIDEO.id)}, "not_found"),
        ({"video_id": str(UUID(int=99))}, "not_found"),
        ({"device_id": str(UUID(int=99))}, "forbidden"),
        ({"requested_version": 3}, "unsupported_version"),
        ({"requested_version": 2}, "not_found"),
    ],
    ids=str,
)
async def test_a_join_is_refused(changes: dict[str, object], code: str) -> None:
    async with open_whole_node() as node, open_peer(ROUTES, node) as peer:
        response = (await peer.join(AUDIO, **{**ASKED, **changes}))[4]["response"]
        assert response["code"] == code
        assert response.get("supported_versions", [1, 2]) == [1, 2]


async def test_words_alone_need_no_server_that_transcribes() -> None:
    off = Flags(everything_on(flag(Capability.SERVER_STT, {"actors": {str(USER): False}})))
    async with open_whole_node() as whole, open_peer(ROUTES, attrs.evolve(whole, flags=off)) as peer:
        assert (await peer.join(AUDIO, "1", **ASKED))[4]["status"] == "ok"
        response = (await peer.join(AUDIO.replace("64", "65"), "2", device_id=str(DEVICE)))[4]["response"]
        assert (response["code"], response["capability"]) == ("unavailable", CATALOGUE[Capability.SERVER_STT].letter)


async def test_who_is_not_offered_version_1_is_told_so() -> None:
    off = Flags(everything_on(flag(Capability.V1_FALLBACK, {"actors": {str(USER): False}})))
    async with open_whole_node() as whole, open_peer(ROUTES, attrs.evolve(whole, flags=off)) as peer:
        response = (await peer.join(AUDIO, "1", **ASKED))[4]["response"]
        assert (response["code"], response["capability"]) == ("unavailable", CATALOGUE[Capability.V1_FALLBACK].letter)


async def test_version_1_sends_no_sound() -> None:
    async with open_legacy() as (_, peer):
        fields = ("1", "2", AUDIO, "audio")
        peer.transport.arrive(bytes([0, *map(len, fields)]) + "".join(fields).encode() + b"\1")
        assert (await peer.heard())[0][4]["response"]["code"] == "audio_not_accepted"


async def test_version_1_is_not_spoken_on_voice() -> None:
    async with open_whole_node() as node, open_peer(ROUTES, node) as peer:
        _, _, _, _, answer = await enter_voice(peer, requested_version=1)
        assert isinstance(answer, dict)
        assert answer["response"]["code"] == "unsupported_version"
        assert answer["response"]["supported_versions"] == [2]


async def test_another_users_session_is_like_none() -> None:
    async with (
        open_legacy() as (node, _),
        open_peer(ROUTES, node, token=make_token(node, Identity(BEN, DEVICE))[0]) as ben,
    ):
        asked = {**ASKED, "video_id": str(BENS_VIDEO.id)}
        assert (await ben.join(AUDIO, **asked))[4]["response"]["code"] == "not_found"
