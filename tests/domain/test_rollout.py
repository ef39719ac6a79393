"""The rollout's chart with its rules: who has a flag, and what figures, time and people make of that."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from lossy.charts.model import Event
from lossy.domain.rollout import alarming, alarming_in_spite
from tests.domain.driven import DAY, HOUR, MINUTE, SECOND
from tests.domain.flag_ramp import ALARMING, GOOD, SHARES, SILENT, STEPS, WINDOW_MS, WORRYING, Flag, at_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossy.charts.model import Data

ROLLED_BACK = ["tell_admins decision=roll_back", "serve"]
NOT_ROLLED_BACK = ["tell_admins wanted=roll_back"]
PAUSED_BY: dict[str, Callable[[Flag], Flag]] = {
    "guard": lambda flag: flag.see(WORRYING),
    "person": lambda flag: flag.hear("pause"),
}


def served(flag: Flag) -> int:
    """The share that the latest step served."""
    return int(flag.knew("serve")["percent"])


# -- growing ------------------------------------------------------------------------------------------------------


def test_a_flag_is_off_until_a_person_starts_it() -> None:
    flag = Flag()
    assert (flag.now, flag.told, flag["percent"]) == ("off", [], 0)
    flag.wait(DAY).hear("start")
    assert (flag.now, flag.told, served(flag)) == ("one_percent", ["serve"], 1)
    assert (flag["held_by"], flag["word_at"], flag["began_at"]) == (None, flag.at, flag.at)


@pytest.mark.parametrize(("step", "next_step"), [*pairwise([*STEPS, "full"])])
def test_a_step_is_left_upward_after_a_day_on_good_figures(step: str, next_step: str) -> None:
    flag = at_step(step)
    assert (flag["percent"], flag["dwelt"]) == (SHARES[step], False)
    flag.wait(DAY)
    assert (flag.now, flag.told, flag["dwelt"]) == (step, [], True), "time alone makes nothing grow"
    flag.see(GOOD)
    assert (flag.now, flag.told, served(flag)) == (next_step, ["tell_admins decision=grow", "serve"], SHARES[next_step])
    assert flag.knew("tell_admins")["figures"] == {**GOOD, "since": flag.at - WINDOW_MS}
    assert (flag["began_at"], flag["dwelt"]) == (flag.at, False)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("ms", "grows"), [(DAY - 1, False), (DAY, True)])
def test_a_day_is_a_day(step: str, ms: int, grows: bool) -> None:
    flag = at_step(step).see(GOOD, window_ms=0, after=ms)
    assert (flag.now != step) is grows


@pytest.mark.parametrize("step", STEPS)
def test_the_day_goes_on_while_no_node_runs(step: str) -> None:
    flag = at_step(step).wait(HOUR)
    assert flag.restored(away_ms=DAY - 2 * HOUR).wait(HOUR)["dwelt"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("missing", [[*GOOD], ["disconnect_rate"], ["error_rate"], ["p95_ms"]])
def test_figures_that_are_missing_are_not_good(step: str, missing: list[str]) -> None:
    flag = at_step(step).wait(DAY)
    assert flag.see({**GOOD, **dict.fromkeys(missing)}).now == step
    assert flag.see({name: figure for name, figure in GOOD.items() if name not in missing}).now == step
    assert flag.see(GOOD).now != step, "the next ones are"


@pytest.mark.parametrize(("early_ms", "grows"), [(1, False), (0, True)])
def test_the_window_is_wholly_the_step_s_own(early_ms: int, grows: bool) -> None:
    flag = at_step("ten_percent").wait(DAY)
    assert (flag.see(GOOD, window_ms=DAY + early_ms, after=0).now != "ten_percent") is grows


def test_the_figures_of_a_step_are_kept() -> None:
    for flag in (at_step("ten_percent"), at_step("full"), at_step("ten_percent").hear("pause")):
        before = flag.state
        flag.see(GOOD)
        assert (flag.told, flag.now) == ([], flag.chart.in_order(before.active)[-1])
        assert flag["figures"] == {**GOOD, "since": flag.at - WINDOW_MS}


# -- bad figures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "good", "worrying", "below", "alarming"),
    [
        ("disconnect_rate", 0.049, 0.05, 0.199, 0.2),
        ("error_rate", 0.009, 0.01, 0.049, 0.05),
        ("p95_ms", 499, 500, 999, 1_000),
    ],
)
@pytest.mark.parametrize("others", [GOOD, SILENT], ids=["others good", "others missing"])
def test_each_figure_has_a_bound_that_pauses_and_one_that_rolls_back(
    figure: str, good: float, worrying: float, below: float, alarming: float, others: Data
) -> None:
    assert at_step("ten_percent").see({**others, figure: good}).now == "ten_percent"
    assert at_step("ten_percent").see({**others, figure: worrying}).now == "paused"
    assert at_step("ten_percent").see({**others, figure: below}).now == "paused"
    assert at_step("ten_percent").see({**others, figure: alarming}).now == "rolled_back"


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("waited_ms", [MINUTE, DAY])
def test_worrying_figures_pause_the_ramp_where_it_is(step: str, waited_ms: int) -> None:
    flag = at_step(step).wait(waited_ms).see(WORRYING)
    assert (flag.now, flag.told) == ("paused", ["tell_admins decision=pause"])
    assert (flag["percent"], flag["held_by"]) == (SHARES[step], "guard")
    assert flag.knew("tell_admins")["figures"]["error_rate"] == 0.01


@pytest.mark.parametrize("step", [*STEPS, "full"])
@pytest.mark.parametrize("waited_ms", [MINUTE, DAY])
def test_alarming_figures_take_it_from_everybody(step: str, waited_ms: int) -> None:
    flag = at_step(step).wait(waited_ms).see(ALARMING)
    assert (flag.now, flag.told, served(flag)) == ("rolled_back", ROLLED_BACK, 0)
    assert (flag["percent"], flag["held_by"]) == (0, "guard")
    assert flag.knew("tell_admins")["figures"]["error_rate"] == 0.05
    assert flag.knew("tell_admins")["percent"] == SHARES[step], "admins are told what it was"


def test_worrying_figures_of_everybody_are_only_kept() -> None:
    flag = at_step("full").see(WORRYING)
    assert (flag.now, flag.told, flag["figures"]["error_rate"]) == ("full", [], 0.01)


def test_a_pause_of_the_guard_s_becomes_a_rollback_when_figures_get_worse() -> None:
    flag = at_step("ten_percent").see(WORRYING).see(ALARMING)
    assert (flag.now, flag.told, served(flag), flag["held_by"]) == ("rolled_back", ROLLED_BACK, 0, "guard")
    assert flag["figures"]["error_rate"] == 0.05


@pytest.mark.parametrize("by", PAUSED_BY)
@pytest.mark.parametrize("figures", [GOOD, WORRYING], ids=["good", "worrying"])
def test_nothing_but_a_person_or_an_alarm_ends_a_pause(by: str, figures: Data) -> None:
    flag = PAUSED_BY[by](at_step("ten_percent")).wait(2 * DAY).see(figures)
    assert (flag.now, flag.told, flag["percent"], flag["held_by"]) == ("paused", [], 10, by)
    assert flag["figures"]["error_rate"] == figures["error_rate"]


# -- a person's word ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS)
def test_a_person_pauses_the_ramp_where_it_is(step: str) -> None:
    flag = at_step(step).hear("pause")
    assert (flag.now, flag.told, flag["percent"]) == ("paused", [], SHARES[step])
    assert (flag["held_by"], flag["word_at"], flag.state.deadlines) == ("person", flag.at, {})


@pytest.mark.parametrize("by", PAUSED_BY)
@pytest.mark.parametrize("step", STEPS)
def test_a_pause_ends_where_it_began_and_the_day_begins_anew(step: str, by: str) -> None:
    flag = PAUSED_BY[by](at_step(step).wait(DAY)).hear("resume", HOUR)
    assert (flag.now, flag.told, served(flag)) == (step, ["serve"], SHARES[step])
    assert (flag["held_by"], flag["word_at"], flag["began_at"], flag["dwelt"]) == (None, flag.at, flag.at, False)
    assert flag.see(GOOD, window_ms=0, after=DAY - 1).now == step
    assert flag.see(GOOD, window_ms=0, after=1).now != step


@pytest.mark.parametrize("by", PAUSED_BY)
def test_a_pause_by_a_person_takes_the_place_of_the_guard_s(by: str) -> None:
    flag = PAUSED_BY[by](at_step("ten_percent")).hear("pause")
    assert (flag.now, flag.told, flag["held_by"], flag["word_at"]) == ("paused", [], "person", flag.at)
    assert flag.wait(HOUR).see(ALARMING).now == "paused"


@pytest.mark.parametrize("way", [*[[step] for step in STEPS], ["full"], ["ten_percent", "pause"]], ids=str)
def test_a_person_takes_it_from_everybody(way: list[str]) -> None:
    flag = at_step(way[0])
    for word in way[1:]:
        flag.hear(word)
    flag.hear("roll_back")
    assert (flag.now, flag.told, served(flag)) == ("rolled_back", ["serve"], 0)
    assert (flag["held_by"], flag["word_at"]) == ("person", flag.at)


@pytest.mark.parametrize("way", [*[[step] for step in STEPS], ["ten_percent", "pause"]], ids=str)
def test_a_person_gives_it_to_everybody(way: list[str]) -> None:
    flag = at_step(way[0])
    for word in way[1:]:
        flag.hear(word)
    flag.hear("finish")
    assert (flag.now, flag.told, served(flag)) == ("full", ["serve"], 100)
    assert (flag["held_by"], flag["word_at"]) == ("person", flag.at)


@pytest.mark.parametrize("word", ["pause", "finish"])
def test_what_a_person_holds_no_alarm_undoes_but_admins_are_told(word: str) -> None:
    flag = at_step("ten_percent").hear(word)
    before = flag.now, flag["percent"]
    flag.wait(HOUR).see(ALARMING)
    assert (flag.told, (flag.now, flag["percent"]), flag["held_by"]) == (NOT_ROLLED_BACK, before, "person")
    assert flag["figures"]["error_rate"] == 0.05
    assert flag.knew("tell_admins")["figures"] == flag["figures"]


def test_a_person_may_stand_for_what_the_ramp_has_finished() -> None:
    flag = at_step("full").hear("finish")
    assert (flag.now, flag.told, flag["held_by"], flag["word_at"]) == ("full", [], "person", flag.at)
    assert flag.wait(HOUR).see(ALARMING).now == "full"


@pytest.mark.parametrize("by", ["guard", "person"])
def test_only_a_person_begins_again_and_from_the_first_step(by: str) -> None:
    flag = at_step("fifty_percent")
    flag = flag.see(ALARMING) if by == "guard" else flag.hear("roll_back")
    flag.wait(2 * DAY).see(GOOD)
    assert (flag.now, flag.told) == ("rolled_back", [])
    flag.hear("start")
    assert (flag.now, flag.told, served(flag), flag["held_by"]) == ("one_percent", ["serve"], 1, None)
    assert flag.grow().now == "ten_percent"


@pytest.mark.parametrize("figures", [WORRYING, ALARMING], ids=["worrying", "alarming"])
@pytest.mark.parametrize(("early_ms", "heard"), [(1, False), (0, True)])
def test_what_a_person_knew_is_no_news(figures: Data, early_ms: int, heard: bool) -> None:
    """A window that began before they let the ramp go on does not stop it again."""
    flag = at_step("ten_percent").see(figures).hear("start").hear("resume").wait(HOUR)
    step = flag.now
    flag.see(figures, window_ms=flag.at + MINUTE - flag["word_at"] + early_ms, after=MINUTE)
    assert (flag.now != step) is heard


@pytest.mark.parametrize("way", ["resume", "pause", "finish"])
def test_an_alarm_is_either_acted_upon_or_told(way: str) -> None:
    flag = at_step("ten_percent").hear("pause").hear(way)
    alarm = Event("figures", flag.at, {**ALARMING, "since": flag.at})
    assert alarming(flag.state.data, alarm) is (way == "resume")
    assert alarming_in_spite(flag.state.data, alarm) is (way != "resume")


@pytest.mark.parametrize(("early_ms", "told"), [(1, []), (0, NOT_ROLLED_BACK)])
def test_nor_are_admins_told_what_they_knew(early_ms: int, told: list[str]) -> None:
    flag = at_step("ten_percent").hear("pause").wait(HOUR)
    assert flag.see(ALARMING, window_ms=HOUR + early_ms, after=0).told == told


def test_a_window_that_began_before_the_ramp_grew_by_itself_is_news() -> None:
    flag = at_step("ten_percent").wait(DAY).see(GOOD, after=SECOND)
    assert flag.see(ALARMING, window_ms=HOUR, after=SECOND).now == "rolled_back"


# -- what is nothing ----------------------------------------------------------------------------------------------

NOTHING = {
    "off": "pause resume roll_back finish figures",
    "one_percent": "start resume",
    "fifty_percent": "start resume",
    "full": "start pause resume",
    "paused": "start",
    "rolled_back": "pause resume roll_back finish figures",
}
WAYS: dict[str, Callable[[], Flag]] = {
    "off": Flag,
    "one_percent": lambda: at_step("one_percent"),
    "fifty_percent": lambda: at_step("fifty_percent"),
    "full": lambda: at_step("full"),
    "paused": lambda: at_step("ten_percent").hear("pause"),
    "rolled_back": lambda: at_step("ten_percent").hear("roll_back"),
}


@pytest.mark.parametrize(("state", "word"), [(state, word) for state in WAYS for word in NOTHING[state].split()])
def test_nothing_is_made_of_it(state: str, word: str) -> None:
    flag = WAYS[state]().wait(HOUR)
    before = flag.state
    if word == "figures":
        assert flag.see(ALARMING).see(GOOD).told == []
    else:
        assert flag.hear(word).told == []
    assert flag.state is before
