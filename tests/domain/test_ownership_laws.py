"""What holds for the ownership chart whatever tabs, clocks and networks do."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from lossy.charts.model import Chart, Data, Event
from lossy.domain import ownership
from lossy.sessions.catalog import initial_data
from lossy.settings import Settings
from tests.charts.strategies import repeatable
from tests.domain.driven import CHARTS, HOUR, SECOND, BrokenError, T, with_rule, with_text
from tests.domain.timeline import Timeline

CHART = CHARTS["ownership"]
GRACE = 30 * SECOND
TABS, VIDEOS = "abc", ["film", "trailer"]
GAPS = [0, 0, 1, 700, 5_000, GRACE - 1, GRACE, GRACE + 1]
# How far a tab's clock is off, and how far its claims are late.
CLOCKS = [0, 0, 0, HOUR, -HOUR, 300]
LATENESS = [0, 0, 1, 700, GRACE]
SERVER = ["tab_closed", "tab_lost", "tab_lost", "tab_back"]


def user(chart: Chart = CHART) -> Timeline:
    return Timeline(chart, initial_data(Settings())["ownership"])


@define(eq=False)
class Tabs:
    """A user's tabs: each numbers what it says by its own clock, and says some of it again."""

    random: Random
    said: list[tuple[str, Data]] = field(factory=list)
    clocks: dict[str, int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.clocks = {tab: self.random.choice(CLOCKS) for tab in TABS}

    def says(self, name: str, at: int) -> tuple[str, Data]:
        tab, video = self.random.choice(TABS), self.random.choice(VIDEOS)
        made = T + at - self.random.choice(LATENESS)
        payload: Data = {"tab": tab, "client_at": made + self.clocks[tab], "seq": len(self.said) + 1}
        if name == "claim":
            payload = {**payload, "session": f"{video} in {tab}", "video": video, "offset_ms": 0}
        self.said.append((name, payload))
        return name, payload

    def says_again(self) -> tuple[str, Data]:
        return self.random.choice(self.said) if self.said else self.says("claim", 0)


History = list[tuple[int, str, Data]]  # when it arrives, since the start; what; and its payload


def history(random: Random) -> History:
    """Whatever may reach the machine, in order of arrival."""
    tabs, at, events = Tabs(random), 0, History()
    for _ in range(random.randint(1, 25)):
        at += random.choice(GAPS)
        match random.choice(["claim", "claim", "claim", "release", "again", "server"]):
            case "again":
                events.append((at, *tabs.says_again()))
            case "server":
                events.append((at, random.choice(SERVER), {"tab": random.choice(TABS)}))
            case name:
                events.append((at, *tabs.says(name, at)))
    return events


def play(machine: Timeline, events: History) -> Timeline:
    for at, name, payload in events:
        machine.hear_at(at, name, **payload)
    return machine


histories = st.randoms(use_true_random=True).map(history)


@repeatable
@given(histories)
def test_the_invariants_hold(events: History) -> None:
    play(user(), events).until(events[-1][0] + GRACE)


@repeatable
@given(histories)
def test_who_loses_its_tab_leaves_nothing_behind(events: History) -> None:
    """However it came about, a grace ends by itself, and nothing runs while there is nobody to wait for."""
    machine = play(user(), events)
    assert bool(machine.due) == (machine.now == "grace")
    assert machine.until(events[-1][0] + GRACE).now in ("vacant", "owned")
    assert machine.due == {}


@repeatable
@given(histories, st.data())
def test_a_restart_in_the_middle_changes_nothing(events: History, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(events)))
    away = user()
    play(away, events[:cut]).restart(away=0)
    assert play(away, events[cut:]).state == play(user(), events).state


@repeatable
@given(histories, st.data())
def test_what_is_said_again_changes_nothing(events: History, data: st.DataObject) -> None:
    """At any later time, and though the clock is ahead: only the claimant hears the refusal once more."""
    machine = play(user(), events)
    said = [(name, payload) for _, name, payload in events if name in ("claim", "release")]
    for name, payload in data.draw(st.lists(st.sampled_from(said), max_size=5)) if said else []:
        before = machine.state
        machine.hear_at(events[-1][0], name, **payload)
        assert (machine.state.active, machine.state.deadlines) == (before.active, before.deadlines)
        assert {**machine.state.data, "heard": 0} == {**before.data, "heard": 0}
        assert machine.told in ([], ["refuse_claim"])


@repeatable
@given(histories, st.data())
def test_what_befalls_other_tabs_changes_nothing(events: History, data: st.DataObject) -> None:
    machine = play(user(), events)
    owner = machine["owner"]["tab"] if machine["owner"] else None
    for name in data.draw(st.lists(st.sampled_from(["release", *SERVER]), max_size=5)):
        tab = data.draw(st.sampled_from([tab for tab in TABS if tab != owner]))
        machine.hear_at(events[-1][0], name, tab=tab, client_at=T + HOUR, seq=99)
        assert machine.stood_still


# -- the order of arrival -----------------------------------------------------------------------------------------

ALL_MADE = 10 * SECOND


def claims(random: Random, *, errors: list[int]) -> list[Data]:
    """Made within ten seconds, in the order of their making; `errors` are what a tab's clock may be off by."""
    clocks, made = {tab: random.choice(errors) for tab in TABS}, list[Data]()
    for at in sorted(random.choices([0, 1, 2, 500, ALL_MADE], k=random.randint(1, 7))):
        tab, video = random.choice(TABS), random.choice(VIDEOS)
        seq = 1 + sum(claim["tab"] == tab for claim in made)
        place = {"tab": tab, "session": f"{video} in {tab}", "video": video}
        made.append({**place, "seq": seq, "client_at": T + at + clocks[tab], "offset_ms": random.choice([0, 0, -400])})
    return made


