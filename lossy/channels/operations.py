"""Every route under /api as a table, beside that of the events: what may be asked, by whom, how often; the answer.

`lossy.web.api` serves by it, the OpenAPI description is made of it, and tests ask every row as somebody else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.channels import account_payloads, account_told, note_payloads, note_told, payloads, told
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


def _own(name: str, method: str, path: str, about: str, body: Any = None) -> Operation:
    """What changes who gets in is for whoever sits at the browser: the token of a device is not enough."""
    return Operation(name, method, path, about, None, body=body, limit=BY_HAND, status=204, bearer=False)


def _for_admins(
    name: str, method: str, path: str, about: str, reply: Any, body: Any = None, status: int = 200
) -> Operation:
    limit = READING if method == "GET" else BY_HAND
    return Operation(name, method, path, about, reply, None, body, Who.ADMIN, limit, status, bearer=False)


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
            "view_chart",
            "GET",
            "/api/charts/{name}/view",
            "All that the visualizer shows of a chart.",
            Media(("application/json",)),
        ),
        _for_admins(
            "list_chart_notes", "GET", "/api/charts/{name}/notes", "What was noted at a chart.", told.ChartNotesListed
        ),
        _for_admins(
            "write_chart_note",
            "POST",
            "/api/charts/{name}/notes",
            "A note at a state or a transition.",
            None,
            payloads.WriteChartNote,
            status=204,
        ),
        _for_admins(
            "remove_chart_note",
            "DELETE",
            "/api/charts/{name}/notes/{note_id}",
            "It is shown no more.",
            None,
            status=204,
        ),
        Operation(
            "compare_chart",
            "POST",
            "/api/charts/{name}/comparison",
            "All that the visualizer shows of a chart beside another version of it.",
            Media(("application/json",)),
            body=payloads.CompareChart,
            who=Who.ADMIN,
            limit=EXPENSIVE,
            bearer=False,
        ),
        _for_admins(
            "chart_heat",
            "GET",
            "/api/charts/{name}/heat",
            "How often each transition was taken of late.",
            told.ChartHeatTold,
        ),
        _for_admins(
            "chart_trace",
            "GET",
            "/api/chart-traces/{of_id}",
            "A session step by step, from its journal; of a note, the session that it was made in.",
            told.TraceTold,
        ),
        Operation(
            "chart_steps",
            "GET",
            "/api/chart-sessions/{session_id}/steps",
            "What came to a session's journal since: to follow it, whichever node it is on.",
            told.StepsSince,
            query=payloads.StepsAfter,
            who=Who.ADMIN,
            bearer=False,
        ),
        _for_admins(
            "list_chart_sessions",
            "GET",
            "/api/chart-sessions",
            "The sessions that other nodes hold.",
            told.SessionsElsewhere,
        ),
        Operation(
            "list_notes",
            "GET",
            "/api/videos/{video_id}/notes",
            "The notes of a video.",
            note_told.NotesPage,
            query=note_payloads.GetNotes,
        ),
        Operation(
            "create_note",
            "POST",
            "/api/videos/{video_id}/notes",
            "A note is typed. The same one again is the same note.",
            note_told.NoteLeft,
            body=note_payloads.CreateNote,
            limit=BY_HAND,
        ),
        Operation(
            "list_note_changes",
            "GET",
            "/api/videos/{video_id}/notes/changes",
            "Which notes of a video have changed since.",
            note_told.NotesChanged,
            query=note_payloads.GetChanges,
        ),
        Operation(
            "count_notes", "GET", "/api/videos/{video_id}/notes/counts", "How many notes a video has.", note_told.Counts
        ),
        Operation(
            "list_own_notes",
            "GET",
            "/api/notes",
            "The notes that the user made, on whatever video.",
            note_told.NotesPage,
            query=note_payloads.GetNotes,
        ),
        Operation(
            "get_note",
            "GET",
            "/api/notes/{note_id}",
            "A note, and every change of it with who and when.",
            note_told.NoteRead,
            query=note_payloads.GetHistory,
        ),
        Operation(
            "update_note",
            "PATCH",
            "/api/notes/{note_id}",
            "A note gets other words, or is confirmed.",
            note_told.NoteLeft,
            body=note_payloads.NoteWording,
            limit=BY_HAND,
        ),
        Operation(
            "delete_note",
            "DELETE",
            "/api/notes/{note_id}",
            "A note is deleted; undo brings it back.",
            note_told.NoteLeft,
            query=note_payloads.NoteRequest,
            limit=BY_HAND,
        ),
        Operation(
            "undo_note",
            "POST",
            "/api/notes/{note_id}/undo",
            "A deletion is taken back, or the last change of words.",
            note_told.NoteLeft,
            body=note_payloads.NoteRequest,
            limit=BY_HAND,
        ),
        Operation(
            "merge_notes",
            "POST",
            "/api/notes/{note_id}/merge",
            "The words of a note go into another one, which is the answer.",
            note_told.NoteLeft,
            body=note_payloads.NoteMerge,
            limit=BY_HAND,
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
        Operation(
            "sign_in",
            "POST",
            "/api/auth/sign_in",
            "The answer carries the cookie of a new web session.",
            account_told.Me,
            body=account_payloads.SignIn,
            who=Who.ANYBODY,
            limit=BY_HAND,
        ),
        _own("sign_out", "POST", "/api/auth/sign_out", "The browser that asks is signed out, with the devices in it."),
        _own("sign_out_everywhere", "POST", "/api/auth/sign_out_everywhere", "Every browser and device is signed out."),
        Operation("get_me", "GET", "/api/me", "Who asks.", account_told.Me),
        _own("change_email", "PUT", "/api/me/email", "Another address to sign in with.", account_payloads.ChangeEmail),
        _own(
            "change_password",
            "PUT",
            "/api/me/password",
            "Another password. Every other browser is signed out, with the devices in it.",
            account_payloads.ChangePassword,
        ),
        Operation("list_devices", "GET", "/api/devices", "One's devices.", account_told.DevicesListed),
        _own("rename_device", "PATCH", "/api/devices/{device_id}", "Another name.", account_payloads.RenameDevice),
        _own(
            "revoke_device",
            "DELETE",
            "/api/devices/{device_id}",
            "It is out for good, and its sockets are closed; so is the browser that it is in, unless that asks.",
        ),
        Operation(
            "list_browsers",
            "GET",
            "/api/browsers",
            "The browsers in which one is signed in.",
            account_told.BrowsersListed,
            bearer=False,
        ),
        _own("sign_out_browser", "DELETE", "/api/browsers/{browser_id}", "It is signed out, with the devices in it."),
        _for_admins("list_users", "GET", "/api/users", "Everybody who has an account.", account_told.PeopleListed),
        _for_admins("get_user", "GET", "/api/users/{user_id}", "Somebody's account.", account_told.PersonListed),
        _for_admins(
            "change_user",
            "PATCH",
            "/api/users/{user_id}",
            "Another role; or they may come in no more, or again.",
            account_told.PersonListed,
            account_payloads.ChangePerson,
        ),
        _for_admins(
            "reset_password",
            "POST",
            "/api/users/{user_id}/reset",
            "A link with which they choose another password.",
            account_told.LinkMade,
        ),
        _for_admins(
            "list_invitations",
            "GET",
            "/api/invitations",
            "Who has been invited and has not come yet.",
            account_told.InvitationsListed,
        ),
        _for_admins(
            "invite",
            "POST",
            "/api/invitations",
            "A link with which somebody makes an account.",
            account_told.LinkMade,
            account_payloads.Invite,
            status=201,
        ),
        _for_admins(
            "withdraw_invitation",
            "DELETE",
            "/api/invitations/{invitation_id}",
            "Its link is void.",
            None,
            status=204,
        ),
        Operation(
            "list_shares",
            "GET",
            "/api/videos/{video_id}/shares",
            "With whom a video is shared.",
            account_told.SharesListed,
        ),
        Operation(
            "share_video",
            "POST",
            "/api/videos/{video_id}/shares",
            "The video is shared: at once with somebody who has an account, else by a link that makes one.",
            account_told.Shared,
            body=account_payloads.ShareWith,
            limit=EXPENSIVE,
            bearer=False,
        ),
        _own(
            "change_share",
            "PATCH",
            "/api/videos/{video_id}/shares/{user_id}",
            "Another role. Their channels on the video fail, and are joined anew.",
            account_payloads.ChangeShare,
        ),
        _own(
            "withdraw_share",
            "DELETE",
            "/api/videos/{video_id}/shares/{user_id}",
            "The video is not shared with them any more. Their channels on it end; what they made stays.",
        ),
        _own(
            "withdraw_invited",
            "DELETE",
            "/api/videos/{video_id}/invited/{invitation_id}",
            "The video is not shared with somebody who has yet to accept.",
        ),
        Operation(
            "list_attendance",
            "GET",
            "/api/videos/{video_id}/attendance",
            "Who was there in the reviews of a video, and when.",
            account_told.AttendancesListed,
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
