"""Every route under /api as a table, beside that of the events: what may be asked, by whom, how often; the answer.

`lossy.web.api` serves by it, the OpenAPI description is made of it, and tests ask every row as somebody else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.channels import payloads, told
from lossy.channels.events import BY_HAND, READING
from lossy.domain.limits import Limit

if TYPE_CHECKING:
    from collections.abc import Mapping


class Who(StrEnum):
    """May ask. A video's roles are looked at by whoever answers."""

    ANYBODY = "anybody"
    USER = "user"
    ADMIN = "admin"


@frozen
class Media:
    """An answer that is no JSON, in one of these types."""

    types: tuple[str, ...]


@frozen(eq=False)
class Operation:
    """`path` has its parameters in braces: UUIDs where they end in `_id`, else names.

    `query` and `body` are attrs classes, None for none; `reply` is an attrs class. A body or a reply that is no JSON of
    ours is Media. `limit` is each user's on each node, and each address's where anybody may ask. `bearer` is whether
    the token of a device is enough; else only the cookie is.
    """

    name: str
    method: str
    path: str
    about: str
    reply: Any
    query: Any = None
    body: Any = None
    who: Who = Who.USER
    limit: Limit = READING
    status: int = 200
    bearer: bool = True

    @property
    def changes(self) -> bool:
        return self.method != "GET"


OPERATIONS: Mapping[str, Operation] = {
    row.name: row
    for row in (
        Operation(
            "extension_token",
            "POST",
            "/api/auth/extension_token",
            "A short-lived token for one device of whoever the cookie names.",
            told.TokenMade,
            body=payloads.TokenRequest,
            limit=BY_HAND,
            bearer=False,
        ),
        Operation(
            "openapi", "GET", "/api/openapi.json", "This description.", Media(("application/json",)), who=Who.ANYBODY
        ),
        Operation("list_charts", "GET", "/api/charts", "The statecharts of this server.", told.ChartsListed),
        Operation(
            "get_chart",
            "GET",
            "/api/charts/{name}",
            "A statechart, in one of the formats of `lossy charts export`.",
            Media(("application/json", "application/xml", "text/plain")),
            query=payloads.ChartFormat,
        ),
        Operation("get_settings", "GET", "/api/settings", "The user's settings.", told.SettingsInForce),
        Operation(
            "update_settings",
            "PATCH",
            "/api/settings",
            "Settings are changed, or reset.",
            told.SettingsInForce,
            body=payloads.UpdateSettings,
            limit=BY_HAND,
        ),
        Operation("get_flags", "GET", "/api/flags", "What the server offers this user.", told.FlagsTold),
        Operation(
            "list_flags",
            "GET",
            "/api/admin/flags",
            "All flags and groups, and what is set of them.",
            told.RulesSet,
            who=Who.ADMIN,
            bearer=False,
        ),
        Operation(
            "change_flag",
            "PATCH",
            "/api/admin/flags",
            "Says who has a capability.",
            told.FlagSet,
            body=payloads.ChangeFlag,
            who=Who.ADMIN,
            limit=BY_HAND,
            bearer=False,
        ),
        Operation(
            "get_group",
            "GET",
            "/api/admin/groups",
            "Who is in a group, and what they have where they chose nothing.",
            told.GroupSet,
            query=payloads.AskGroup,
            who=Who.ADMIN,
            bearer=False,
        ),
        Operation(
            "change_group",
            "PATCH",
            "/api/admin/groups",
            "Says who is in a group, and what they have where they chose nothing.",
            told.GroupSet,
            body=payloads.ChangeGroup,
            who=Who.ADMIN,
            limit=BY_HAND,
            bearer=False,
        ),
        Operation(
            "flag_history",
            "GET",
            "/api/admin/flags/history",
            "Who changed flags and groups, when and how.",
            told.RulesChanged,
            query=payloads.AskHistory,
            who=Who.ADMIN,
            bearer=False,
        ),
    )
}
