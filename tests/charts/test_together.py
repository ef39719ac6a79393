"""Charts that speak to each other: who steps when, and what comes out."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from lossy.charts.load import check_together, load
from lossy.charts.model import Chart, Event, Names
from lossy.charts.step import Unsettled
from lossy.charts.together import STEPS, Charts, advance, dump_all, next_due, read_all, resume_all, start_all

NAMES = Names(
    guards={"enough": lambda data, event: len(data["heard"]) >= 2},
    updates={"note": lambda data, event: {**data, "heard": [*data["heard"], event.name, event.payload.get("word")]}},
    effects=frozenset({"send", "tell"}),
    delays=frozenset({"soon", "later"}),
)

# The spoon stirs the kettle and the cup; the kettle answers the spoon, and the cup fills the kettle.
SPOON = """
name: spoon
initial: still
hears: {a hand: {stir: it}, the kettle: {hot: it}}
states:
  still:
    after: {delay: soon, do: [tell]}
    events:
      stir:
        do:
          - note
          - {tell: {what: first}}
          - {send: {to: kettle, event: boil}}
          - {tell: {what: second}}
          - {send: {to: cup, event: fill}}
      hot: {do: [{tell: {what: hot}}]}
"""
KETTLE = """
name: kettle
initial: cold
hears: {the spoon: {boil: it}, the cup: {fill: it}}
states:
  cold:
    after: {delay: later, do: [tell]}
    events: {boil: {to: warm, do: [note, {tell: {what: boiling}}, {send: {to: spoon, event: hot}}]}}
  warm:
    events: {boil: {if: enough, do: [{tell: {what: again}}]}, fill: {do: [tell]}}
"""
CUP = """
name: cup
initial: empty
hears: {the spoon: {fill: it}}
states:
  empty: {events: {fill: {to: full, do: [note, {tell: {what: filled}}, {send: {to: kettle, event: fill}}]}}}
  full: {}
"""
DATA = {"heard": [], "delays": {"soon": 10, "later": 20}}


def charts(*texts: str) -> Charts:
    loaded: list[Chart] = [load(text, NAMES) for text in texts]
    check_together(loaded)
    return {chart.name: chart for chart in loaded}


KITCHEN = charts(SPOON, KETTLE, CUP)
STATES = start_all(KITCHEN, dict.fromkeys(KITCHEN, DATA), 1_000).states


def stir(word: str = "please") -> Event:
    return Event("stir", 1_005, {"word": word})


def told(to: str, event: Event) -> list[tuple[str, Any]]:
    performed = advance(KITCHEN, STATES, to, event).effects
    return [(each.chart, each.effect.args.get("what")) for each in performed if each.effect.name == "tell"]


def test_the_sender_goes_first_and_then_the_receivers_in_the_order_of_sending() -> None:
    assert told("spoon", stir()) == [
        ("spoon", "first"),
        ("spoon", "second"),
        ("kettle", "boiling"),
        ("cup", "filled"),
        ("spoon", "hot"),
        ("kettle", None),
    ]


def test_a_sent_event_has_the_time_and_the_words_of_its_cause() -> None:
    moved = advance(KITCHEN, STATES, "spoon", stir("slowly"))
    assert moved.states["kettle"].data["heard"] == ["boil", "slowly"]
    assert moved.states["cup"].data["heard"] == ["fill", "slowly"]
    assert {performed.effect.event.at for performed in moved.effects} == {1_005}


def test_taken_names_every_transition_with_its_chart() -> None:
    assert advance(KITCHEN, STATES, "spoon", stir()).taken == (
        "spoon:still/stir/0",
        "kettle:cold/boil/0",
        "cup:empty/fill/0",
        "spoon:still/hot/0",
        "kettle:warm/fill/0",
    )


def test_a_send_is_no_effect_of_its_own() -> None:
    names = {performed.effect.name for performed in advance(KITCHEN, STATES, "spoon", stir()).effects}
    assert names == {"tell", "stop_timer"}


def test_what_no_chart_hears_moves_none() -> None:
    for event in (Event("whistle", 1_005), Event("hot", 1_005)):
        moved = advance(KITCHEN, STATES, "cup", event)
        assert (moved.states, moved.effects, moved.taken, moved.changed) == (STATES, (), (), False)


def test_the_states_that_went_in_stay_as_they_were() -> None:
    before = dump_all(KITCHEN, STATES)
    advance(KITCHEN, STATES, "spoon", stir())
    assert dump_all(KITCHEN, STATES) == before


def test_the_timer_that_is_due_next_is_whichever_charts() -> None:
    assert next_due(STATES) == (1_010, "spoon", "after.still")
    spent = advance(KITCHEN, STATES, "spoon", Event("after.still", 1_010))
    assert spent.changed
    assert next_due(spent.states) == (1_020, "kettle", "after.cold")
    spent = advance(KITCHEN, spent.states, "kettle", Event("after.cold", 1_020))
    assert next_due(spent.states) is None


def test_states_pass_through_a_dump_unchanged() -> None:
    moved = advance(KITCHEN, STATES, "spoon", stir()).states
    assert read_all(KITCHEN, dump_all(KITCHEN, moved), dict.fromkeys(KITCHEN, DATA), 1_005) == moved


def test_every_chart_starts_and_resumes_what_it_has_running() -> None:
    resumed = resume_all(KITCHEN, STATES, stopped_at=1_005, at=2_000)
    assert resumed.states == STATES, "these timers are absolute"
    due = [(each.chart, each.effect.name, each.effect.args["due"]) for each in resumed.effects]
    assert due == [("spoon", "start_timer", 1_010), ("kettle", "start_timer", 1_020)]


def test_what_breaks_an_invariant_is_told_with_its_chart() -> None:
    names = attrs.evolve(NAMES, invariants={"stays_cold": lambda move: "cold" in move.after.active})
    kettle = load(f"{KETTLE}invariants: {{stays_cold: nobody boils it}}", names)
    both = {chart.name: chart for chart in (load(SPOON, NAMES), kettle, load(CUP, NAMES))}
    states = start_all(both, dict.fromkeys(both, DATA), 0).states
    assert advance(both, states, "spoon", Event("hot", 1)).broken == ()
    assert set(advance(both, states, "spoon", Event("stir", 1)).broken) == {"kettle:stays_cold"}


def test_charts_that_answer_each_other_for_ever_are_told_of() -> None:
    def echo(me: str, other: str) -> str:
        events = f"{{call: {{do: [{{send: {{to: {other}, event: call}}}}]}}}}"
        return f"name: {me}\ninitial: on\nhears: {{a hand: {{call: it}}}}\nstates: {{on: {{events: {events}}}}}"

    chat = {chart.name: chart for chart in (load(echo("one", "other"), NAMES), load(echo("other", "one"), NAMES))}
    states = start_all(chat, dict.fromkeys(chat, DATA), 0).states
    with pytest.raises(Unsettled, match=f"after {STEPS} steps, 'call' to"):
        advance(chat, states, "one", Event("call", 0))
