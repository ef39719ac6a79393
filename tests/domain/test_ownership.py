"""The ownership chart with its rules: who has the microphone, and who is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from lossy.domain import ownership
from lossy.domain.ownership import TABS_KEPT
from lossy.sessions.catalog import initial_data
from lossy.settings import Settings
from tests.domain.driven import CHARTS, HOUR, SECOND, T
from tests.domain.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE = 30 * SECOND


def user() -> Timeline:
    return Timeline(CHARTS["ownership"], initial_data(Settings())["ownership"])


def claim(machine: Timeline, tab: str, at: int, seq: int, **said: Any) -> Timeline:
    """A claim made at an instant since the start; unless said otherwise it arrives at once, by a clock that is right.

    `clock_ahead` is what the tab's clock is ahead by, and `measured` what its link knows of that.
    """
    made = T + at + said.get("clock_ahead", 0)
    return machine.hear_at(
        said.get("arrives", at),
        "claim",
        tab=tab,
        session=said.get("session", f"session of {tab}"),
        video=said.get("video", "film"),
        client_at=made,
        offset_ms=-said.get("measured", 0),
        seq=seq,
    )


def release(machine: Timeline, tab: str, at: int, seq: int, *, arrives: int | None = None) -> Timeline:
    return machine.hear_at(at if arrives is None else arrives, "release", tab=tab, client_at=T + at, seq=seq)


def owned(at: int = SECOND) -> Timeline:
    """Tab a has had the microphone since the first second."""
    return claim(user(), "a", at, seq=1)


def lost() -> Timeline:
    return owned().hear_at(2 * SECOND, "tab_lost", tab="a")


def place(tab: str, session: str = "", video: str = "film") -> dict[str, str]:
    return {"tab": tab, "session": session or f"session of {tab}", "video": video}


# -- claims -------------------------------------------------------------------------------------------------------


def test_at_first_nobody_has_the_microphone() -> None:
    machine = user()
    assert (machine.now, machine["owner"], machine["epoch"], machine.told) == ("vacant", None, 0, ["offer_context"])


def test_the_first_claim_takes_it() -> None:
    machine = owned()
    assert (machine.now, machine.told) == ("owned", ["give_context"])
    assert (machine["owner"], machine["epoch"]) == (place("a"), 1)
    assert machine["latest"] == [T + SECOND, 1, "a"]
    assert machine["heard"] == {"a": [1, T + SECOND]}


def test_the_tab_that_was_turned_to_last_has_it_and_the_other_is_told() -> None:
    machine = claim(owned(), "b", 2 * SECOND, seq=1)
    assert (machine.now, machine.told) == ("owned", ["take_context", "give_context"])
    assert (machine["owner"], machine["epoch"]) == (place("b"), 2)
    assert machine.knew("take_context")["owner"] == place("a")
    assert machine.knew("give_context")["owner"] == place("b")


def test_a_claim_that_arrives_late_takes_nothing_from_a_newer_one() -> None:
    machine = claim(owned(), "b", 500, seq=1, arrives=2 * SECOND)
    assert (machine.now, machine.told) == ("owned", ["refuse_claim"])
    assert (machine["owner"], machine["epoch"], machine["latest"]) == (place("a"), 1, [T + SECOND, 1, "a"])


@pytest.mark.parametrize(("tab", "seq", "winner"), [("n", 1, "m"), ("l", 3, "l"), ("n", 2, "n"), ("l", 2, "m")])
def test_of_claims_of_one_moment_the_sequence_decides_and_then_the_name(tab: str, seq: int, winner: str) -> None:
    one, other = ("m", 2), (tab, seq)
    for first, second in [(one, other), (other, one)]:
        machine = claim(claim(user(), first[0], SECOND, seq=first[1]), second[0], SECOND, seq=second[1])
        assert machine["owner"]["tab"] == winner


@pytest.mark.parametrize("state", [owned, lost])
def test_the_owner_once_more_gets_the_full_picture(state: Callable[[], Timeline]) -> None:
    machine = claim(state(), "a", 3 * SECOND, seq=2)
    assert (machine.now, machine.told, machine.due) == ("owned", ["give_context"], {})
    assert (machine["owner"], machine["epoch"]) == (place("a"), 1)
    assert (machine["latest"], machine["heard"]) == ([T + 3 * SECOND, 2, "a"], {"a": [2, T + 3 * SECOND]})


@pytest.mark.parametrize("state", [owned, lost])
@pytest.mark.parametrize("other", [{"video": "trailer"}, {"session": "another"}])
def test_another_video_in_the_owners_tab_ends_the_review(state: Callable[[], Timeline], other: dict[str, str]) -> None:
    machine = claim(state(), "a", 3 * SECOND, seq=2, **other)
    assert (machine.now, machine.told) == ("owned", ["end_review", "take_context", "give_context"])
    assert (machine["owner"], machine["epoch"]) == ({**place("a"), **other}, 2)
    assert machine.knew("end_review")["owner"] == place("a"), "it is the old one that ends"
    assert machine.knew("take_context")["owner"] == place("a")


def test_another_video_in_another_tab_ends_nothing() -> None:
    assert claim(owned(), "b", 3 * SECOND, seq=1, video="trailer").told == ["take_context", "give_context"]


def test_an_older_word_of_the_owners_own_changes_nothing() -> None:
    machine = claim(owned(), "a", 500, seq=2, video="trailer", arrives=2 * SECOND)
    assert (machine.now, machine.told) == ("owned", [])
    assert (machine["owner"], machine["epoch"], machine["latest"]) == (place("a"), 1, [T + SECOND, 1, "a"])
    assert machine["heard"] == {"a": [2, T + SECOND]}


# -- clocks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("clock_ahead", "measured"), [(HOUR, HOUR), (-HOUR, -HOUR), (0, 0)])
@pytest.mark.parametrize(("made", "winner"), [(500, "a"), (1_500, "b")])
def test_a_clock_is_corrected_by_what_its_link_measured(
    clock_ahead: int, measured: int, made: int, winner: str
) -> None:
    said = {"clock_ahead": clock_ahead, "measured": measured, "arrives": 2 * SECOND}
    assert claim(owned(), "b", made, seq=1, **said)["owner"]["tab"] == winner


def test_a_clock_that_is_ahead_counts_as_made_on_arrival() -> None:
    machine = claim(owned(), "b", 2 * SECOND, seq=1, clock_ahead=HOUR)
    assert machine["latest"] == [T + 2 * SECOND, 1, "b"]
    assert claim(machine, "a", 2 * SECOND + 1, seq=2)["owner"] == place("a"), "who turns elsewhere later has it"


def test_a_clock_that_is_behind_loses() -> None:
    machine = claim(owned(), "b", 2 * SECOND, seq=1, clock_ahead=-HOUR)
    assert (machine["owner"], machine.told) == (place("a"), ["refuse_claim"])


# -- repeats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clock_ahead", [0, HOUR])
def test_a_repeat_takes_nothing_back(clock_ahead: int) -> None:
    """By a clock that is ahead each repeat would be the newest word of all."""
    machine = claim(claim(user(), "a", SECOND, seq=1, clock_ahead=clock_ahead), "b", 2 * SECOND, seq=1)
    claim(machine, "a", SECOND, seq=1, clock_ahead=clock_ahead, arrives=3 * SECOND)
    assert (machine["owner"], machine["epoch"], machine.told) == (place("b"), 2, ["refuse_claim"])


@pytest.mark.parametrize("clock_ahead", [0, HOUR])
def test_a_repeat_of_a_claim_made_in_vain_is_made_in_vain(clock_ahead: int) -> None:
    machine = claim(claim(user(), "z", SECOND, seq=1), "b", SECOND, seq=1, clock_ahead=clock_ahead)
    claim(machine, "b", SECOND, seq=1, clock_ahead=clock_ahead, arrives=3 * SECOND)
    assert (machine["owner"], machine.told) == (place("z"), ["refuse_claim"])


def test_a_repeat_of_the_owners_own_changes_nothing() -> None:
    machine = claim(user(), "a", SECOND, seq=1, clock_ahead=HOUR)
    before = machine.state.data
    claim(machine, "a", SECOND, seq=1, clock_ahead=HOUR, arrives=2 * SECOND)
    assert (machine.now, machine.told, machine.state.data) == ("owned", [], before)


def test_a_repeat_after_the_release_is_told_that_nobody_has_it() -> None:
    machine = release(claim(user(), "a", SECOND, seq=1, clock_ahead=HOUR), "a", HOUR + 2 * SECOND, seq=2)
    claim(machine, "a", SECOND, seq=1, clock_ahead=HOUR, arrives=HOUR + 3 * SECOND)
    assert (machine.now, machine["owner"], machine.told) == ("vacant", None, ["refuse_claim"])


def test_a_claim_refused_while_it_is_vacant_is_remembered() -> None:
    machine = claim(release(owned(), "a", 2 * SECOND, seq=2), "b", 500, seq=4, arrives=3 * SECOND)
    assert (machine.now, machine.told) == ("vacant", ["refuse_claim"])
    assert machine["heard"] == {"a": [1, T + SECOND], "b": [4, T + 500]}


def test_a_claim_refused_while_it_is_held_is_remembered() -> None:
    assert claim(owned(), "b", 500, seq=4, arrives=3 * SECOND)["heard"]["b"] == [4, T + 500]


def test_a_tab_whose_numbers_begin_anew_is_heard() -> None:
    machine = claim(claim(user(), "a", SECOND, seq=70), "b", 2 * SECOND, seq=1)
    assert claim(machine, "a", 3 * SECOND, seq=1)["owner"] == place("a")
    assert machine["heard"]["a"] == [70, T + 3 * SECOND]


def test_a_tab_whose_clock_was_set_right_is_heard() -> None:
    machine = claim(claim(user(), "a", SECOND, seq=1, clock_ahead=HOUR), "b", 2 * SECOND, seq=1)
    assert claim(machine, "a", 3 * SECOND, seq=2)["owner"] == place("a")


@pytest.mark.parametrize("stored", [{}, {"sort_keys": True}])
def test_the_tabs_whose_clocks_are_furthest_on_are_remembered(stored: dict[str, Any]) -> None:
    """Though what is stored comes back with its keys in another order."""
    machine, tabs = owned(), [f"tab {TABS_KEPT - n}" for n in range(TABS_KEPT - 1)]
    for n, tab in enumerate(tabs):
        claim(machine, tab, 2 * SECOND + n, seq=1)
    assert len(machine["heard"]) == TABS_KEPT
    machine.state = attrs.evolve(machine.state, data=json.loads(json.dumps(machine.state.data, **stored)))
    claim(machine, tabs[0], 4 * SECOND, seq=2)
    claim(machine, "one more", 5 * SECOND, seq=1)
    claim(machine, "and another", 6 * SECOND, seq=1)
    assert machine["heard"].keys() == {*tabs, "one more", "and another"} - {tabs[1]}


# -- giving it up -------------------------------------------------------------------------------------------------


def test_the_owner_gives_it_up_and_the_others_are_told() -> None:
    machine = release(owned(), "a", 2 * SECOND, seq=2)
    assert (machine.now, machine["owner"], machine.told) == ("vacant", None, ["take_context", "offer_context"])
    assert machine.knew("take_context")["owner"] == place("a"), "told while it was still the owner"
    assert (machine["epoch"], machine["latest"]) == (1, [T + SECOND, 1, "a"])


def test_when_it_is_free_whoever_turns_to_a_tab_has_it() -> None:
    machine = claim(release(owned(), "a", 2 * SECOND, seq=2), "b", 3 * SECOND, seq=1)
    assert (machine.now, machine["owner"], machine["epoch"], machine.told) == ("owned", place("b"), 2, ["give_context"])


def test_when_it_is_free_a_claim_from_before_the_last_owners_still_loses() -> None:
    machine = claim(release(owned(), "a", 2 * SECOND, seq=2), "b", 500, seq=1, arrives=3 * SECOND)
    assert (machine.now, machine["owner"], machine.told) == ("vacant", None, ["refuse_claim"])


def test_a_release_that_is_repeated_after_the_next_claim_gives_nothing_up() -> None:
    machine = claim(release(owned(), "a", 2 * SECOND, seq=2), "a", 3 * SECOND, seq=3)
    assert release(machine, "a", 2 * SECOND, seq=2, arrives=4 * SECOND).stood_still
    assert machine["owner"] == place("a")


def test_a_release_of_the_same_moment_as_its_claim_counts_by_its_number() -> None:
    assert release(owned(), "a", SECOND, seq=2).now == "vacant"
    assert release(owned(), "a", SECOND, seq=1).now == "owned"


@pytest.mark.parametrize("state", [owned, lost])
def test_a_tab_that_is_closed_has_it_no_more(state: Callable[[], Timeline]) -> None:
    machine = state().hear_at(3 * SECOND, "tab_closed", tab="a")
    assert (machine.now, machine["owner"], machine.told) == ("vacant", None, ["take_context", "offer_context"])
    assert (machine.knew("take_context")["owner"], machine.due) == (place("a"), {})


@pytest.mark.parametrize("state", [owned, lost])
def test_it_is_given_up_from_the_grace_too(state: Callable[[], Timeline]) -> None:
    assert release(state(), "a", 3 * SECOND, seq=2).now == "vacant"


@pytest.mark.parametrize("state", [user, owned, lost])
@pytest.mark.parametrize("name", ["release", "tab_closed", "tab_lost", "tab_back"])
def test_what_befalls_a_tab_without_the_microphone_changes_nothing(state: Callable[[], Timeline], name: str) -> None:
    machine = state()
    assert machine.hear_at(3 * SECOND, name, tab="b", client_at=T + 3 * SECOND, seq=9).stood_still


# -- the grace ----------------------------------------------------------------------------------------------------


def test_a_tab_that_lost_its_connection_keeps_it_for_the_grace() -> None:
    machine = lost()
    assert (machine.now, machine["owner"], machine.told) == ("grace", place("a"), [])
    assert machine.due == {"grace": 2 * SECOND + GRACE}
    assert machine.until(2 * SECOND + GRACE - 1).now == "grace"
    assert machine.until(2 * SECOND + GRACE).now == "vacant"
    assert (machine["owner"], machine.told, machine.due) == (None, ["take_context", "offer_context"], {})
    assert machine.knew("take_context")["owner"] == place("a"), "told while it was still the owner"


def test_a_tab_that_comes_back_within_the_grace_has_it_as_before() -> None:
    machine = lost().hear_at(2 * SECOND + GRACE - 1, "tab_back", tab="a")
    assert (machine.now, machine["owner"], machine["epoch"]) == ("owned", place("a"), 1)
    assert (machine.told, machine.due) == (["give_context"], {})


def test_a_tab_that_comes_back_after_the_grace_claims_like_any_other() -> None:
    machine = lost().hear_at(2 * SECOND + GRACE, "tab_back", tab="a")
    assert (machine.now, machine["owner"]) == ("vacant", None)
    assert claim(machine, "a", 40 * SECOND, seq=2)["epoch"] == 2


def test_a_tab_that_nobody_followed_has_it_from_when_it_had_it_first() -> None:
    machine = lost().until(2 * SECOND + GRACE)
    assert machine["lapsed"] == place("a")
    machine = claim(machine, "a", 40 * SECOND, seq=2)
    assert (machine["epoch"], machine["since_epoch"], machine["lapsed"]) == (2, 1, None)


def test_a_tab_that_another_followed_has_it_anew() -> None:
    machine = claim(lost().until(2 * SECOND + GRACE), "b", 40 * SECOND, seq=1)
    assert (machine["since_epoch"], machine["lapsed"]) == (2, None)
    assert claim(machine, "a", 50 * SECOND, seq=2)["since_epoch"] == 3


def test_who_gave_it_up_has_it_anew() -> None:
    machine = release(owned(), "a", 2 * SECOND, seq=2)
    assert claim(machine, "a", 3 * SECOND, seq=3)["since_epoch"] == 2


@pytest.mark.parametrize(("state", "name"), [(owned, "tab_back"), (lost, "tab_lost")])
def test_what_the_owner_is_already_it_does_not_become(state: Callable[[], Timeline], name: str) -> None:
    assert state().hear_at(3 * SECOND, name, tab="a").stood_still


def test_another_tab_may_take_it_during_the_grace() -> None:
    machine = claim(lost(), "b", 3 * SECOND, seq=1)
    assert (machine.now, machine["owner"], machine.told) == ("owned", place("b"), ["take_context", "give_context"])
    assert machine.due == {}


def test_the_grace_goes_on_while_nobody_runs_the_machine() -> None:
    machine = lost().until(3 * SECOND).restart(away=GRACE)
    assert machine.due == {"grace": 2 * SECOND + GRACE}
    assert machine.until(3 * SECOND + GRACE).now == "vacant"


def test_the_rules_begin_with_nobody() -> None:
    assert ownership.initial({"grace": 1}) == {
        "delays": {"grace": 1},
        "owner": None,
        "lapsed": None,
        "latest": [],
        "epoch": 0,
        "since_epoch": 0,
        "heard": {},
    }
