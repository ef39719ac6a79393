"""What holds for a rollout whatever people decide, whatever the figures are, and whenever they come."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.charts.step import next_timer
from lossy.domain.rollout import WORDS
from tests.charts.strategies import repeatable
from tests.domain.driven import DAY, HOUR, MINUTE, SECOND
from tests.domain.flag_ramp import FIGURES, STEPS, Flag, at_step

GAPS = [0, 1, SECOND, MINUTE, HOUR, DAY - 1, DAY]
WINDOWS = [0, 1, MINUTE, DAY, 2 * DAY]


class Told(NamedTuple):
    """A person's word, the figures of a window, or the next timer at its very instant."""

    name: str
    gap: int
    window_ms: int


def _histories(*words: str) -> st.SearchStrategy[list[Told]]:
    names = st.sampled_from([*words, *FIGURES, "good", "good", "timer", "timer"])
    return st.lists(st.builds(Told, names, st.sampled_from(GAPS), st.sampled_from(WINDOWS)), max_size=30)


def tell(flag: Flag, told: Told) -> None:
    if told.name == "timer":
        timer = next_timer(flag.state)
        flag.wait(timer[0] - flag.at if timer else told.gap)
    elif told.name in FIGURES:
        flag.see(FIGURES[told.name], window_ms=told.window_ms, after=told.gap)
    else:
        flag.hear(told.name, told.gap)


@repeatable
@given(_histories(*WORDS))
def test_the_invariants_hold_after_every_step(history: list[Told]) -> None:
    flag = Flag().hear("start")
    for told in history:
        tell(flag, told)


@repeatable
@given(_histories(*WORDS), st.sampled_from(["pause", "finish", "roll_back"]), _histories())
def test_no_figures_and_no_time_change_what_a_person_decided(before: list[Told], word: str, after: list[Told]) -> None:
    flag = Flag().hear("start")
    for told in before:
        tell(flag, told)
    if not flag.hear(word).moves[-1].taken.transitions:
        return
    decided, moves = (flag.state.active, flag["percent"], flag["held_by"]), len(flag.moves)
    for told in after:
        tell(flag, told)
        assert (flag.state.active, flag["percent"], flag["held_by"]) == decided
    assert all(effect.name == "tell_admins" for move in flag.moves[moves:] for effect in move.effects)


@repeatable
@given(_histories(*WORDS))
def test_without_a_person_nobody_gets_it_back_and_everybody_gets_it_in_three_days_at_the_soonest(
    history: list[Told],
) -> None:
    flag = Flag().hear("start")
    began, lost = flag.at, False
    for told in (told for told in history if told.name not in WORDS):
        tell(flag, told)
        assert flag["percent"] <= (0 if lost else {0: 1, 1: 10, 2: 50}.get((flag.at - began) // DAY, 100))
        lost = flag["percent"] == 0


@repeatable
@given(_histories(*WORDS), st.integers(0, 30))
def test_a_restore_in_the_middle_changes_nothing(history: list[Told], cut: int) -> None:
    flag = Flag().hear("start")
    for told in history[:cut]:
        tell(flag, told)
    other, moves = flag.restored(), len(flag.moves)
    assert other.state == flag.state
    for told in history[cut:]:
        tell(flag, told)
        tell(other, told)
    assert other.moves[1:] == flag.moves[moves:]


@pytest.mark.parametrize("pair", [("pause", "finish"), ("pause", "roll_back"), ("finish", "roll_back")])
@pytest.mark.parametrize("step", STEPS)
def test_two_admins_at_one_instant_may_come_in_either_order(step: str, pair: tuple[str, str]) -> None:
    one, other = at_step(step), at_step(step)
    one.hear(pair[0]).hear(pair[1], 0)
    other.hear(pair[1]).hear(pair[0], 0)
    assert (one.state.active, one.state.data) == (other.state.active, other.state.data)


@pytest.mark.parametrize("figures", FIGURES)
@pytest.mark.parametrize("step", STEPS)
def test_the_kill_switch_wins_whatever_the_ramp_does_at_that_instant(step: str, figures: str) -> None:
    one, other = at_step(step).wait(DAY), at_step(step).wait(DAY)
    one.hear("roll_back").see(FIGURES[figures], after=0)
    other.see(FIGURES[figures], after=SECOND).hear("roll_back", 0)
    assert one.now == other.now == "rolled_back"
    assert one["percent"] == other["percent"] == 0
