"""The charts that ship, in their bounded worlds: everything is reached, and everything that is said of them holds.

The small worlds are searched with the fast tests; the whole of each, and the products, with the long ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from lossy.charts import product as products
from lossy.charts.explore import Act, Space, explore, replay
from lossy.charts.model import Action, Chart, Node
from lossy.charts.reach import states_of
from lossy.charts.step import start
from lossy.resources import folder
from lossy.sessions.catalog import load_all
from lossy.sim import worlds
from lossy.sim.products import PRODUCTS
from lossy.sim.worlds import WORLDS

if TYPE_CHECKING:
    from lossy.charts.together import Charts

SMALL = ["ownership", "note", "rollout"]
WHOLE = ["voice", "agent", "reconnect"]


@pytest.fixture(scope="module")
def charts() -> Charts:
    return load_all(folder("statecharts"))


def everything(chart: Chart, space: Space) -> None:
    """Every state and every transition is reached, and no invariant breaks on the way."""
    states = {*states_of(chart)}
    assert states - space.entered == set()
    assert {transition.id for transition in chart.transitions()} - space.taken == set()
    assert space.breaches() == {}


@pytest.mark.parametrize("name", SMALL)
def test_a_small_world_holds(charts: Charts, name: str) -> None:
    everything(charts[name], explore(WORLDS[name](charts)))


@pytest.mark.integration
@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_world_holds(charts: Charts, name: str) -> None:
    everything(charts[name], explore(WORLDS[name](charts)))


@pytest.mark.integration
@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_holds(charts: Charts, name: str) -> None:
    product, invariants = PRODUCTS[name](charts)
    assert product.broken == {}
    assert len(invariants) >= 2
    assert product.combinations > 1_000_000


def test_the_worlds_are_as_wide_as_they_say(charts: Charts) -> None:
    """3 tabs and 2 videos, sequence numbers to 6, 0 to 3 errors of the breaker."""
    claims = [act for act in WORLDS["ownership"](charts).acts(start_of(charts, "ownership")) if act.name == "claim"]
    assert len({(act.payload["tab"], act.payload["video"]) for act in claims}) == 3 * 2
    events = [act for act in WORLDS["reconnect"](charts).acts(start_of(charts, "reconnect")) if act.name == "event"]
    assert {act.payload["seq"] for act in events} == {1, 2, 3, 4, 5, 6}
    assert WORLDS["voice"](charts).starts[0]["limits"]["breaker_errors"] == worlds.ERRORS


def start_of(charts: Charts, name: str) -> Any:
    return start(charts[name], WORLDS[name](charts).starts[0], 0)[0]


# -- what is planted is found -------------------------------------------------------------------------------------


def spoilt(chart: Chart, **rules: Callable[..., Any]) -> Chart:
    names = chart.names
    guards = {name: rule for name, rule in rules.items() if name in names.guards}
    updates = {name: rule for name, rule in rules.items() if name in names.updates}
    assert len(guards) + len(updates) == len(rules)
    return attrs.evolve(
        chart, names=attrs.evolve(names, guards={**names.guards, **guards}, updates={**names.updates, **updates})
    )


def without(chart: Chart, effect: str, of: str | None = None) -> Chart:
    """The chart with one effect never performed, or not on entering one state."""

    def kept(actions: tuple[Action, ...]) -> tuple[Action, ...]:
        return tuple(action for action in actions if action.name != effect)

    def spare(node: Node) -> Node:
        transitions = tuple(attrs.evolve(t, do=kept(t.do)) for t in node.transitions)
        return attrs.evolve(node, entry=kept(node.entry), transitions=transitions)

    nodes = {id: spare(node) if of in (None, id) else node for id, node in chart.nodes.items()}
    return attrs.evolve(chart, nodes=nodes)


Spoil = Callable[[Chart], Chart]
PLANTED: Mapping[tuple[str, str], Spoil] = {
    ("ownership", "owner_while_held"): lambda chart: spoilt(chart, drop_ownership=lambda data, event: data),
    ("ownership", "claims_only_advance"): lambda chart: spoilt(
        chart, renew_claim=lambda data, event: {**data, "latest": [event.payload["client_at"], 1, 1]}
    ),
    ("ownership", "loser_is_told"): lambda chart: without(chart, "take_context"),
    ("ownership", "epoch_rises"): lambda chart: spoilt(
        chart, take_ownership=lambda data, event: {**chart.names.updates["take_ownership"](data, event), "epoch": 7}
    ),
    ("ownership", "only_the_lapsed_regains"): lambda chart: spoilt(
        chart,
        take_ownership=lambda data, event: {**chart.names.updates["take_ownership"](data, event), "since_epoch": 0},
    ),
    ("note", "posted_once"): lambda chart: spoilt(chart, on_platform=lambda data, event: False),
    ("note", "looked_first"): lambda chart: spoilt(chart, not_there_yet=lambda data, event: True),
    ("note", "deleted_is_not_posted"): lambda chart: attrs.evolve(
        chart,
        nodes={
            id: attrs.evolve(node, entry=(*node.entry, *chart.nodes["queued"].entry)) if id == "deleted" else node
            for id, node in chart.nodes.items()
        },
    ),
    ("note", "undo_restores"): lambda chart: spoilt(
        chart, note_deleter=lambda data, event: {**data, "deleted_by": event.payload["by"], "attempts": 0, "spent": 9}
    ),
    ("note", "every_change_is_recorded"): lambda chart: without(chart, "record", of="deleted"),
    ("rollout", "cohort_only_grows"): lambda chart: spoilt(
        chart,
        begin_step=lambda data, event, percent: {
            **chart.names.updates["begin_step"](data, event, percent=percent),
            "percent": 5 if percent == 10 else percent // 20,
        },
    ),
    ("rollout", "people_decide"): lambda chart: spoilt(chart, alarming=lambda data, event: True),
    ("rollout", "dwell_is_kept"): lambda chart: spoilt(chart, ready_to_grow=lambda data, event: True),
    ("rollout", "rolled_back_is_off"): lambda chart: spoilt(
        chart,
        begin_step=lambda data, event, percent: {
            **chart.names.updates["begin_step"](data, event, percent=percent),
            "percent": percent or 1,
        },
    ),
    ("rollout", "change_is_served"): lambda chart: without(chart, "serve"),
    ("voice", "recording_is_owned"): lambda chart: spoilt(chart, owner=lambda data, event: True),
    ("voice", "segments_are_counted_once"): lambda chart: spoilt(
        chart, abandon_segment=lambda data, event: {**data, "segment": None}
    ),
    ("voice", "back_off_never_shrinks"): lambda chart: spoilt(
        chart,
        trip_breaker=lambda data, event: {
            **chart.names.updates["trip_breaker"](data, event),
            "delays": {**data["delays"], "breaker_backoff": 15_000 - data["delays"]["breaker_backoff"]},
        },
    ),
    ("voice", "paused_is_silent"): lambda chart: spoilt(chart, spoken_before_pause=lambda data, event: True),
    ("reconnect", "accepted_in_line"): lambda chart: spoilt(chart, next_in_line=lambda data, event: True),
    ("reconnect", "answered"): lambda chart: without(chart, "refuse_gap"),
    ("reconnect", "pushes_in_line"): lambda chart: spoilt(
        chart, number_pushes=lambda data, event: {**data, "pushed_through": data["pushed_through"] + 2}
    ),
    ("reconnect", "replay_is_whole"): lambda chart: spoilt(chart, out_of_reach=lambda data, event: False),
    ("reconnect", "one_socket"): lambda chart: spoilt(chart, of_older_socket=lambda data, event: False),
    ("agent", "segments_are_accounted_for"): lambda chart: spoilt(
        chart, words_came=lambda data, event: {**data, "worded": data["worded"] + 1}
    ),
    ("agent", "remarks_are_settled"): lambda chart: without(chart, "refuse"),
    ("agent", "turns_in_order"): lambda chart: spoilt(
        chart,
        queue_remark=lambda data, event: {
            **data,
            "remark": data["remark"] and event.payload,
            "waiting": [*data["waiting"], data["remark"] or event.payload],
        },
    ),
    ("agent", "posting_is_meant"): lambda chart: spoilt(chart, posts_by_itself=lambda data, event: data["pending"]),
    ("agent", "clicks_are_answered"): lambda chart: without(chart, "move_note", of="cancelling"),
    ("agent", "end_loses_nothing"): lambda chart: spoilt(chart, may_end=lambda data, event: data["closing"]),
}


@pytest.mark.parametrize(("name", "invariant"), PLANTED)
def test_a_planted_fault_is_found_with_a_script_that_shows_it(charts: Charts, name: str, invariant: str) -> None:
    chart = PLANTED[name, invariant](charts[name])
    found_by(chart, attrs.evolve(WORLDS[name](charts), chart=chart), invariant)


def found_by(chart: Chart, part: Any, invariant: str) -> None:
    acts = first_breach(part, invariant)
    assert acts
    *before, last = replay(chart, part.starts[0], acts)
    assert invariant in last.broken
    assert not any(invariant in played.broken for played in before), "and nothing shorter would do"


def first_breach(part: Any, invariant: str) -> tuple[Act, ...]:
    try:
        return explore(part, until=invariant).breaches()[invariant]
    except ValueError as at_start:
        pytest.fail(str(at_start))


def test_every_invariant_has_its_planted_fault(charts: Charts) -> None:
    assert {(name, invariant) for name in WORLDS for invariant in charts[name].invariants} == {*PLANTED}


SPOILT: Mapping[tuple[str, str], tuple[str, Spoil]] = {
    ("two tabs", "one_recorder"): ("ownership", lambda chart: without(chart, "take_context")),
    ("two tabs", "recorder_is_owner"): ("ownership", lambda chart: without(chart, "take_context")),
    ("two tabs", "one_owner"): ("voice", lambda chart: spoilt(chart, lose_context=lambda data, event: data)),
    ("one link", "recorder_is_owner"): ("voice", lambda chart: spoilt(chart, lose_context=lambda data, event: data)),
    ("one link", "recorder_has_a_link"): (
        "voice",
        lambda chart: spoilt(chart, speaker_is_gone=lambda data, event: False),
    ),
    ("one link", "owner_knows"): ("ownership", lambda chart: without(chart, "give_context")),
    ("one session", "end_together"): ("agent", lambda chart: without(chart, "send", of="ended")),
    ("one session", "nothing_is_heard_after_the_end"): (
        "agent",
        lambda chart: spoilt(chart, may_end=lambda data, event: data["last"]),
    ),
}
PRODUCT_PLANTED = {
    **SPOILT,
    **{(f"{name} and back", invariant): of for (name, invariant), of in SPOILT.items() if name != "one session"},
    # A voice that loses nothing, and sets it aside all the same, takes a minute to search.
    ("one link and back", "recorder_is_owner"): SPOILT["two tabs", "recorder_is_owner"],
}


@pytest.mark.integration
@pytest.mark.parametrize(("name", "invariant"), PRODUCT_PLANTED)
def test_a_planted_fault_is_found_in_a_product(charts: Charts, name: str, invariant: str) -> None:
    of, spoil = PRODUCT_PLANTED[name, invariant]
    product, invariants = PRODUCTS[name]({**charts, of: spoil(charts[of])})
    assert {key for key in PRODUCT_PLANTED if key[0] == name} == {(name, key) for key in invariants}
    parts = {part: folded.space.part for part, folded in product.parts.items()}
    *_, states = products.replay(parts, product.counterexample(invariant))
    views = {part: folded.sees(states[part]) for part, folded in product.parts.items()}
    assert not invariants[invariant](views), "what the classes do, the charts do"
