from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.buckets import BUCKETS
from lossy.domain.capabilities import BUILT, CATALOGUE, Capability
from lossy.domain.flag_change import (
    ACTORS,
    GROUPS,
    MEMBERS,
    MEMBERSHIPS,
    Change,
    Differences,
    Kind,
    Outdated,
    apply,
    first_changes,
    flag_parts,
    group_parts,
)
from lossy.domain.flag_rules import Rules, untouched
from lossy.domain.flags import Gate
from lossy.domain.setting_values import Unfit
from tests.flags import after, everything_on, flag, group

ANN, BEN, CLEO = (UUID(int=i) for i in range(1, 4))
VOICE = Capability.VOICE_SESSION
UNBUILT = next(capability for capability in Capability if capability not in BUILT)


def voice(parts: object, *, to: int | None = None) -> Change:
    return flag(VOICE, parts, to=to)


def differences(change: Change, rules: Rules) -> Differences:
    return apply(rules, change)[1]


def refusal(change: Change, rules: Rules | None = None) -> tuple[str, str]:
    with pytest.raises(Unfit) as unfit:
        apply(rules or Rules(), change)
    return unfit.value.path, unfit.value.message


CREW = after(group("crew", {"members": {str(ANN): True}}))


# -- flags --------------------------------------------------------------------------------------------------------


def test_a_change_sets_parts_and_leaves_the_others() -> None:
    rules = after(voice({"actors": {str(ANN): True}}), voice({"boolean": False}), voice({"actors": {str(BEN): False}}))
    assert flag_parts(rules.flag(VOICE)) == {f"actors.{ANN}": True, f"actors.{BEN}": False, "boolean": False}
    assert (rules.version, rules.flag(VOICE).version) == (3, 3)


def test_null_takes_a_part_away_and_null_for_all_takes_every_gate_but_leaves_a_flag_killed() -> None:
    rules = after(voice({"actors": {str(ANN): True, str(BEN): True}, "boolean": True, "killed": True}))
    assert flag_parts(after(voice({"actors": {str(ANN): None}}), rules=rules).flag(VOICE)).keys() == {
        f"actors.{BEN}",
        "boolean",
        "killed",
    }
    assert flag_parts(after(voice(None), rules=rules).flag(VOICE)) == {"killed": True}


def test_what_changed_is_told_part_by_part() -> None:
    rules = after(voice({"boolean": True, "actors": {str(ANN): False}}), rules=CREW)
    change = voice({"boolean": True, "killed": True, "actors": {str(ANN): None}, "groups": {"crew": False}})
    assert differences(change, rules) == {
        "killed": [None, True],
        f"actors.{ANN}": [False, None],
        "groups.crew": [None, False],
    }


def test_a_change_that_changes_nothing_makes_no_version() -> None:
    rules = after(voice({"boolean": True}))
    assert apply(rules, voice({"boolean": True, "killed": False, "actors": {str(ANN): None}})) == (rules, {})


def test_a_percentage_takes_the_place_of_what_is_set_for_everybody() -> None:
    """The boolean gate is asked first, so that beside it a percentage would decide nothing."""
    rules = after(voice({"boolean": True}), voice({"share": 100}))
    assert rules.evaluate(VOICE, ANN).gate is Gate.PERCENTAGE
    assert flag_parts(after(voice({"boolean": False}), rules=rules).flag(VOICE)) == {"boolean": False, "share": 100}


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ([], ""),
        ({"colour": 1}, "colour"),
        ({"boolean": "on"}, "boolean"),
        ({"killed": None}, "killed"),
        ({"share": -1}, "share"),
        ({"share": BUCKETS + 1}, "share"),
        ({"share": 2.5}, "share"),
        ({"share": True}, "share"),
        ({"actors": [str(ANN)]}, "actors"),
        ({"actors": {"ann": True}}, "actors.ann"),
        ({"actors": {str(UUID(int=10**20)).upper(): True}}, f"actors.{str(UUID(int=10**20)).upper()}"),
        ({"actors": {str(ANN): 1}}, f"actors.{ANN}"),
        ({"actors": {"x" * 1_000: True}}, f"actors.{'x' * 100}"),
        ({"groups": {"crew": True}}, "groups.crew"),
        ({"groups": {"The Crew": True}}, "groups.The Crew"),
    ],
)
def test_what_a_flag_cannot_be_is_refused_with_the_path(parts: object, path: str) -> None:
    assert refusal(voice(parts))[0] == path


