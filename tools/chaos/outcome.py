"""What became of a run, and how it differs from an undisturbed one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import psycopg
from attrs import frozen

from lossy.sim.client import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lossy.sim.kept import Said
    from lossy.sim.reviewer import Reviewer

# What a server may not say, whatever is done to it.
FAULTS = re.compile(
    r"invariant broken|Traceback|session failed|work failed|join crashed|handler failed|socket failed|not recovered"
)
SHOWN = 5  # differences, of each kind
# In the order in which they were made.
NOTES = """
    SELECT id::text, text, transcript, category, frame_in, frame_out, rate_num, rate_den, status
    FROM notes ORDER BY created_at, id
"""
NUMBERS = """
    SELECT device_id::text, array_agg(seq ORDER BY n) FROM journal WHERE seq IS NOT NULL GROUP BY device_id
"""


@frozen
class Outcome:
    """`notes` are rows of NOTES; `answers` what the device was told of each remark, by its id."""

    notes: tuple[tuple[Any, ...], ...]
    answers: Mapping[str, Any]


class Difference(Exception):
    """A run that was disturbed did not come out as it should; the message says where."""


def outcome_of(conninfo: str, said: list[Said]) -> Outcome:
    with psycopg.connect(conninfo) as connection:
        notes = tuple(connection.execute(NOTES).fetchall())
    return Outcome(notes, {one.facts["id"]: _answer(one.answer) for one in said})


def _answer(answer: Any) -> Any:
    return f"refused: {answer}" if isinstance(answer, Refused) else answer


def differences(calm: Outcome, disturbed: Outcome) -> Iterator[str]:
    """In words, a few of each kind."""
    pairs = [pair for pair in zip_longest(calm.notes, disturbed.notes) if pair[0] != pair[1]]
    for one, other in pairs[:SHOWN]:
        yield f"note: undisturbed {one}\n      disturbed   {other}"
    ids = [id for id in {**calm.answers, **disturbed.answers} if calm.answers.get(id) != disturbed.answers.get(id)]
    for id in ids[:SHOWN]:
        yield f"remark {id}: undisturbed {calm.answers.get(id)}, disturbed {disturbed.answers.get(id)}"


def faults_of_device(reviewer: Reviewer) -> Iterator[str]:
    """A device that follows the protocol meets none of these, whatever is done to it."""
    for hole in reviewer.holes:
        yield f"the device missed a push: {hole}"
    if reviewer.kept.dropped:
        yield f"the device had to drop {reviewer.kept.dropped} events"
    if reviewer.kept.unsettled:
        yield f"the device still holds {len(reviewer.kept.unsettled)} things"
    if reviewer.resets:
        yield f"the device was told {reviewer.resets} times to number its events anew"


def faults_of_journal(conninfo: str) -> Iterator[str]:
    """Each device's events, in order, each once."""
    with psycopg.connect(conninfo) as connection:
        for device, numbers in connection.execute(NUMBERS):
            if numbers != [*range(1, len(numbers) + 1)]:
                yield f"the journal has these events of device {device}: {numbers}"


def faults_of_log(log: Path) -> Iterator[str]:
    """What the server's log says that it may never say, each kind once."""
    seen: set[str] = set()
    for number, line in enumerate(log.read_text(errors="replace").splitlines(), 1):
        fault = FAULTS.search(line)
        if fault is not None and fault.group() not in seen:
            seen.add(fault.group())
            yield f"{log.name}, line {number}: {line[:300]}"
