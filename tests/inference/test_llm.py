"""What a language model writes, in virtual time: when its text is told, and how long it is waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from attrs import define

from lossy.clock import Clock
from lossy.inference.breaker import Breaker, Failed
from lossy.inference.llm import LanguageModel, Tell, open_model
from lossy.inference.rules import RULES, Remark, structure
from lossy.settings import Llm
from tests.inference.fake_llm import note

if TYPE_CHECKING:
    from trio.testing import MockClock

MODEL = "small-model"
REMARK = Remark("uh the logo is too dark here", 61_000, 2_000, None)


@define(eq=False)
class Dictated:
    """Writes these pieces, at these times in seconds from its beginning."""

    pieces: list[tuple[float, str]]

    async def write(self, said: str, tell: Tell) -> str:
        began, written = trio.current_time(), ""
        for at, piece in self.pieces:
            await trio.sleep_until(began + at)
            written += piece
            tell(written)
        return written


async def told_at(pieces: list[tuple[float, str]]) -> list[tuple[float, str]]:
    began, told = trio.current_time(), list[tuple[float, str]]()

    def tell(text: str) -> None:
        told.append((round(trio.current_time() - began, 3), text))

    settings = Llm(url="http://127.0.0.1:1", model=MODEL)
    model = LanguageModel(settings, Breaker("the model", Clock()), Dictated(pieces))
    await model.draft(REMARK, structure(REMARK), within_s=60, tell=tell)
    return told


async def test_what_is_told_is_the_text_so_far_a_tenth_of_a_second_apart(autojump_clock: MockClock) -> None:
    pieces = [(0.05 * i, piece) for i, piece in enumerate(['{"text": "', "The ", "logo ", "is ", "too ", "dark.", '"'])]
    rest = note("").removeprefix('{"text": ""')
    assert await told_at([*pieces, (2, rest)]) == [
        (0.05, "The "),
        (0.15, "The logo is "),
        (0.25, "The logo is too dark."),
    ]


async def test_the_time_of_the_work_is_kept_where_the_setting_is_longer(autojump_clock: MockClock) -> None:
    settings = Llm(url="http://127.0.0.1:1", model=MODEL, timeout_ms=60_000)
    model = LanguageModel(settings, Breaker("the model", Clock()), Dictated([(30, "")]))
    with pytest.raises(Failed, match="timeout"):
        await model.draft(REMARK, structure(REMARK), within_s=15, tell=lambda text: None)
    assert trio.current_time() == 15


async def test_without_an_address_there_is_no_model() -> None:
    async with open_model(Llm(key="sk-a-secret", model=MODEL), Clock()) as model:
        assert model is None


def test_the_rules_say_that_they_made_a_draft() -> None:
    assert structure(REMARK).by == RULES
