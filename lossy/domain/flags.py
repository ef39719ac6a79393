"""Flags: who has a capability and who has not, and why (G2). The words are those of OpenFeature's specification.

A flag is asked gate by gate, and the first that is set for somebody decides:

1. killed: off for everybody, whatever the gates say;
2. actor: on or off for that person;
3. group: off where any of their groups has it off, else on where any has it on;
4. boolean: on or off for everybody;
5. percentage: on for those whose bucket is below the share;
6. none is set: the default.

`extension/src/flags.ts` does the same, by the same vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from lossy.domain.buckets import BUCKETS, bucket_of


class Reason(StrEnum):
    DISABLED = "DISABLED"  # killed
    TARGETING_MATCH = "TARGETING_MATCH"  # the person, or a group of theirs
    STATIC = "STATIC"  # the same for everybody
    SPLIT = "SPLIT"  # by their bucket
    DEFAULT = "DEFAULT"


class Gate(StrEnum):
    KILL = "kill"
    ACTOR = "actor"
    GROUP = "group"
    BOOLEAN = "boolean"
    PERCENTAGE = "percentage"


@frozen
class Flag:
    """What is set of a flag. `share` is of BUCKETS; None is a gate that is not set."""

    key: str
    default: bool = False
    killed: bool = False
    actors: Mapping[str, bool] = field(factory=dict)
    groups: Mapping[str, bool] = field(factory=dict)
    boolean: bool | None = None
    share: int | None = None
    version: int = 0  # the number of the change that made it so; 0 for one that nobody ever changed


@frozen
class Actor:
    """Whom a flag is asked for: an id, as text, and the names of their groups."""

    id: str
    groups: frozenset[str] = frozenset()


@frozen
class Evaluation:
    """`group` is the one that decided, by its name the first; `bucket` is known where the percentage decided."""

    value: bool
    reason: Reason
    gate: Gate | None = None
    group: str | None = None
    bucket: int | None = None

    @property
    def variant(self) -> str:
        return "on" if self.value else "off"


def evaluate(flag: Flag, actor: Actor) -> Evaluation:
    if flag.killed:
        return Evaluation(False, Reason.DISABLED, Gate.KILL)
    if actor.id in flag.actors:
        return Evaluation(flag.actors[actor.id], Reason.TARGETING_MATCH, Gate.ACTOR)
    group = _deciding(flag, actor)
    if group is not None:
        return Evaluation(flag.groups[group], Reason.TARGETING_MATCH, Gate.GROUP, group)
    if flag.boolean is not None:
        return Evaluation(flag.boolean, Reason.STATIC, Gate.BOOLEAN)
    if flag.share is not None:
        bucket = bucket_of(flag.key, actor.id)
        return Evaluation(bucket < flag.share, Reason.SPLIT, Gate.PERCENTAGE, bucket=bucket)
    return Evaluation(flag.default, Reason.DEFAULT)


def _deciding(flag: Flag, actor: Actor) -> str | None:
    """Off goes before on: what one list takes away because it does harm, another must not give."""
    mine = sorted(group for group in flag.groups if group in actor.groups)
    return min(mine, key=lambda group: flag.groups[group], default=None)


def percent(share: int) -> str:
    """As people write it: `2.5 %`."""
    whole, hundredths = divmod(share, BUCKETS // 100)
    return f"{whole}.{hundredths:02}".rstrip("0").rstrip(".") + " %"
