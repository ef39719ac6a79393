from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.notes import Category
from lossy.domain.platforms.model import Platform
from lossy.domain.setting_values import Unfit
from lossy.domain.user_settings import (
    MAX_COOLDOWN_MS,
    MAX_EXPIRY_DAYS,
    MAX_IDLE_PAUSE_MS,
    MIN_IDLE_PAUSE_MS,
    NOT_YET,
    UserSettings,
    as_payload,
    change,
    for_session,
    settle,
    still_fit,
)

DEFAULTS = UserSettings()
NAMES = [each.name for each in attrs.fields(UserSettings)]
SWITCHES = [name for name in NAMES if isinstance(getattr(DEFAULTS, name), bool)]

confidences = st.floats(0.25, 1)
overrides = st.fixed_dictionaries({}, optional={"min_confidence": confidences, "auto_post": st.booleans()})
values: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(SWITCHES, st.booleans()),
    "min_confidence": confidences,
    "self_firming": st.lists(st.sampled_from([*map(str, Category)])),
    "ghost_expiry_days": st.integers(0, MAX_EXPIRY_DAYS),
    "platform_overrides": st.dictionaries(st.sampled_from([*map(str, Platform)]), overrides),
    "cooldown_ms": st.integers(0, MAX_COOLDOWN_MS),
    "idle_pause_ms": st.integers(MIN_IDLE_PAUSE_MS, MAX_IDLE_PAUSE_MS),
}
changes = st.fixed_dictionaries({}, optional={name: st.none() | value for name, value in values.items()})


ROOT = Path(__file__).parents[2]


def refusal(changes: object) -> tuple[str, str]:
    with pytest.raises(Unfit) as unfit:
        change({}, changes)
    return unfit.value.path, unfit.value.message


def test_the_values_tried_here_are_of_every_setting() -> None:
    assert {*values} == {*NAMES}


def test_what_nothing_goes_by_yet_is_said_to_come_later() -> None:
    reference = (ROOT / "docs/reference/user-settings.md").read_text()
    assert {*re.findall(r"^\| `(\w+)` \|.*\| later, with", reference, re.MULTILINE)} == NOT_YET


def test_the_extension_offers_nothing_that_is_not_there_yet() -> None:
    offered = {*re.findall(r'"([a-z]+(?:_[a-z]+)*)"', (ROOT / "extension/src/options/settings.ts").read_text())} & {
        *NAMES
    }
    assert {"commands", "telemetry_opt_out"} < offered
    assert not offered & NOT_YET


def test_audio_and_frames_stay_in_the_browser_and_nothing_is_posted_unless_the_user_says_so() -> None:
    off = ("server_stt", "cloud_stt", "vision_refinement", "auto_post", "telemetry_opt_out")
    assert {name for name in SWITCHES if getattr(DEFAULTS, name)} == {*SWITCHES} - {*off}


@given(st.lists(changes, max_size=5))
def test_each_setting_has_the_value_it_was_given_last_and_null_gives_the_servers_back(given: list[Any]) -> None:
    chosen: Any = {}
    latest: dict[str, Any] = {}
    for each in given:
        chosen, latest = change(chosen, each), {**latest, **each}
    settled = as_payload(settle(DEFAULTS, chosen))
    expected = {name: value for name, value in latest.items() if value is not None}
    if "self_firming" in expected:
        expected["self_firming"] = [each for each in Category if each in expected["self_firming"]]
    assert settled == as_payload(DEFAULTS) | expected
    assert chosen.keys() == expected.keys()


@given(changes)
def test_what_is_chosen_is_the_same_through_json(given: Any) -> None:
    chosen = change({}, given)
    assert still_fit(json.loads(json.dumps(chosen))) == chosen
    settled = settle(DEFAULTS, chosen)
    assert orjson.loads(orjson.dumps(as_payload(settled))) == as_payload(settled)


@given(changes, changes)
def test_a_change_leaves_the_choices_it_is_made_to_as_they_are(first: Any, second: Any) -> None:
    chosen = change({}, first)
    before = json.dumps(chosen)
    change(chosen, second)
    assert json.dumps(chosen) == before


