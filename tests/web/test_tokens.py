"""Which tokens let a socket join, and what becomes of a socket whose token is refused. In virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import jwt
import pytest
import trio

from lossy.domain.limits import Limit
from lossy.web.auth import Identity, identify, make_token
from lossy.web.credentials import EXPIRED_TOKEN_S, REFUSED_TOKEN_S
from lossy.web.limits import OfAnybody
from tests.web.peers import DEVICE, NOW_MS, USER, FakeAccounts, Peer, make_node, open_peer, token_of
from tests.web.rooms import Rooms

if TYPE_CHECKING:
    from trio.testing import MockClock

    from lossy.web.node import Node

OTHER_KEY = b"another key of thirty-two bytes or more"


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


def code_of(reply: list[Any]) -> str:
    response = reply[4]["response"]
    assert reply[4]["status"] == "error"
    assert response["reason"] == response["code"]
    return str(response["code"])


def forge(node: Node, key: bytes | None = None, **changes: object) -> str:
    """A token like ours but for some claims; None leaves a claim out."""
    claims = {"user_id": str(USER), "device_id": str(DEVICE), "exp": NOW_MS // 1000 + 60, **changes}
    return jwt.encode({name: claim for name, claim in claims.items() if claim is not None}, key or node.secret)


# -- what a token says ----------------------------------------------------------------------------------------------


async def test_a_token_names_a_user_on_a_device() -> None:
    node, identity = make_node(), Identity(uuid4(), uuid4())
    token, expires_at = make_token(node, identity)
    assert expires_at == NOW_MS + 15 * 60_000
    assert await identify(node, token) == identity


async def test_a_token_ends_at_its_second_on_the_nodes_clock(rooms: Rooms, autojump_clock: MockClock) -> None:
    async with open_peer(rooms.routes) as peer:
        await trio.sleep(59)
        await peer.ask(None, "0", "phoenix", "heartbeat", {})
        expiring = forge(peer.node)
        assert (await peer.join("charts:a", "1", token=expiring))[4]["status"] == "ok"
        await trio.sleep(1)
        assert code_of(await peer.join("charts:b", "2", token=expiring)) == "token_expired"


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": None},
        {"device_id": None},
        {"exp": None},
        {"exp": "soon"},
        {"exp": "9" * 5000},
        {"user_id": "admin"},
        {"user_id": 7},
        {"device_id": ["a"]},
        {"key": OTHER_KEY},
    ],
)
async def test_a_token_that_is_not_ours_is_refused(rooms: Rooms, changes: dict[str, Any]) -> None:
    async with open_peer(rooms.routes) as peer:
        assert code_of(await peer.join("charts:a", token=forge(peer.node, **changes))) == "unauthenticated"


async def test_an_unsigned_token_is_refused(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        claims = jwt.decode(forge(peer.node), peer.node.secret, ["HS256"], options={"verify_exp": False})
        unsigned = jwt.encode(claims, "", "none")
        assert code_of(await peer.join("charts:a", token=unsigned)) == "unauthenticated"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 100, "..", 5, ["a"], {"a": 1}, True])
async def test_what_is_no_token_is_refused(rooms: Rooms, token: object) -> None:
    async with open_peer(rooms.routes, token=None) as peer:
        assert code_of(await peer.join("charts:a", token=token)) == "unauthenticated"


async def test_a_revoked_device_is_refused(rooms: Rooms) -> None:
    accounts = FakeAccounts()
    async with open_peer(rooms.routes, make_node(accounts)) as peer:
        accounts.revoked.add(DEVICE)
        assert code_of(await peer.join("charts:a")) == "unauthenticated"


async def test_a_token_that_has_been_read_can_run_out_be_revoked_and_be_forged(rooms: Rooms) -> None:
    """Its signature alone is remembered."""
    accounts = FakeAccounts()
    node = make_node(accounts)
    good = token_of(node)
    async with open_peer(rooms.routes, node, token=None) as peer:
        for number in range(2):
            assert (await peer.join(f"charts:a{number}", token=good))[4]["status"] == "ok"
        head, claims, signature = good.split(".")
        for forged in (f"{head}.{claims}.{signature[::-1]}", f"{head}.{claims}.", good + "x"):
            assert code_of(await peer.join("charts:b", token=forged)) == "unauthenticated"
        accounts.revoked.add(DEVICE)
        assert code_of(await peer.join("charts:c", token=good)) == "unauthenticated"
        node.clock.wall_ms += 60 * 60_000
        assert code_of(await peer.join("charts:d", token=good)) == "token_expired"


# -- which token counts ---------------------------------------------------------------------------------------------


async def test_the_token_of_a_join_wins_over_the_connections(rooms: Rooms) -> None:
    device = uuid4()
    async with open_peer(rooms.routes, token="not a token") as peer:
        reply = await peer.join("charts:a", token=token_of(peer.node, device), whoami=True)
        assert reply[4]["response"] == {"hello": str(device)}


async def test_a_bad_token_of_a_join_wins_too(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        assert code_of(await peer.join("charts:a", token="not a token")) == "unauthenticated"


async def test_the_latest_good_token_is_the_sockets(rooms: Rooms) -> None:
    async with open_peer(rooms.routes, token=None) as peer:
        await peer.join("charts:a", "1", token=token_of(peer.node))
        assert code_of(await peer.join("charts:b", "2", token="not a token")) == "unauthenticated"
        assert (await peer.join("charts:b", "3"))[4]["status"] == "ok"


async def test_a_socket_at_work_stays_its_devices(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "1")
        other = token_of(peer.node, uuid4())
        assert code_of(await peer.join("charts:b", "2", token=other)) == "forbidden"
        assert (await peer.join("charts:b", "3", whoami=True))[4]["response"] == {"hello": str(DEVICE)}


async def test_a_socket_that_has_joined_nothing_may_become_another_devices(rooms: Rooms) -> None:
    device = uuid4()
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "1")
        peer.say("1", "2", "charts:a", "phx_leave", {})
        await peer.heard()
        reply = await peer.join("charts:a", "3", token=token_of(peer.node, device), whoami=True)
        assert reply[4]["response"] == {"hello": str(device)}


# -- a refused token ------------------------------------------------------------------------------------------------


async def test_a_socket_whose_token_is_refused_is_closed_after_ten_seconds(
    rooms: Rooms, autojump_clock: MockClock
) -> None:
    async with open_peer(rooms.routes) as peer:
        began = trio.current_time()
        assert code_of(await peer.join("charts:a", token=forge(peer.node, exp=NOW_MS // 1000 - 1))) == "token_expired"
        assert peer.transport.closed is None
        await peer.ended.wait()
        assert trio.current_time() == began + REFUSED_TOKEN_S == began + 10
        assert peer.transport.closed == 1001


async def test_refused_again_and_again_it_is_closed_ten_seconds_after_the_first(
    rooms: Rooms, autojump_clock: MockClock
) -> None:
    async with open_peer(rooms.routes, token=None) as peer:
        began = trio.current_time()
        for n in range(9):
            await peer.join("charts:a", str(n))
            await trio.sleep(1)
        await peer.ended.wait()
        assert trio.current_time() == began + 10


async def test_refusals_cost_no_task(rooms: Rooms) -> None:
    async with open_peer(rooms.routes, token=None) as peer:
        before = trio.lowlevel.current_statistics().tasks_living
        for n in range(50):
            await peer.join("charts:a", str(n))
        assert trio.lowlevel.current_statistics().tasks_living == before


async def test_a_socket_that_presents_another_token_in_time_stays(rooms: Rooms, autojump_clock: MockClock) -> None:
    async with open_peer(rooms.routes, token=None) as peer:
        await peer.join("charts:a", "1")
        await trio.sleep(5)
        assert (await peer.join("charts:a", "2", token=token_of(peer.node)))[4]["status"] == "ok"
        await trio.sleep(30)
        assert peer.transport.closed is None


async def test_a_token_can_be_refused_again_later(rooms: Rooms, autojump_clock: MockClock) -> None:
    async with open_peer(rooms.routes, token=None) as peer:
        await peer.join("charts:a", "1")
        await peer.join("charts:a", "2", token=token_of(peer.node))
        await trio.sleep(30)
        peer.say("2", "3", "charts:a", "phx_leave", {})
        await peer.heard()
        began = trio.current_time()
        assert code_of(await peer.join("charts:a", "4", token="not a token")) == "unauthenticated"
        await peer.ended.wait()
        assert trio.current_time() == began + 10


async def test_a_bad_token_does_not_end_what_is_joined(rooms: Rooms, autojump_clock: MockClock) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "1")
        assert code_of(await peer.join("charts:b", "2", token="not a token")) == "unauthenticated"
        await trio.sleep(30)
        assert peer.transport.closed is None


# -- a token that runs out ------------------------------------------------------------------------------------------


async def beat(peer: Peer, seconds: int) -> None:
    for _ in range(seconds // 20):
        await trio.sleep(20)
        await peer.ask(None, "0", "phoenix", "heartbeat", {})


async def test_a_live_socket_has_a_minute_after_its_token_ran_out(rooms: Rooms, autojump_clock: MockClock) -> None:
    async with open_peer(rooms.routes, token=None) as peer:
        began = trio.current_time()
        await peer.join("charts:a", "1", token=forge(peer.node))
        await beat(peer, 60)
        assert (await peer.ask("1", "2", "charts:a", "echo", {}))[4]["status"] == "ok", "what is joined goes on"
        assert code_of(await peer.join("charts:b", "3")) == "token_expired"
        await beat(peer, 40)
        await peer.ended.wait()
        assert trio.current_time() == began + 60 + EXPIRED_TOKEN_S == began + 120
        assert peer.transport.closed == 1001
    assert [room.left for room in rooms.opened] == [1]


@pytest.mark.parametrize("by", ["join", "event"])
async def test_a_fresh_token_lets_it_stay(rooms: Rooms, autojump_clock: MockClock, by: str) -> None:
    async with open_peer(rooms.routes, token=None) as peer:
        began = trio.current_time()
        await peer.join("charts:a", "1", token=forge(peer.node))
        await beat(peer, 100)
        fresh = forge(peer.node, exp=NOW_MS // 1000 + 200)
        if by == "join":
            assert (await peer.join("charts:b", "2", token=fresh))[4]["status"] == "ok"
        else:
            expires_at = {"expires_at": NOW_MS + 200_000}
            assert (await peer.ask("1", "2", "charts:a", "renew", {"token": fresh}))[4]["response"] == expires_at
        await beat(peer, 140)
        assert (await peer.join("charts:c", "3"))[4]["response"]["code"] == "token_expired"
        await peer.ended.wait()
        assert trio.current_time() == began + 260


async def test_an_older_token_takes_nothing_away(rooms: Rooms, autojump_clock: MockClock) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "1")
        await peer.join("charts:b", "2", token=forge(peer.node))
        await beat(peer, 120)
        assert (await peer.join("charts:c", "3"))[4]["status"] == "ok"


async def test_another_devices_token_does_not_renew_it(rooms: Rooms) -> None:
    async with open_peer(rooms.routes) as peer:
        await peer.join("charts:a", "1")
        other = token_of(peer.node, uuid4())
        assert code_of(await peer.ask("1", "2", "charts:a", "renew", {"token": other})) == "forbidden"
        assert code_of(await peer.ask("1", "3", "charts:a", "renew", {"token": "x"})) == "unauthenticated"


# -- addresses ------------------------------------------------------------------------------------------------------


async def test_strangers_of_one_address_are_limited_and_whoever_is_known_is_not(
    rooms: Rooms, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lossy.web.credentials.FIRST_JOIN", OfAnybody(Limit(per_minute=60, burst=2)))
    node = make_node()
    async with open_peer(rooms.routes, node) as known, open_peer(rooms.routes, node, token=None) as stranger:
        await known.join("charts:a", "1")
        assert code_of(await stranger.join("charts:a", "1")) == "unauthenticated"
        refused = await stranger.join("charts:a", "2")
        assert (code_of(refused), refused[4]["response"]["retry_after_ms"]) == ("rate_limited", 1_000)
        assert (await known.join("charts:b", "2"))[4]["status"] == "ok"
        await trio.sleep(1)
        assert code_of(await stranger.join("charts:a", "3")) == "unauthenticated"
