"""What is stored of a session is the session: after any prefix of any story it can be brought back as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from trio.testing import MockClock

from lossy.channels.errors import Refusal
from lossy.charts.model import Event
from lossy.domain.reconnect import begin_epoch
from lossy.sessions import deeds
from lossy.sessions.links import device_of
from lossy.store.memory import MemoryLedger
from tests.charts.strategies import examples
from tests.sessions.client import SURE, VAGUE, Client
from tests.sessions.drafting import Drafting
from tests.sessions.node import SESSION, open_node, restored, settled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lossy.charts.model import State
    from lossy.charts.together import States

SNAPSHOT_EVERY = 4  # instead of 100, so that a story has several
SLOW, FAILING = "The music is too loud and slow.", "The titles fail to appear."

TOLD = [
    *("start", "stop", "pause", "resume", "cancel", "seek", "silence_timeout", "error", "metrics", "heartbeat"),
    *("context_gained", "context_lost", "heard_by_no_state"),
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


@frozen
class Join:
    """Again, on a new socket, or on another device; and what it says of itself may not be so."""

    holds: int | None
    told: int
    seen: int | None

    async def play(self, ann: Client) -> None:
        ann.join(
            first_seq=self.holds,
            last_seq=max(ann.seq, self.holds or 0),
            accepted_through=self.told,
            last_push_seq=self.seen,
            push_epoch=None if self.seen is None else ann.session.epoch,
        )


@frozen
class Leave:
    async def play(self, ann: Client) -> None:
        ann.leave()


@frozen
class Link:
    """What its link hears besides events."""

    event: str
    facts: dict[str, int]

    async def play(self, ann: Client) -> None:
        ann.say_to_link(self.event, **self.facts)


Action = Tell | Hear | Say | Wait | Join | Leave | Link
small = st.integers(0, 8)
actions = st.one_of(
    st.builds(Tell, st.sampled_from(TOLD)),
    st.builds(
        Hear, st.sampled_from(["speech_start", "speech_end"]), st.sampled_from([0, 5_000]), st.sampled_from([0, 1])
    ),
    st.builds(Say, st.integers(0, 3), st.sampled_from([SURE, VAGUE, SLOW, FAILING]), st.none() | st.integers(1, 6)),
    st.builds(Join, st.none() | st.integers(1, 8), st.sampled_from([0, 0, 0, 9]), st.none() | st.integers(0, 30)),
    st.just(Leave()),
    st.builds(Link, st.just("skipped"), st.fixed_dictionaries({"from": st.integers(1, 4), "to": st.integers(4, 8)})),
    st.builds(Link, st.just("ack"), st.fixed_dictionaries({"reset": st.integers(1, 2), "last_seq": small})),
    st.builds(Wait, st.sampled_from([10, 100, 600, 6_000, 30_000, 70_000, 1_000_000])),
)
stories = st.lists(actions, min_size=5, max_size=30)

repeatable = examples(50, 1_000)


def tell(story: Callable[[], Awaitable[None]]) -> None:
    """Runs a story in virtual time, with work that takes its time and frequent snapshots."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deeds, "SNAPSHOT_EVERY", SNAPSHOT_EVERY)
        Drafting({SLOW: 7}, frozenset({FAILING})).use(patch)
        trio.run(story, clock=MockClock(autojump_threshold=0))


def journaled(states: States) -> dict[str, State]:
    """The states without the count of the pushes: those are not journaled, and begin a new epoch after a restart."""
    epoch = Event("taken_over", 0, {"push_epoch": 0})
    return {
        name: evolve(state, data={**begin_epoch(state.data, epoch), "socket": state.data["socket"]})
        if device_of(name)
        else state
        for name, state in states.items()
    }


async def entries_to_replay(ledger: MemoryLedger) -> int:
    stored = await ledger.read(SESSION)
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
                assert journaled(back.states) == journaled(live.states)
                assert back.n == live.n
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
            patch.setattr(deeds, "SNAPSHOT_EVERY", every)
            Drafting({SLOW: 7}, frozenset({FAILING})).use(patch)
            trio.run(told, clock=MockClock(autojump_threshold=0))
    assert journaled(states[0]) == journaled(states[1])
