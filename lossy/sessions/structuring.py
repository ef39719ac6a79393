"""The work `structure`: from the words of a remark to a draft, by the language model where there is one.

The rules are always there. They make the draft where the model is away, or has failed at the last try the chart allows:
then it costs a delay, and never a note. They also know empty talk, which no model is asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import evolve

from lossy.inference.breaker import Away, Failed
from lossy.inference.rules import Draft, Remark, is_empty, structure
from lossy.sessions.mending import mended

if TYPE_CHECKING:
    from lossy.charts.model import Data
    from lossy.inference.corrections import Mended
    from lossy.inference.llm import Drafter, Tell

# Of the time that the chart gives this work: a model that took all of it would leave none to the rules.
SHARE = 0.75


async def structured(agent: Data, drafter: Drafter | None, tell: Tell) -> Draft | Mended:
    """A draft of the remark in hand; `agent` is its chart's data, and `tell` hears the text while a model writes it.

    A correction's draft is that of the note it mends; its moment is None where the words name none. Raises Failed where
    it may be tried again.
    """
    await trio.lowlevel.checkpoint()
    at_once = structured_at_once(agent, drafter)
    if at_once is not None:
        return at_once
    assert drafter is not None, "without one the rules decide"
    remark = _remark(agent)
    return await _by_model(drafter, remark, structure(remark), agent, tell)


def structured_at_once(agent: Data, drafter: Drafter | None) -> Draft | Mended | None:
    """What the rules alone decide: a correction, empty talk, and everything where there is no model."""
    remark = _remark(agent)
    correction = mended(agent, remark)
    if correction is not None:
        return correction
    by_rules = structure(remark)
    return by_rules if drafter is None or is_empty(by_rules) else None


def _remark(agent: Data) -> Remark:
    said = agent["remark"]
    return Remark(said["text"], said["media_ms"], said["duration_ms"], said["stt_confidence"])


async def _by_model(drafter: Drafter, remark: Remark, by_rules: Draft, agent: Data, tell: Tell) -> Draft:
    within_s = SHARE * agent["delays"]["structuring"] / 1_000
    try:
        return await drafter.draft(remark, by_rules, within_s=within_s, tell=tell)
    except Failed as failure:
        last = agent["tries"]["remark"] >= agent["limits"]["tries"]
        if not (last or isinstance(failure, Away)):
            raise
        return evolve(by_rules, reasons=(*by_rules.reasons, f"no model: {failure}"))
