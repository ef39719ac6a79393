"""Who may do what with a video: its owner, and those it was shared with in one of three roles."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(StrEnum):
    OWNER = "owner"
    REVIEWER = "reviewer"  # talks
    EDITOR = "editor"  # works the notes off
    VIEWER = "viewer"  # looks on


class Action(StrEnum):
    READ = "read"  # its notes, exports of them, what happens in its sessions
    NOTE = "note"  # makes notes and imports them; changes and deletes those of one's own
    EDIT = "edit"  # changes and deletes notes of others
    REVIEW = "review"  # opens a voice session
    POST = "post"  # approves notes for the platform
    MANAGE = "manage"  # shares it, archives it


_EVERYTHING = frozenset(Action)

MAY: Mapping[Role, frozenset[Action]] = {
    Role.OWNER: _EVERYTHING,
    Role.REVIEWER: frozenset({Action.READ, Action.NOTE, Action.REVIEW}),
    Role.EDITOR: frozenset({Action.READ, Action.NOTE, Action.EDIT}),
    Role.VIEWER: frozenset({Action.READ}),
}


def may(role: Role, action: Action) -> bool:
    return action in MAY[role]


def may_change(role: Role, *, own: bool) -> bool:
    """Whether a note may be changed or deleted; `own` is one that the same person made."""
    return may(role, Action.EDIT) or (own and may(role, Action.NOTE))
