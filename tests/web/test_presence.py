"""Who is told to be there, on the topics that have it. Over transports in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from lossy.bus.memory import Published
from lossy.channels import presence
from lossy.web.app import ROUTES
from lossy.web.presence import DIFF, STATE, Lobby, Place
from tests.channels.test_presence import NpmPresence
from tests.sessions.node import ANN, VIDEO
from tests.web.peers import DEVICE, Peer, ok, open_peer, token_of
from tests.web.whole_node import NOTES, USER_TOPIC, VOICE, enter_voice, open_whole_node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trio.testing import MockClock


PHONE = UUID(int=3)


async def told(peer: Peer, topic: str) -> list[tuple[str, Any]]:
    """What it was told of presence on that topic since the last time."""
    await peer.heard()
    heard, peer.presence[:] = [frame for frame in peer.presence if frame[2] == topic], []
    return [(frame[3], frame[4]) for frame in heard]


@pytest.mark.parametrize(("topic", "key"), [(NOTES, ANN), (USER_TOPIC, DEVICE)], ids=["notes", "user"])
async def test_who_joins_is_shown_who_is_there_and_the_others_are_shown_them(
    topic: str, key: UUID, autojump_clock: MockClock
) -> None:
    async with open_whole_node() as node, open_peer(ROUTES, node) as one:
        await one.join(topic)
        (state, nobody), (diff, itself) = await told(one, topic)
        assert (state, nobody, diff) == (STATE, {}, DIFF)
        (mine,) = itself["joins"][str(key)]["metas"]
        assert mine["online_at"] == node.clock.now_ms()
        async with open_peer(ROUTES, node, token=token_of(node, PHONE)) as other:
            await other.join(topic)
            assert (await told(other, topic))[0] == (STATE, {str(key): {"metas": [mine]}})
            ((_, came),) = await told(one, topic)
            assert came["leaves"] == {}
            (theirs,) = [each for entry in came["joins"].values() for each in entry["metas"]]
            other.transport.leave()
            ((_, went),) = await told(one, topic)
            assert [each for entry in went["leaves"].values() for each in entry["metas"]] == [theirs]


async def test_the_watchers_of_a_session_are_its_tabs_with_the_time_of_their_players() -> None:
    async with open_whole_node() as node, open_peer(ROUTES, node) as one:
        await enter_voice(one, tab_id="left")
        async with open_peer(ROUTES, node, token=token_of(node, PHONE)) as other:
            await enter_voice(other, device=PHONE, tab_id="right")
            await told(one, VOICE)
            assert await other.ask("1", "2", VOICE, "set_timestamp", {"media_ms": 4_000}) == ok("1", "2", VOICE)
            ((event, diff),) = await told(one, VOICE)
            (before,), (after,) = (diff[side][str(PHONE)]["metas"] for side in ("leaves", "joins"))
            assert event == DIFF
            assert (after["tab"], after["media_ms"], after["phx_ref_prev"]) == ("right", 4_000, before["phx_ref"])
            assert "media_ms" not in before


async def test_joining_again_is_a_leave_and_a_join() -> None:
    async with open_whole_node() as node, open_peer(ROUTES, node) as one, open_peer(ROUTES, node) as other:
        npm = NpmPresence()
        await one.join(NOTES)
        await other.join(NOTES)
        other.say("2", "2", NOTES, "phx_join", {})
        await other.heard()
        for event, payload in await told(one, NOTES):
            (npm.on_state if event == STATE else npm.on_diff)(payload)
        assert npm.shown() == {str(ANN): sorted(node.lobby.on(NOTES).by_ref)}
        assert len(node.lobby.on(NOTES).by_ref) == 2


async def test_nothing_is_left_of_those_who_are_gone() -> None:
    async with open_whole_node() as node:
        async with open_peer(ROUTES, node) as one:
            await one.join(NOTES, "1")
            await one.join(USER_TOPIC, "2")
            await enter_voice(one, "3")
        assert (node.lobby._present, node.lobby._listening) == ({}, {})


async def test_a_topic_that_is_full_shows_those_it_has_to_whoever_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "PRESENT", 1)
    async with open_whole_node() as node, open_peer(ROUTES, node) as one, open_peer(ROUTES, node) as more:
        await one.join(NOTES)
        await more.join(NOTES)
        ((_, state),) = await told(more, NOTES)
        assert len(state) == 1
        assert len(await told(one, NOTES)) == 2, "of itself alone"
        one.transport.leave()
        ((_, went),) = await told(more, NOTES)
        assert went["joins"] == {}


def test_a_difference_is_encoded_once_for_all() -> None:
    lobby, seen = Lobby("here"), list[Published]()

    def push(event: str, payload: Mapping[str, Any]) -> None:
        assert event == STATE

    places = [Place(lobby, "notes:video:x", push, seen.append) for _ in range(3)]
    for place in places:
        place.enter(VIDEO.id)
    assert len({*seen[-3:]}) == 1
    places[0].update(media_ms=1)
    assert len({*seen[-3:]}) == 1
    for place in places:
        place.leave()
        place.leave()
        place.update(media_ms=2)
    assert lobby.on("notes:video:x").by_ref == {}
