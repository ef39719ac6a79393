"""What is set of flags and groups, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from lossy.cli.why_page import clock, day
from lossy.domain.capabilities import CATALOGUE, Capability
from lossy.domain.flags import Evaluation, Flag, Gate, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from lossy.domain.flag_rules import Group
    from lossy.store.flags import Recorded

Names = Mapping[str, str]  # addresses of users by their ids
USERS = ("actors.", "members.")  # parts that are named after a user


def on(value: bool) -> str:
    return "on" if value else "off"


def gates(flag: Flag, people: Callable[[Collection[str]], str]) -> Iterator[str]:
    """In the order in which they are asked; what the last of them says holds for everybody else. `people` says who
    those with these ids are.
    """
    if flag.killed:
        yield "killed: off for everybody, whatever follows"
    for value in (True, False):
        if actors := [actor for actor, set_to in flag.actors.items() if set_to is value]:
            yield f"{on(value)} for {people(actors)}"
    for value in (False, True):
        if groups := sorted(group for group, set_to in flag.groups.items() if set_to is value):
            yield f"{on(value)} for {', '.join(groups)}"
    if flag.boolean is not None:
        yield f"{on(flag.boolean)} for everybody"
    elif flag.share is not None:
        yield f"on for {percent(flag.share)} of everybody"
    else:
        yield f"{on(flag.default)} by default"


def brief(flag: Flag) -> str:
    """One line; people are counted."""
    declared = CATALOGUE[Capability(flag.key)]
    if not declared.built:
        return f"not there yet ({declared.letter})"
    return "; ".join(gates(flag, lambda ids: f"{len(ids)} {'user' if len(ids) == 1 else 'users'}"))


def listed(names: Names) -> Callable[[Collection[str]], str]:
    return lambda ids: ", ".join(sorted(names.get(id, id) for id in ids))


def because(evaluation: Evaluation) -> str:
    """`off, SPLIT: their bucket is 7321`."""
    told = {
        Gate.KILL: "it is killed",
        Gate.ACTOR: "it is set for this user",
        Gate.GROUP: f"it is set for the group {evaluation.group}",
        Gate.BOOLEAN: "it is set for everybody",
        Gate.PERCENTAGE: f"their bucket is {evaluation.bucket}",
        None: "nothing is set for them",
    }
    return f"{evaluation.variant}, {evaluation.reason}: {told[evaluation.gate]}"


def group_line(group_name: str, group: Group) -> str:
    members = f"{len(group.members)} {'member' if len(group.members) == 1 else 'members'}"
    defaults = ", ".join(f"{name}={orjson.dumps(value).decode()}" for name, value in group.defaults.items())
    return f"{group_name}: {members}" + (f", a cohort with {defaults}" if defaults else "")


def history_line(recorded: Recorded, names: Names) -> str:
    by = names.get(str(recorded.by.user_id), recorded.by.via)
    when = f"{day(recorded.at)}, {clock(recorded.at)} UTC"
    changes = sorted(recorded.differences.items())
    done = "; ".join(_difference(part, before, after, names) for part, (before, after) in changes)
    return f"#{recorded.version}  {when}  {by}  {recorded.name}: {done}"


def _difference(part: str, before: Any, after: Any, names: Names) -> str:
    kind, _, name = part.partition(".")
    match kind:
        case "group":
            return "made" if after else "taken away"
        case "killed":
            return "killed" if after else "revived"
        case "members":
            return f"{'with' if after else 'without'} {names.get(name, name)}"
        case "actors":
            return f"for {names.get(name, name)} {_value(before)} → {_value(after)}"
        case "groups" | "defaults":
            return f"{'for ' if kind == 'groups' else ''}{name} {_value(before)} → {_value(after)}"
        case "share":
            return f"percentage {_share(before)} → {_share(after)}"
        case _:
            return f"for everybody {_value(before)} → {_value(after)}"


def _value(value: Any) -> str:
    if value is None:
        return "unset"
    return on(value) if isinstance(value, bool) else orjson.dumps(value).decode()


def _share(share: int | None) -> str:
    return "unset" if share is None else percent(share)
