"""What the pages' own forms and addresses may say, beside what the API takes, as types."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from lossy.channels.account_payloads import CURRENT, Email, Password, PasswordOrNone
from lossy.channels.payloads import Line, RulesVersion, Share
from lossy.channels.reading import Bounds, about
from lossy.domain.library import Status
from lossy.domain.notes import Category
from lossy.domain.user_settings import MAX_EXPIRY_DAYS

MINUTES = Bounds(0.5, 240)
SECONDS = Bounds(0, 5)


@frozen
class LookThrough:
    """The library."""

    show: Literal["open", "queued", "active", "archived"] = about("where they stand; open is not archived", "open")
    text: Annotated[str, Bounds(0, 200)] = about("only those with it in the title or the address", "")
    cursor: Annotated[str, Bounds(1, 100)] | None = about("of the page before", None)


@frozen
class QueueByAddress:
    url: Line = about("of a page that shows the video")


@frozen
class MoveVideo:
    status: Status = about("where it stands from now on")


@frozen
class SettingsForm:
    """As somebody sees them: times in minutes and seconds. A box that is not ticked is not sent."""

    version: RulesVersion = about("that the page showed")
    auto_pause: bool = about("pause after silence", False)
    auto_resume: bool = about("go on at the next speech", False)
    idle_pause_min: Annotated[float, MINUTES] = about("how long a silence", 15.0)
    cooldown_s: Annotated[float, SECONDS] = about("after a remark", 0.5)
    min_confidence: Share = about("a draft less sure makes no note", 0.3)
    commands: bool = about("spoken ones are obeyed", False)
    self_firming: list[Category] = about("kept without being asked", factory=list)
    auto_post: bool = about("posted without being asked", False)
    overrides: list[Annotated[str, Bounds(0, 60)]] = about("as `vimeo.auto_post=true`; blank is as above", factory=list)
    server_stt: bool = about("this server transcribes", False)
    cloud_stt: bool = about("somebody else's may", False)
    vision_refinement: bool = about("a model sees the frame", False)
    telemetry_opt_out: bool = about("nothing is measured", False)
    ghost_expiry_days: Annotated[int, Bounds(0, MAX_EXPIRY_DAYS)] = about("0 is never", 0)


@frozen
class ResetSettings:
    version: RulesVersion = about("that the page showed")


@frozen
class GateForm:
    """One gate of a flag."""

    flag: Annotated[str, Bounds(1, 40)] = about("its key")
    version: RulesVersion = about("of the flag, as the page showed it")
    everybody: Literal["on", "off", "unset", "share", "killed"] = about("the gate that is the same for all")
    share: Annotated[float, Bounds(0, 100)] = about("percent, where that is the gate", 0.0)
    reason: Annotated[str, Bounds(0, 100)] = about("why, for whoever looks later", "")


@frozen
class PersonGate:
    """The gate of one person."""

    flag: Annotated[str, Bounds(1, 40)] = about("its key")
    version: RulesVersion = about("of the flag, as the page showed it")
    email: Annotated[str, Bounds(1, 280)] = about("of the person")
    value: Literal["on", "off", "unset"] = about("for them")
    reason: Annotated[str, Bounds(0, 100)] = about("why, for whoever looks later", "")


@frozen
class FirstAccount:
    """Of whoever came in by a link."""

    email: Email = about("to sign in with")
    password: Password = about("to sign in with", secret=True)
    current: PasswordOrNone = about(CURRENT, "", secret=True)
