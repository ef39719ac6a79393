"""Work that runs while a state is active (`during`): each answers the payload of `done.<state>`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cattrs
import trio

from lossy.inference.rules import Remark, structure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from lossy.charts.model import Data


class WorkFailed(Exception):
    """The work has no answer; its state hears `failed.<state>` with the reason."""


async def structure_remark(data: Data) -> Mapping[str, Any]:
    """A draft of the remark in hand: its text, category, confidence, moment, and the rules that fired."""
    await trio.lowlevel.checkpoint()
    remark = data["remark"]
    draft = structure(Remark(remark["text"], remark["media_ms"], remark["duration_ms"], remark["stt_confidence"]))
    unstructured: Mapping[str, Any] = cattrs.unstructure(draft)
    return unstructured


WORK: Mapping[str, Callable[[Data], Awaitable[Mapping[str, Any]]]] = {"structure": structure_remark}
