"""The algorithm on charts small enough to be worked out by hand."""

import pytest

from lossy.charts.load import load
from lossy.charts.model import Chart, ChartError, Data, Effect, Event, State, dump, read
from lossy.charts.step import Effects, Unsettled, next_timer, resume, start, step
from tests.charts.strategies import DATA, NAMES


def _chart(states: str, initial: str = "a", version: int = 1) -> Chart:
    heard = [event for event in ("red", "green", "blue") if f"{event}:" in states]
    hears = ", ".join(f"{event}: a test" for event in heard)
    return load(
        f"name: small\nversion: {version}\ninitial: {initial}\nhears: {{tests: {{{hears}}}}}\nstates: {states}", NAMES
    )


def _after(chart: Chart, *events: str, data: Data = DATA) -> tuple[State, Effects]:
    """The state after the events, and the effects of the last."""
    state, effects = start(chart, data, 0)
    for at, event in enumerate(events, 1):
        state, effects, _ = step(chart, state, Event(event, at))
    return state, effects


def _told(effects: Effects) -> list[object]:
    return [effect.args.get("n", effect.name) for effect in effects]


def _tells(*ns: int) -> str:
    return "[" + ", ".join(f"{{tell: {{n: {n}}}}}" for n in ns) + "]"


PARALLEL = f"""
  p:
    type: parallel
    entry: {_tells(1)}
    exit: {_tells(-1)}
    events: {{red: {{to: p, do: {_tells(0)}}}}}
    states:
      q:
        initial: q1
        entry: {_tells(2)}
        exit: {_tells(-2)}
        states: {{q1: {{entry: {_tells(3)}, exit: {_tells(-3)}, events: {{green: x, blue: q2}}}}, q2: {{}}}}
      r:
        initial: r1
        entry: {_tells(4)}
        exit: {_tells(-4)}
        states: {{r1: {{entry: {_tells(5)}, exit: {_tells(-5)}, events: {{green: y, blue: r2}}}}, r2: {{}}}}
  x: {{}}
  y: {{}}
"""


def test_states_are_entered_in_document_order_and_left_in_reverse() -> None:
    chart = _chart(PARALLEL, "p")
    assert _told(_after(chart)[1]) == [1, 2, 3, 4, 5]
    assert _told(_after(chart, "red")[1]) == [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5]


def test_regions_move_together() -> None:
    assert _after(_chart(PARALLEL, "p"), "blue")[0].active == {"p", "q", "q2", "r", "r2"}


def test_of_two_regions_in_conflict_the_first_in_document_order_moves() -> None:
    assert _after(_chart(PARALLEL, "p"), "green")[0].active == {"x"}


def test_a_state_moves_before_the_one_around_it_and_that_one_when_the_guard_declines() -> None:
    chart = _chart("{a: {initial: b, events: {red: d}, states: {b: {events: {red: {if: full, to: c}}}, c: {}}}, d: {}}")
    assert _after(chart, "red")[0].active == {"d"}
    assert _after(chart, "red", data={**DATA, "n": 3})[0].active == {"a", "c"}


def test_the_first_transition_whose_guard_holds_is_taken() -> None:
    chart = _chart("{a: {events: {red: [{if: full, to: b}, {if: even, to: c}, d]}}, b: {}, c: {}, d: {}}")
    assert [_after(chart, "red", data={**DATA, "n": n})[0].active for n in (3, 2, 1)] == [{"b"}, {"c"}, {"d"}]


@pytest.mark.parametrize(("kind", "back_in"), [("shallow", "c"), ("deep", "d")])
def test_history_leads_back(kind: str, back_in: str) -> None:
    chart = _chart(f"""{{
        a: {{events: {{red: back}}}},
        box: {{initial: b, events: {{blue: a}}, states: {{
            b: {{initial: c, events: {{green: e}}, states: {{c: {{events: {{green: d}}}}, d: {{}}}}}},
            e: {{}}, back: {{type: {kind}, default: e}}}}}}}}""")
    assert _after(chart, "red")[0].active == {"box", "e"}, "without memory, to the default"
    inside = State(frozenset({"box", "b", "d"}), {}, DATA, {})
    away, _, _ = step(chart, inside, Event("blue", 1))
    back, _, _ = step(chart, away, Event("red", 2))
    assert back.active == {"box", "b", back_in}


