"""A remark, as it is told: what was said, what was made of it, its way, and what became of it. Pure.

The fields are the keys of `--json`. Times are in ms since the Unix epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from lossy.why.passages import Passage
from lossy.why.segments import Segment


@frozen
class Said:
    """As it came: `at` is when it was taken, `spoken_at` when it was said."""

    n: int
    at: int
    text: str
    spoken_at: int
    media_ms: int
    duration_ms: int
    segment: int | None
    device: str | None
    stt_confidence: float | None
    by_server: bool


@frozen
class Draft:
    """What was made of the words, by the rules or the model of that name."""

    n: int
    at: int
    text: str
    category: str
    confidence: float
    media_ms: int | None
    media_end_ms: int | None
    reasons: tuple[str, ...]
    by: str


@frozen
class Failure:
    """A try that came to nothing."""

    n: int
    at: int
    reason: str


@frozen
class Stage:
    """The transitions about the remark, or its note, that one entry took."""

    n: int
    at: int
    event: str
    passages: tuple[Passage, ...]


@frozen
class Remark:
    """`outcome` is what became of it, for ever, with entry `settled_n`; empty while it has none. `in_hand` says then in
    which states of the agent it is, `waits` how many are to go before it. Where `doubt` says why the states are not
    known, there may have been more stages and failures.
    """

    id: str
    said: tuple[Said, ...]  # each time that it came
    segment: Segment | None
    failures: tuple[Failure, ...]
    draft: Draft | None
    stages: tuple[Stage, ...]
    settled_n: int | None
    settled_at: int | None
    outcome: Mapping[str, Any]
    in_hand: tuple[str, ...] = ()
    waits: int | None = None
    doubt: str = ""
    did: str = ""  # what a command did, and to which note
