"""A user's settings, as a page: the same that every device of theirs has (G1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from quart import Blueprint, Response

from lossy.channels.errors import Code, Refusal, invalid
from lossy.channels.operations import OPERATIONS
from lossy.channels.page_payloads import ResetSettings, SettingsForm
from lossy.domain.notes import Category
from lossy.domain.platforms.model import Platform
from lossy.domain.quality import FLOOR
from lossy.domain.user_settings import (
    MAX_COOLDOWN_MS,
    MAX_EXPIRY_DAYS,
    MAX_IDLE_PAUSE_MS,
    MIN_IDLE_PAUSE_MS,
    NOT_YET,
    as_payload,
)
from lossy.web.api import signed_in, status_of
from lossy.web.entrance_pages import to
from lossy.web.forms import read_form, show
from lossy.web.pages import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lossy.domain.user_settings import UserSettings
    from lossy.store.accounts import User
    from lossy.web.node import Node

# To choose from, beside whatever another client has chosen.
SURENESS = [0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
SECOND, MINUTE = 1_000, 60_000
CHANGE = OPERATIONS["update_settings"]
BOUNDS = {
    "idle_min": MIN_IDLE_PAUSE_MS / MINUTE,
    "idle_max": MAX_IDLE_PAUSE_MS // MINUTE,
    "cooldown_max": MAX_COOLDOWN_MS // SECOND,
    "floor": FLOOR,
    "expiry_max": MAX_EXPIRY_DAYS,
}


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("user_settings", __name__)

    @routes.get("/settings")
    async def settings() -> Response:
        return await _page(node, await signed_in(node))

    @routes.post("/settings")
    async def change() -> Response:
        """What is not offered yet stays as it is."""
        user = await signed_in(node)
        asked = await read_form(node, SettingsForm)
        offered = {name: value for name, value in _given(asked).items() if name not in NOT_YET}
        return await _make(node, user, asked.version, offered)

    @routes.post("/settings/reset")
    async def reset() -> Response:
        """What was chosen is taken back: the server's own is in force again."""
        user = await signed_in(node)
        asked = await read_form(node, ResetSettings)
        names = as_payload((await node.user_settings.in_force.of(user.id)).settings)
        return await _make(node, user, asked.version, dict.fromkeys(names))

    return routes


async def _make(node: Node, user: User, version: int, given: Mapping[str, Any]) -> Response:
    """Only what is different is chosen; the rest follows the server."""
    node.limits.spend(user.id, CHANGE)
    now = as_payload((await node.user_settings.in_force.of(user.id)).settings)
    changes = {name: value for name, value in given.items() if value != now[name]}
    try:
        await node.user_settings.make(user.id, version, changes)
    except Refusal as refusal:
        return await _page(node, user, refusal)
    return to("/settings")


def _given(asked: SettingsForm) -> dict[str, Any]:
    return {
        "auto_pause": asked.auto_pause,
        "auto_resume": asked.auto_resume,
        "idle_pause_ms": round(asked.idle_pause_min * MINUTE),
        "cooldown_ms": round(asked.cooldown_s * SECOND),
        "min_confidence": asked.min_confidence,
        "commands": asked.commands,
        "self_firming": [category.value for category in Category if category in asked.self_firming],
        "auto_post": asked.auto_post,
        "platform_overrides": _overrides(asked.overrides),
        "server_stt": asked.server_stt,
        "cloud_stt": asked.cloud_stt,
        "vision_refinement": asked.vision_refinement,
        "telemetry_opt_out": asked.telemetry_opt_out,
        "ghost_expiry_days": asked.ghost_expiry_days,
    }


def _overrides(chosen: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By platform and name. Raises Refusal (invalid)."""
    overrides: dict[str, dict[str, Any]] = {}
    for each in filter(None, chosen):
        path, _, value = each.partition("=")
        platform, _, name = path.partition(".")
        try:
            overrides.setdefault(platform, {})[name] = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise invalid("overrides", "It must be JSON.") from None
    return overrides


async def _page(node: Node, user: User, fault: Refusal | None = None) -> Response:
    if fault is not None and fault.code not in (Code.INVALID, Code.CONFLICT):
        raise fault
    in_force = await node.user_settings.in_force.of(user.id)
    return await show(
        node,
        "settings.html",
        user,
        status=200 if fault is None else status_of(fault),
        version=in_force.version,
        settings=in_force.settings,
        shown=_shown(in_force.settings),
        categories=tuple(Category),
        bounds=BOUNDS,
        not_yet=NOT_YET,
        platforms=PLATFORMS | {Platform.GENERIC: "elsewhere"},
        steps=SURENESS,
        fault=fault,
    )


def _shown(settings: UserSettings) -> dict[str, str]:
    """Times as people count them."""
    return {
        "idle_pause_min": f"{settings.idle_pause_ms / MINUTE:g}",
        "cooldown_s": f"{settings.cooldown_ms / SECOND:g}",
        "min_confidence": f"{settings.min_confidence:g}",
    }