def some_order(random: Random, made: list[Data]) -> list[Data]:
    """Any order of arrival in which each tab's own claims stay in theirs."""
    turns = [claim["tab"] for claim in made]
    random.shuffle(turns)
    waiting = {tab: [claim for claim in made if claim["tab"] == tab] for tab in TABS}
    return [waiting[tab].pop(0) for tab in turns]


def with_repeats(random: Random, arriving: list[Data]) -> list[Data]:
    """Each claim again, once or not, at some time after its first arrival."""
    for claim in list(arriving):
        if random.random() < 0.4:
            arriving.insert(random.randint(arriving.index(claim) + 1, len(arriving)), claim)
    return arriving


def arrive(arriving: list[Data], *, ms_between: int = 0) -> Timeline:
    machine = user()
    for i, claim in enumerate(arriving):
        machine.hear_at(ALL_MADE + i * ms_between, "claim", **claim)
    return machine


def outcome(machine: Timeline) -> tuple[Any, ...]:
    return machine.now, machine["owner"], machine["latest"]


randoms = st.randoms(use_true_random=True)


@repeatable
@given(randoms)
def test_the_newest_claim_has_it_whatever_the_order_of_arrival(random: Random) -> None:
    made = claims(random, errors=[0, 0, -HOUR])
    newest = max(made, key=lambda claim: (claim["client_at"] + claim["offset_ms"], claim["seq"], claim["tab"]))
    machine = arrive(with_repeats(random, some_order(random, made)), ms_between=random.choice([0, 1, 60_000]))
    assert machine["owner"] == {name: newest[name] for name in ("tab", "session", "video")}


@repeatable
@given(histories, randoms)
def test_two_claims_may_arrive_in_either_order(events: History, random: Random) -> None:
    """After whatever has happened: who has it then is the same. Only how often it changed hands may differ."""
    one, other = (
        {"tab": tab, "session": "s", "video": "v", "seq": 90, "offset_ms": 0, "client_at": T + random.choice(GAPS)}
        for tab in random.sample(TABS, 2)
    )
    end, outcomes = events[-1][0] + GRACE, []
    for first, second in [(one, other), (other, one)]:
        machine = play(user(), events)
        machine.hear_at(end, "claim", **first).hear_at(end, "claim", **second)
        outcomes.append(outcome(machine))
    assert outcomes[0] == outcomes[1]


@repeatable
@given(randoms)
def test_a_clock_ahead_wins_what_a_claim_made_on_arrival_wins_and_no_more(random: Random) -> None:
    arriving = some_order(random, claims(random, errors=[0, HOUR]))
    on_arrival: list[Data] = [
        {**claim, "client_at": min(claim["client_at"], T + ALL_MADE + i - claim["offset_ms"])}
        for i, claim in enumerate(arriving)
    ]
    assert outcome(arrive(arriving, ms_between=1)) == outcome(arrive(on_arrival, ms_between=1))


@repeatable
@given(histories)
def test_whoever_turns_to_a_tab_now_has_it_at_once(events: History) -> None:
    """No history shuts a tab out, clocks that are ahead included."""
    at = events[-1][0] + 1
    machine = play(user(), events).hear_at(
        at, "claim", tab="new", session="s", video="v", client_at=T + at, offset_ms=0, seq=1
    )
    assert (machine.now, machine["owner"]["tab"]) == ("owned", "new")


# -- the invariants notice ----------------------------------------------------------------------------------------


def last_to_arrive_wins(data: Data, claim: Event) -> bool:
    return True


def ahead_of_arrival(data: Data, claim: Event) -> Data:
    made = claim.payload["client_at"] + claim.payload["offset_ms"]
    return {**ownership.take_ownership(data, claim), "latest": [made, claim.payload["seq"], claim.payload["tab"]]}


def same_epoch(data: Data, claim: Event) -> Data:
    return {**ownership.take_ownership(data, claim), "epoch": max(1, data["epoch"])}


def as_if_never_lost(data: Data, claim: Event) -> Data:
    return {**ownership.take_ownership(data, claim), "since_epoch": max(1, data["since_epoch"])}


def keeps_owner(data: Data, event: Event) -> Data:
    return data


PLANTED: list[tuple[str, Chart]] = [
    ("owner_while_held", with_rule(CHART, "guards", "newest", last_to_arrive_wins)),
    ("owner_while_held", with_rule(CHART, "updates", "drop_ownership", keeps_owner)),
    ("owner_while_held", with_text(CHART, "{if: renews,", "{if: by_owner,")),
    ("claims_only_advance", with_rule(CHART, "guards", "newest", last_to_arrive_wins)),
    ("claims_only_advance", with_rule(CHART, "updates", "take_ownership", ahead_of_arrival)),
    ("loser_is_told", with_text(CHART, "do: [take_context, drop_ownership]", "do: [drop_ownership]")),
    ("loser_is_told", with_text(CHART, "do: [remember_claim, refuse_claim]", "do: [remember_claim]")),
    ("loser_is_told", with_text(CHART, "do: [take_context, take_ownership]", "do: [take_ownership, take_context]")),
    ("epoch_rises", with_rule(CHART, "updates", "take_ownership", same_epoch)),
    ("only_the_lapsed_regains", with_rule(CHART, "updates", "take_ownership", as_if_never_lost)),
]


def broken(chart: Chart, events: History) -> str:
    try:
        play(user(chart), events)
    except BrokenError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("invariant", "chart"), PLANTED)
def test_a_planted_violation_is_noticed(invariant: str, chart: Chart) -> None:
    assert any(invariant in broken(chart, history(Random(seed))) for seed in range(100))


def test_every_invariant_has_a_planted_violation() -> None:
    assert {invariant for invariant, _ in PLANTED} == CHART.invariants.keys()
