"""A language model over real HTTP: what it writes becomes a draft, and whatever else it does is told by a word.

Time stands still but where a test moves it; nothing here waits on a clock.
"""

from __future__ import annotations

import gc
import gzip
import json
import warnings
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
import trio
from attrs import define, evolve, field
from structlog.testing import capture_logs

from lossy.clock import Clock
from lossy.domain.notes import Category
from lossy.inference.breaker import Away, Failed
from lossy.inference.llm import LanguageModel, open_model
from lossy.inference.llm_prompt import INSTRUCTIONS
from lossy.inference.llm_server import FORMS, MAX_WRITTEN
from lossy.inference.llm_transport import MAX_RESPONSE
from lossy.inference.rules import Draft, Remark, structure
from lossy.settings import Llm
from tests.inference.fake_llm import (
    FakeServer,
    breaks_off,
    note,
    open_fake,
    refuses,
    says,
    sends,
    stalls,
    well,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock

    from tests.inference.fake_llm import Behaviour

pytestmark = pytest.mark.integration

SAID = "uh the logo is too dark here"
REMARK = Remark(SAID, 61_000, 2_000, None)
KEY = "sk-a-secret"
MODEL = "small-model"


@define(eq=False)
class Asking:
    """A model, and what comes of asking it."""

    model: LanguageModel
    fake: FakeServer
    told: list[str] = field(factory=list)

    async def draft(self, remark: Remark = REMARK) -> Draft:
        return await self.model.draft(remark, structure(remark), within_s=60, tell=self.told.append)

    async def failure(self, remark: Remark = REMARK) -> str:
        with pytest.raises(Failed) as failed:
            await self.draft(remark)
        return str(failed.value)


@asynccontextmanager
async def open_asking(*script: Behaviour, **settings: Any) -> AsyncIterator[Asking]:
    async with open_fake(*script) as fake:
        llm = evolve(Llm(url=fake.url, key=KEY, model=MODEL), **settings)
        async with open_model(llm, Clock()) as model:
            assert model is not None
            yield Asking(model, fake)


async def test_a_model_writes_the_draft(mock_clock: MockClock) -> None:
    async with open_asking(says(note("The logo is too dark.", category="color", confidence=0.8))) as asking:
        draft = await asking.draft()
    assert (draft.text, draft.category, draft.confidence) == ("The logo is too dark.", Category.COLOR, 0.8)
    assert (draft.media_ms, draft.media_end_ms, draft.by) == (61_000, None, MODEL)
    assert draft.reasons == ("category: color",)


async def test_it_is_asked_for_a_note_of_the_remark_and_told_nothing_else(mock_clock: MockClock) -> None:
    async with open_asking() as asking:
        await asking.draft()
    (heard,) = asking.fake.heard
    assert heard.path == "/v1/chat/completions"
    assert heard.body["messages"] == [
        {"role": "system", "content": INSTRUCTIONS},
        {"role": "user", "content": json.dumps({"remark": SAID}, separators=(",", ":"))},
    ]
    assert {**heard.body, "messages": [], "response_format": {}} == {
        "model": MODEL,
        "messages": [],
        "response_format": {},
        "stream": True,
        "temperature": 0,
    }
    assert heard.body["response_format"]["json_schema"]["strict"]


@pytest.mark.parametrize(("key", "sent"), [(KEY, f"Bearer {KEY}"), ("", None)])
async def test_only_the_key_that_is_set_is_sent(
    key: str, sent: str | None, mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "BASE_URL"):
        monkeypatch.setenv(f"OPENAI_{name}", "another-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: another-secret")
    async with open_asking(key=key) as asking:
        await asking.draft()
    (heard,) = asking.fake.heard
    assert heard.headers.get("authorization") == sent
    assert "another-secret" not in str(heard)


async def test_the_text_is_told_while_it_is_written(mock_clock: MockClock) -> None:
    async with open_asking(says(note("The logo is too dark."))) as asking:
        await asking.draft()
    assert asking.told == ["The lo"], "in pieces of eight letters, and not twice in the same instant"


async def test_a_connection_serves_one_remark_after_the_other(mock_clock: MockClock) -> None:
    async with open_asking() as asking:
        for _ in range(3):
            await asking.draft()
        assert asking.fake.connections == 1


# -- what goes wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (refuses(500), "status_500"),
        (refuses(401, json.dumps({"error": {"message": f"Incorrect API key: {KEY}"}}).encode()), "status_401"),
        (refuses(307, headers={"location": "http://127.0.0.1:1/elsewhere"}), "status_307"),
        (refuses(500, b"x" * (MAX_RESPONSE + 1)), "answer_too_long"),
        (sends(*[b": still here\n\n" * 10_000] * 10), "answer_too_long"),
        (sends(gzip.compress(b"x"), headers={"content-encoding": "gzip"}), "packed_answer"),
        (sends(b"data: {\n\n"), "bad_stream"),
        (sends(b'data: {"error": {"message": "overloaded"}}\n\n'), "server_error"),
        (sends(b"<html>It works!</html>"), "no_answer"),
        (sends(b'data: {"choices": [{"delta": {"content": 5}}]}\n\n'), "no_answer"),
        (says("x" * (MAX_WRITTEN + 1), size=1_000), "answer_too_long"),
        (breaks_off('{"text": "The lo'), "connection"),
        (says('{"text": "The lo'), "no_json"),
        (says("I am sorry, I cannot do that."), "no_json"),
        (says(note("The logo is too dark.", category="logo")), "bad_category"),
        (says(note("The logo is too dark.", confidence=1.1)), "confidence_out_of_range"),
        (says(note("Buy three crates of oranges.")), "invented_text"),
    ],
)
async def test_a_failure_is_told_by_a_word(behaviour: Behaviour, reason: str, mock_clock: MockClock) -> None:
    """And the next remark finds the model as good as ever, whatever became of the connection."""
    async with open_asking(behaviour) as asking:
        with capture_logs() as logs:
            assert await asking.failure() == reason
            assert (await asking.draft()).by == MODEL
    assert KEY not in str(logs)
    assert len("".join(asking.told)) <= MAX_WRITTEN


