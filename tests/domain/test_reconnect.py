"""The reconnect chart with its rules: what is accepted from a device, what it gets again, and what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lossy.domain import reconnect
from lossy.sessions.catalog import initial_data
from lossy.settings import Settings
from tests.domain.driven import CHARTS, SECOND
from tests.domain.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE, REPLAY_WAIT, RING = 30 * SECOND, 10 * SECOND, 512
OLD, SOCKET, NEWER = 6, 7, 8

ATTACH, CAUGHT_UP, DROP, EXPIRED = (
    f"send to=voice event={event}" for event in ("attach", "caught_up", "drop", "link_expired")
)


def link() -> Timeline:
    return Timeline(CHARTS["reconnect"], initial_data(Settings())["reconnect"])


def join(machine: Timeline, at: int = SECOND, socket: int = SOCKET, **known: Any) -> Timeline:
    """What the device knows: `holds` is the first and the last event it holds, `saw` the epoch and the last push."""
    first, last = known.get("holds", (None, None))
    epoch, seen = known.get("saw", (None, None))
    return machine.hear_at(
        at,
        "attach",
        socket=socket,
        first_seq=first,
        last_seq=last,
        accepted_through=known.get("told"),
        push_epoch=epoch,
        last_push_seq=seen,
    )


def send(machine: Timeline, *seqs: int, at: int = SECOND, socket: int = SOCKET) -> Timeline:
    for seq in seqs:
        machine.hear_at(at, "event", seq=seq, socket=socket)
    return machine


def skip(machine: Timeline, first: int, last: int, *, socket: int = SOCKET) -> Timeline:
    return machine.hear_at(SECOND, "skipped", **{"from": first, "to": last}, socket=socket)


def push(machine: Timeline, times: int = 1, at: int = SECOND) -> Timeline:
    for _ in range(times):
        machine.hear_at(at, "pushed", count=1)
    return machine


def connected() -> Timeline:
    return join(link())


def replaying() -> Timeline:
    """The device has sent the first two of the four that it holds."""
    return send(join(link(), holds=(1, 4)), 1, 2)


def resetting() -> Timeline:
    """Three are accepted, and the device has forgotten that."""
    return join(send(connected(), 1, 2, 3), socket=NEWER, holds=(1, 2))


def lost() -> Timeline:
    return send(connected(), 1, 2, 3).hear_at(SECOND, "drop", socket=SOCKET)


def expired() -> Timeline:
    return lost().until(SECOND + GRACE)


def closed() -> Timeline:
    return connected().hear_at(SECOND, "close")


# -- joining ------------------------------------------------------------------------------------------------------


def test_a_link_begins_without_a_socket() -> None:
    machine = link()
    assert (machine.now, machine["socket"], machine.due) == ("lost", 0, {"lost": GRACE})
    assert machine.until(GRACE).now == "expired"


@pytest.mark.parametrize("state", [link, lost, expired])
def test_a_device_without_anything_to_send_is_connected_at_once(state: Callable[[], Timeline]) -> None:
    machine = join(state(), at=GRACE + 2 * SECOND)
    assert (machine.now, machine["socket"], machine.due) == ("connected", SOCKET, {})
    assert machine.told == ["send_picture", ATTACH, CAUGHT_UP]


def test_a_device_that_holds_events_is_connected_once_they_are_here() -> None:
    machine = join(link(), holds=(1, 2))
    assert (machine.now, machine.told, machine["client_through"]) == ("replaying", ["send_picture", ATTACH], 2)
    assert send(machine, 1).now == "replaying"
    assert send(machine, 2).now == "connected"
    assert machine.told == ["hand_on to=voice", "acknowledge", CAUGHT_UP], (
        "handed on before anybody hears that it was the last"
    )
    assert machine.due == {}


def test_what_was_accepted_before_is_not_waited_for() -> None:
    assert join(lost(), holds=(2, 3)).now == "connected"
    assert join(lost(), holds=(2, 4)).now == "replaying"


def test_a_device_that_sends_nothing_is_connected_all_the_same() -> None:
    machine = replaying()
    assert machine.due == {"replaying": SECOND + REPLAY_WAIT}
    assert machine.until(SECOND + REPLAY_WAIT - 1).now == "replaying"
    assert machine.until(SECOND + REPLAY_WAIT).now == "connected"
    assert machine.told == [CAUGHT_UP]
    assert send(machine, 3, at=SECOND + REPLAY_WAIT).told == ["hand_on to=voice", "acknowledge"], (
        "late, and not too late"
    )


def test_the_wait_for_a_replay_begins_anew_after_a_restart() -> None:
    machine = replaying().restart(away=GRACE)
    assert machine.due == {"replaying": SECOND + GRACE + REPLAY_WAIT}


@pytest.mark.parametrize("state", [connected, replaying])
def test_the_socket_that_joined_last_takes_the_place_of_the_one_before(state: Callable[[], Timeline]) -> None:
    machine = join(state(), at=2 * SECOND, socket=NEWER, holds=(1, 9))
    assert (machine.now, machine["socket"], machine["client_through"]) == ("replaying", NEWER, 9)
    assert machine.due == {"replaying": 2 * SECOND + REPLAY_WAIT}
    assert machine.hear_at(2 * SECOND, "drop", socket=SOCKET).stood_still
    assert machine.hear_at(2 * SECOND, "drop", socket=NEWER).now == "lost"


@pytest.mark.parametrize("state", [connected, replaying, resetting, lost, expired])
def test_a_join_that_was_overtaken_by_the_next_one_is_not_heard(state: Callable[[], Timeline]) -> None:
    assert join(state(), at=SECOND + GRACE, socket=OLD, told=9).stood_still


def test_a_device_may_join_twice_on_one_socket() -> None:
    machine = join(connected(), at=2 * SECOND, holds=(1, 2))
    assert (machine.now, machine["socket"], machine.told) == ("replaying", SOCKET, ["send_picture", ATTACH])


# -- events -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [connected, replaying])
def test_the_next_event_is_handed_on(state: Callable[[], Timeline]) -> None:
    machine = state()
    seq = machine["accepted_through"] + 1
    assert send(machine, seq).told == ["hand_on to=voice", "acknowledge"]
    assert machine["accepted_through"] == seq
    assert machine.knew("acknowledge")["accepted_through"] == seq


@pytest.mark.parametrize("seq", [1, 2])
def test_a_repeated_event_is_acknowledged_and_not_handed_on(seq: int) -> None:
    machine = send(replaying(), seq)
    assert (machine.told, machine["accepted_through"], machine.now) == (["acknowledge"], 2, "replaying")


@pytest.mark.parametrize("seq", [4, 9])
def test_an_event_that_comes_too_early_is_refused(seq: int) -> None:
    machine = send(replaying(), seq)
    assert (machine.told, machine["accepted_through"], machine.now) == (["refuse_gap"], 2, "replaying")


@pytest.mark.parametrize(
    ("first", "last", "told", "through"),
    [
        (3, 3, "acknowledge", 3),
        (3, 6, "acknowledge", 6),
        (1, 3, "acknowledge", 3),
        (1, 2, "acknowledge", 2),
        (2, 2, "acknowledge", 2),
        (4, 6, "refuse_gap", 2),
    ],
)
def test_what_the_device_dropped_is_passed_over_unless_it_leaves_a_hole(
    first: int, last: int, told: str, through: int
) -> None:
    machine = skip(join(send(connected(), 1, 2), holds=(1, 9)), first, last)
    assert (machine.told, machine["accepted_through"], machine.now) == ([told], through, "replaying")


def test_a_device_whose_last_events_are_dropped_is_caught_up() -> None:
    machine = skip(replaying(), 3, 4)
    assert (machine.now, machine.told) == ("connected", ["acknowledge", CAUGHT_UP])


@pytest.mark.parametrize("state", [connected, replaying])
def test_what_comes_on_an_older_socket_is_not_heard(state: Callable[[], Timeline]) -> None:
    machine = state()
    seq = machine["accepted_through"] + 1
    assert send(machine, seq, socket=OLD).stood_still
    assert skip(machine, seq, seq, socket=OLD).stood_still


@pytest.mark.parametrize("state", [link, lost, expired, closed])
@pytest.mark.parametrize("name", ["event", "skipped", "ack", "drop"])
def test_without_a_socket_nothing_is_heard(state: Callable[[], Timeline], name: str) -> None:
    payload = {"socket": SOCKET, "seq": 4, "from": 4, "to": 4, "reset": 0}
    assert state().hear_at(SECOND + GRACE, name, **payload).stood_still


# -- pushes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [connected, replaying, resetting])
def test_a_push_is_numbered_and_goes_out(state: Callable[[], Timeline]) -> None:
    machine = push(push(state()))
    assert (machine.told, machine["pushed_through"], machine["ring_from"]) == (["deliver_pushes"], 2, 1)
    assert machine.knew("deliver_pushes")["pushed_through"] == 2


@pytest.mark.parametrize("state", [lost, expired])
def test_a_push_while_no_socket_is_there_is_held(state: Callable[[], Timeline]) -> None:
    machine = push(push(state(), at=SECOND + GRACE - 1), at=2 * GRACE)
    assert (machine.told, machine["pushed_through"], machine["ring_from"]) == ([], 2, 1)


@pytest.mark.parametrize(("pushes", "oldest"), [(0, 1), (RING, 1), (RING + 1, 2), (RING + 88, 89)])
def test_the_latest_pushes_are_held(pushes: int, oldest: int) -> None:
    machine = push(lost(), pushes)
    assert (machine["pushed_through"], machine["ring_from"]) == (pushes, oldest)


@pytest.mark.parametrize(
    ("saw", "told"),
    [
        ((1, RING + 88), "replay_pushes"),
        ((1, 88), "replay_pushes"),
        ((1, 87), "send_picture"),
        ((2, RING), "send_picture"),
        ((0, RING), "send_picture"),
        ((1, None), "send_picture"),
        ((None, None), "send_picture"),
        ((2, RING + 89), "send_picture"),
        ((1, RING + 89), "reset_session"),
    ],
)
def test_a_device_gets_what_it_missed_or_the_full_picture(saw: tuple[int, int], told: str) -> None:
    machine = join(push(lost(), RING + 88), at=2 * SECOND, saw=saw)
    assert told in machine.told
    assert machine.now == ("resetting" if told == "reset_session" else "connected")


def test_a_device_that_has_seen_nothing_gets_all_there_is() -> None:
    assert join(push(lost(), 3), saw=(1, 0)).told == ["replay_pushes", ATTACH, CAUGHT_UP]


# -- numbers that do not fit --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "fits"),
    [
        ({"holds": (4, 6)}, True),
        ({"holds": (1, 3)}, True),
        ({"holds": (3, 3), "told": 2}, True),
        ({"holds": (4, 4), "told": 3}, True),
        ({"told": 3}, True),
        ({"holds": (5, 6)}, False),
        ({"holds": (1, 2)}, False),
        ({"told": 4}, False),
    ],
)
def test_a_device_whose_numbers_do_not_continue_ours_begins_anew(known: dict[str, Any], fits: bool) -> None:
    machine = join(lost(), at=2 * SECOND, socket=NEWER, **known)
    if fits:
        assert machine.now in ("connected", "replaying")
        assert "send_picture" in machine.told
    else:
        assert (machine.now, machine.told) == ("resetting", [ATTACH, "reset_session"])
        assert (machine["socket"], machine.due) == (NEWER, {"resetting": 2 * SECOND + REPLAY_WAIT})
        assert machine.knew("reset_session")["resets"] == 1


def test_after_the_reset_the_device_goes_on_with_the_number_that_is_expected() -> None:
    machine = resetting().hear_at(2 * SECOND, "ack", reset=1, last_seq=5)
    assert (machine.now, machine.told) == ("replaying", [])
    assert (machine["accepted_through"], machine["client_through"], machine["agreed"]) == (3, 5, 1)
    assert send(machine, 4, 5, at=2 * SECOND, socket=NEWER).now == "connected"


def test_a_device_that_holds_nothing_is_connected_after_the_reset() -> None:
    machine = resetting().hear_at(2 * SECOND, "ack", reset=1)
    assert (machine.now, machine.told, machine["client_through"]) == ("connected", [CAUGHT_UP], 0)


def test_until_it_answers_nothing_of_it_is_accepted() -> None:
    machine = resetting()
    for seq in (1, 4, 5):
        assert send(machine, seq, socket=NEWER).told == ["refuse_gap"]
    assert skip(machine, 4, 4, socket=NEWER).told == ["refuse_gap"]
    assert send(machine, 4, socket=SOCKET).stood_still
    assert skip(machine, 4, 4, socket=SOCKET).stood_still
    assert (machine.now, machine["accepted_through"]) == ("resetting", 3)


def test_a_device_that_does_not_answer_is_told_again() -> None:
    machine = resetting().until(SECOND + REPLAY_WAIT - 1)
    assert machine["resets"] == 1
    assert machine.until(SECOND + REPLAY_WAIT).told == ["reset_session"]
    assert (machine.now, machine["resets"]) == ("resetting", 2)
    assert machine.due == {"resetting": SECOND + 2 * REPLAY_WAIT}
    assert machine.hear_at(12 * SECOND, "ack", reset=1).stood_still, "it has yet to hear of the second"
    assert machine.hear_at(12 * SECOND, "ack", reset=2).now == "connected"


def test_the_wait_for_its_answer_begins_anew_after_a_restart() -> None:
    assert resetting().restart(away=GRACE).due == {"resetting": SECOND + GRACE + REPLAY_WAIT}


def test_a_device_that_went_without_an_answer_is_told_when_it_comes_back() -> None:
    """It may have seen pushes that were never sent; by now their numbers are given to others."""
    machine = join(push(lost(), 3), saw=(1, 5)).hear_at(SECOND, "drop", socket=SOCKET)
    machine = join(push(machine, 4), saw=(1, 5))
    assert (machine.now, machine["resets"]) == ("resetting", 2)
    machine.hear_at(SECOND, "ack", reset=2)
    assert join(machine, saw=(1, 7)).told[0] == "replay_pushes"


@pytest.mark.parametrize("state", [connected, replaying])
def test_an_answer_nobody_waits_for_changes_nothing(state: Callable[[], Timeline]) -> None:
    assert state().hear_at(SECOND, "ack", reset=0).stood_still


# -- breaks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [connected, replaying])
def test_a_device_whose_socket_is_gone_has_the_grace_to_come_back(state: Callable[[], Timeline]) -> None:
    machine = state().hear_at(2 * SECOND, "drop", socket=SOCKET)
    assert (machine.now, machine.told) == ("lost", [DROP])
    assert machine.due == {"lost": 2 * SECOND + GRACE}
    assert machine.until(2 * SECOND + GRACE - 1).now == "lost"
    assert machine.until(2 * SECOND + GRACE).now == "expired"
    assert (machine.told, machine.due) == ([EXPIRED], {})


def test_the_grace_goes_on_while_nobody_runs_the_session() -> None:
    machine = lost().restart(away=GRACE)
    assert machine.due == {"lost": SECOND + GRACE}
    assert machine.wait(0).now == "expired"


def test_a_socket_may_go_during_a_reset() -> None:
    machine = resetting()
    assert machine.hear_at(SECOND, "drop", socket=SOCKET).stood_still
    assert machine.hear_at(SECOND, "drop", socket=NEWER).now == "lost"


@pytest.mark.parametrize("state", [connected, replaying, resetting])
def test_when_the_session_moves_the_device_has_to_join_again(state: Callable[[], Timeline]) -> None:
    machine = push(state(), 3).hear_at(2 * SECOND, "taken_over", push_epoch=4)
    assert (machine.now, machine.told) == ("lost", [DROP])
    assert (machine["push_epoch"], machine["pushed_through"], machine["ring_from"]) == (4, 0, 1)
    assert machine.due == {"lost": 2 * SECOND + GRACE}
    assert ATTACH in join(machine, at=2 * SECOND, socket=1).told, "the next server counts its own sockets"


@pytest.mark.parametrize(("state", "due"), [(lost, {"lost": SECOND + GRACE}), (expired, {})])
def test_the_session_may_move_while_the_device_is_away(state: Callable[[], Timeline], due: dict[str, int]) -> None:
    machine = push(state(), RING + 3)
    machine.hear_at(SECOND + GRACE - 1, "taken_over", push_epoch=2)
    assert (machine["push_epoch"], machine["pushed_through"], machine["ring_from"]) == (2, 0, 1)
    assert (machine.told, machine.due) == ([], due)
    assert push(machine, 2)["pushed_through"] == 2
    assert join(machine, saw=(1, RING + 3)).told[0] == "send_picture"
    assert machine["accepted_through"] == 3, "its events are counted on"


@pytest.mark.parametrize("state", [connected, lost])
@pytest.mark.parametrize("epoch", [1, 0])
def test_a_node_that_lost_the_session_begins_no_epoch(state: Callable[[], Timeline], epoch: int) -> None:
    assert push(state(), 2).hear_at(SECOND, "taken_over", push_epoch=epoch).stood_still


@pytest.mark.parametrize("state", [connected, replaying, resetting, lost, expired])
def test_with_the_session_the_link_ends(state: Callable[[], Timeline]) -> None:
    machine = state().hear_at(2 * GRACE, "close")
    assert (machine.now, machine.told, machine.due) == ("closed", [], {})
    assert join(machine, at=2 * GRACE).stood_still
    assert push(machine, at=2 * GRACE).stood_still


def test_the_rules_begin_with_nothing_sent() -> None:
    assert reconnect.initial({"grace": 1}, ring=9) == {
        "delays": {"grace": 1},
        "limits": {"ring": 9},
        "socket": 0,
        "tab": None,
        "accepted_through": 0,
        "client_through": 0,
        "resets": 0,
        "agreed": 0,
        "push_epoch": 1,
        "pushed_through": 0,
        "ring_from": 1,
    }
