"""What is stored of a session is the session: after any prefix of any story it can be brought back as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from trio.testing import MockClock

from lossy.channels.errors import Refusal
from lossy.sessions import session
from lossy.store.memory import MemoryLedger
from tests.sessions.client import SURE, VAGUE, Client
from tests.sessions.drafting import Drafting
from tests.sessions.node import SESSION, open_node, restored, settled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lossy.charts.model import State

SNAPSHOT_EVERY = 4  # instead of 100, so that a story has several
SLOW, FAILING = "The music is too loud and slow.", "The titles fail to appear."

TOLD = [
    *("start", "stop", "pause", "resume", "cancel", "seek", "silence_timeout", "error", "metrics", "heartbeat"),
    *("context_gained", "context_lost", "attach", "caught_up", "drop", "heard_by_no_state"),
]


@frozen
class Tell:
    event: str

    async def play(self, ann: Client) -> None:
        ann.tell(self.event)


@frozen
class Hear:
    event: str
    age_ms: int  # how long ago it happened
    probability: float

    async def play(self, ann: Client) -> None:
        ann.hear(self.event, ann.clock.now_ms() - self.age_ms, probability=self.probability)


@frozen
class Say:
    number: int
    text: str
    segment: int | None

    async def play(self, ann: Client) -> None:
        ann.say(self.number, self.text, segment=self.segment)


@frozen
class Wait:
    ms: int

    async def play(self, ann: Client) -> None:
        await trio.sleep(self.ms / 1000)


Action = Tell | Hear | Say | Wait
actions = st.one_of(
    st.builds(Tell, st.sampled_from(TOLD)),
    st.builds(
        Hear, st.sampled_from(["speech_start", "speech_end"]), st.sampled_from([0, 5_000]), st.sampled_from([0, 1])
    ),
    st.builds(Say, st.integers(0, 3), st.sampled_from([SURE, VAGUE, SLOW, FAILING]), st.none() | st.integers(1, 6)),
    st.builds(Wait, st.sampled_from([10, 100, 600, 6_000, 30_000, 70_000, 1_000_000])),
)
stories = st.lists(actions, min_size=5, max_size=30)

# Random, but the same in every run; what a slow machine takes does not matter, and nothing is kept on disk.
repeatable = settings(derandomize=True, deadline=None, database=None, max_examples=100)


def tell(story: Callable[[], Awaitable[None]]) -> None:
    """Runs a story in virtual time, with work that takes its time and frequent snapshots."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "SNAPSHOT_EVERY", SNAPSHOT_EVERY)
        Drafting({SLOW: 7}, frozenset({FAILING})).use(patch)
        trio.run(story, clock=MockClock(autojump_threshold=0))


async def entries_to_replay(ledger: MemoryLedger) -> int:
    stored = await ledger.load(SESSION)
    assert stored is not None
    return len(stored.entries)


@repeatable
@given(stories)
def test_after_every_event_what_is_stored_is_what_is_live(story: list[Action]) -> None:
    async def told() -> None:
        async with open_node() as node:
            ann = await node.listen()
            for action in story:
                try:
                    await action.play(ann)
                except Refusal:
                    return  # the session has ended
                await settled()
                back, live = await restored(node.ledger), ann.session
                assert back.states == live.states
                assert (back.inbound, back.n) == (live.inbound, live.n)
                assert await entries_to_replay(node.ledger) < SNAPSHOT_EVERY

    tell(told)


@repeatable
@given(stories, st.sampled_from([0, 3_000, 40_000, 2_000_000]))
def test_after_a_crash_every_remark_has_one_outcome_in_the_end(story: list[Action], away_ms: int) -> None:
    async def told() -> None:
        ledger = MemoryLedger()
        async with open_node(ledger) as node:
            ann = await node.listen()
            for action in story:
                try:
                    await action.play(ann)
                except Refusal:
                    return
        await trio.sleep(away_ms / 1000)
        async with open_node(ledger) as node:
            await node.roster.recover()
            ann = Client(await node.open(), node.clock)
            for action in story:
                if isinstance(action, Say):
                    await until_settled(ann, action)
            remarks = [note.provenance["remark"] for note in ledger.notes.values()]
            assert len(remarks) == len({*remarks})

    with capture_logs() as logs:
        tell(told)
    assert logs == []


async def until_settled(ann: Client, said: Say) -> None:
    answer = await ann.say(said.number, said.text, segment=said.segment).answer()
    assert "note_id" in answer or "refused" in answer


@repeatable
@given(stories)
def test_no_snapshot_changes_what_is_restored(story: list[Action]) -> None:
    """The same story with a snapshot after every entry and with none."""
    states: list[dict[str, State]] = []

    async def told() -> None:
        async with open_node() as node:
            ann = await node.listen()
            for action in story:
                try:
                    await action.play(ann)
                except Refusal:
                    break
                await settled()
            states.append(dict((await restored(node.ledger)).states))

    for every in (1, 1_000_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(session, "SNAPSHOT_EVERY", every)
            Drafting({SLOW: 7}, frozenset({FAILING})).use(patch)
            trio.run(told, clock=MockClock(autojump_threshold=0))
    assert states[0] == states[1]