def test_a_flag_that_nothing_goes_by_cannot_be_set() -> None:
    assert refusal(flag(UNBUILT, {})) == ("flag", f"Nothing goes by {UNBUILT} yet: it comes with E1.")
    assert refusal(flag("dark_mode", {}))[0] == "flag"


def test_a_flag_has_so_many_actors() -> None:
    full = after(voice({"actors": {str(UUID(int=n)): True for n in range(ACTORS)}}))
    assert refusal(voice({"actors": {str(UUID(int=ACTORS)): False}}), full)[0] == "actors"
    other = {str(UUID(int=0)): None, str(UUID(int=ACTORS)): False}
    assert len(after(voice({"actors": other}), rules=full).flag(VOICE).actors) == ACTORS


# -- groups -------------------------------------------------------------------------------------------------------


def test_a_group_is_made_by_its_first_change_and_has_members_and_defaults() -> None:
    rules = after(group("crew", {}), group("crew", {"members": {str(ANN): True, str(BEN): True}}))
    rules = after(group("crew", {"members": {str(ANN): None}, "defaults": {"auto_post": True}}), rules=rules)
    assert group_parts(rules.groups["crew"]) == {"group": True, f"members.{BEN}": True, "defaults.auto_post": True}
    assert differences(group("crew", {"defaults": {"auto_post": None}}), rules) == {"defaults.auto_post": [True, None]}


def test_a_group_that_a_flag_has_stays() -> None:
    rules = after(voice({"groups": {"crew": True}}), rules=CREW)
    assert refusal(group("crew", None), rules)[0] == "group"
    rules = after(voice({"groups": {"crew": None}}), group("crew", None), rules=rules)
    assert rules.groups == {}
    assert apply(rules, group("crew", None)) == (rules, {})


@pytest.mark.parametrize(
    ("name", "parts", "path"),
    [
        ("", {}, "group"),
        ("Crew", {}, "group"),
        ("-crew", {}, "group"),
        ("c" * 41, {}, "group"),
        ("crew", [], ""),
        ("crew", {"rank": 1}, "rank"),
        ("crew", {"members": {str(ANN): False}}, f"members.{ANN}"),
        ("crew", {"members": {"ann": True}}, "members.ann"),
        ("crew", {"defaults": {"volume": 11}}, "defaults.volume"),
        ("crew", {"defaults": []}, "defaults"),
        (
            "crew",
            {"defaults": {"platform_overrides": {"vimeo": {"auto_post": 1}}}},
            "defaults.platform_overrides.vimeo.auto_post",
        ),
    ],
)
def test_what_a_group_cannot_be_is_refused_with_the_path(name: str, parts: object, path: str) -> None:
    assert refusal(group(name, parts))[0] == path


def test_there_are_so_many_groups_and_members() -> None:
    assert after(group("c" * 40, {})).groups.keys() == {"c" * 40}
    many = after(*(group(f"g{n}", {}) for n in range(GROUPS)))
    assert refusal(group("one_more", {}), many)[0] == "group"
    full = after(group("crew", {"members": {str(UUID(int=n)): True for n in range(MEMBERS)}}))
    assert refusal(group("crew", {"members": {str(UUID(int=MEMBERS)): True}}), full)[0] == "members"


