"""Charts with one fault each: which are made, what each does, and which would not load."""

from __future__ import annotations

import pytest

from lossy.charts.load import load
from lossy.charts.model import Chart, ChartError, Event, Names, Restore, State
from lossy.charts.mutant import Mutant, refusal
from lossy.charts.mutate import CHANGES, mutants
from lossy.charts.step import start, step

NAMES = Names(
    guards={"warm": lambda data, event: data["warm"], "full": lambda data, event: data["full"]},
    updates={"fill": lambda data, event: {**data, "full": True}},
    effects=frozenset({"whistle", "pour"}),
    delays=frozenset({"boiling", "patience"}),
)
KETTLE = """
name: kettle
initial: kitchen
hears: {a hand: {press: it, lift: it, tip: it, call: it}}
states:
  kitchen:
    initial: cold
    events:
      lift: {to: cold, internal: true}
      call: {if: full, do: [whistle]}
    states:
      cold:
        entry: [fill]
        events:
          press:
            - {if: warm, to: hot}
            - {if: full, to: heating}
          tip: {do: [pour]}
      heating:
        exit: [whistle]
        after: {delay: boiling, to: hot, restore: restart}
        events: {press: cold, call: {}}
      hot:
        after: {delay: patience, to: cold}
        events: {press: {if: warm}}
"""
DATA = {"warm": False, "full": False, "delays": {"boiling": 100, "patience": 1_000}}
CHART = load(KETTLE, NAMES)
MUTANTS = {mutant.id: mutant for mutant in mutants(CHART)}


def ids(change: str) -> set[str]:
    return {id.removeprefix(f"{change}:") for id in MUTANTS if id.startswith(f"{change}:")}


def after(chart: Chart, *events: str, **data: bool) -> State:
    """The state after events that come 10 ms apart."""
    state, _ = start(chart, {**DATA, **data}, 0)
    for i, event in enumerate(events):
        state, _, _ = step(chart, state, Event(event, 10 * i))
    return state


def where(chart: Chart, *events: str, **data: bool) -> str:
    return next(id for id in after(chart, *events, **data).active if id != "kitchen")


def effects(chart: Chart, *events: str) -> list[str]:
    """What the last of the events causes, timers aside."""
    state = after(chart, *events[:-1])
    _, emitted, _ = step(chart, state, Event(events[-1], 10 * len(events)))
    return [effect.name for effect in emitted if not effect.name.endswith("_timer")]


def test_every_place_of_every_change_gives_a_mutant() -> None:
    assert {change: len(ids(change)) for change in CHANGES} == {
        "drop": 9,
        "swap": 12,
        "negate": 3,
        "double": 2,
        "restore": 2,
        "action": 4,
        "order": 1,
        "internal": 0,
    }
    assert {mutant.change for mutant in MUTANTS.values()} == {id.partition(":")[0] for id in MUTANTS}


def test_no_mutant_changes_the_chart_it_is_of() -> None:
    before = [*CHART.transitions()], {**CHART.nodes}, CHART.names
    assert len([*mutants(CHART)]) == len(MUTANTS)
    assert ([*CHART.transitions()], {**CHART.nodes}, CHART.names) == before


def test_every_mutant_says_what_it_does_and_what_it_concerns() -> None:
    places = {transition.id for transition in CHART.transitions()} | CHART.nodes.keys()
    for mutant in MUTANTS.values():
        assert mutant.words
        assert mutant.concerns
        assert mutant.concerns <= places
    assert MUTANTS["swap:cold/press/1:heating:hot"].words == (
        "to hot instead of heating: cold: on press, if full, to heating"
    )


def test_a_dropped_transition_is_not_taken() -> None:
    assert where(CHART, "press") == "heating"
    assert where(MUTANTS["drop:cold/press/1"].chart, "press") == "cold"


def test_a_timer_goes_with_its_transition() -> None:
    assert after(CHART, "press").deadlines == {"heating": 100}
    assert after(MUTANTS["drop:heating/after.heating/0"].chart, "press").deadlines == {}


def test_a_swapped_target_is_another_state_beside_it() -> None:
    assert {id for id in ids("swap") if id.startswith("cold/press/1")} == {
        "cold/press/1:heating:cold",
        "cold/press/1:heating:hot",
    }
    assert where(MUTANTS["swap:cold/press/1:heating:hot"].chart, "press") == "hot"


