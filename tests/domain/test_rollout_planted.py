"""Each invariant of the rollout's chart notices what it is there for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.domain.driven import DAY, HOUR, BrokenError, with_rule, with_text
from tests.domain.flag_ramp import CHART, FIGURES, Flag

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossy.charts.model import Chart


def _guard(name: str, *, answer: bool) -> Chart:
    return with_rule(CHART, "guards", name, lambda data, event: answer)


def _update(name: str, rule: Callable[..., Any]) -> Chart:
    return with_rule(CHART, "updates", name, rule)


def _file(old: str, new: str) -> Chart:
    return with_text(CHART, old, new)


# What is spoilt; the invariant; and a way there. Each word comes an hour after the one before, or a day after `day`.
PLANTED: dict[str, tuple[str, Chart, str]] = {
    "a step down": (
        "cohort_only_grows",
        _file("{percent: 50}", "{percent: 5}"),
        "start day good day good",
    ),
    "a pause that takes it from some": (
        "cohort_only_grows",
        _update("hold_by_guard", lambda data, event: {**data, "held_by": "guard", "percent": 5}),
        "start day good worrying",
    ),
    "an alarm that overrules a person": (
        "people_decide",
        _guard("alarming", answer=True),
        "start pause good",
    ),
    "figures that end a person's pause": (
        "people_decide",
        _file('- {do: [note_figures], why: "Good', '- {to: one_percent, do: [note_figures], why: "Good'),
        "start pause good",
    ),
    "figures that forget the person": (
        "people_decide",
        _update("note_figures", lambda data, event: {**data, "held_by": None}),
        "start finish good",
    ),
    "figures that take from some what a person gave": (
        "people_decide",
        _update("note_figures", lambda data, event: {**data, "percent": 100}),
        "start pause good",
    ),
    "grown without a day": ("dwell_is_kept", _guard("ready_to_grow", answer=True), "start good"),
    "grown on bad figures": (
        "dwell_is_kept",
        _guard("ready_to_grow", answer=True),
        "start day worrying",
    ),
    "grown on none": (
        "dwell_is_kept",
        _guard("ready_to_grow", answer=True),
        "start day silent",
    ),
    "grown by time alone": (
        "dwell_is_kept",
        _file("do: [dwell_over]\n", "to: ten_percent\n          do: [dwell_over]\n"),
        "start day",
    ),
    "a day that is over at once": (
        "dwell_is_kept",
        _update("note_figures", lambda data, event: {**data, "dwelt": True}),
        "start good",
    ),
    "rolled back for most": ("rolled_back_is_off", _file("{percent: 0}", "{percent: 1}"), "start roll_back"),
    "begun for nobody": ("rolled_back_is_off", _file("{percent: 1}", "{percent: 0}"), "start"),
    "a step that is not served": (
        "change_is_served",
        _file("[{begin_step: {percent: 10}}, serve]", "[{begin_step: {percent: 10}}]"),
        "start day good",
    ),
    "served before it is decided": (
        "change_is_served",
        _file("[{begin_step: {percent: 10}}, serve]", "[serve, {begin_step: {percent: 10}}]"),
        "start day good",
    ),
    "served twice": (
        "change_is_served",
        _file("[{begin_step: {percent: 1}}, serve]", "[{begin_step: {percent: 1}}, serve, serve]"),
        "start",
    ),
}


@pytest.mark.parametrize(("invariant", "spoilt", "way"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_noticed(invariant: str, spoilt: Chart, way: str) -> None:
    with pytest.raises(BrokenError, match=invariant):
        _go(spoilt, way)
    _go(CHART, way)


def _go(chart: Chart, way: str) -> None:
    flag = Flag(chart=chart)
    for word in way.split():
        if word == "day":
            flag.wait(DAY)
        elif word in FIGURES:
            flag.see(FIGURES[word], after=HOUR)
        else:
            flag.hear(word, HOUR)
