"""`lossy why ID --trace FILE`: a whole session step by step, for the visualizer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import orjson
import trio

from lossy.sessions.catalog import OF_SESSION
from lossy.why.case import Unknown
from lossy.why.trace import trace

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from lossy.why.inquiry import Inquiry


async def write_trace(inquiry: Inquiry, id: UUID, file: Path) -> None:
    """`id` is of a session, or of a note or a remark: then of its session. Raises Unknown, StoreError and OSError."""
    session_id, _ = await inquiry.meant(id)
    recorded = await inquiry.reading.session(session_id)
    if recorded is None:
        raise Unknown(f"{id} is neither a session nor something that was said in one")
    charts = {name: inquiry.charts[name] for name in OF_SESSION}
    steps = trace(charts, inquiry.initial, recorded, None, len(recorded.entries))
    lines = b"".join(orjson.dumps(step, option=orjson.OPT_APPEND_NEWLINE) for step in steps)
    await trio.Path(file).write_bytes(lines)
    click.echo(f"{len(steps)} steps of session {session_id}: lossy charts view --trace {file}")
