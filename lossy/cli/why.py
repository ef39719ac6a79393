"""`lossy why`: why a note exists, why a remark made none, and what happened in a session."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
import click
import orjson
from attrs import frozen
from rich.text import Text

from lossy.app import open_database_beside
from lossy.cli.running import console, run
from lossy.cli.why_event import print_event
from lossy.cli.why_latest import print_latest
from lossy.cli.why_note import print_note
from lossy.cli.why_page import SHORT_ID, STRONG, Page
from lossy.cli.why_remark import print_remark
from lossy.cli.why_session import print_session
from lossy.cli.why_trace import write_trace
from lossy.resources import folder
from lossy.sessions.catalog import initial_data, load_all
from lossy.store.journal_reading import PostgresJournalReading
from lossy.store.pool import open_pool
from lossy.store.session_reading import SessionReading
from lossy.why.case import About, Unknown, about
from lossy.why.event import Event
from lossy.why.inquiry import Inquiry
from lossy.why.note import Note
from lossy.why.remark import Remark
from lossy.why.session import Session, tell_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.settings import Settings
    from lossy.store.journal_reading import Recorded


LISTED = 10
DIGITS = 32
HEXADECIMAL = frozenset("0123456789abcdef")


@click.command()
@click.argument("id", required=False)
@click.option("--at", "entry", metavar="EVENT", help="One entry of a session's journal: its number, or SEQ@DEVICE.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: all there is, times in ms since 1970.")
@click.option(
    "--trace",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the whole session there, step by step, for `lossy charts view --trace`. Nobody's words are in it.",
)
def why(id: str | None, entry: str | None, as_json: bool, file: Path | None) -> None:
    """Say why a note exists and reads as it does, why a remark made none, or what happened in a session.

    ID is that of a note, of a remark or of a session, or its first 8 characters or more; without one, the latest
    sessions are listed. The answer is that of the session's journal, played again by the
    charts; `#7` in it is an entry that `lossy why SESSION --at 7` shows whole.
    """
    if id is not None:
        run(partial(_answer, id, entry, as_json, file))
    elif entry is not None or file is not None:
        raise click.UsageError("--at and --trace are of a session: say which")
    else:
        run(partial(_list, as_json))


async def _list(as_json: bool, settings: Settings) -> None:
    async with open_database_beside(settings.database) as conninfo, open_pool(conninfo, size=1) as pool:
        latest = await SessionReading(pool).latest(LISTED)
    if as_json:
        click.echo(orjson.dumps([attrs.asdict(each) for each in latest], option=orjson.OPT_INDENT_2))
    else:
        print_latest(console, latest)


async def _answer(id: str, entry: str | None, as_json: bool, file: Path | None, settings: Settings) -> None:
    _check(id)
    charts = load_all(folder("statecharts"))
    async with open_database_beside(settings.database) as conninfo, open_pool(conninfo, size=1) as pool:
        inquiry = Inquiry(PostgresJournalReading(pool), charts, initial_data(settings))
        whole = await _whole(SessionReading(pool), id)
        if file is not None:
            return await write_trace(inquiry, whole, file)
        answers = await _find(inquiry, whole) if entry is None else [await _find_entry(inquiry, whole, entry)]
    if as_json:
        documents = [_document(answer) for answer in answers]
        return click.echo(orjson.dumps(documents[0] if len(documents) == 1 else documents, option=orjson.OPT_INDENT_2))
    for answer in answers:
        _print(answer)


async def _whole(reading: SessionReading, id: str) -> UUID:
    """The id that this is, or is the beginning of. Raises Unknown."""
    digits = id.replace("-", "").lower()
    if len(digits) == DIGITS:
        return UUID(digits)
    found = await reading.beginning_with(digits)
    if not found:
        raise Unknown(f"no id of a session, a note or a remark begins with {id}")
    if found[1:]:
        raise Unknown(f"{len(found)} ids begin with {id}; say more of the one you mean")
    return found[0]


def _check(id: str) -> None:
    """Raises Unknown."""
    digits = id.replace("-", "").lower()
    if not SHORT_ID <= len(digits) <= DIGITS or not HEXADECIMAL.issuperset(digits):
        raise Unknown(
            f"{id!r} is no id; those of notes, remarks and sessions have {DIGITS} hexadecimal digits, "
            f"of which the first {SHORT_ID} are mostly enough"
        )


# -- looking it up ------------------------------------------------------------------------------------------------


@frozen
class OfRemark:
    about: About
    remark: Remark


@frozen
class OfEntry:
    about: About
    entry: Event


Answer = Note | Session | OfRemark | OfEntry


async def _find(inquiry: Inquiry, id: UUID) -> Sequence[Answer]:
    """More than one of a remark that was said in more than one session. Raises Unknown."""
    note = await inquiry.note(id)
    if note is not None:
        return [note]
    case = await inquiry.case(id)
    if case is not None:
        return [tell_session(case)]
    cases = [await inquiry.case(session_id) for session_id in await inquiry.reading.sessions_of(id)]
    told = [OfRemark(about(case.recorded), remark) for case in cases if case and (remark := case.remark(str(id)))]
    if not told:
        raise Unknown(
            f"{id} is neither a note, deleted ones among them, nor a session, nor a remark that came to one. "
            "What a session had no room for, and what came after its end, left nothing in its journal."
        )
    return told


async def _find_entry(inquiry: Inquiry, session_id: UUID, which: str) -> OfEntry:
    """Raises Unknown."""
    case = await inquiry.case(session_id)
    if case is None:
        raise Unknown(f"{session_id} is no session, so it has no entry {which}")
    told = case.entry(which)
    if told is None:
        raise Unknown(_no_entry(case.recorded, which))
    return OfEntry(about(case.recorded), told)


def _no_entry(recorded: Recorded, which: str) -> str:
    last = recorded.entries[-1].n if recorded.entries else 0
    numbered = next((entry for entry in recorded.entries if entry.seq is not None and entry.device_id), None)
    device = f"{numbered.device_id}"[:SHORT_ID] if numbered else ""
    example = f", and {numbered.seq}@{device} is event {numbered.seq} of device {device}" if numbered else ""
    return f"session {recorded.session_id} has no entry {which!r}; its entries are 1 to {last}{example}"


# -- telling it ---------------------------------------------------------------------------------------------------


def _document(answer: Answer) -> dict[str, Any]:
    kind = {Note: "note", Session: "session", OfRemark: "remark", OfEntry: "entry"}[type(answer)]
    return {"kind": kind, **attrs.asdict(answer)}


def _print(answer: Answer) -> None:
    match answer:
        case Note():
            print_note(console, answer)
        case Session():
            print_session(console, answer)
        case OfRemark(about, remark):
            page = Page()
            print_remark(page, remark, about)
            page.print(console, Text(f"Remark {remark.id}", STRONG))
        case OfEntry(about, entry):
            print_event(console, entry, about)
