"""What came before and is answered, so that it is not done twice: a click that was obeyed, or the words of a remark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from lossy.channels.errors import rate_limited
from lossy.domain.agent import in_hand
from lossy.sessions.deeds import TRANSCRIPT
from lossy.sessions.note_moves import CLICK
from lossy.sessions.restore import AGENT
from lossy.store.pool import StoreError

if TYPE_CHECKING:
    from lossy.charts.together import States
    from lossy.sessions.audience import Audience
    from lossy.sessions.inbox import Answer, Happened
    from lossy.store.ledger import Ledger

# When the database cannot be asked: about the time in which it restarts.
AWAY_RETRY_MS = 1000


class Asking(Protocol):
    id: UUID
    user_id: UUID
    ledger: Ledger
    audience: Audience


def is_in_hand(session: Asking, happened: Happened, states: States) -> bool:
    """Whether these are words of a remark that is in hand. They are answered when it is settled."""
    if happened.event.name != TRANSCRIPT or not in_hand(states[AGENT].data, happened.event.payload["id"]):
        return False
    session.audience.await_outcome(happened.event.payload["id"], happened)
    return True


async def is_known(session: Asking, happened: Happened) -> bool:
    """Whether it was done before: words that have their outcome, or a click. It is answered then."""
    try:
        answer = await _answer_of(session, happened)
    except StoreError:
        answer = rate_limited(AWAY_RETRY_MS)
    if answer is not None:
        happened.answer(answer)
    return answer is not None


async def _answer_of(session: Asking, happened: Happened) -> Answer | None:
    """The one it got, or might have got. Raises StoreError."""
    payload = happened.event.payload
    if happened.event.name == TRANSCRIPT:
        return await session.ledger.outcome(session.user_id, UUID(payload["id"]))
    if CLICK in payload:
        return {} if await session.ledger.was_clicked(session.id, UUID(payload[CLICK])) else None
    return None
