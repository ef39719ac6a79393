"""Sessions over the twins in virtual time, and what is told of them from what they left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.charts.model import Event
from lossy.sessions.catalog import initial_data
from lossy.sessions.inbox import Happened
from lossy.sessions.restore import AGENT
from lossy.store.journal_reading import Film, Recorded
from lossy.store.memory_journal_reading import MemoryJournalReading
from lossy.why.case import Case, open_case
from tests.sessions.node import ANN, CHARTS, SESSION, SETTINGS, VIDEO

if TYPE_CHECKING:
    from lossy.store.memory import MemoryLedger
    from tests.sessions.client import Client

EMAIL = "ann@example.com"
INITIAL = initial_data(SETTINGS)


def reading(ledger: MemoryLedger) -> MemoryJournalReading:
    return MemoryJournalReading(ledger, {VIDEO.id: Film(VIDEO.id, VIDEO.title, VIDEO.url, VIDEO.rate)}, {ANN: EMAIL})


async def recorded(ledger: MemoryLedger) -> Recorded:
    found = await reading(ledger).session(SESSION)
    assert found is not None
    return found


async def case_of(ledger: MemoryLedger) -> Case:
    return open_case(CHARTS, INITIAL, await recorded(ledger))


def speak(ann: Client, from_ms: int, to_ms: int, **facts: Any) -> int:
    """A segment of speech, in ms since now; the seq of its start."""
    now = ann.clock.now_ms()
    ann.hear("speech_start", now + from_ms, media_ms=61_000)
    ann.hear("speech_end", now + to_ms, **{"probability": 0.9, **facts})
    return ann.seq - 1


def click(ann: Client, name: str) -> None:
    ann.session.offer(Happened(AGENT, Event(name, ann.clock.now_ms(), {}), ann.device_id))