def test_the_history_of_a_state_leads_back_from_inside_it() -> None:
    chart = _chart("""{a: {initial: b, states: {
        b: {initial: c, exit: [beep], states: {c: {events: {red: back}}}}, back: {type: deep, default: c}}}}""")
    assert _told(_after(chart, "red")[1]) == [], "its target is c, so b is not left"
    assert _told(_after(chart, "red", "red")[1]) == []


def test_a_state_left_by_the_transition_into_its_history_comes_back_as_it_was_left() -> None:
    chart = _chart(
        """{box: {initial: b, events: {green: back}, states: {
        b: {events: {red: c}}, c: {entry: [beep]}, back: {type: shallow, default: b}}}}""",
        "box",
    )
    state, effects = _after(chart, "red", "green")
    assert state.active == {"box", "c"}
    assert _told(effects) == ["beep"]


def test_a_transition_into_several_regions_enters_them_and_the_others_by_default() -> None:
    chart = _chart("""{a: {events: {red: {to: [c2, d2]}}}, p: {type: parallel, states: {
        b: {initial: b1, states: {b1: {events: {blue: b2}}, b2: {}}},
        c: {initial: c1, states: {c1: {}, c2: {}}},
        d: {initial: d1, states: {d1: {}, d2: {}}}}}}""")
    assert _after(chart, "red")[0].active == {"p", "b", "b1", "c", "c2", "d", "d2"}


def test_a_state_is_done_when_a_final_state_in_it_is_entered_and_a_parallel_one_when_all_regions_are() -> None:
    chart = _chart("""{
        a: {type: parallel, events: {done.a: end, done.b: {do: [count]}, done.c: {do: [count]}}, states: {
            b: {initial: b1, states: {b1: {events: {red: b2}}, b2: {type: final}}},
            c: {initial: c1, states: {c1: {events: {green: c2}}, c2: {type: final}}}}},
        end: {type: final, entry: [beep]}}""")
    one, _ = _after(chart, "red")
    assert one.active == {"a", "b", "b2", "c", "c1"}
    assert one.data["n"] == 1
    both, effects = _after(chart, "red", "green")
    assert both.active == {"end"}
    assert chart.ended(both.active)
    assert effects == (Effect("beep", {}, Event("done.a", 2), both.data),)
    assert both.data["n"] == 2, "c was done before a was"


def test_updates_take_effect_in_order_and_an_effect_keeps_the_data_of_its_moment() -> None:
    chart = _chart(
        "{a: {exit: [count, beep], events: {red: {to: b, do: [{put: {n: 5}}, beep]}}}, b: {entry: [count, beep]}}"
    )
    _, effects = _after(chart, "red")
    assert [effect.data["n"] for effect in effects] == [1, 5, 6]


def test_eventless_transitions_are_taken_until_none_is_enabled() -> None:
    chart = _chart("{a: {events: {red: b}}, b: {always: c}, c: {always: [{if: full, to: a}, {to: d}]}, d: {}}")
    assert _after(chart, "red")[0].active == {"d"}


def test_eventless_transitions_come_before_internal_events() -> None:
    chart = _chart("""{a: {type: parallel, events: {done.b: {do: [{put: {n: 7}}]}}, states: {
        b: {initial: b1, states: {b1: {events: {red: b2}}, b2: {type: final}}},
        c: {initial: c1, states: {c1: {events: {red: c2}}, c2: {always: {to: c3, do: [count]}}, c3: {}}}}}}""")
    assert _after(chart, "red")[0].data["n"] == 7


