"""The rules of `statecharts/agent.yaml`.

The data of an agent (JSON values):

| key | meaning |
|---|---|
| delays | the durations the chart names, ms |
| min_confidence | the user's base threshold for keeping a note |
| remark | the one in hand: id, segment, text, spoken_at, media_ms, duration_ms, stt_confidence, n (its journal entry) |
| closing | whether the session ends once nothing is in hand |
| waiting | remarks heard meanwhile, oldest first, WAITING at most |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.domain.notes import Category
from lossy.domain.quality import Keep, Verdict, judge

if TYPE_CHECKING:
    from lossy.domain.occurrence import Data, Occurrence

# Remarks are structured within milliseconds by rules and within seconds by a model; a reviewer who is twenty ahead
# has lost the connection for a while, and the client still holds what does not fit.
WAITING = 20


def initial(delays: Data, *, min_confidence: float) -> Data:
    return {"delays": delays, "min_confidence": min_confidence, "remark": None, "waiting": [], "closing": False}


def judgement(data: Data, draft: Data) -> Verdict:
    return judge(draft["confidence"], Category(draft["category"]), data["min_confidence"], deletions={})


def in_hand(data: Data, remark_id: str) -> bool:
    """Whether a note is being made of the remark, or it waits for that."""
    return any(remark["id"] == remark_id for remark in (data["remark"], *data["waiting"]) if remark)


def room_to_wait(data: Data, event: Occurrence) -> bool:
    return len(data["waiting"]) < WAITING


def good_enough(data: Data, event: Occurrence) -> bool:
    return isinstance(judgement(data, event.payload), Keep)


def somebody_waits(data: Data, event: Occurrence) -> bool:
    return bool(data["waiting"])


def closing(data: Data, event: Occurrence) -> bool:
    return bool(data["closing"])


def note_close(data: Data, event: Occurrence) -> Data:
    return {**data, "closing": True}


def take_remark(data: Data, event: Occurrence) -> Data:
    return {**data, "remark": event.payload}


def queue_remark(data: Data, event: Occurrence) -> Data:
    return {**data, "waiting": [*data["waiting"], event.payload]}


def next_remark(data: Data, event: Occurrence) -> Data:
    first, *rest = data["waiting"]
    return {**data, "remark": first, "waiting": rest}


def put_down(data: Data, event: Occurrence) -> Data:
    return {**data, "remark": None}
