"""What comes of an event in its session, before any of it is kept or told. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from lossy.charts.model import AFTER
from lossy.charts.value import value
from lossy.sessions.effects import EFFECTS, Performer, Row
from lossy.sessions.links import SAID as SAID_BY_DEVICE
from lossy.sessions.links import device_of
from lossy.sessions.restore import snapshot
from lossy.store.ledger import Commit, Entry, SettleRemark, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lossy.charts.model import Effect, Move
    from lossy.charts.together import Moved, States
    from lossy.sessions.inbox import Happened

# Replaying takes some 50 us an entry, so a session is back within 10 ms of its snapshot.
SNAPSHOT_EVERY = 100

TRANSCRIPT = "transcript_final"
START_WORK, STOP_WORK = "start_work", "stop_work"
WORKING = frozenset({START_WORK, STOP_WORK})


class Act(NamedTuple):
    """An effect that has a row in the table, and what it writes."""

    effect: Effect
    row: Row
    writes: tuple[Write, ...]


@value
class Deed:
    """What is needed of a step once it is kept. All else is let go before: of a server that is full, hundreds of
    sessions wait for the database, and what they hold is memory that no cache has.

    `n` is the number of its journal entry; one that changes nothing has none, and the number of the one before.
    `work` is what it begins and ends, with its chart; `writes` are those of all its `acts`. `moves` are there where
    somebody follows the session.
    """

    happened: Happened
    states: States
    taken: tuple[str, ...]
    n: int
    acts: Sequence[Act]
    work: Sequence[tuple[str, Effect]]
    writes: tuple[Write, ...]
    has_entry: bool
    moves: tuple[tuple[str, Move], ...]


def goes_on(happened: Happened) -> bool:
    """Whether what a device said next may be kept with it: after what one said, or a timer. The words of a remark end
    it: a repeat of them has to find their outcome.
    """
    return happened.event.name == SAID_BY_DEVICE or happened.event.name.startswith(AFTER)


def goes_along(following: Happened) -> bool:
    return following.event.name in (SAID_BY_DEVICE, TRANSCRIPT)


def make_deed(session: Performer, happened: Happened, moved: Moved, before: int) -> Deed:
    """`before` is the number of the entry before."""
    acts: list[Act] = []
    work: list[tuple[str, Effect]] = []
    writes: tuple[Write, ...] = ()
    for chart, effect in moved.effects:
        row = EFFECTS.get(effect.name)
        if row is not None:
            written = () if row.write is None else row.write(session, effect, before + 1)
            acts.append(Act(effect, row, written))
            writes += written
        elif effect.name in WORKING:
            work.append((chart, effect))
    has_entry = moved.changed or bool(writes)
    moves = moved.moves if session.is_followed else ()
    return Deed(happened, moved.states, moved.taken, before + has_entry, acts, work, writes, has_entry, moves)


def settles(deeds: Iterable[Deed]) -> bool:
    """Whether what becomes of a remark is written by these."""
    return any(isinstance(write, SettleRemark) for deed in deeds for write in deed.writes)


def commit(session: Performer, epoch: int, deed: Deed, now: int) -> Commit:
    happened, event, taken = deed.happened, deed.happened.event, deed.taken
    whose = happened.device_id
    if whose is None and (device := device_of(happened.chart)) is not None:
        whose = UUID(device)
    entry = Entry(session.id, deed.n, event.at, happened.chart, event.name, event.payload, whose, happened.seq, taken)
    kept = snapshot(session.kinds, deed.states, now) if deed.n % SNAPSHOT_EVERY == 0 else None
    return Commit(epoch, entry, deed.writes, kept)
