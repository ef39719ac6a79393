"""Who has the microphone, through real sessions: claimed, given up, lost and back, and told to those concerned."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trio
from attrs import define, field

from lossy.channels.errors import Refusal
from lossy.sessions import ownership_rows
from lossy.sessions.owners import AWAY_RETRY_MS, Place
from lossy.store.memory import MemoryLedger
from lossy.store.memory_ownership import MemoryOwnership
from lossy.store.pool import StoreUnavailable
from tests.sessions.client import LAPTOP, PHONE
from tests.sessions.node import ANN, settled
from tests.sessions.tabs import HOUR_S, Desk, ms, open_desk, pass_s

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from trio.testing import MockClock

    from lossy.store.ownership import Row

GRACE_S = 30


@define(eq=False)
class Fault:
    """A hook of `MemoryOwnership` that fails while it is set."""

    set: bool = field(default=False)

    async def __call__(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.set:
            raise StoreUnavailable("gone")


# -- joining, claiming, giving it up ------------------------------------------------------------------------------


async def test_who_joins_while_nobody_has_the_microphone_has_it(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        ann = await desk.tab("a")
        assert ann.has_it
        assert ann.joined is not None
        assert ann.joined.owner is not None
        assert ann.joined.owner["tab"] == "a"
        assert ann.session.states["voice"].data["context_epoch"] == 1


async def test_a_second_tab_that_joins_takes_nothing_and_knows_who_has_it(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        assert (first.has_it, second.owner) == (True, None)
        assert second.joined is not None
        assert second.joined.owner is not None
        assert (second.joined.owner["tab"], second.joined.owner["session"]) == ("a", str(first.session.id))


async def test_a_tab_that_is_turned_to_takes_it_and_both_are_told(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await pass_s(10)
        answer = await second.claim()
        assert answer == {
            "owner": True,
            "session": str(second.session.id),
            "video": str(second.session.video.id),
            "epoch": 2,
        }
        assert (first.owner, second.has_it) == (None, True)
        assert (first.told, second.told) == (["b"], [])
        taken = first.client.pushed("context_taken")[0]["by"]
        assert (taken["session"], taken["device"], taken["since"]) == (answer["session"], str(LAPTOP), ms(10))


async def test_a_claim_from_before_the_owners_is_refused_with_who_has_it(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await pass_s(10)
        await first.claim()
        answer = await second.claim(made_ms_ago=1)
        assert (answer["code"], answer["by"]["tab"], answer["by"]["since"]) == ("context_taken", "a", ms(0))
        assert (first.has_it, second.owner, first.told) == (True, None, [])


@pytest.mark.parametrize("late_is_first", [False, True])
async def test_two_windows_may_claim_in_either_order(autojump_clock: MockClock, late_is_first: bool) -> None:
    """The claim that was made last has it, whichever arrives last."""
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await pass_s(10)
        claims = [lambda: first.claim(made_ms_ago=200), lambda: second.claim(made_ms_ago=100)]
        for claim in reversed(claims) if late_is_first else claims:
            await claim()
        assert (first.owner, second.has_it) == (None, True)


async def test_what_was_said_before_the_microphone_was_taken_still_counts(autojump_clock: MockClock) -> None:
    """It is lost at the moment the other tab was turned to, not at that at which we heard of it."""
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await first.client.tell("start").answer()
        await pass_s(10)
        await second.claim(made_ms_ago=4_000)
        assert first.session.states["voice"].data["paused"] == {"at": ms(6), "by": "context"}


@pytest.mark.parametrize("ahead_ms", [HOUR_S * 1000, -HOUR_S * 1000])
async def test_a_clock_an_hour_off_that_was_measured_is_as_good_as_any(
    autojump_clock: MockClock, ahead_ms: int
) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        wrong, right = await desk.tab("a", ahead_ms=ahead_ms, measured_ms=ahead_ms), await desk.tab("b", 2)
        await pass_s(10)
        assert (await right.claim())["owner"]
        await pass_s(1)
        assert (await wrong.claim())["owner"]
        await pass_s(1)
        assert (await right.claim(made_ms_ago=500))["owner"]


async def test_a_clock_an_hour_ahead_that_nobody_measured_wins_no_future(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        ahead, right = await desk.tab("a", ahead_ms=HOUR_S * 1000), await desk.tab("b", 2)
        await pass_s(10)
        await ahead.claim()
        await pass_s(0.001)
        assert (await right.claim())["owner"]
        await pass_s(10)
        assert (await ahead.claim(seq=1, made_ms_ago=10_001))["code"] == "context_taken", "the same claim once more"


async def test_the_owners_claim_once_more_is_answered_as_the_first(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        ann = await desk.tab("a")
        first = await ann.claim()
        assert await ann.claim(seq=ann.seq) == first
        await pass_s(1)
        assert await ann.claim() == first
        assert ann.told == []


async def test_it_is_given_up_and_all_are_told(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await pass_s(1)
        assert await first.release() == {"owner": False, "vacant": True}
        assert first.owner is None
        assert (first.told, second.told) == ([None], [None])
        assert desk.published == ["context_available"]
        assert (await second.claim())["epoch"] == 2
        assert (first.told, second.has_it) == ([None, "b"], True)


async def test_who_has_nothing_gives_nothing_up(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await pass_s(1)
        assert await second.release() == {"owner": False, "vacant": False}
        assert (first.has_it, first.told) == (True, [])


async def test_a_claim_overtaken_by_its_own_release_leaves_nobody(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await pass_s(1)
        await second.claim()
        await second.release()
        assert await second.claim(made_ms_ago=500, seq=1) == {"owner": False, "vacant": True}
        assert (first.owner, second.owner) == (None, None)


async def test_a_claim_is_of_ones_own_session_and_its_video(autojump_clock: MockClock) -> None:
    store = MemoryOwnership()
    async with open_desk(store) as desk:
        ann = await desk.tab("a")
        for place in (
            Place(ANN, "a", LAPTOP, ann.session.id, ANN),
            Place(ANN, "a", LAPTOP, ANN, ann.session.video.id),
        ):
            with pytest.raises(Refusal) as refused:
                await desk.owners.claim(place, ms(0), 0, 1)
            assert refused.value.code == "not_found"


async def test_two_tabs_on_one_session_hand_it_to_each_other(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        laptop, phone = await desk.tab("1"), await desk.tab("1", device=PHONE)
        await pass_s(1)
        assert laptop.has_it
        await phone.claim()
        assert (laptop.has_it, phone.has_it) == (False, True), "they number their tabs alike, and are two"
        assert laptop.told == ["1"]
        assert laptop.client.pushed("context_taken")[0]["by"]["device"] == str(PHONE)


async def test_a_session_of_before_there_were_epochs_listens_on(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        ann = await desk.away("a")
        ann.client.own()
        await ann.client.tell("start").answer()
        await ann.join()
        assert ann.has_it
        assert ann.session.states["voice"].data["paused"] is None
        assert ann.told == []


# -- closed, lost and back ----------------------------------------------------------------------------------------


async def test_a_tab_that_is_lost_has_it_for_the_grace_and_then_nobody(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await pass_s(0.25)
        await first.leave()
        await pass_s(GRACE_S - 0.001)
        assert (first.has_it, second.told) == (True, [])
        await pass_s(0.001)
        assert (first.owner, second.told) == (None, [None])
        assert desk.published == ["context_available"]


async def test_a_tab_that_is_back_within_the_grace_has_it_as_before(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await first.leave()
        await pass_s(GRACE_S - 0.001)
        await first.join()
        await pass_s(GRACE_S)
        assert (first.has_it, first.told, second.told) == (True, [], [])


async def test_a_tab_that_is_back_after_the_grace_takes_nothing_from_another(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await first.leave()
        await pass_s(GRACE_S)
        await second.claim()
        await first.join()
        assert (first.owner, second.has_it) == (None, True)


async def test_a_tab_that_is_back_after_the_grace_has_it_where_nobody_has(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        ann = await desk.tab("a")
        await ann.leave()
        await pass_s(GRACE_S)
        assert ann.owner is None
        await ann.join()
        assert ann.has_it


async def test_the_end_of_an_older_socket_takes_nothing_from_a_tab_that_is_back(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        ann = await desk.tab("a")
        old = ann.joined
        assert old is not None
        await ann.join()
        desk.owners.left(old)
        await pass_s(2 * GRACE_S)
        assert ann.has_it


async def test_a_session_that_ends_gives_it_up(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await first.client.tell("close").answer()
        await settled()
        await desk.owners.ended(ANN, first.session.id)
        assert second.told == [None]
        await desk.owners.ended(ANN, first.session.id)
        assert desk.published == ["context_available"]


async def test_a_claim_without_a_socket_of_the_tab_lasts_for_the_grace(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        ann = await desk.away("a")
        assert (await ann.claim())["owner"]
        await pass_s(GRACE_S - 0.001)
        assert ann.has_it
        await pass_s(0.001)
        assert ann.owner is None
        await ann.claim()
        await ann.join()
        await pass_s(GRACE_S)
        assert ann.has_it


# -- another review in the same tab -------------------------------------------------------------------------------


async def test_another_review_in_the_owners_tab_ends_the_running_one(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        before = await desk.tab("a")
        await pass_s(1)
        after = await desk.away("a", 2)
        after.seq = before.seq
        assert (await after.claim())["session"] == str(after.session.id)
        assert before.client.endings == ["ended"]
        assert after.has_it


async def test_to_join_another_review_in_the_owners_tab_is_a_claim(autojump_clock: MockClock) -> None:
    """Or a client that claims nothing would speak to a review that does not listen."""
    async with open_desk(MemoryOwnership()) as desk:
        before = await desk.tab("a")
        await pass_s(1)
        await before.leave()
        after = await desk.tab("a", 2)
        assert (before.session.over, after.has_it) == (True, True)


async def test_another_review_in_another_tab_ends_nothing(autojump_clock: MockClock) -> None:
    async with open_desk(MemoryOwnership()) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await pass_s(1)
        await second.claim()
        await pass_s(5)
        assert first.client.endings == []


# -- faults -------------------------------------------------------------------------------------------------------


async def test_what_was_decided_and_not_told_is_told_by_the_next_tick(autojump_clock: MockClock) -> None:
    fault = Fault()
    async with open_desk(MemoryOwnership(after_commit=fault)) as desk:
        first, second = await desk.tab("a"), await desk.tab("b", 2)
        await pass_s(0.5)
        fault.set = True
        assert (await second.claim())["code"] == "rate_limited"
        assert (first.has_it, second.owner) == (True, None)
        fault.set = False
        await pass_s(0.5)
        assert (first.owner, second.has_it) == (None, True)
        assert first.told == ["b"]
        assert (await second.claim(seq=second.seq))["owner"], "the claim that had no answer, once more"


async def test_a_node_that_dies_before_it_told_leaves_nothing_untold(autojump_clock: MockClock) -> None:
    fault, ledger = Fault(), MemoryLedger()
    store = MemoryOwnership(after_commit=fault)
    async with open_desk(store, ledger) as desk:
        first, other, moved = await desk.tab("a"), await desk.tab("b", 2), await desk.away("b", 3)
        await pass_s(0.25)
        await other.claim()
        moved.seq = other.seq
        await pass_s(0.25)
        fault.set = True
        assert (await moved.claim())["code"] == "rate_limited"
        assert other.has_it
    fault.set = False
    async with open_desk(store, ledger) as desk:
        first, moved, other = await desk.away("a"), await desk.away("b", 3), await desk.away("b", 2)
        await settled()
        assert (first.owner, moved.has_it) == (None, True)
        assert other.session.over, "it was left for another"


async def test_the_tab_of_a_node_that_died_has_it_for_the_grace(autojump_clock: MockClock) -> None:
    store, ledger = MemoryOwnership(), MemoryLedger()
    async with open_desk(store, ledger) as desk:
        await desk.tab("a")
        await pass_s(5)
    await pass_s(5)
    async with open_desk(store, ledger) as desk:
        ann = await desk.away("a")
        await pass_s(GRACE_S - 0.001)
        assert ann.has_it
        await pass_s(0.001)
        assert ann.owner is None


async def test_a_grace_goes_on_while_its_node_is_dead(autojump_clock: MockClock) -> None:
    store, ledger = MemoryOwnership(), MemoryLedger()
    async with open_desk(store, ledger) as desk:
        ann = await desk.tab("a")
        await ann.leave()
    await pass_s(GRACE_S + 1)
    async with open_desk(store, ledger) as desk:
        ann = await desk.away("a")
        await settled()
        assert ann.owner is None


async def test_without_the_database_a_tab_is_told_to_come_back(autojump_clock: MockClock) -> None:
    fault = Fault()
    async with open_desk(MemoryOwnership(before_commit=fault)) as desk:
        ann = await desk.tab("a")
        await pass_s(1)
        fault.set = True
        assert (await ann.claim())["code"] == "rate_limited"
        with pytest.raises(Refusal) as refused:
            await desk.owners.joined(ann.place, None, 0)
        assert refused.value.details == {"retry_after_ms": AWAY_RETRY_MS}


async def test_a_tab_that_is_lost_while_the_database_is_away_is_lost_when_it_is_back(
    autojump_clock: MockClock,
) -> None:
    fault = Fault()
    async with open_desk(MemoryOwnership(before_commit=fault)) as desk:
        ann = await desk.tab("a")
        fault.set = True
        await ann.leave()
        await pass_s(2)
        fault.set = False
        await pass_s(GRACE_S + sum(ownership_rows.RETRY_S))
        assert ann.owner is None


async def test_a_grace_that_ends_while_the_database_is_away_ends_when_it_is_back(autojump_clock: MockClock) -> None:
    fault = Fault()
    async with open_desk(MemoryOwnership(before_commit=fault)) as desk:
        ann = await desk.tab("a")
        await ann.leave()
        fault.set = True
        await pass_s(GRACE_S + 5)
        assert ann.has_it
        fault.set = False
        await pass_s(2 * ownership_rows.TICK_S)
        assert ann.owner is None


async def test_a_join_whose_client_goes_meanwhile_is_known_and_leaves(autojump_clock: MockClock) -> None:
    """Or the microphone would be that of a tab of which nobody will say that it is gone."""

    async def slowly() -> None:
        await trio.sleep(1)

    async with open_desk(MemoryOwnership(after_commit=slowly)) as desk:
        ann = await desk.away("a")
        with trio.move_on_after(0.5) as gone:
            ann.joined = await desk.owners.joined(ann.place, None, 0)
            await trio.lowlevel.checkpoint()
        assert gone.cancelled_caught
        assert ann.joined is not None
        desk.owners.left(ann.joined)
        await pass_s(GRACE_S + 3)
        assert ann.owner is None


# -- two nodes ----------------------------------------------------------------------------------------------------


async def test_the_sessions_of_another_node_hear_of_it_within_a_tick(autojump_clock: MockClock) -> None:
    store = MemoryOwnership()
    async with open_desk(store) as here, open_desk(store) as there:
        first, second = await here.tab("a"), await there.tab("b", 2)
        await pass_s(0.25)
        await second.claim()
        assert (first.has_it, second.has_it) == (True, True), "what is said meanwhile is one person's"
        await pass_s(ownership_rows.TICK_S)
        assert (first.owner, second.has_it, first.told) == (None, True, ["b"])
        await second.release()
        await pass_s(ownership_rows.TICK_S)
        assert first.told == ["b", None]


async def test_a_review_that_is_left_on_another_node_ends_there(autojump_clock: MockClock) -> None:
    store = MemoryOwnership()
    async with open_desk(store) as here, open_desk(store) as there:
        before = await here.tab("a")
        await pass_s(0.25)
        after = await there.tab("a", 2)
        await pass_s(ownership_rows.TICK_S)
        assert before.client.endings == ["ended"]
        assert after.has_it


async def test_the_grace_of_a_node_that_died_is_ended_by_another(autojump_clock: MockClock) -> None:
    store = MemoryOwnership()
    async with open_desk(store) as there:
        second = await there.tab("b", 2)
        async with open_desk(store) as here:
            first = await here.tab("a")
            await pass_s(0.25)
            await first.claim()
            await first.leave()
        await pass_s(GRACE_S + 2 * ownership_rows.TICK_S)
        assert second.told == ["a", None]
        assert there.published == ["context_available"]


async def test_the_end_of_a_socket_on_the_node_it_left_takes_nothing_from_a_tab_that_moved(
    autojump_clock: MockClock,
) -> None:
    store = MemoryOwnership()
    async with open_desk(store) as here, open_desk(store) as there:
        on_old, on_new = await here.tab("a"), await there.tab("a")
        assert on_old.joined is not None
        here.owners.left(on_old.joined)
        await pass_s(2 * GRACE_S)
        assert on_new.has_it


@pytest.mark.parametrize("seed", range(8))
async def test_of_two_nodes_that_race_one_decides(autojump_clock: MockClock, seed: int) -> None:
    """Whoever claimed last has it on both nodes, and nobody else."""
    store = MemoryOwnership()
    async with open_desk(store) as here, open_desk(store) as there:
        tabs = [await (here if n % 2 else there).tab(f"tab {n}", n) for n in range(6)]
        await pass_s(10)
        ages = [(seed * 7 + n * 5) % 11 * 100 for n in range(6)]
        async with trio.open_nursery() as nursery:
            for tab, age in zip(tabs, ages, strict=True):
                nursery.start_soon(tab.claim, age)
        await pass_s(ownership_rows.TICK_S)
        newest = max(range(6), key=lambda n: (-ages[n], tabs[n].seq, f"tab {n}"))
        assert [tab.id for tab in tabs if tab.has_it] == [f"tab {newest}"]
        assert [tab.id for tab in tabs if tab.owner is not None] == [f"tab {newest}"]


@define(eq=False)
class OnceAway(MemoryOwnership):
    """The database is away for the next reads."""

    fails: int = 0

    async def read(self, user_id: UUID) -> Row | None:
        if self.fails:
            self.fails -= 1
            raise StoreUnavailable("away")
        return await super().read(user_id)


@asynccontextmanager
async def open_unasked() -> AsyncIterator[Desk]:
    """The session of tab one is brought back, and the database is away when it asks who has the microphone."""
    store, ledger = OnceAway(), MemoryLedger()
    async with open_desk(store, ledger) as desk:
        await desk.tab("one", 1)
    async with open_desk(store, ledger) as desk:
        desk.node.roster.owners = desk.owners
        store.fails = 1
        await desk.node.roster.recover()
        yield desk


async def test_a_session_that_could_not_ask_when_it_came_to_life_asks_again(autojump_clock: MockClock) -> None:
    async with open_unasked() as desk:
        await pass_s(60)
        assert (await desk.tab("two", 2)).has_it, "nobody came back to the first, and its grace is over"


async def test_who_joins_before_it_could_ask_keeps_what_they_have(autojump_clock: MockClock) -> None:
    async with open_unasked() as desk:
        again = await desk.tab("one", 1)
        await pass_s(60)
        assert again.has_it
