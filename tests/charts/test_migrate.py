"""Snapshots of earlier versions under the present one: where they stand, what they keep, and what is refused."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lossy.charts.load import load
from lossy.charts.migrate import migrated, moved
from lossy.charts.model import HISTORIES, Chart, ChartError, Event, Migration, Names, State, dump, read
from lossy.charts.step import Unsettled, resume, step
from tests.charts.strategies import DATA, Command, charts, commands, examples, walk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

NAMES = Names(
    delays=frozenset({"soon", "later"}),
    migrations={"double": lambda stored: {**stored, "n": 2 * stored["n"]}},
)
INITIAL = {"n": 0, "colour": "red", "delays": {"soon": 10, "later": 100}}
NOON = 5_000


def chart(states: str, migrations: str = "{1: {}}", *, version: int = 2) -> Chart:
    """The rest of the file, for states whose events are `go` and `back`."""
    hears = {event: "" for event in ("go", "back") if f"{event}:" in states}
    told = f"name: door\nversion: {version}\ninitial: a\nhears: {json.dumps({'tests': hears})}\n"
    return load(f"{told}migrations: {migrations}\nstates: {states}", NAMES)


def stored(*active: str, **facts: Any) -> dict[str, Any]:
    """A snapshot of version 1."""
    snapshot: dict[str, Any] = {"chart": "door", "version": 1, "active": [*active], "history": {}, "deadlines": {}}
    return {**snapshot, "data": {"n": 3, "delays": {"soon": 10, "later": 100}}, **facts}


def brought(chart: Chart, snapshot: Mapping[str, Any]) -> State:
    return read(chart, migrated(chart, snapshot, INITIAL, NOON))


def fault(chart: Chart, snapshot: Mapping[str, Any]) -> str:
    with pytest.raises(ChartError) as refused:
        brought(chart, snapshot)
    return str(refused.value)


FLAT = "{a: {events: {go: b}}, b: {events: {back: a}}}"
TREE = """
  a: {events: {go: p}}
  p:
    type: parallel
    states:
      left: {initial: l1, states: {l1: {events: {go: l2}}, l2: {after: {delay: soon, to: l1}}}}
      right: {initial: r1, states: {r1: {events: {go: r2}}, r2: {events: {go: r3}}, r3: {}}}
