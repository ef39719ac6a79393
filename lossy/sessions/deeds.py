"""What comes of an event in its session, before any of it is kept or told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

from lossy.charts.value import value
from lossy.sessions.effects import EFFECTS, WRITING, Performer, Position
from lossy.sessions.links import SAID as SAID_BY_DEVICE
from lossy.sessions.links import device_of
from lossy.sessions.restore import snapshot
from lossy.store.ledger import Commit, Entry, NoteWrite, SettleRemark, Write

if TYPE_CHECKING:
    from lossy.charts.together import Moved
    from lossy.sessions.inbox import Happened
    from lossy.store.ledger import Noted

# Replaying takes some 50 us an entry, so a session is back within 10 ms of its snapshot.
SNAPSHOT_EVERY = 100

TRANSCRIPT = "transcript_final"

Writes = Mapping[int, tuple[Write, ...]]  # by the place of their effect in the step
Left = Mapping[int, tuple["Noted", ...]]  # what the note writes of a step left behind, alike


@value
class Deed:
    """`n` is the number of its journal entry; one that changes nothing has none, and the number of the one before."""

    happened: Happened
    moved: Moved
    n: int
    writes: Writes
    has_entry: bool


def goes_on(happened: Happened) -> bool:
    """Whether what its device said next may be kept with it. The words of a remark end it: a repeat of them has to find
    their outcome.
    """
    return happened.event.name == SAID_BY_DEVICE


def goes_along(following: Happened) -> bool:
    return following.event.name in (SAID_BY_DEVICE, TRANSCRIPT)


def make_deed(session: Performer, happened: Happened, moved: Moved, before: int) -> Deed:
    """`before` is the number of the entry before."""
    writes = {
        index: EFFECTS[effect.name].write(session, effect, Position(before + 1, index))
        for index, (_, effect) in enumerate(moved.effects)
        if effect.name in WRITING
    }
    has_entry = moved.changed or any(writes.values())
    return Deed(happened, moved, before + has_entry, writes, has_entry)


def settles(deeds: Iterable[Deed]) -> bool:
    """Whether what becomes of a remark is written by these."""
    return any(isinstance(write, SettleRemark) for deed in deeds for write in chain(*deed.writes.values()))


def commit(session: Performer, epoch: int, deed: Deed, now: int) -> Commit:
    happened, event, device = deed.happened, deed.happened.event, device_of(deed.happened.chart)
    whose = UUID(device) if device and happened.device_id is None else happened.device_id
    taken = deed.moved.taken
    entry = Entry(session.id, deed.n, event.at, happened.chart, event.name, event.payload, whose, happened.seq, taken)
    kept = snapshot(session.kinds, deed.moved.states, now) if deed.n % SNAPSHOT_EVERY == 0 else None
    return Commit(epoch, entry, (*chain(*deed.writes.values()),), kept)


def left_by(deed: Deed, noted: tuple[Noted, ...]) -> Left:
    left = iter(noted)
    return {i: tuple([next(left) for write in row if isinstance(write, NoteWrite)]) for i, row in deed.writes.items()}
