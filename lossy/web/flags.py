"""Flags over HTTP: one's own for everybody, and all of them with their groups for admins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.channels.errors import Code, Refusal, invalid, not_found
from lossy.domain.capabilities import BUILT, CATALOGUE, Capability
from lossy.domain.flag_change import Change, Kind, Outdated, flag_parts, group_parts
from lossy.domain.setting_values import Unfit
from lossy.store.flags import By, Recorded
from lossy.web.api import Api, Asked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from lossy.domain.flag_rules import Group, Rules
    from lossy.sessions.flag_watch import FlagWatch
    from lossy.web.node import Node

HISTORY = 100
VIA = "web"  # with the reason behind it, where one was given


def serve_flags(node: Node) -> Api:
    api, watch = Api.named("flags", node), node.flag_watch

    @api.handles("get_flags")
    async def get_flags(asked: Asked) -> Mapping[str, Any]:
        return {"flags": node.flags.told(asked.user.id)}

    @api.handles("list_flags")
    async def list_flags(asked: Asked) -> Mapping[str, Any]:
        rules = await watch.store.read()
        flags = [_flag(rules, capability) for capability in BUILT]
        groups = [_brief(name, group) for name, group in sorted(rules.groups.items())]
        return {"version": rules.version, "flags": flags, "groups": groups}

    @api.handles("change_flag")
    async def change_flag(asked: Asked) -> Mapping[str, Any]:
        body = asked.body
        rules = await make_change(watch, asked.user.id, body.flag, body.changes, body.version)
        return _flag(rules, Capability(body.flag))

    @api.handles("get_group")
    async def get_group(asked: Asked) -> Mapping[str, Any]:
        rules = await watch.store.read()
        if asked.query.group not in rules.groups:
            raise not_found()
        return _group(rules, asked.query.group)

    @api.handles("change_group")
    async def change_group(asked: Asked) -> Mapping[str, Any]:
        body = asked.body
        change = Change(Kind.GROUP, body.group, body.changes, to=body.version)
        rules = await _make(watch, By(VIA, asked.user.id), change)
        return _group(rules, body.group)

    @api.handles("flag_history")
    async def flag_history(asked: Asked) -> Mapping[str, Any]:
        return {"changes": [_told(each) for each in await watch.store.history(None, asked.query.name, HISTORY)]}

    return api


async def make_change(watch: FlagWatch, by: UUID, flag: str, parts: object, version: int, reason: str = "") -> Rules:
    """Raises Refusal: invalid, or conflict."""
    via = f"{VIA}: {reason}" if reason else VIA
    return await _make(watch, By(via, by), Change(Kind.FLAG, flag, parts, to=version))


async def _make(watch: FlagWatch, by: By, change: Change) -> Rules:
    """Raises Refusal: invalid, or conflict."""
    try:
        return await watch.change([change], by)
    except Unfit as unfit:
        named = unfit.path in (Kind.FLAG, Kind.GROUP)  # the fault is in the name, and not in the changes
        raise invalid(unfit.path if named else unfit.within("changes").path, unfit.message) from None
    except Outdated:
        raise Refusal(Code.CONFLICT, "It was changed meanwhile.") from None


def _flag(rules: Rules, capability: Capability) -> dict[str, Any]:
    flag, declared = rules.flag(capability), CATALOGUE[capability]
    about = {"key": flag.key, "title": declared.title, "why": declared.why, "capability": declared.letter}
    return {**about, "default": flag.default, "version": flag.version, "parts": flag_parts(flag)}


def _group(rules: Rules, name: str) -> dict[str, Any]:
    group = rules.groups.get(name)
    return {"name": name, "version": 0 if group is None else group.version, "parts": group_parts(group)}


def _brief(name: str, group: Group) -> dict[str, Any]:
    return {"name": name, "version": group.version, "members": len(group.members), "defaults": dict(group.defaults)}


def _told(recorded: Recorded) -> dict[str, Any]:
    by = None if recorded.by.user_id is None else str(recorded.by.user_id)
    about = {"version": recorded.version, "at": recorded.at, "by": by, "via": recorded.by.via}
    return {**about, "kind": recorded.kind, "name": recorded.name, "differences": recorded.differences}
