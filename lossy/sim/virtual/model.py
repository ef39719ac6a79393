"""A language model that answers as the rules would, and what goes wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import trio
from attrs import define, field

from lossy.inference.rules import Remark, structure
from lossy.sim.virtual.faults import Chance

if TYPE_CHECKING:
    from lossy.inference.llm import Tell

THINKS_S = (0.2, 0.9)
SLOW_S = 30.0
WRONG = ('{"text": "Call my mother.", "category": "pacing", "confidence": 0.9}', '{"text": ""', "I am sorry.", "")


@define(eq=False)
class Model:
    """`fault` is one that holds until `until`, on trio's clock, whatever chance says."""

    chance: Chance
    fault: str = field(default="", init=False)
    until: float = field(default=0.0, init=False)

    async def write(self, said: str, tell: Tell) -> str:
        random = self.chance.random
        if self._is("silent"):
            await trio.sleep_forever()
        await trio.sleep(SLOW_S * random.random() if self._is("slow") else random.uniform(*THINKS_S))
        if self._is("wrong"):
            return random.choice(WRONG)
        draft = structure(Remark(said, 0, 1_000, None))
        reply = {"text": draft.text, "category": draft.category.value, "confidence": draft.confidence}
        written = orjson.dumps(reply).decode()
        tell(written)
        return written

    def _is(self, fault: str) -> bool:
        return (self.fault == fault and trio.current_time() < self.until) or self.chance.strikes(f"model_{fault}")
