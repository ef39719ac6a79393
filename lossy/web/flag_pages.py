"""Who has which capability, for admins: the gates of each flag, and who set them when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import frozen
from quart import Blueprint, Response

from lossy.channels.errors import Code, Refusal, invalid
from lossy.channels.operations import OPERATIONS
from lossy.channels.page_payloads import GateForm, PersonGate
from lossy.domain.buckets import BUCKETS
from lossy.domain.capabilities import BUILT, CATALOGUE
from lossy.domain.flags import Flag, percent
from lossy.store.user_names import UserNames
from lossy.web.api import status_of
from lossy.web.entrance_pages import to
from lossy.web.flags import HISTORY, make_change
from lossy.web.forms import read_form, show
from lossy.web.people_pages import signed_in_admin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.domain.capabilities import Capability
    from lossy.domain.flag_rules import Rules
    from lossy.store.accounts import User
    from lossy.store.flags import Recorded
    from lossy.web.node import Node

CHANGE = OPERATIONS["change_flag"]
PERCENT = BUCKETS // 100
# What the gate for everybody makes of the parts of a flag.
EVERYBODY: Mapping[str, dict[str, Any]] = {
    "killed": {"killed": True},
    "on": {"killed": False, "boolean": True},
    "off": {"killed": False, "boolean": False},
    "unset": {"killed": False, "boolean": None, "share": None},
}
PERSON: Mapping[str, bool | None] = {"on": True, "off": False, "unset": None}


@frozen
class Shown:
    """A flag as the page has it. `everybody` is the choice that its gates come to, `who` says it in words."""

    flag: Flag
    title: str
    why: str
    everybody: str
    who: str
    people: Mapping[str, bool]  # by address


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("flag_pages", __name__, url_prefix="/admin/flags")

    @routes.get("")
    async def flags() -> Response:
        return await _page(node, await signed_in_admin(node))

    @routes.post("")
    async def change() -> Response:
        admin = await signed_in_admin(node)
        asked = await read_form(node, GateForm)
        parts = EVERYBODY.get(asked.everybody, {"killed": False, "share": round(asked.share * PERCENT)})
        return await _make(node, admin, asked, parts)

    @routes.post("/people")
    async def change_person() -> Response:
        admin = await signed_in_admin(node)
        asked = await read_form(node, PersonGate)
        user_id = await UserNames(node.pool).find(asked.email.strip().lower())
        if user_id is None:
            return await _page(node, admin, invalid("email", "Nobody has that address."), asked.flag)
        return await _make(node, admin, asked, {"actors": {str(user_id): PERSON[asked.value]}})

    return routes


async def _make(node: Node, admin: User, asked: GateForm | PersonGate, parts: dict[str, Any]) -> Response:
    node.limits.spend(admin.id, CHANGE)
    try:
        await make_change(node.flag_watch, admin.id, asked.flag, parts, asked.version, asked.reason.strip())
    except Refusal as refusal:
        return await _page(node, admin, refusal, asked.flag)
    return to(f"/admin/flags#{asked.flag}")


async def _page(node: Node, admin: User, fault: Refusal | None = None, at: str = "") -> Response:
    """`at` is the flag that the fault is of."""
    if fault is not None and fault.code not in (Code.INVALID, Code.CONFLICT):
        raise fault
    rules = await node.flag_watch.store.read()
    history = await node.flag_watch.store.history(None, None, HISTORY)
    people = await UserNames(node.pool).emails(_mentioned(rules, history))
    return await show(
        node,
        "flags.html",
        admin,
        status=200 if fault is None else status_of(fault),
        flags=[_shown(rules, capability, people) for capability in BUILT],
        groups=rules.groups,
        history=[(each, people.get(each.by.user_id) if each.by.user_id else None) for each in history],
        fault=fault,
        at=at,
    )


def _mentioned(rules: Rules, history: Sequence[Recorded]) -> set[UUID]:
    actors = {UUID(id) for flag in rules.flags.values() for id in flag.actors}
    return actors | {each.by.user_id for each in history if each.by.user_id is not None}


def _shown(rules: Rules, capability: Capability, people: Mapping[UUID, str]) -> Shown:
    flag, declared = rules.flag(capability), CATALOGUE[capability]
    named = {people.get(UUID(id), id): value for id, value in flag.actors.items()}
    everybody = _everybody(flag)
    return Shown(flag, declared.title, declared.why, everybody, _who(flag, everybody), dict(sorted(named.items())))


def _everybody(flag: Flag) -> str:
    if flag.killed:
        return "killed"
    if flag.boolean is not None:
        return "on" if flag.boolean else "off"
    return "unset" if flag.share is None else "share"


def _who(flag: Flag, everybody: str) -> str:
    """The first gate that says something for all, and that others come before it."""
    words = {
        "killed": "off for everybody, whatever else is set",
        "on": "on for everybody",
        "off": "off for everybody",
        "share": f"on for {percent(flag.share or 0)} of the users",
        "unset": f"{'on' if flag.default else 'off'}, as nobody has said anything",
    }
    exceptions = len(flag.actors) + len(flag.groups)
    but = f", but for {exceptions} named below" if exceptions and everybody != "killed" else ""
    return words[everybody] + but
