"""The runner, on a chart of two states with a test that watches one of its transitions and not the other."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from lossy.charts.load import load
from lossy.charts.model import Names
from lossy.charts.mutant import refusal
from lossy.charts.mutate import SCORED, mutants
from tools.mutation import campaign
from tools.mutation.campaign import CHECK, REFUSED, SURVIVED, TESTS, Verdict
from tools.mutation.forks import forked
from tools.mutation.report import as_json, as_tables, score
from tools.mutation.run import Outcome, run
from tools.mutation.sample import sample
from tools.mutation.shipped import Shipped
from tools.mutation.suite import NothingCollected, Suite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.alone

NAMES = Names(guards={"loose": lambda data, event: True}, effects=frozenset({"rattle"}), delays=frozenset({"patience"}))
LAMP = """
name: lamp
initial: off
hears: {a hand: {press: it, hold: it, shake: it}}
states:
  off: {why: Dark., events: {press: lit, hold: lit, shake: {if: loose, do: [rattle]}}}
  lit:
    why: Light.
    after: {delay: patience, to: off, restore: restart}
    events: {press: off, hold: lit}
    ignores: [shake]
"""
HOUSE = '''
"""Loads the lamp as a product loads its charts."""

import sys

from lossy.charts.load import load_file
from lossy.charts.model import Names

NAMES = Names(
    guards={"loose": lambda data, event: True}, effects=frozenset({"rattle"}), delays=frozenset({"patience"})
)


def load_lamps(folder):
    lamp = load_file(folder / "lamp.yaml", NAMES)
    if len([*lamp.transitions()]) != 6:
        raise ValueError("somebody has been at the lamp")
    return {"lamp": lamp}
'''
TEST = """
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from house import load_lamps
from lossy.charts.model import Event
from lossy.charts.step import resume, start, step

HERE = Path(__file__).parent
LAMP = load_lamps(HERE)["lamp"]
DATA = {"delays": {"patience": 1_000}}


def after(chart, *events):
    state, _ = start(chart, DATA, 0)
    for event in events:
        state, _, _ = step(chart, state, Event(event, 0))
    return state


@pytest.mark.parametrize("chart", [LAMP, load_lamps(HERE)["lamp"]])
def test_a_press_lights_it(chart):
    assert after(chart, "press").active == {"lit"}


def test_a_press_lights_one_that_is_loaded_late():
    assert after(load_lamps(HERE)["lamp"], "press").active == {"lit"}


def test_it_waits_its_time():
    while after(LAMP, "press").deadlines == {"lit": 2_000}:
        pass  # as a loop would that waits for what never comes


def test_a_stored_one_waits_again():
    state, _ = resume(LAMP, after(LAMP, "press"), stopped_at=500, at=2_000)
    assert state.deadlines != {"lit": 1_000}


def test_it_is_pressed_again():
    after(LAMP, "press", "press")  # and nobody looks


def test_that_fails_anyway():
    after(LAMP, "shake")
    assert False


@given(st.integers(0, 3))
def test_of_many(presses):
    assert after(LAMP, *["press"] * presses).active == ({"lit"} if presses % 2 else {"off"})
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """All mutants of the lamp against its tests."""
    folder = tmp_path_factory.mktemp("house")
    for name, text in (("lamp.yaml", LAMP), ("house.py", HOUSE), ("test_lamp.py", TEST)):
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setattr(campaign, "LIMIT_S", 0.5)
        shipped = Shipped(folder)
        shipped.follow(import_module("house").load_lamps)
        charts = import_module("house").load_lamps(folder)
        yield run(shipped, charts, [*mutants(charts["lamp"])], tests=[str(folder)], left_out=[])
    for name in ("house", "test_lamp"):
        sys.modules.pop(name, None)


def verdict(outcome: Outcome, id: str) -> Verdict:
    return next(each for each in outcome.verdicts if each.mutant.id == id)


def test_what_a_test_looks_at_is_noticed(outcome: Outcome) -> None:
    dropped, restored = verdict(outcome, "drop:off/press/0"), verdict(outcome, "restore:lit")
    assert dropped.outcome == restored.outcome == TESTS
    assert dropped.words.startswith("AssertionError: assert frozenset({'off'}) == {'lit'}")
    assert restored.words.startswith("AssertionError: assert {'lit': 1000} != {'lit': 1000}")
    assert restored.test.endswith("test_lamp.py::test_a_stored_one_waits_again")
    assert "test_lamp.py:" in restored.words


