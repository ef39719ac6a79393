"""The latest sessions, for people who have no id to ask about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from lossy.cli.why_page import DIM, clock, day, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from lossy.store.session_reading import Brief


def print_latest(console: Console, sessions: Sequence[Brief]) -> None:
    if not sessions:
        console.print("There was no session yet.")
        return
    for each in sessions:
        console.print(Text(f"{each.session}"), soft_wrap=True)
        notes = f"{each.notes} {'note' if each.notes == 1 else 'notes'}"
        remarks = f"{each.remarks} {'remark' if each.remarks == 1 else 'remarks'}"
        when = f"{day(each.began_at)}, {clock(each.began_at)} UTC"
        console.print(
            joined(f"  {when}: {each.film}, {notes}, {remarks}", Text(each.person, DIM), by="  "), soft_wrap=True
        )
    console.print(Text("\nlossy why SESSION says what happened in one; its first 8 characters are enough.", DIM))