def test_a_negated_guard_holds_where_it_did_not() -> None:
    negated = MUTANTS["negate:cold/press/0"].chart
    assert where(negated, "press") == "hot"
    assert where(negated, "press", warm=True) == "heating"


def test_a_doubled_timer_names_its_state_and_leaves_the_chart_alone() -> None:
    mutant = MUTANTS["double:hot"]
    assert mutant.chart is CHART
    assert mutant.doubles == "hot"
    assert mutant.concerns == {"hot"}
    assert mutant.words == "hot waits for twice its patience"


@pytest.mark.parametrize(("id", "restore"), [("heating", Restore.ABSOLUTE), ("hot", Restore.RESTART)])
def test_a_changed_restore_is_another_one(id: str, restore: Restore) -> None:
    timer = MUTANTS[f"restore:{id}"].chart.nodes[id].timer
    assert timer is not None
    assert timer.restore is restore


def test_a_dropped_action_is_not_done() -> None:
    assert effects(CHART, "tip") == ["pour"]
    assert effects(MUTANTS["action:cold/tip/0/0"].chart, "tip") == []
    assert effects(CHART, "press", "press") == ["whistle"]
    assert effects(MUTANTS["action:heating/exit/0"].chart, "press", "press") == []
    assert where(MUTANTS["action:cold/entry/0"].chart, "press") == "cold", "it was never filled"


def test_two_guards_change_places() -> None:
    assert where(CHART, "press", warm=True) == "hot"
    assert where(MUTANTS["order:cold/press/0"].chart, "press", warm=True) == "heating"


def test_what_leads_nowhere_and_hides_nothing_is_left_alone() -> None:
    """`hot` may press as it likes; but in `heating` a call that is answered by nothing keeps the kettle silent."""
    assert not any("hot/press" in id for id in MUTANTS)
    assert effects(CHART, "press", "call") == []
    assert effects(MUTANTS["drop:heating/call/0"].chart, "press", "call") == ["whistle"]


TWO_ROOMS = """
name: rooms
initial: flat
hears: {a hand: {knock: it, move: it}}
states:
  flat:
    type: parallel
    states:
      bath: {initial: dry, events: {knock: {to: dry, internal: true}}, states: {dry: {events: {move: wet}}, wet: {}}}
      hall: {initial: dark, states: {dark: {events: {move: {to: hall}, knock: lit}}, lit: {}}}
"""


def test_a_region_that_is_left_and_entered_again_takes_its_sisters_along() -> None:
    rooms = load(TWO_ROOMS, NAMES)
    found = {mutant.id: mutant for mutant in mutants(rooms)}
    outside = found["internal:bath/knock/0"].chart
    state, _ = start(rooms, DATA, 0)
    assert step(rooms, state, Event("knock", 1))[0].active == {"flat", "bath", "dry", "hall", "lit"}
    assert step(outside, state, Event("knock", 1))[0].active == {"flat", "bath", "dry", "hall", "dark"}


def test_beside_a_region_nothing_else_can_be_entered() -> None:
    """All regions of a parallel state are entered together, whichever of them is the target."""
    assert not any(mutant.id.startswith("swap:dark/move") for mutant in mutants(load(TWO_ROOMS, NAMES)))


@pytest.mark.parametrize(
    ("id", "old", "new"),
    [
        ("drop:cold/press/1", "            - {if: full, to: heating}\n", ""),
        ("drop:cold/tip/0", "          tip: {do: [pour]}\n", ""),
        ("swap:cold/press/1:heating:hot", "to: heating", "to: hot"),
    ],
)
def test_what_would_not_load_is_refused_in_the_loaders_words(id: str, old: str, new: str) -> None:
    refused = refusal(CHART, MUTANTS[id])
    assert refused is not None
    assert old in KETTLE
    with pytest.raises(ChartError) as error:
        load(KETTLE.replace(old, new), NAMES)
    assert str(error.value).startswith(refused)


def loads(mutant: Mutant) -> bool:
    return refusal(CHART, mutant) is None


def test_all_others_would_load() -> None:
    assert {id for id, mutant in MUTANTS.items() if not loads(mutant)} == {
        "drop:cold/press/1",
        "drop:cold/tip/0",
        "drop:kitchen/lift/0",
        "swap:cold/press/1:heating:cold",
        "swap:cold/press/1:heating:hot",
    }
