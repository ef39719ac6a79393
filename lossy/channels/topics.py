"""Every topic name of the protocol is made and parsed here.

A topic has exactly one name, ids are UUIDs in lower case: two names for one topic would be two lists of subscribers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from attrs import field, frozen
from attrs.validators import matches_re

from lossy.domain.ids import id_text

if TYPE_CHECKING:
    from collections.abc import Callable

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# ASCII, because clients before 1.8.7 corrupt the rest in binary frames; short, because a field is 255 bytes at most.
CHART_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class _Named:
    __slots__ = ()

    @property
    def name(self) -> str:
        return str(self)


@frozen
class Voice(_Named):
    session: UUID

    def __str__(self) -> str:
        return f"voice:{self.session}"


@frozen
class Audio(_Named):
    session: UUID

    def __str__(self) -> str:
        return f"audio:{self.session}"


@frozen
class VideoMeta(_Named):
    def __str__(self) -> str:
        return "video:meta"


@frozen
class VideoNotes(_Named):
    video: UUID

    def __str__(self) -> str:
        return f"notes:video:{id_text(self.video)}"


@frozen
class UserNotes(_Named):
    user: UUID

    def __str__(self) -> str:
        return f"notes:user:{self.user}"


@frozen
class User(_Named):
    user: UUID

    def __str__(self) -> str:
        return f"user:{self.user}"


@frozen
class Telemetry(_Named):
    device: UUID

    def __str__(self) -> str:
        return f"telemetry:{self.device}"


@frozen
class Dashboard(_Named):
    def __str__(self) -> str:
        return "admin:dashboard"


@frozen
class ChartActivity(_Named):
    """`chart` is the name of a chart; ValueError where it is not one."""

    chart: str = field(validator=matches_re(CHART_NAME))

    def __str__(self) -> str:
        return f"charts:{self.chart}"


Topic: TypeAlias = Voice | Audio | VideoMeta | VideoNotes | UserNotes | User | Telemetry | Dashboard | ChartActivity

_WITHOUT_ID: dict[str, Topic] = {topic.name: topic for topic in (VideoMeta(), Dashboard())}

_WITH_ID: dict[str, Callable[[UUID], Topic]] = {
    "voice": Voice,
    "audio": Audio,
    "notes:video": VideoNotes,
    "notes:user": UserNotes,
    "user": User,
    "telemetry": Telemetry,
}


def parse(name: str) -> Topic | None:
    """The topic a client has named, or None where no topic has that name."""
    prefix, _, rest = name.rpartition(":")
    if prefix == "charts":
        return ChartActivity(rest) if CHART_NAME.fullmatch(rest) else None
    if prefix in _WITH_ID:
        return _WITH_ID[prefix](UUID(rest)) if UUID_TEXT.fullmatch(rest) else None
    return _WITHOUT_ID.get(name)