def test_an_unknown_setting_is_refused_by_its_name() -> None:
    assert refusal({"auto_pause": True, "colour": "red"})[0] == "colour"
    assert refusal({"x" * 1_000: None})[0] == "x" * 100


@pytest.mark.parametrize("given", [None, [], "auto_pause", 1, True])
def test_changes_that_are_no_object_are_refused(given: object) -> None:
    assert refusal(given) == ("", "It must be an object.")


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("value", [0, 1, "true", [], {}])
def test_a_switch_is_true_or_false(name: str, value: object) -> None:
    assert refusal({name: value}) == (name, "It must be true or false.")


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("min_confidence", 0.25, 1),
        ("ghost_expiry_days", 0, 3_650),
        ("cooldown_ms", 0, 5_000),
        ("idle_pause_ms", 30_000, 4 * 3_600_000),
    ],
)
def test_a_number_has_its_bounds(name: str, least: float, most: float) -> None:
    for value in (least, most):
        assert change({}, {name: value}) == {name: value}
    step = 0.001 if name == "min_confidence" else 1
    for value in (least - step, most + step, 10**400):
        assert refusal({name: value}) == (name, f"It must be from {least} to {most}.")


@pytest.mark.parametrize("value", [True, "0.5", [0.5], {}])
def test_a_number_is_a_number(value: object) -> None:
    assert refusal({"min_confidence": value}) == ("min_confidence", "It must be a number.")
    assert refusal({"cooldown_ms": value}) == ("cooldown_ms", "It must be a whole number.")


def test_a_number_that_is_none_and_a_part_of_a_whole_one_are_refused() -> None:
    assert refusal({"min_confidence": float("nan")})[0] == "min_confidence"
    assert refusal({"cooldown_ms": 500.0}) == ("cooldown_ms", "It must be a whole number.")


def test_categories_are_kept_each_once_and_in_their_own_order() -> None:
    chosen = change({}, {"self_firming": ["praise", "audio", "praise"]})
    assert chosen == {"self_firming": (Category.AUDIO, Category.PRAISE)}


@pytest.mark.parametrize(
    ("value", "path"),
    [("audio", ""), (["audio", "sound"], ".1"), ([["audio"]], ".0"), ([None], ".0"), ({"audio": True}, "")],
)
def test_categories_are_a_list_of_those_there_are(value: object, path: str) -> None:
    assert refusal({"self_firming": value})[0] == f"self_firming{path}"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ([], ""),
        ({"myspace": {}}, ".myspace"),
        ({"vimeo": True}, ".vimeo"),
        ({"vimeo": {"cooldown_ms": 1}}, ".vimeo.cooldown_ms"),
        ({"vimeo": {"auto_post": None}}, ".vimeo.auto_post"),
        ({"vimeo": {}, "youtube": {"auto_post": True, "min_confidence": 0.1}}, ".youtube.min_confidence"),
    ],
)
def test_platform_overrides_are_a_few_settings_of_each_platform(value: object, path: str) -> None:
    assert refusal({"platform_overrides": value})[0] == f"platform_overrides{path}"


def test_of_several_faults_one_is_told_and_nothing_is_taken() -> None:
    assert refusal({"auto_pause": False, "cooldown_ms": -1})[0] == "cooldown_ms"


def test_what_was_stored_and_fits_no_more_is_the_servers_again() -> None:
    stored = {"auto_pause": False, "shoe_size": 44, "cooldown_ms": 999_999, "self_firming": ["audio", "smell"]}
    chosen = still_fit(stored)
    assert chosen == {"auto_pause": False}
    defaults = UserSettings(cooldown_ms=700)
    assert settle(defaults, chosen) == attrs.evolve(defaults, auto_pause=False)


def test_sessions_hear_what_the_charts_go_by() -> None:
    settings = UserSettings(cooldown_ms=1, idle_pause_ms=2, min_confidence=0.5, self_firming=(Category.AUDIO,))
    assert for_session(settings) == {
        "auto_pause": True,
        "auto_resume": True,
        "min_confidence": 0.5,
        "auto_post": False,
        "commands": True,
        "server_stt": False,
        "self_firming": ["audio"],
        "delays": {"cooldown": 1, "idle_pause": 2},
    }