@pytest.mark.parametrize(
    "states",
    [
        "{a: {events: {red: b}}, b: {always: c}, c: {always: b}}",
        "{a: {events: {red: b}}, b: {always: {if: even, do: [beep]}}}",
        "{a: {events: {red: b}}, b: {initial: c, events: {done.b: b}, states: {c: {type: final}}}}",
    ],
    ids=["round and round", "on the spot", "by internal events"],
)
def test_a_chart_that_never_rests_is_an_error_that_names_it(states: str) -> None:
    with pytest.raises(Unsettled, match=r"^small: still moving after 100 microsteps of "):
        _after(_chart(states), "red")


TIMERS = """{
  a: {after: {delay: long, if: full, to: b, do: [beep]}, events: {red: a, blue: b}},
  b: {after: {delay: short, to: a, restore: restart}}}"""


def test_a_timer_runs_while_its_state_is_active() -> None:
    chart = _chart(TIMERS)
    state, effects = start(chart, DATA, 50)
    assert effects == (Effect("start_timer", {"timer": "a", "due": 1_050}, Event("", 50), DATA),)
    assert next_timer(state) == (1_050, "after.a")
    state, effects, _ = step(chart, state, Event("red", 70))
    assert [(effect.name, effect.args) for effect in effects] == [
        ("stop_timer", {"timer": "a"}),
        ("start_timer", {"timer": "a", "due": 1_070}),
    ]
    assert step(chart, state, Event("blue", 80))[0].deadlines == {"b": 90}


def test_a_timer_whose_guard_declines_is_spent_all_the_same() -> None:
    chart = _chart(TIMERS)
    state, effects, taken = step(chart, start(chart, DATA, 0)[0], Event("after.a", 1_000))
    assert state.active == {"a"}
    assert (state.deadlines, effects, taken.transitions) == ({}, (), ())
    assert next_timer(state) is None
    again = step(chart, state, Event("after.a", 1_000))
    assert again[0] is state


def test_an_expiry_of_a_timer_that_does_not_run_moves_nothing() -> None:
    chart = _chart(TIMERS)
    state, _ = start(chart, {**DATA, "n": 3}, 0)
    assert step(chart, state, Event("after.b", 10)) == (state, (), ((), True))
    assert step(chart, state, Event("after.a", 1_000))[0].active == {"b"}


def test_of_two_timers_due_together_the_first_by_name_comes_first() -> None:
    assert next_timer(State(deadlines={"b": 5, "a": 5, "c": 9})) == (5, "after.a")


def test_a_restart_lets_the_whole_delay_run_once_more() -> None:
    chart = _chart(TIMERS)
    state, _, _ = step(chart, start(chart, DATA, 0)[0], Event("blue", 5))
    assert resume(chart, state, stopped_at=14, at=100)[0].deadlines == {"b": 110}


def test_a_delay_that_the_data_lack_is_refused_at_the_start() -> None:
    with pytest.raises(ChartError, match=r"^small: no such delay: short @ \$\.delays$"):
        start(_chart(TIMERS), {"delays": {"long": 1}}, 0)


def test_a_snapshot_of_another_version_is_refused() -> None:
    stored = dump(_chart(TIMERS), _after(_chart(TIMERS))[0])
    with pytest.raises(ChartError, match=r"^a snapshot of small version 1 does not fit small version 2$"):
        read(_chart(TIMERS, version=2), stored)


@pytest.mark.parametrize(
    "active",
    [[], ["p"], ["q1"], ["x", "y"], ["p", "q", "q1", "r"], ["p", "q", "q1", "q2", "r", "r1"], ["nowhere"]],
)
def test_a_snapshot_that_is_no_configuration_is_refused(active: list[str]) -> None:
    chart = _chart(PARALLEL, "p")
    stored = {**dump(chart, _after(chart)[0]), "active": active}
    with pytest.raises(ChartError, match=r"is no configuration of small @ \$\.active$"):
        read(chart, stored)
