"""What was done to which note, by the entry that it was committed with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.why.words import MOVED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.store.journal_reading import Recorded

SHORT_ID = 8


def moved(recorded: Recorded) -> Mapping[int, str]:
    """By the entry's number: `deleted note 3e970a7d, “The logo is too dark.”`."""
    return {
        changed.n: f"{MOVED[changed.change.event]} note {str(kept.note.id)[:SHORT_ID]}, “{changed.change.text}”"
        for kept in recorded.notes
        for changed in kept.changes
        if changed.n is not None and changed.session_id == recorded.session_id and changed.change.event in MOVED
    }
