"""Campaigns: what is drawn, which seed is next, what comes of many; and the product as it is passes some hundreds."""

from __future__ import annotations

import pytest

from lossy.resources import folder
from lossy.sim.campaign.campaign import Summary, campaign, read_seeds, run_seed, transitions
from lossy.sim.campaign.drawing import draw
from lossy.sim.campaign.drift import Drift
from lossy.sim.campaign.kept import load_plan, write_plan
from lossy.sim.campaign.library import library
from lossy.sim.campaign.shrink import Shrinker, kind_of, size_of
from lossy.sim.judge.rules import RULES
from lossy.sim.script.story import StoryError, check
from lossy.sim.virtual.faults import FAULTS
from lossy.sim.virtual.run import Plan, Result, run
from tests.sim.planted import PLANTED

LIBRARY = [*library().values()]


def result(seed: int, *, failure: str | None = None, taken: tuple[str, ...] = ()) -> Result:
    plan = draw(seed, LIBRARY)
    return Result(plan, failure, "", 0, 1.0, {"drop": 1}, frozenset(taken), frozenset(), frozenset(), (0.5,))


# -- the product as it is -----------------------------------------------------------------------------------------


@pytest.mark.integration
def test_the_product_passes() -> None:
    """A nightly plays 10,000: `make simulate`."""
    summary = campaign(range(1, 201), jobs=1, within_s=50)
    assert summary.failures == {}
    assert len(summary.taken) > 100
    assert {"agent.save_note", "reconnect.replay_pushes", "restored"} <= summary.seen.keys()


# -- what is drawn ------------------------------------------------------------------------------------------------


def test_a_seed_is_one_plan() -> None:
    assert draw(17, LIBRARY) == draw(17, LIBRARY)
    assert draw(17, LIBRARY) != draw(18, LIBRARY)


def test_what_is_drawn_can_be_played() -> None:
    plans = [draw(seed, LIBRARY) for seed in range(300)]
    assert all(check(plan.story) == () for plan in plans)
    assert {name for plan in plans for name in plan.rates} == FAULTS.keys()
    assert any(not plan.rates for plan in plans)
    assert {plan.story.name for plan in plans} > {story.name for story in LIBRARY}


def test_a_plan_is_kept_as_it_is(tmp_path_factory: pytest.TempPathFactory) -> None:
    kept = tmp_path_factory.mktemp("kept") / "plan.yaml"
    for seed in range(50):
        plan = draw(seed, LIBRARY)
        kept.write_text(write_plan(plan, "why it failed"), encoding="utf-8")
        assert load_plan(kept) == plan


def test_a_file_that_is_no_plan_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    kept = tmp_path_factory.mktemp("kept") / "plan.yaml"
    for written, fault in (
        ("- a\n", "no plan"),
        ("faults: {fire: 1.0}\nstory: {name: a, steps: []}\n", "no fault fire"),
    ):
        kept.write_text(f"{written}seed: 1\n" if "faults" in written else written, encoding="utf-8")
        with pytest.raises(StoryError, match=fault):
            load_plan(kept)


# -- which is next ------------------------------------------------------------------------------------------------


def test_every_seed_has_its_turn() -> None:
    drift = Drift(iter(range(1, 101)), LIBRARY)
    seen = list[int]()
    while (seed := drift.next()) is not None:
        seen.append(seed)
        drift.found(seed, 1)
    assert sorted(seen) == [*range(1, 101)]


def test_what_found_something_new_is_followed() -> None:
    def first_turns(fault: str) -> int:
        """How many of the first forty have it, where what has it keeps finding something."""
        drift = Drift(iter(range(1, 201)), LIBRARY)
        having = 0
        for _ in range(40):
            seed = drift.next()
            assert seed is not None
            has_it = fault in draw(seed, LIBRARY).rates
            having += has_it
            drift.found(seed, 100 if has_it else 0)
        return having

    usual = sum("deaf" in draw(seed, LIBRARY).rates for seed in range(1, 201)) / 5
    assert first_turns("deaf") > 1.5 * usual


# -- what comes of it ---------------------------------------------------------------------------------------------


def test_a_summary_adds_up() -> None:
    summary = Summary()
    assert summary.add(result(1, taken=("voice:idle/start/0",))) == 1
    assert summary.add(result(2, failure="rule: order: wrong", taken=("voice:idle/start/0",))) == 0
    assert (summary.runs, summary.hits["drop"], summary.failures) == (2, 2, {2: "rule: order: wrong"})
    assert "voice:idle/start/0" not in summary.untaken
    assert len(summary.untaken) == len([*transitions()]) - 1
    assert "reconnect.refuse_gap" in summary.never


def test_several_processes_play_what_one_does() -> None:
    one, two = campaign(range(1, 7), jobs=1), campaign(range(1, 7), jobs=2)
    assert (one.taken, one.hits, one.failures) == (two.taken, two.hits, two.failures)


@pytest.mark.parametrize(("written", "seeds"), [("17", [17]), ("3..5", [3, 4, 5])])
def test_seeds_are_read(written: str, seeds: list[int]) -> None:
    assert [*read_seeds(written)] == seeds


@pytest.mark.parametrize("written", ["", "a", "5..3"])
def test_what_are_no_seeds_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"invalid literal|no seed"):
        read_seeds(written)


# -- shrinking ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ("rule: order: the notes", "rule: order"),
        ("TooSlowError: first keeps", "TooSlowError"),
        ("crash: a: b", "crash"),
    ],
)
def test_failures_of_a_kind(failure: str, kind: str) -> None:
    assert kind_of(failure) == kind


def test_what_fails_is_made_small() -> None:
    with PLANTED["early_pushes_lost"]():
        plan, failure = _failing()
        small = Shrinker(run, kind_of(failure)).shrink(plan)
        assert run(small).failure is not None
    assert size_of(small) <= (10, 2)
    assert size_of(small) < size_of(plan)


def _failing() -> tuple[Plan, str]:
    for seed in range(1, 50):
        found = run_seed(seed)
        if found.failure is not None:
            return found.plan, found.failure
    raise AssertionError("it is not found")


# -- the reference ------------------------------------------------------------------------------------------------


def test_the_reference_has_every_fault_and_rule() -> None:
    page = (folder("docs") / "reference" / "simulator.md").read_text(encoding="utf-8")
    for name, kind in FAULTS.items():
        assert f"| `{name}` | {kind.of} |" in page
    for name, words in RULES.items():
        assert f"| `{name}` | {words} |" in page
