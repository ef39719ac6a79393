"""Every route under /api as a table, beside that of the events: what may be asked, by whom, how often; the answer.

`lossy.web.api` serves by it, the OpenAPI description is made of it, and tests ask every row as somebody else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.channels import payloads, told
from lossy.channels.events import BY_HAND, EXPENSIVE, READING
from lossy.domain.export import FORMATS
from lossy.domain.imports.found import MAX_FILE
from lossy.domain.limits import Limit

if TYPE_CHECKING:
    from collections.abc import Mapping


MAX_BODY = 64 * 1024


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
    the token of a device is enough; else only the cookie is. `most` is how many bytes the body may have.
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
    most: int = MAX_BODY

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
        Operation(
            "platform_adapters",
            "GET",
            "/api/platform_adapters",
            "How addresses of videos are read, as data; the ETag is its hash.",
            Media(("application/json",)),
            who=Who.ANYBODY,
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
        Operation(
            "export_notes",
            "GET",
            "/api/videos/{video_id}/export",
            "All notes of a video as a file.",
            Media(tuple(dict.fromkeys(format.media_type for format in FORMATS.values()))),
            query=payloads.ExportQuery,
            limit=EXPENSIVE,
        ),
        Operation(
            "import_notes",
            "POST",
            "/api/videos/{video_id}/import",
            "The markers of an EDL or an OpenTimelineIO file become notes of a video, all or none.",
            told.Imported,
            query=payloads.ImportQuery,
            body=Media(("text/plain", "application/json", "application/octet-stream")),
            limit=EXPENSIVE,
            most=MAX_FILE,
        ),
    )
}
