"""What holds for the reconnect chart whatever devices, networks and servers do."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.channels.replay import Outbound
from lossy.charts.model import Event
from lossy.domain import reconnect
from lossy.sessions.catalog import delays, initial_data
from lossy.settings import Reconnect, Settings
from tests.charts.strategies import repeatable
from tests.domain.driven import CHARTS, SECOND, BrokenError, T, with_rule, with_text
from tests.domain.network import RING, World
from tests.domain.timeline import Timeline

if TYPE_CHECKING:
    from lossy.charts.model import Chart, Data

CHART = CHARTS["reconnect"]
GRACE, REPLAY_WAIT = 30 * SECOND, 10 * SECOND
GAPS = [0, 0, 0, 0, 0, 0, 1, REPLAY_WAIT - 1, REPLAY_WAIT, GRACE - 1, GRACE]

History = list[tuple[int, str, "Data"]]  # the instant since the start, what, and its payload


def link(chart: Chart = CHART) -> Timeline:
    return Timeline(chart, reconnect.initial(delays(Reconnect()), ring=RING))


def history(random: Random) -> History:
    """Whatever may reach the machine, sense or nonsense, in order of arrival."""
    at, events = 0, History()
    for _ in range(random.randint(1, 30)):
        at += random.choice(GAPS)
        socket, first = random.choice([1, 2, 2, 2, 3]), random.choice([1, 1, 2, 2, 3, 4, 6])
        name, payload = random.choice(
            [
                ("attach", _joining(random, socket)),
                *[("event", {"seq": first, "socket": socket})] * 4,
                ("skipped", {"from": first, "to": first + random.randint(0, 3), "socket": socket}),
                ("ack", {"reset": random.randint(1, 2), "last_seq": random.choice([None, 4, 6])}),
                *[("drop", {"socket": socket})] * (random.random() < 0.5),
                *[("pushed", {"count": random.choice([1, 1, 2, RING + 1])})] * 2,
                *[("taken_over", {"push_epoch": random.randint(1, 3)})] * (random.random() < 0.3),
                *[("close", {})] * (random.random() < 0.1),
            ]
        )
        events.append((at, name, payload))
    return events


def _joining(random: Random, socket: int) -> Data:
    """Mostly as a device does that has forgotten nothing and holds one event or none."""
    first = random.choice([None, None, 1, 2, 3])
    seen = {"push_epoch": random.choice([None, 1, 1, 1, 2]), "last_push_seq": random.choice([None, 0, 1, 2, 4])}
    told = random.choice([None, None, None, 0, 1, 3])
    holds = {"first_seq": first, "last_seq": first and first + random.randint(0, 3)}
    return {"socket": socket, **random.choice([{}, seen, seen]), **random.choice([{}, holds]), "accepted_through": told}


def play(machine: Timeline, events: History) -> Timeline:
    for at, name, payload in events:
        machine.hear_at(at, name, **payload)
    return machine


randoms = st.randoms(use_true_random=True)
histories = randoms.map(history)


@repeatable
@given(histories)
def test_the_invariants_hold(events: History) -> None:
    play(link(), events).until(events[-1][0] + GRACE)


@repeatable
@given(histories)
def test_no_state_waits_for_the_device_alone(events: History) -> None:
    """While a socket is there the server has to see it go; from then on everything ends by itself."""
    machine = play(link(), events)
    machine.hear_at(events[-1][0], "drop", socket=machine["socket"])
    assert machine.until(events[-1][0] + GRACE).now in ("expired", "closed")
    assert machine.due == {}


@repeatable
@given(histories, st.data())
def test_a_restart_in_the_middle_changes_nothing(events: History, data: st.DataObject) -> None:
    """Where the deadlines begin anew, only those differ."""
    cut = data.draw(st.integers(0, len(events)))
    stopped = play(link(), events[:cut])
    state = stopped.state
    stopped.restart(away=0)
    assert (stopped.state.active, stopped.state.data) == (state.active, state.data)
    stopped.state = state
    assert play(stopped, events[cut:]).state == play(link(), events).state


@repeatable
@given(histories, st.data())
def test_what_an_older_socket_says_changes_nothing(events: History, data: st.DataObject) -> None:
    machine, end = play(link(), events), events[-1][0]
    for name in data.draw(st.lists(st.sampled_from(["attach", "event", "skipped", "drop"]), max_size=6)):
        seq = machine["accepted_through"] + 1
        machine.hear_at(end, name, **{"socket": machine["socket"] - 1, "seq": seq, "from": seq, "to": seq})
        assert machine.stood_still


@repeatable
@given(histories)
def test_a_push_and_an_event_may_come_in_either_order(events: History) -> None:
    """The two directions do not touch each other."""
    machines = [play(link(), events) for _ in range(2)]
    socket, seq = machines[0]["socket"], machines[0]["accepted_through"] + 1
    both: History = [(events[-1][0], "pushed", {"count": 2}), (events[-1][0], "event", {"seq": seq, "socket": socket})]
    assert play(machines[0], both).state == play(machines[1], both[::-1]).state


# -- the verdicts of a model --------------------------------------------------------------------------------------


def _told(accepted: int, first: int, more: int | None) -> list[str]:
    if first > accepted + 1:
        return ["refuse_gap"]
    fresh = first + (more or 0) > accepted
    return ["hand_on to=voice", "acknowledge"] if fresh and more is None else ["acknowledge"]


@repeatable
@given(st.lists(st.tuples(st.integers(1, 9), st.none() | st.integers(0, 4)), max_size=30))
def test_every_number_is_settled_once_and_in_order(arrivals: list[tuple[int, int | None]]) -> None:
    machine, accepted = link().hear_at(0, "attach", socket=1), 0
    for first, more in arrivals:
        if more is None:
            machine.hear_at(0, "event", seq=first, socket=1)
        else:
            machine.hear_at(0, "skipped", **{"from": first, "to": first + more}, socket=1)
        assert machine.told == _told(accepted, first, more)
        if "acknowledge" in machine.told:
            accepted = max(accepted, first + (more or 0))
        assert machine["accepted_through"] == accepted


@repeatable
@given(
    st.lists(st.sampled_from(["push", "push", "burst", "take over"]), max_size=12),
    st.integers(-1, 600),
    st.integers(1, 4),
)
def test_what_a_device_gets_again_is_what_the_channel_gives(happened: list[str], seen: int, epoch: int) -> None:
    data, outbound = initial_data(Settings())["reconnect"], Outbound(epoch=1)
    for what in happened:
        for _ in range({"push": 1, "burst": 260}.get(what, 0)):
            data = reconnect.number_pushes(data, Event("pushed", T, {"count": 1}))
            outbound.push("remark", {})
        if what == "take over":
            outbound = Outbound(outbound.epoch + 1)
            data = reconnect.begin_epoch(data, Event("taken_over", T, {"push_epoch": outbound.epoch}))
    machine = Timeline(CHART, data).hear_at(0, "attach", socket=1, last_push_seq=seen, push_epoch=epoch)
    assert ("replay_pushes" in machine.told) == (outbound.since(seen, epoch) is not None)


# -- from end to end ----------------------------------------------------------------------------------------------


def live(random: Random, *, hard: bool) -> World:
    """A while of talk and bad network; when it is `hard`, with memories lost on both sides too."""
    world = World()
    acts = [
        *[world.speak] * 6,
        *[world.push] * 6,
        *[world.join] * 4,
        *[world.break_off] * 2,
        world.take_over,
    ]
    acts += [world.restore, world.back_up, world.forget] if hard else []
    for _ in range(random.randint(1, 60)):
        random.choice(acts)()
        for _ in range(random.choice([0, 1, 2, 5])):
            world.arrive(random)
        for _ in range(random.choice([0, 1, 2, 5])):
            world.return_()
        world.wait(random)
    world.settle(random)
    return world


@repeatable
@given(randoms, st.booleans())
def test_whatever_breaks_nothing_is_lost_and_nothing_comes_twice(random: Random, hard: bool) -> None:
    world = live(random, hard=hard)
    assert world.accepted == sorted(set(world.accepted)), "each once, and in order"
    assert set(range(next(world.device.said))) - set(world.accepted) <= world.excused
    assert (world.device.held, world.device.unnumbered, world.device.skipped) == ([], [], None)
    assert world.link.now == "connected"


@repeatable
@given(randoms, st.booleans())
def test_whatever_breaks_the_device_sees_every_push_in_order_or_a_full_picture(random: Random, hard: bool) -> None:
    world = live(random, hard=hard)
    device = world.device
    assert (device.epoch, device.seen) == (world.link["push_epoch"], world.link["pushed_through"])
    assert device.shown == world.pushed[device.picture :]


@repeatable
@given(randoms)
def test_without_lost_memories_nobody_has_to_begin_anew(random: Random) -> None:
    assert live(random, hard=False).link["resets"] == 0


def test_the_hard_times_are_hard() -> None:
    """Or the laws above would prove little: every way to catch up is taken, and takes place more than once."""
    worlds = [live(Random(seed), hard=True) for seed in range(60)]
    effects = [effect.name for world in worlds for move in world.link.moves for effect in move.effects]
    for name in ("replay_pushes", "send_picture", "reset_session", "refuse_gap"):
        assert effects.count(name) > 10, name
    taken = {taken for world in worlds for move in world.link.moves for taken in move.taken.transitions}
    never = {"link/close/0", "attached/skipped/3"}  # no session ends here, and no device leaves a hole before a skip
    assert {transition.id for transition in CHART.transitions()} - taken == never


# -- the invariants notice ----------------------------------------------------------------------------------------


def always(data: Data, event: Event) -> bool:
    return True


def never(data: Data, event: Event) -> bool:
    return False


def nothing(data: Data, event: Event) -> Data:
    return data


def holds_one_more(data: Data, event: Event) -> Data:
    return {**reconnect.number_pushes(data, event), "ring_from": data["ring_from"]}


PLANTED: list[tuple[str, Chart]] = [
    ("accepted_in_line", with_rule(CHART, "guards", "next_in_line", always)),
    ("accepted_in_line", with_rule(CHART, "guards", "skips_on", always)),
    (
        "accepted_in_line",
        with_text(CHART, "do: [accept, {hand_on: {to: voice}}, acknowledge]", "do: [accept, acknowledge]"),
    ),
    ("accepted_in_line", with_text(CHART, "if: repeated, do: [", "if: repeated, do: [{hand_on: {to: voice}}, ")),
    ("answered", with_text(CHART, "do: [skip, acknowledge]", "do: [skip]")),
    ("answered", with_rule(CHART, "guards", "repeated", always)),
    ("answered", with_rule(CHART, "guards", "of_older_socket", never)),
    ("pushes_in_line", with_rule(CHART, "updates", "number_pushes", nothing)),
    ("pushes_in_line", with_rule(CHART, "updates", "number_pushes", holds_one_more)),
    ("pushes_in_line", with_rule(CHART, "guards", "of_newer_epoch", always)),
    ("pushes_in_line", with_text(CHART, "do: [number_pushes, deliver_pushes]", "do: [number_pushes]")),
    ("replay_is_whole", with_rule(CHART, "guards", "out_of_reach", never)),
    ("replay_is_whole", with_rule(CHART, "guards", "diverged", never)),
    ("replay_is_whole", with_text(CHART, "do: [take_socket, replay_pushes,", "do: [take_socket,")),
    ("one_socket", with_rule(CHART, "guards", "of_this_socket", always)),
    ("one_socket", with_rule(CHART, "updates", "take_socket", nothing)),
    ("one_socket", with_rule(CHART, "guards", "of_this_socket", never)),
    ("one_socket", with_text(CHART, "- {if: of_older_socket, why: The device has joined again since.}", "")),
]


def broken(chart: Chart, events: History) -> str:
    try:
        play(link(chart), events)
    except BrokenError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("invariant", "chart"), PLANTED)
def test_a_planted_violation_is_noticed(invariant: str, chart: Chart) -> None:
    assert any(invariant in broken(chart, history(Random(seed))) for seed in range(300))


def test_every_invariant_has_a_planted_violation() -> None:
    assert {invariant for invariant, _ in PLANTED} == CHART.invariants.keys()