def test_a_test_that_does_not_end_has_noticed(outcome: Outcome) -> None:
    doubled = verdict(outcome, "double:lit")
    assert (doubled.outcome, doubled.words) == (TESTS, "a test does not end")


def test_what_nobody_looks_at_survives(outcome: Outcome) -> None:
    """A press is done again, and a lamp is shaken; nobody says what should come of it."""
    for id in ("swap:lit/hold/0:lit:off", "swap:lit/after.lit/0:off:lit", "action:off/shake/0/0"):
        assert verdict(outcome, id).outcome == SURVIVED


def test_what_only_the_check_sees_is_no_merit_of_the_tests(outcome: Outcome) -> None:
    held = verdict(outcome, "drop:lit/hold/0")
    assert held.outcome == CHECK
    assert held.words.startswith("forgotten event @ $.states['lit']: nothing is said of 'hold' here.")


def test_what_would_not_load_is_told_apart(outcome: Outcome) -> None:
    shaken = verdict(outcome, "drop:off/shake/0")
    assert (shaken.outcome, shaken.words) == (REFUSED, "no state hears 'shake'")


def test_a_test_that_fails_without_any_mutant_does_not_count(outcome: Outcome) -> None:
    (left_out,) = outcome.left_out
    assert left_out.endswith("test_lamp.py::test_that_fails_anyway")
    assert verdict(outcome, "negate:off/shake/0").outcome == SURVIVED


def test_the_score_is_of_the_four_changes_and_what_loads(outcome: Outcome) -> None:
    counted = [each for each in outcome.verdicts if each.mutant.change in SCORED and each.outcome != REFUSED]
    noticed = sum(each.outcome == TESTS for each in counted)
    assert (noticed, len(counted)) == (5, 12)
    assert score(outcome.verdicts) == 41.7
    assert score([]) is None


def test_programs_get_the_same_in_json(outcome: Outcome) -> None:
    told = json.loads(as_json(outcome.verdicts))
    assert told["score"] == told["charts"]["lamp"]["score"] == 41.7
    assert told["charts"]["lamp"]["changes"]["drop"] == {
        "mutants": 5,
        "tests": 2,
        "check": 2,
        "survived": 1,
        "refused": 1,
    }
    assert [each["id"] for each in told["survivors"] if not each["scored"]] == ["action:off/shake/0/0"]
    assert told["survivors"][0] == {
        "chart": "lamp",
        "id": "drop:off/hold/0",
        "change": "drop",
        "scored": True,
        "words": "dropped: off: on hold, to lit",
        "check": verdict(outcome, "drop:off/hold/0").words,
        "again": "lossy charts mutate lamp --only drop:off/hold/0",
    }


def test_people_get_tables_and_the_way_to_look_at_each_survivor(outcome: Outcome) -> None:
    shown = StringIO()
    Console(file=shown, width=120).print(as_tables(outcome.verdicts))
    assert "score: 41.7 %" in shown.getvalue()
    assert "lamp: no test notices to off instead of lit: lit: on hold, to lit" in shown.getvalue()
    assert "lossy charts mutate lamp --only swap:lit/hold/0:lit:off" in shown.getvalue()


def test_a_process_that_raises_is_no_test_that_noticed() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        list(forked([lambda: 1 // 0], jobs=1))


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_what_goes_wrong_among_the_tests_comes_out(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / f"test_{error.__name__}.py").write_text("def test_nothing(): pass", encoding="utf-8")

    def use(_: Suite) -> None:
        raise error

    with pytest.raises(error):
        Suite(use).open([str(tmp_path)], [])


def test_without_tests_there_is_nothing_to_say(tmp_path: Path) -> None:
    with pytest.raises(NothingCollected, match="found no tests"):
        run(Shipped(tmp_path), {}, [], tests=[str(tmp_path)], left_out=[])


def test_the_quick_form_has_some_of_every_change_and_always_the_same() -> None:
    chart = load(LAMP, NAMES)
    taken = [mutant.id for mutant in sample(chart)]
    assert taken == [mutant.id for mutant in sample(chart)]
    loading = [mutant for mutant in mutants(chart) if refusal(chart, mutant) is None]
    assert {id.partition(":")[0] for id in taken} == {mutant.change for mutant in loading}
    assert len([id for id in taken if id.startswith("swap:")]) == 4
    assert {*taken} < {mutant.id for mutant in loading}