"""


# -- where it stands ----------------------------------------------------------------------------------------------


def test_what_is_not_named_stays_where_it_is() -> None:
    assert brought(chart(FLAT), stored("b")).active == {"b"}
    assert brought(chart(TREE), stored("p", "left", "l2", "right", "r2")).active == {"p", "left", "l2", "right", "r2"}


def test_a_state_goes_where_the_file_says() -> None:
    assert brought(chart(FLAT, "{1: {states: {old: b}}}"), stored("old")).active == {"b"}


def test_a_state_that_stayed_may_be_sent_elsewhere() -> None:
    assert brought(chart(FLAT, "{1: {states: {a: b}}}"), stored("a")).active == {"b"}


def test_what_is_around_a_state_and_the_initial_states_beside_it_complete_it() -> None:
    assert brought(chart(TREE, "{1: {states: {old: r2}}}"), stored("old")).active == {"p", "left", "l1", "right", "r2"}
    assert brought(chart(TREE, "{1: {states: {old: p}}}"), stored("old")).active == {"p", "left", "l1", "right", "r1"}


def test_a_state_that_became_compound_is_entered_by_its_initial_one() -> None:
    turned = chart("{a: {events: {go: b}}, b: {initial: b1, states: {b1: {events: {go: b2}}, b2: {}}}}")
    assert brought(turned, stored("b")).active == {"b", "b1"}


def test_a_compound_state_says_nothing_where_the_state_inside_it_is_elsewhere_now() -> None:
    pulled_out = chart("{a: {initial: a2, states: {a2: {events: {go: a1}}}}, a1: {events: {back: a}}}")
    assert brought(pulled_out, stored("a", "a1")).active == {"a1"}
    assert brought(pulled_out, stored("a", "a2")).active == {"a", "a2"}


def test_of_two_compound_states_the_one_further_in_says_where_it_was() -> None:
    """Both are compound now; `x` was inside `p` and is inside `q`."""
    inside = "initial: %s, states: {%s: {events: {go: %s}}}"
    q = f"q: {{initial: x, states: {{x: {{{inside % ('x1', 'x1', 'p')}}}}}}}"
    turned = chart(f"{{a: {{events: {{go: q}}}}, p: {{{inside % ('p1', 'p1', 'a')}}}, {q}}}")
    assert brought(turned, stored("p", "x")).active == {"q", "x", "x1"}


def test_a_region_that_is_gone_may_be_named_as_what_is_around_it() -> None:
    renamed = chart(TREE, "{1: {states: {middle: p}}}")
    assert brought(renamed, stored("p", "middle", "l2", "right", "r3")).active == {"p", "left", "l2", "right", "r3"}


def test_one_version_leads_to_the_present_one_at_once() -> None:
    third = chart(FLAT, "{1: {states: {old: a}}, 2: {states: {old: b}}}", version=3)
    assert brought(third, stored("old")).active == {"a"}
    assert brought(third, stored("old", version=2)).active == {"b"}


# -- what it keeps ------------------------------------------------------------------------------------------------


def test_data_that_is_new_has_its_initial_value_and_the_rest_is_kept() -> None:
    old = stored("a", data={"n": 3, "kept": True, "delays": {"soon": 7}})
    data = {"n": 3, "colour": "red", "kept": True, "delays": {"soon": 7, "later": 100}}
    assert brought(chart(FLAT), old).data == data
    assert brought(chart(FLAT, "{}", version=1), old).data == data, "of the present version too"


def test_the_named_function_has_the_last_word_on_the_data() -> None:
    data = brought(chart(FLAT, "{1: {data: double}}"), stored("a")).data
    assert (data["n"], data["colour"]) == (6, "red")


TIMED = "{a: {after: {delay: soon, to: b}}, b: {after: {delay: later, to: a}}}"


def test_a_deadline_goes_with_its_state() -> None:
    assert brought(chart(TIMED), stored("b", deadlines={"b": 42})).deadlines == {"b": 42}
    renamed = chart(TIMED, "{1: {states: {old: b}}}")
    assert brought(renamed, stored("old", deadlines={"old": 42})).deadlines == {"b": 42}


def test_a_timer_of_a_state_that_is_new_has_its_whole_delay_from_the_snapshot_on() -> None:
    renamed = chart(TIMED, "{1: {states: {old: b}}}")
    assert brought(renamed, stored("old")).deadlines == {"b": NOON + 100}
    turned = chart("{a: {events: {go: b}}, b: {initial: b1, states: {b1: {after: {delay: soon, to: a}}}}}")
    assert brought(turned, stored("b")).deadlines == {"b1": NOON + 10}


def test_a_timer_that_is_spent_stays_so_unless_its_state_is_named() -> None:
    assert brought(chart(TIMED), stored("b")).deadlines == {}
    assert brought(chart(TIMED, "{1: {states: {b: b}}}"), stored("b")).deadlines == {"b": NOON + 100}


def test_a_deadline_without_a_timer_now_is_dropped() -> None:
    assert brought(chart(FLAT), stored("b", deadlines={"b": 42})).deadlines == {}


def test_of_two_deadlines_that_meet_the_earlier_counts() -> None:
    met = chart(TIMED, "{1: {states: {p: b, x: b, y: b}}}")
    for deadlines in ({"x": 42, "y": 41}, {"y": 41, "x": 42}):
        assert brought(met, stored("p", "x", "y", deadlines=deadlines)).deadlines == {"b": 41}


REMEMBERING = """
  a: {events: {go: h}}
  c:
    initial: c1
    events: {back: a}
    states:
      h: {type: %s, default: c1}
      c1: {events: {go: c2}}
      c2: {initial: deep, states: {deep: {events: {go: deeper}}, deeper: {}}}
