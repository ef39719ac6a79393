"""What a user may set for themselves (G1), in one place for the wire, the database and the charts.

Only what a user chose is kept, as JSON values by name; whatever else they have is the server's own, and follows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
from attrs import field, frozen

from lossy.domain.notes import Category
from lossy.domain.platforms.model import Platform
from lossy.domain.quality import FLOOR
from lossy.domain.setting_values import Reader, Unfit, categories, entries, number, or_null, switch, whole

if TYPE_CHECKING:
    from lossy.domain.occurrence import Data

# What sounds longer than this after a remark is no breath and no echo of it.
MAX_COOLDOWN_MS = 5_000
# Whoever thinks for half a minute is not gone; after four hours a session that nobody uses ends anyway.
MIN_IDLE_PAUSE_MS, MAX_IDLE_PAUSE_MS = 30_000, 4 * 3_600_000
# Ten years: beyond that somebody means "never", which is 0.
MAX_EXPIRY_DAYS = 3_650

# What nothing goes by yet, or not to the end: kept and told as any other, and offered to nobody. A promise of privacy
# is made once it is true.
NOT_YET = frozenset({"auto_post", "cloud_stt", "ghost_expiry_days", "platform_overrides", "vision_refinement"})

Chosen = Mapping[str, Any]


def _setting(reader: Reader, default: Any) -> Any:
    return field(default=default, metadata={"reader": reader})


_confidence = number(FLOOR, 1)
_overrides = entries({"min_confidence": _confidence, "auto_post": switch})
_of_each_platform = entries({platform.value: _overrides for platform in Platform})


@frozen
class UserSettings:
    """The defaults are those of a server on which nobody set anything. Times in ms."""

    auto_pause: bool = _setting(switch, True)  # of the microphone, after silence
    auto_resume: bool = _setting(switch, True)  # at the next speech or seek
    min_confidence: float = _setting(_confidence, 0.3)  # a draft less sure makes no note
    auto_post: bool = _setting(switch, False)  # of notes that are sure enough, without being asked
    commands: bool = _setting(switch, True)  # spoken ones are obeyed
    server_stt: bool = _setting(switch, False)  # audio leaves the browser: this server transcribes
    cloud_stt: bool = _setting(switch, False)  # and may let somebody else's do it
    vision_refinement: bool = _setting(switch, False)  # a model sees the frame beside the note
    telemetry_opt_out: bool = _setting(switch, False)
    self_firming: tuple[Category, ...] = _setting(categories, ())  # notes that need no confirmation
    ghost_expiry_days: int = _setting(whole(0, MAX_EXPIRY_DAYS), 0)  # 0: they are kept
    platform_overrides: Mapping[str, Mapping[str, Any]] = field(factory=dict, metadata={"reader": _of_each_platform})
    cooldown_ms: int = _setting(whole(0, MAX_COOLDOWN_MS), 500)
    idle_pause_ms: int = _setting(whole(MIN_IDLE_PAUSE_MS, MAX_IDLE_PAUSE_MS), 15 * 60_000)


_READERS: Mapping[str, Reader] = {each.name: each.metadata["reader"] for each in attrs.fields(UserSettings)}
_changes = entries({name: or_null(reader) for name, reader in _READERS.items()})


def change(chosen: Chosen, changes: object) -> Chosen:
    """What is chosen after these changes. A value takes the place of the whole one before; null takes a choice back,
    so that the server's own is in force again. Raises Unfit.
    """
    settled = {**chosen, **_changes(changes)}
    return {name: value for name, value in settled.items() if value is not None}


def still_fit(stored: Chosen) -> Chosen:
    """What was chosen once, without settings that are no more and values that may not be chosen any more."""
    return {name: _READERS[name](value) for name, value in stored.items() if name in _READERS and _fits(name, value)}


def settle(defaults: UserSettings, chosen: Chosen) -> UserSettings:
    return attrs.evolve(defaults, **chosen) if chosen else defaults


def as_payload(settings: UserSettings) -> dict[str, Any]:
    """All of them on the wire: JSON values under their names."""
    return {name: getattr(settings, name) for name in _READERS} | {"self_firming": [*settings.self_firming]}


def for_session(settings: UserSettings) -> Data:
    """The payload of `settings_changed`: what the voice and the agent chart go by."""
    return {
        "auto_pause": settings.auto_pause,
        "auto_resume": settings.auto_resume,
        "min_confidence": settings.min_confidence,
        "auto_post": settings.auto_post,
        "commands": settings.commands,
        "server_stt": settings.server_stt,
        "self_firming": [category.value for category in settings.self_firming],
        "delays": {"cooldown": settings.cooldown_ms, "idle_pause": settings.idle_pause_ms},
    }


def _fits(name: str, value: object) -> bool:
    try:
        _READERS[name](value)
    except Unfit:
        return False
    return True
