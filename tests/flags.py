"""Flags for tests."""

from __future__ import annotations

from typing import Any

from lossy.domain.flag_change import Change, Kind, apply, first_changes
from lossy.domain.flag_rules import Rules


def after(*changes: Change, rules: Rules | None = None) -> Rules:
    rules = rules or Rules()
    for change in changes:
        rules, _ = apply(rules, change)
    return rules


def everything_on(*changes: Change) -> Rules:
    """As on a new server, and what is changed after that."""
    return after(*first_changes(Rules()), *changes)


def flag(key: str, parts: Any, *, to: int | None = None) -> Change:
    return Change(Kind.FLAG, key, parts, to)


def group(name: str, parts: Any, *, to: int | None = None) -> Change:
    return Change(Kind.GROUP, name, parts, to)