"""


@pytest.mark.parametrize(
    ("kind", "states", "remembered", "kept"),
    [
        ("shallow", "{}", ["c2"], {"h": ("c2",)}),
        ("shallow", "{}", ["gone"], {}),
        ("shallow", "{gone: c2}", ["gone"], {"h": ("c2",)}),
        ("shallow", "{}", ["deeper"], {}),
        ("shallow", "{c2: a}", ["c2"], {}),
        ("shallow", "{c2: null}", ["c2"], {}),
        ("deep", "{}", ["deeper"], {"h": ("deeper",)}),
        ("deep", "{}", ["c2"], {"h": ("c2",)}),
        ("deep", "{}", ["c1", "deeper"], {}),
        ("deep", "{}", [], {}),
    ],
)
def test_what_is_remembered_is_kept_where_it_fits(kind: str, states: str, remembered: Any, kept: Any) -> None:
    remembering = chart(REMEMBERING % kind, f"{{1: {{states: {states}}}}}")
    assert brought(remembering, stored("a", history={"h": remembered})).history == kept


def test_what_remembers_no_more_is_forgotten() -> None:
    assert brought(chart(FLAT), stored("a", history={"h": ["b"], "b": ["a"]})).history == {}


# -- what is refused ----------------------------------------------------------------------------------------------


def test_a_version_of_which_the_file_says_nothing() -> None:
    assert fault(chart(FLAT, "{}"), stored("a")) == (
        "door: a snapshot of version 1 does not fit version 2, and the file does not say what becomes of it: "
        "add 1 @ $.migrations"
    )


def test_a_version_of_the_future() -> None:
    assert fault(chart(FLAT), stored("a", version=3)) == "door: a snapshot of version 3 is of the future; this is 2"


def test_a_snapshot_of_another_chart() -> None:
    assert fault(chart(FLAT), stored("a", chart="window")) == "a snapshot of the chart 'window' is none of 'door'"


def test_a_state_that_is_refused_on_purpose() -> None:
    assert fault(chart(FLAT, "{1: {states: {old: null}}}"), stored("old")) == (
        "door: a snapshot of version 1 in 'old' is refused on purpose @ $.migrations[1].states['old']"
    )


def test_a_state_that_is_gone_and_not_named() -> None:
    assert fault(chart(FLAT), stored("old")) == (
        "door: the state 'old' of version 1 is not in version 2: say where it went @ $.migrations[1].states['old']"
    )
    assert "not in version 2" in fault(chart(REMEMBERING % "deep"), stored("c", "h")), "nobody is in a history state"


def test_states_that_cannot_be_active_together() -> None:
    split = chart(FLAT, "{1: {states: {x: a, y: b}}}")
    assert fault(split, stored("x", "y")) == (
        "door: x + y of version 1 would be a + b, which is no configuration of version 2: say where each went "
        "@ $.migrations[1].states"
    )
    assert "no configuration" in fault(split, stored())


def test_a_timer_whose_delay_nobody_knows() -> None:
    timed = chart(TIMED, "{1: {states: {old: b}}}")
    with pytest.raises(ChartError, match=r"door: no such delay: later @ \$\.delays"):
        migrated(timed, stored("old", data={"delays": {}}), {}, NOON)


quick = examples(40, 2_000)

# -- what holds for every chart -----------------------------------------------------------------------------------


def second(chart: Chart, states: Mapping[str, str | None], **changes: Any) -> Chart:
    return attrs.evolve(chart, version=2, migrations={1: Migration(states, None)}, **changes)


@quick
@given(charts(), commands)
def test_a_migration_that_says_nothing_changes_nothing(chart: Chart, commands: list[Command]) -> None:
    for move in walk(chart, commands):
        snapshot = json.loads(json.dumps(dump(chart, move.after)))
        assert read(second(chart, {}), migrated(second(chart, {}), snapshot, DATA, 0)) == move.after


def renamed(chart: Chart) -> Chart:
    """The same chart with a prime behind the id of each state in which it can be."""
    new = {id: id if node.kind in HISTORIES else f"{id}'" for id, node in chart.nodes.items()}
    nodes = {
        new[id]: attrs.evolve(
            node,
            id=new[id],
            parent=node.parent and new[node.parent],
            children=tuple(new[child] for child in node.children),
            initial=node.initial and new[node.initial],
            default=tuple(new[target] for target in node.default),
        )
        for id, node in chart.nodes.items()
    }
    primed = {old: id for old, id in new.items() if old != id}
    return second(chart, primed, initial=new[chart.initial], nodes=nodes)


@quick
@given(charts(), commands)
def test_a_chart_whose_states_are_all_renamed_is_where_it_was(chart: Chart, commands: list[Command]) -> None:
    after = renamed(chart)
    for move in walk(chart, commands):
        state = read(after, migrated(after, dump(chart, move.after), DATA, 7_000))
        assert state.active == {f"{id}'" for id in move.after.active}
        assert state.history == {h: tuple(f"{id}'" for id in ids) for h, ids in move.after.history.items()}
        kept = {f"{id}'": due for id, due in move.after.deadlines.items()}
        spent = {f"{id}'" for id in move.after.active if chart.nodes[id].timer} - kept.keys()
        anew = {id: 7_000 + DATA["delays"][timer.delay] for id in spent if (timer := after.nodes[id].timer)}
        assert state.deadlines == {**kept, **anew}


def invented(random: Random, old: Chart, new: Chart) -> dict[str, str | None]:
    """Most states of `old` somewhere in `new`."""
    targets = [id for id in new.nodes if new.nodes[id].kind.value not in ("shallow", "deep")]
    named = [id for id in old.nodes if id not in targets or random.random() < 0.3]
    return {id: random.choice(targets) if random.random() < 0.95 else None for id in named}


@quick
@given(charts(), charts(), commands, commands, st.randoms(use_true_random=True))
def test_every_migrated_state_is_one_of_the_present_chart_and_goes_on(
    old: Chart, new: Chart, before: list[Command], after: list[Command], random: Random
) -> None:
    """Any chart after any other, under any migration: it is refused, or it is a state like any other."""
    moves = walk(old, before)
    assume(moves)
    new = second(new, invented(random, old, new))
    with suppress(ChartError):
        state = read(new, migrated(new, dump(old, moves[-1].after), DATA, 9_000))
        assert {id for id in state.active if new.nodes[id].timer} >= state.deadlines.keys()
        assert state.active == moved(new, 1, moves[-1].after.active)
        state, _ = resume(new, state, stopped_at=9_000, at=9_500)
        with suppress(Unsettled):
            for command in after:
                state, _, _ = step(new, state, command.event(new, state, 9_500))
                assert new.legal(state.active)


def test_the_history_of_a_migrated_state_leads_on() -> None:
    remembering = chart(REMEMBERING % "deep", "{1: {states: {gone: deeper}}}")
    state = brought(remembering, stored("a", history={"h": ["gone"]}))
    assert step(remembering, state, Event("go", NOON))[0].active == {"c", "c2", "deeper"}


def test_what_is_as_in_a_new_session_is_the_new_ones_own() -> None:
    """So many sessions hold it together."""
    door = chart(FLAT, version=1, migrations="{}")
    known = brought(door, stored("a", data={"n": 3, "delays": {"soon": 10, "later": 100}})).data
    assert known == {**INITIAL, "n": 3}
    assert known["delays"] is INITIAL["delays"]
    assert brought(door, stored("a", data={"n": 0, "delays": {}})).data is INITIAL


def test_sessions_in_the_same_states_hold_them_together() -> None:
    door = chart(FLAT, version=1, migrations="{}")
    assert brought(door, stored("a")).active is brought(door, stored("a")).active