async def test_a_server_that_is_not_there_is_a_failure(mock_clock: MockClock) -> None:
    async with open_asking() as asking:
        pass
    async with open_model(asking.model.settings, Clock()) as model:
        assert model is not None
        assert await Asking(model, asking.fake).failure() == "connection"


@pytest.mark.parametrize(
    ("behaviour", "moves_s", "reason"),
    [
        (stalls(begin=False), [1.9, 0.2], "silence"),
        (stalls('{"text": '), [1.9, 0.2], "silence"),
    ],
)
async def test_a_server_that_says_nothing_is_left(
    behaviour: Behaviour, moves_s: list[float], reason: str, mock_clock: MockClock
) -> None:
    reasons: list[str] = []

    async def ask() -> None:
        reasons.append(await asking.failure())

    async with open_asking(behaviour) as asking, trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await asking.fake.until_heard(1)
        for seconds in moves_s:
            assert reasons == []
            await trio.testing.wait_all_tasks_blocked(0.02)
            mock_clock.jump(seconds)
        await asking.fake.until_gone()
    assert reasons == [reason]


async def test_a_server_that_never_comes_to_an_end_is_left(mock_clock: MockClock) -> None:
    async def dribble(exchange: Any) -> None:
        await exchange.begin()
        while True:
            await exchange.raw(b": thinking\n\n")
            await trio.testing.wait_all_tasks_blocked(0.001)
            mock_clock.jump(1.0)

    async with open_asking(dribble, timeout_ms=5_000) as asking:
        began = trio.current_time()
        assert await asking.failure() == "timeout"
        assert trio.current_time() - began == pytest.approx(5, abs=1)
        await asking.fake.until_gone()


async def test_what_comes_after_the_end_is_not_waited_for(mock_clock: MockClock) -> None:
    async def leaves_it_open(exchange: Any) -> None:
        await exchange.begin()
        await exchange.piece(note(SAID))
        await exchange.event("[DONE]")
        await trio.testing.wait_all_tasks_blocked(0.02)
        mock_clock.jump(0.2)
        await exchange.until_gone()

    async with open_asking(leaves_it_open) as asking:
        assert (await asking.draft()).by == MODEL
        await asking.fake.until_gone()


async def test_an_end_that_is_cut_off_is_an_end(mock_clock: MockClock) -> None:
    async def ends_hard(exchange: Any) -> None:
        await exchange.begin()
        await exchange.piece(note(SAID))
        await exchange.event("[DONE]")
        raise trio.BrokenResourceError

    async with open_asking(ends_hard) as asking:
        assert (await asking.draft()).by == MODEL


async def test_who_gives_up_in_the_middle_takes_the_connection_along(mock_clock: MockClock) -> None:
    async with open_asking(stalls('{"text": "The lo')) as asking:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asking.draft)
            await asking.fake.until_heard(1)
            await trio.testing.wait_all_tasks_blocked(0.02)
            nursery.cancel_scope.cancel()
        await asking.fake.until_gone()
        assert (await asking.draft()).by == MODEL, "it is free, and nothing was counted against it"


@pytest.mark.parametrize(
    "behaviour", [well, sends(b"data: {\n\n", b": more\n\n"), refuses(500, b"x" * (MAX_RESPONSE + 1)), breaks_off("{")]
)
async def test_nothing_of_an_answer_is_left_to_the_garbage_collector(
    behaviour: Behaviour, mock_clock: MockClock
) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        async with open_asking(behaviour) as asking:
            with suppress(Failed):
                await asking.draft()
            gc.collect()
    assert [str(warning.message) for warning in warned] == []


# -- what a server does not take ----------------------------------------------------------------------------------


async def test_a_server_that_takes_no_schema_is_asked_without_from_then_on(mock_clock: MockClock) -> None:
    async with open_asking(refuses(400), refuses(422), well, well) as asking:
        await asking.draft()
        await asking.draft()
    forms = [{"response_format", "temperature"} & heard.body.keys() for heard in asking.fake.heard]
    assert forms == [{"response_format", "temperature"}, {"response_format"}, set(), set()]


async def test_a_server_that_takes_no_form_is_asked_in_each_anew(mock_clock: MockClock) -> None:
    async with open_asking(*[refuses(400)] * len(FORMS)) as asking:
        assert await asking.failure() == "request_refused"
        await asking.draft()
    assert "response_format" in asking.fake.heard[-1].body


# -- many ---------------------------------------------------------------------------------------------------------


async def test_a_remark_too_many_is_not_kept_waiting(mock_clock: MockClock) -> None:
    async with open_asking(stalls(), stalls(), parallel=2) as asking:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asking.draft)
            nursery.start_soon(asking.draft)
            await asking.fake.until_heard(2)
            with pytest.raises(Away, match="busy"):
                await asking.draft()
            nursery.cancel_scope.cancel()
        assert (await asking.draft()).by == MODEL


async def test_a_server_that_asks_to_be_let_alone_is(mock_clock: MockClock) -> None:
    async with open_asking(refuses(429, headers={"retry-after": "7"})) as asking:
        for moved_s, reason in [(0, "status_429"), (0, "away"), (6.9, "away")]:
            mock_clock.jump(moved_s)
            with pytest.raises(Away, match=reason):
                await asking.draft()
        assert len(asking.fake.heard) == 1
        mock_clock.jump(0.1)
        assert (await asking.draft()).by == MODEL