def test_all_groups_together_have_so_many_members() -> None:
    everybody = {"members": {str(UUID(int=n)): True for n in range(MEMBERS)}}
    full = after(*(group(f"g{n}", everybody) for n in range(MEMBERSHIPS // MEMBERS)))
    assert refusal(group("one_more", {"members": {str(ANN): True}}), full)[0] == "members"
    freed = after(group("g0", {"members": {str(ANN): None}}), rules=full)
    assert after(group("one_more", {"members": {str(ANN): True}}), rules=freed).groups_of(ANN) >= {"one_more", "g1"}


def test_of_cohorts_the_first_by_name_is_followed() -> None:
    members = {"members": {str(ANN): True}}
    rules = after(
        group("beta", {**members, "defaults": {"auto_post": True, "cooldown_ms": 900}}),
        group("alpha", {**members, "defaults": {"auto_post": False}}),
        group("crew", {"defaults": {"commands": False}}),
    )
    assert rules.cohort_defaults(ANN) == {"auto_post": False, "cooldown_ms": 900}
    assert rules.cohort_defaults(BEN) == {}


# -- versions -----------------------------------------------------------------------------------------------------


def test_a_change_to_another_version_is_refused_also_where_it_would_change_nothing() -> None:
    rules = after(voice({"boolean": True}), group("crew", {}))
    for change in (voice({"boolean": False}, to=0), voice({"boolean": True}, to=2), group("crew", {}, to=1)):
        with pytest.raises(Outdated):
            apply(rules, change)
    assert after(voice({"boolean": False}, to=1), group("crew", None, to=2), rules=rules).version == 4


def test_at_first_all_that_is_built_is_on_for_everybody() -> None:
    rules = everything_on()
    assert all(rules.evaluate(capability, ANN).value for capability in BUILT)
    assert (first_changes(rules), untouched(rules)) == ((), ())


def test_what_comes_later_is_off_until_somebody_says_so() -> None:
    rules = after(voice({"boolean": True}))
    assert first_changes(rules) == ()
    later = {capability for capability in BUILT if capability != VOICE and not CATALOGUE[capability].default}
    assert {*untouched(rules)} == later
    assert not any(rules.evaluate(capability, ANN).value for capability in later)


ids = st.sampled_from([*map(str, (ANN, BEN, CLEO))])
gates = st.none() | st.booleans()
of_flags = st.fixed_dictionaries(
    {},
    optional={
        "killed": st.booleans(),
        "boolean": gates,
        "share": st.none() | st.integers(0, BUCKETS),
        "actors": st.dictionaries(ids, gates),
        "groups": st.dictionaries(st.sampled_from(("crew", "beta")), gates),
    },
)
of_groups = st.fixed_dictionaries(
    {},
    optional={
        "members": st.dictionaries(ids, st.none() | st.just(True)),
        "defaults": st.fixed_dictionaries({}, optional={"auto_post": gates, "self_firming": st.just(["audio"])}),
    },
)
changes = st.lists(
    st.builds(Change, st.just(Kind.FLAG), st.sampled_from(BUILT), st.none() | of_flags)
    | st.builds(Change, st.just(Kind.GROUP), st.sampled_from(("crew", "beta")), st.none() | of_groups),
    max_size=8,
)


@given(changes)
def test_the_differences_lead_from_nothing_to_what_there_is(given: list[Change]) -> None:
    """So the record of changes says all there is to know, and each change is one number more."""
    rules, parts, versions = Rules(), dict[tuple[Kind, str], dict[str, Any]](), 0
    for change in given:
        try:
            rules, made = apply(rules, change)
        except Unfit:
            continue  # a group that is not there, or one that a flag has
        versions += bool(made)
        known = parts.setdefault((change.kind, change.name), {})
        for name, (before, now) in json.loads(json.dumps(made)).items():
            assert known.pop(name, None) == before
            known |= {} if now is None else {name: now}
    assert rules.version == versions
    for (kind, name), known in parts.items():
        there = flag_parts(rules.flag(name)) if kind is Kind.FLAG else group_parts(rules.groups.get(name))
        assert json.loads(json.dumps(there)) == known
