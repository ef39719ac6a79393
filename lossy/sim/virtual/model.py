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
# The first time it does not even stop when it is given up, and answers while the next remark is in hand. Then it does,
# for longer than a remark is tried.
GIVEN_UP_S = (20.0, 25.0)
STOPS_FOR_S = 120.0
WRONG = ('{"text": "Call my mother.", "category": "pacing", "confidence": 0.9}', '{"text": ""', "I am sorry.", "")


@define(eq=False)
class Model:
    """`fault` is one that holds until `until`, on trio's clock, whatever chance says."""

    chance: Chance
    fault: str = field(default="", init=False)
    until: float = field(default=0.0, init=False)
    _stops_until: float = field(default=0.0, init=False)  # on trio's clock

    async def write(self, said: str, tell: Tell) -> str:
        random = self.chance.random
        if self._is("silent"):
            await trio.sleep_forever()
        if self._is("slow"):
            await self._be_slow()
        else:
            await trio.sleep(random.uniform(*THINKS_S))
        if self._is("wrong"):
            return random.choice(WRONG)
        draft = structure(Remark(said, 0, 1_000, None))
        reply = {"text": draft.text, "category": draft.category.value, "confidence": draft.confidence}
        written = orjson.dumps(reply).decode()
        tell(written)
        return written

    async def _be_slow(self) -> None:
        random, now = self.chance.random, trio.current_time()
        if now < self._stops_until:
            return await trio.sleep(SLOW_S * random.random())
        self._stops_until = now + STOPS_FOR_S
        with trio.CancelScope(shield=True):
            await trio.sleep(random.uniform(*GIVEN_UP_S))

    def _is(self, fault: str) -> bool:
        return (self.fault == fault and trio.current_time() < self.until) or self.chance.strikes(f"model_{fault}")
