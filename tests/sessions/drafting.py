"""Work in the place of `structure_remark`, which takes the time a test gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import trio
from attrs import define, field

from lossy.sessions import session
from lossy.sessions.work import WORK, WorkFailed, structure_remark

if TYPE_CHECKING:
    import pytest

    from lossy.sessions.work import Working


@define(eq=False)
class Drafting:
    """Remarks whose text is in `seconds` take that long, the others no time; those in `failing` have no answer."""

    seconds: Mapping[str, float] = field(factory=dict)
    failing: frozenset[str] = frozenset()
    begun: list[str] = field(factory=list, init=False)
    cancelled: list[str] = field(factory=list, init=False)

    async def __call__(self, working: Working) -> Mapping[str, Any]:
        text = working.data["remark"]["text"]
        self.begun.append(text)
        try:
            await trio.sleep(self.seconds.get(text, 0))
        except trio.Cancelled:
            self.cancelled.append(text)
            raise
        if text in self.failing:
            raise WorkFailed("the model has no answer")
        return await structure_remark(working)

    def use(self, monkeypatch: pytest.MonkeyPatch) -> Drafting:
        monkeypatch.setattr(session, "WORK", {**WORK, "structure": self})
        return self
