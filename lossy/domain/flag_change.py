"""Changes to flags and groups: what may be changed to what, and what a change did.

A change is a JSON object of the parts that are to be different; null takes a part away:

| of a flag | |
|---|---|
| killed | true, false |
| boolean | true, false, null |
| share | 0 to 10,000, null: hundredths of a percent |
| actors | by user id: true, false, null |
| groups | by the name of a group: true, false, null |

| of a group | |
|---|---|
| members | by user id: true, null |
| defaults | by the name of a setting: its value, null |

A group is there once something of it was changed. In the place of the object null takes the whole away: all gates of a
flag, or the group.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import evolve, frozen

from lossy.domain.buckets import BUCKETS
from lossy.domain.capabilities import BUILT, CATALOGUE, Capability
from lossy.domain.flag_rules import Group, Rules
from lossy.domain.flags import Flag
from lossy.domain.setting_values import Reader, Unfit, by_name, entries, or_null, switch, whole
from lossy.domain.user_settings import change as change_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

# Whoever lists more people than this means a group, and beyond a thousand a percentage. Every node holds all of them,
# and reads all of them again after a change, which takes 30 ms.
ACTORS = 100
GROUPS = 100
MEMBERS = 1_000
MEMBERSHIPS = 10_000
# ASCII, so that every language sorts them alike.
GROUP_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class Kind(StrEnum):
    FLAG = "flag"
    GROUP = "group"


@frozen
class Change:
    """`to` is the version that it is made to; None for whatever there is."""

    kind: Kind
    name: str
    parts: object
    to: int | None = None


class Outdated(Exception):
    """The change was made to another version than there is now."""


Differences = dict[str, list[Any]]  # by part, as in `actors.<id>`, what it was before and after; null for nothing


def apply(rules: Rules, change: Change) -> tuple[Rules, Differences]:
    """The rules after it. Where it changes nothing they are the same, and there are no differences.

    Raises Unfit and Outdated.
    """
    if change.kind is Kind.FLAG:
        before = _known(rules, change.name)
        after = _changed_flag(rules, before, change.parts)
        return _done(rules, rules.with_flag(after), change, before.version, flag_parts(before), flag_parts(after))
    group = rules.groups.get(change.name)
    made = _changed_group(rules, change.name, group, change.parts)
    version = 0 if group is None else group.version
    changed = rules.with_group(change.name, made)
    return _done(rules, changed, change, version, group_parts(group), group_parts(made))


def first_changes(rules: Rules) -> tuple[Change, ...]:
    """What is on for everybody before anybody has changed a flag: all that this version has.

    So a new server has all it can do, and so goes an old one on that had no flags. What later versions bring is off,
    until somebody says who is to have it.
    """
    built = BUILT if rules.version == 0 else ()
    return tuple(Change(Kind.FLAG, capability, {"boolean": True}, to=0) for capability in built)


def flag_parts(flag: Flag) -> dict[str, Any]:
    """What is set of it, part by part."""
    parts: dict[str, Any] = {"boolean": flag.boolean, "share": flag.share, "killed": flag.killed or None}
    parts |= {f"actors.{actor}": value for actor, value in flag.actors.items()}
    parts |= {f"groups.{group}": value for group, value in flag.groups.items()}
    return {name: value for name, value in parts.items() if value is not None}


def group_parts(group: Group | None) -> dict[str, Any]:
    """With `group`, which says that it is there."""
    if group is None:
        return {}
    members = {f"members.{user_id}": True for user_id in group.members}
    return {"group": True, **members, **{f"defaults.{name}": value for name, value in group.defaults.items()}}


def _done(
    rules: Rules, changed: Rules, change: Change, version: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Rules, Differences]:
    if change.to not in (None, version):
        raise Outdated(f"{change.name} is of version {version}")
    names = sorted({*before, *after})
    differences = {n: [before.get(n), after.get(n)] for n in names if before.get(n) != after.get(n)}
    return (changed, differences) if differences else (rules, {})


# -- flags --------------------------------------------------------------------------------------------------------


def _known(rules: Rules, key: str) -> Flag:
    if key not in CATALOGUE:
        raise Unfit("flag", f"It must be one of {', '.join(BUILT)}.")
    if not CATALOGUE[Capability(key)].built:
        raise Unfit("flag", f"Nothing goes by {key} yet: it comes with {CATALOGUE[Capability(key)].letter}.")
    return rules.flag(key)


def _user_id(name: object) -> str:
    try:
        user_id = str(UUID(str(name)))
    except ValueError:
        user_id = ""
    if user_id != name:
        raise Unfit("", "It must be the id of a user, in lower case.")
    return user_id


def _group_name(name: object) -> object:
    if not GROUP_NAME.fullmatch(str(name)):
        raise Unfit("", "It must be the name of a group: small letters, digits, _ and -, at most 40.")
    return name


_gate: Reader = or_null(switch)
_of_flag = entries(
    {
        "killed": switch,
        "boolean": _gate,
        "share": or_null(whole(0, BUCKETS)),
        "actors": by_name(_user_id, _gate),
        "groups": by_name(_group_name, _gate),
    }
)


def _changed_flag(rules: Rules, flag: Flag, parts: object) -> Flag:
    if parts is None:
        return Flag(flag.key, flag.default, killed=flag.killed)
    given = _of_flag(parts)
    actors = _without_nulls({**flag.actors, **given.pop("actors", {})})
    groups = _without_nulls({**flag.groups, **given.pop("groups", {})})
    if unknown := groups.keys() - rules.groups.keys():
        raise Unfit(f"groups.{min(unknown)}", "There is no such group.")
    if len(actors) > ACTORS:
        raise Unfit("actors", f"There may be {ACTORS} at most; a group may have more.")
    if given.get("share") is not None:
        given.setdefault("boolean", None)  # which is asked first, and would leave the share nothing to decide
    return evolve(flag, **given, actors=actors, groups=groups)


# -- groups -------------------------------------------------------------------------------------------------------


def _member(value: object) -> bool:
    if value is not True:
        raise Unfit("", "It must be true, or null.")
    return True


_of_group = entries({"members": by_name(_user_id, or_null(_member)), "defaults": lambda value: value})


def _changed_group(rules: Rules, name: str, group: Group | None, parts: object) -> Group | None:
    _check_name(name)
    if parts is None:
        _check_unused(rules, name)
        return None
    given = _of_group(parts)
    if group is None and len(rules.groups) >= GROUPS:
        raise Unfit("group", f"There may be {GROUPS} groups at most.")
    members = _without_nulls({**dict.fromkeys(_ids(group), True), **given.get("members", {})})
    if len(members) > MEMBERS:
        raise Unfit("members", f"There may be {MEMBERS} at most; a percentage gives to more.")
    if len(members) + _members_of_others(rules, name) > MEMBERSHIPS:
        raise Unfit("members", f"All groups together may have {MEMBERSHIPS}.")
    kept = group or Group()
    defaults = _changed_defaults(kept, given["defaults"]) if "defaults" in given else kept.defaults
    return evolve(kept, members=frozenset(map(UUID, members)), defaults=defaults)


def _check_name(name: str) -> None:
    try:
        _group_name(name)
    except Unfit as unfit:
        raise unfit.within("group") from None


def _changed_defaults(group: Group, changes: object) -> Mapping[str, Any]:
    try:
        return change_settings(group.defaults, changes)
    except Unfit as unfit:
        raise unfit.within("defaults") from None


def _check_unused(rules: Rules, name: str) -> None:
    """A group that a flag has stays: whoever is in it would lose or gain that flag unseen."""
    for flag in rules.flags.values():
        if name in flag.groups:
            raise Unfit("group", f"The flag {flag.key} has a gate for it; clear that first.")


def _members_of_others(rules: Rules, name: str) -> int:
    return sum(len(group.members) for other, group in rules.groups.items() if other != name)


def _ids(group: Group | None) -> list[str]:
    return [] if group is None else [str(user_id) for user_id in group.members]


def _without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
