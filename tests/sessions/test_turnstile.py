"""Which sessions go on first where more have something to do than can at once."""

from __future__ import annotations

from uuid import UUID

import pytest
import trio
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

from lossy.charts.model import Event
from lossy.charts.together import Due
from lossy.clock import Clock
from lossy.sessions.inbox import Happened, Inbox
from lossy.sessions.turnstile import AT_ONCE, REST_S, WORDS_S, Turnstile
from tests.sessions.node import open_node, settled


@define(eq=False)
class Session:
    """One that takes no time once it runs, or one that goes on already."""

    name: str
    gone: list[str]
    waits: bool = True

    def go(self) -> bool:
        if self.waits:
            self.gone.append(self.name)
        return self.waits


@define(eq=False)
class Crowd:
    """A turnstile through which as many have gone through as may at once."""

    turnstile: Turnstile = field(factory=Turnstile)
    gone: list[str] = field(factory=list)
    _by_name: dict[str, Session] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for number in range(AT_ONCE):
            self.ask(f"first{number}")
        self.gone.clear()

    def ask(self, name: str, *, soon: bool = True) -> None:
        self.turnstile.ask(self._by_name.setdefault(name, Session(name, self.gone)), soon=soon)

    def leave(self, name: str) -> None:
        self._by_name[name].waits = False

    def take_out(self, name: str) -> None:
        """It has taken by itself what was there, and waits for more."""
        self.turnstile.leave(self._by_name[name])

    def after(self, turns: int) -> list[str]:
        for _ in range(turns):
            self.turnstile.gone_on()
        return self.gone


async def test_as_many_go_at_once_as_may() -> None:
    gone: list[str] = []
    turnstile = Turnstile()
    for number in range(AT_ONCE + 1):
        turnstile.ask(Session(str(number), gone), soon=True)
    assert gone == [str(number) for number in range(AT_ONCE)]
    turnstile.gone_on()
    assert gone[AT_ONCE:] == [str(AT_ONCE)]


async def test_words_go_newest_first_and_before_all_else() -> None:
    crowd = Crowd()
    crowd.ask("speaks", soon=False)
    for name in "abc":
        crowd.ask(name)
    assert crowd.after(4) == ["c", "b", "a", "speaks"]


async def test_what_only_shows_what_goes_on_goes_in_order_and_with_its_own_words() -> None:
    crowd = Crowd()
    for name in "abc":
        crowd.ask(name, soon=False)
    crowd.ask("b")
    assert crowd.after(4) == ["b", "a", "c"]


async def test_whoever_says_more_has_the_newest_place(autojump_clock: MockClock) -> None:
    crowd = Crowd()
    for name in "abc":
        crowd.ask(name)
    crowd.ask("a", soon=False)
    assert crowd.after(3) == ["a", "c", "b"]


@pytest.mark.parametrize(("soon", "longest_s"), [(True, WORDS_S), (False, REST_S)])
async def test_nobody_waits_for_ever(soon: bool, longest_s: float, autojump_clock: MockClock) -> None:
    crowd = Crowd()
    crowd.ask("old", soon=soon)
    await trio.sleep(longest_s)
    crowd.ask("new")
    assert crowd.after(1) == ["new"]
    await trio.sleep(0.1)
    crowd.ask("newer")
    assert crowd.after(1) == ["new", "old"]


async def test_whoever_says_more_and_more_has_waited_since_the_first_of_it(autojump_clock: MockClock) -> None:
    crowd = Crowd()
    for name in ("ann", "ben"):
        crowd.ask(name)
    await trio.sleep(WORDS_S + 0.1)
    crowd.ask("ann")
    crowd.ask("new")
    assert crowd.after(2) == ["ann", "ben"]


async def test_among_those_who_waited_too_long_words_are_not_preferred(autojump_clock: MockClock) -> None:
    crowd = Crowd()
    for name, soon in (("speaks", False), ("said", True)):
        crowd.ask(name, soon=soon)
    await trio.sleep(WORDS_S + 0.1)
    assert crowd.after(2) == ["speaks", "said"]


async def test_whoever_goes_on_already_takes_no_place() -> None:
    crowd = Crowd()
    for name in "abc":
        crowd.ask(name)
    crowd.leave("c")
    assert crowd.after(1) == ["b"]


@pytest.mark.parametrize("soon", [True, False])
async def test_whoever_has_taken_what_was_there_is_called_no_more(soon: bool) -> None:
    crowd = Crowd()
    for name in "ab":
        crowd.ask(name, soon=soon)
    crowd.take_out("b")
    assert crowd.after(3) == ["a"]


# A name, and whether it is words; or what happens to one of those who are there.
RUNS, LEAVES = "runs and waits again", "goes on by itself"
ASKED = st.tuples(st.sampled_from("abcdefghijklmnopqrst"), st.booleans())


@given(st.lists(st.one_of(ASKED, ASKED, st.sampled_from((RUNS, LEAVES))), max_size=100))
def test_nobody_who_asks_is_forgotten_and_no_place_is_lost(happens: list[tuple[str, bool] | str]) -> None:

    async def play() -> None:
        turnstile, gone = Turnstile(), list[str]()
        sessions: dict[str, Session] = {}
        unheard: set[str] = set()

        def let_through() -> list[Session]:
            for name in gone:
                sessions[name].waits = False
            unheard.difference_update(gone)
            return [session for session in sessions.values() if not session.waits]

        def run_one() -> None:
            session = let_through()[0]
            gone.clear()
            session.waits = True
            turnstile.gone_on()

        crowd = [(f"first{number}", True) for number in range(AT_ONCE)]
        for asked in (*crowd, *happens):
            if isinstance(asked, tuple):
                session = sessions.setdefault(asked[0], Session(asked[0], gone))
                if session.waits:
                    unheard.add(session.name)
                    turnstile.ask(session, soon=asked[1])
            elif asked == RUNS and let_through():
                run_one()
            elif asked == LEAVES and unheard:
                unheard.discard(name := min(unheard))
                turnstile.leave(sessions[name])
            assert len(let_through()) <= AT_ONCE
        while let_through():
            run_one()
        assert not unheard

    trio.run(play)


async def test_a_crowd_that_speaks_at_once_is_heard(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        crowd = [await node.join(UUID(int=number)) for number in range(1, 2 * AT_ONCE)]
        assert {each.session.status()["active"][0] for each in crowd} == {"idle"}
        for each in crowd:
            each.tell("start")
        await settled()
        assert {each.session.status()["active"][0] for each in crowd} == {"observing"}


async def test_a_timer_that_takes_along_what_waits_leaves_its_place(autojump_clock: MockClock) -> None:
    turnstile, clock = Turnstile(), Clock()
    inbox = Inbox(clock, turnstile)
    for number in range(AT_ONCE):
        turnstile.ask(Session(str(number), []), soon=True)
    timer, said = Due(clock.now_ms() + 10, "voice", "after.max"), Happened("voice", Event("pause", clock.now_ms() + 20))
    heard: list[str] = []

    async def read() -> None:
        for _ in range(2):
            happened = await inbox.next(timer if not heard else None)
            assert happened is not None
            heard.append(happened.event.name)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await wait_all_tasks_blocked()
        inbox.put(said)
        await wait_all_tasks_blocked()
        assert heard == [], "there is no place, and nothing is due"
        await trio.sleep(0.01)
        await wait_all_tasks_blocked()
        assert heard == ["after.max", "pause"]
    gone: list[str] = []
    turnstile.ask(Session("next", gone), soon=False)
    turnstile.ask(inbox, soon=False)
    turnstile.gone_on()
    assert gone == ["next"], "who went on by itself has no place of before"
