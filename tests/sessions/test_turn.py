"""What befalls a user's row of ownership, turn by turn, and what is stored of it."""

from __future__ import annotations

import json
from functools import partial
from operator import methodcaller
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from lossy.charts.model import Chart
from lossy.resources import folder
from lossy.sessions.catalog import initial_data, load_all
from lossy.sessions.standing import tab_name
from lossy.sessions.turn import CLOSING_KEPT, LINKS_KEPT, Turn
from lossy.settings import Settings
from tests.charts.strategies import repeatable

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random


CHART = load_all(folder("statecharts"))["ownership"]
INITIAL = initial_data(Settings())["ownership"]
T, GRACE = 1_000_000, 30_000
DEVICE, VIDEO = UUID(int=1), UUID(int=2)


def session(n: int) -> UUID:
    return UUID(int=100 + n)


def place(tab: str, n: int) -> dict[str, str]:
    return {"tab": tab_name(tab, DEVICE), "session": str(session(n)), "video": str(VIDEO)}


@define(eq=False)
class Row:
    """A user's row, stored after each turn as a database stores it."""

    chart: Chart = CHART
    at: int = T
    stored: Any = None
    latest: Turn = field(init=False)
    closed: list[str] = field(factory=list, init=False)

    def turn(self, befalls: Callable[[Turn], Any], after: int = 1000) -> Any:
        self.at += after
        self.latest = Turn.begin(self.chart, self.stored, INITIAL, self.at)
        result = befalls(self.latest)
        assert not self.latest.broken
        self.stored = json.loads(json.dumps(self.latest.stored(), sort_keys=True))
        return result

    def join(self, tab: str, n: int) -> int:
        joined: int = self.turn(lambda turn: turn.join({**place(tab, n), "client_at": turn.at, "offset_ms": 0}))
        return joined

    def claim(self, tab: str, n: int, seq: int = 1) -> None:
        self.turn(lambda turn: turn.claim({**place(tab, n), "client_at": turn.at, "offset_ms": 0, "seq": seq}))

    def leave(self, tab: str, join: int) -> None:
        self.turn(lambda turn: turn.leave(tab_name(tab, DEVICE), join))

    @property
    def owner(self) -> tuple[str, str] | None:
        owner = self.latest.standing.owner
        return None if owner is None else (owner["tab"], owner["session"])

    @property
    def state(self) -> str:
        return next(id for id in self.latest.standing.state.active if id != "held")


def owned(tab: str, n: int) -> tuple[str, str]:
    return tab_name(tab, DEVICE), str(session(n))


def test_a_chart_that_cannot_read_what_is_stored_begins_anew_and_its_epochs_go_on() -> None:
    row = Row()
    row.join("a", 1)
    row.turn(lambda turn: turn.end(session(1)))
    row.join("a", 2)
    row.chart = attrs.evolve(CHART, version=CHART.version + 1)
    with capture_logs() as logs:
        row.turn(lambda turn: None)
    assert [log["event"] for log in logs] == ["ownership begins anew"]
    assert (row.owner, row.latest.standing.epoch, row.latest.standing.joins) == (None, 2, 2)
    row.join("b", 3)
    assert row.latest.standing.epoch == 3


def test_the_grace_is_that_of_today_and_not_that_of_the_first_day() -> None:
    row = Row()
    join = row.join("a", 1)
    row.stored["machine"]["data"]["delays"]["grace"] = 1
    row.leave("a", join)
    assert row.latest.due == row.at + GRACE


def test_a_timer_that_is_due_goes_before_what_befalls() -> None:
    row = Row()
    join = row.join("a", 1)
    row.leave("a", join)
    lost = row.at
    row.turn(lambda turn: turn.hear("tab_back", tab=place("a", 1)["tab"]), after=GRACE)
    assert (row.owner, row.latest.standing.since) == (None, lost + GRACE)


def test_the_tabs_that_joined_last_are_known() -> None:
    row = Row()
    for n in range(LINKS_KEPT + 2):
        row.join(f"tab {n}", n)
    assert {*row.stored["links"]} == {tab_name(f"tab {n}", DEVICE) for n in range(2, LINKS_KEPT + 2)}
    assert (row.owner, row.state) == (owned("tab 0", 0), "grace"), "a tab that is not known is lost"


def test_a_join_by_a_clock_that_was_set_back_is_no_repeat_of_a_claim() -> None:
    row, hour = Row(), 3_600_000
    row.claim("a", 1, seq=5)
    row.turn(lambda turn: turn.end(session(1)))
    join = {**place("a", 2), "client_at": row.at - hour, "offset_ms": hour + 1000}
    row.turn(lambda turn: turn.join(join))
    assert row.owner == owned("a", 2)


def test_reviews_that_were_left_are_to_be_closed_until_they_end() -> None:
    row = Row()
    for n in range(CLOSING_KEPT + 2):
        row.join("a", n)
    left = [str(session(n)) for n in range(CLOSING_KEPT + 1)]
    assert row.stored["closing"] == left[1:]
    row.turn(lambda turn: turn.end(session(5)))
    assert row.stored["closing"] == [each for each in left[1:] if each != str(session(5))]
    assert row.owner == owned("a", CLOSING_KEPT + 1)


def test_a_review_whose_tab_shows_something_else_is_to_be_closed_once() -> None:
    row = Row()
    row.join("a", 1)
    for _ in range(2):
        row.turn(lambda turn: turn.leave_review(session(1)))
    assert (row.stored["closing"], row.owner) == ([str(session(1))], owned("a", 1))
    row.turn(lambda turn: turn.end(session(1)))
    assert (row.stored["closing"], row.owner) == ([], None)
    for n in range(CLOSING_KEPT + 1):
        row.turn(methodcaller("leave_review", session(n)))
    assert row.stored["closing"] == [str(session(n)) for n in range(1, CLOSING_KEPT + 1)]


def test_the_end_of_a_review_that_was_left_takes_nothing_from_the_one_after_it() -> None:
    row = Row()
    row.join("a", 1)
    row.claim("a", 2)
    row.turn(lambda turn: turn.end(session(1)))
    assert (row.owner, row.state) == (owned("a", 2), "grace"), "its tab has yet to join"
    row.join("a", 2)
    assert (row.owner, row.state) == (owned("a", 2), "owned")


def history(random: Random) -> list[tuple[str, Any]]:
    """Whatever may befall three tabs and three sessions."""
    names = ["join", "join", "claim", "leave", "end", "revive", "wait"]
    return [(random.choice(names), (random.choice("abc"), random.randint(1, 3))) for _ in range(random.randint(1, 30))]


@repeatable
@given(st.randoms(use_true_random=True).map(history))
def test_whoever_has_the_microphone_is_there_or_its_grace_runs(events: list[tuple[str, Any]]) -> None:
    row, joins = Row(), dict[str, int]()
    for seq, (name, (tab, n)) in enumerate(events, start=1):
        match name:
            case "join":
                joins[tab] = row.join(tab, n)
            case "claim":
                row.claim(tab, n, seq)
            case "leave":
                row.leave(tab, joins.get(tab, 0))
            case "end" | "revive":
                row.turn(partial(Turn.end if name == "end" else Turn.revive, session_id=session(n)))
            case _:
                row.turn(lambda turn: None, after=GRACE)
        owner = row.latest.standing.owner
        assert (row.state == "owned") == (owner is not None and owner["tab"] in row.latest.standing.links)
        assert (row.latest.due is not None) == (row.state == "grace")
        assert {*row.latest.standing.links} <= {tab_name(tab, DEVICE) for tab in joins}
