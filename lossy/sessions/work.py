"""Work that runs while a state is active (`during`): each answers the payload of `done.<state>`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

from lossy.charts.model import Data
from lossy.inference.breaker import Failed
from lossy.inference.llm import Drafter
from lossy.inference.rules import Draft
from lossy.sessions.hearing import Hearing
from lossy.sessions.structuring import structured, structured_at_once
from lossy.sessions.transcribing import NotTranscribed, transcribe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from lossy.inference.corrections import Mended


# `attrs.asdict` takes three times as long.
DRAFTED = tuple(field.name for field in attrs.fields(Draft))


class WorkFailed(Exception):
    """The work has no answer; its state hears `failed.<state>` with the reason."""


@frozen(eq=False)
class Working:
    """What work has at hand.

    The data of its chart as its state was entered, what the session has heard, the language model where the node has
    one, and a way to tell whoever watches right now: an event and its payload, without a number.
    """

    data: Data
    hearing: Hearing
    drafter: Drafter | None
    tell: Callable[[str, Data], None]


async def structure_remark(working: Working) -> Mapping[str, Any]:
    """A draft of the remark in hand: its text, category, confidence, moment, what it came from, and what made it."""
    remark_id = working.data["remark"]["id"]

    def tell(text: str) -> None:
        working.tell("agent_event", {"type": "model_delta", "remark_id": remark_id, "text": text})

    try:
        draft = await structured(working.data, working.drafter, tell)
    except Failed as failure:
        raise WorkFailed(str(failure)) from failure
    return _payload(draft)


def structure_by_rules(working: Working) -> Mapping[str, Any] | None:
    """The same where no model is asked, which takes no time."""
    draft = structured_at_once(working.data, working.drafter)
    return None if draft is None else _payload(draft)


def _payload(draft: Draft | Mended) -> Mapping[str, Any]:
    return {**{name: getattr(draft, name) for name in DRAFTED}, "category": draft.category.value}


async def transcribe_speech(working: Working) -> Mapping[str, Any]:
    """Its answer is empty: the words come as transcripts, each an event of its own."""
    try:
        await transcribe(working.data, working.hearing)
    except NotTranscribed as failure:
        raise WorkFailed(str(failure)) from failure
    return {}


Work = Callable[[Working], "Awaitable[Mapping[str, Any]]"]

WORK: Mapping[str, Work] = {
    "structure": structure_remark,
    "transcribe": transcribe_speech,
}
# What may do the same without a task; where it cannot, its answer is None.
AT_ONCE: Mapping[Work, Callable[[Working], Mapping[str, Any] | None]] = {structure_remark: structure_by_rules}
