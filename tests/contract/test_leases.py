"""Who holds a session, and until when: one suite over both ledgers, with several nodes on each."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
import trio

from lossy.store.lease import LocalNode
from lossy.store.ledger import Commit, EndSession, Fenced, LedgerConflict, Release, SaveNote, Stored
from tests.contract.ledgers import ANN, VIDEO
from tests.contract.test_ledger import NOTED, OTHER_SESSION, SAVED, SESSION, begun, commit, entry

if TYPE_CHECKING:
    from tests.contract.ledgers import Kept, OnNode

# The real clock ticks here, and a database may be slow to answer.
SHORT_S = 0.5


async def node(kept: Kept, name: str, lease_s: float = 60) -> OnNode:
    entered = kept.beside(LocalNode(name, lease_s=lease_s))
    await entered.lease.enter()
    return entered


async def taken(node: OnNode, session: UUID = SESSION, *, even_held: bool = False) -> Stored:
    stored = await node.ledger.take(session, even_held=even_held)
    assert stored is not None
    return stored


async def read(node: OnNode, session: UUID = SESSION) -> Stored:
    stored = await node.ledger.read(session)
    assert stored is not None
    return stored


async def two_nodes(kept: Kept) -> tuple[OnNode, OnNode]:
    """The session is the first one's."""
    first, second = await node(kept, "first"), await node(kept, "second")
    await begun(first.ledger)
    return first, second


async def test_each_taking_raises_the_epoch(kept: Kept) -> None:
    await kept.ledger.begin(SESSION, ANN, VIDEO, {})
    assert [stored.epoch for _ in range(3) if (stored := await kept.ledger.take(SESSION))] == [2, 3, 4]
    assert await kept.ledger.take(OTHER_SESSION) is None


async def test_reading_takes_nothing(kept: Kept) -> None:
    first, second = await two_nodes(kept)
    assert [(await read(each)).epoch for each in (first, second)] == [1, 1]
    assert await second.ledger.read(OTHER_SESSION) is None
    await first.ledger.commit(commit(1))


async def test_a_session_says_who_holds_it_and_for_how_long(kept: Kept) -> None:
    first, second = await two_nodes(kept)
    mine, theirs = (await read(first)).holder, (await read(second)).holder
    assert mine is not None
    assert theirs is not None
    assert mine.node == theirs.node
    assert (mine.is_me, theirs.is_me) == (True, False)
    assert (mine.is_another, theirs.is_another) == (False, True)
    assert 50_000 < theirs.left_ms <= 60_000


async def test_a_session_that_another_node_holds_is_taken_only_on_purpose(kept: Kept) -> None:
    first, second = await two_nodes(kept)
    assert await second.ledger.take(SESSION) is None
    assert (await read(first)).epoch == 1
    assert (await taken(first)).epoch == 2, "its holder may always"
    assert (await taken(second, even_held=True)).epoch == 3
    assert await first.ledger.take(SESSION) is None


async def test_a_lease_that_has_run_out_holds_nothing(kept: Kept) -> None:
    first, second = await node(kept, "first", SHORT_S), await node(kept, "second")
    await begun(first.ledger)
    assert await second.ledger.orphaned(10) == {}
    await trio.sleep(SHORT_S * 1.1)
    holder = (await read(second)).holder
    assert holder is not None
    assert (holder.left_ms, holder.is_another) == (0, False)
    assert await second.ledger.orphaned(10) == {SESSION: ANN}
    assert await first.ledger.orphaned(10) == {}, "it may go on with its own"
    assert (await taken(second)).epoch == 2


async def test_a_lease_that_is_renewed_goes_on(kept: Kept) -> None:
    first, second = await node(kept, "first", SHORT_S), await node(kept, "second")
    await begun(first.ledger)
    for _ in range(3):
        await trio.sleep(SHORT_S / 2)
        await first.lease.renew()
    assert await second.ledger.take(SESSION) is None
    assert await second.ledger.orphaned(10) == {}


async def test_a_lease_that_ran_out_is_renewed_as_if_nothing_had_been(kept: Kept) -> None:
    """As by a process that was held up: what nobody took up meanwhile is still its own."""
    first, second = await two_nodes(kept)
    await first.lease.leave()
    assert await second.ledger.orphaned(10) == {SESSION: ANN}
    await first.lease.renew()
    assert await second.ledger.orphaned(10) == {}
    assert await second.ledger.take(SESSION) is None


async def test_a_process_of_the_same_name_has_the_sessions_of_the_one_before_at_once(kept: Kept) -> None:
    _, second = await two_nodes(kept)
    assert await second.ledger.unfinished(10) == {}
    again = await node(kept, "first")
    assert await again.ledger.unfinished(10) == {SESSION: ANN}
    assert (await taken(again)).epoch == 2


async def test_a_node_that_leaves_holds_nothing(kept: Kept) -> None:
    first, second = await two_nodes(kept)
    await first.lease.leave()
    assert await second.ledger.unfinished(10) == {SESSION: ANN}
    assert (await taken(second)).epoch == 2


async def test_a_session_at_rest_is_nobodys_and_no_orphan(kept: Kept) -> None:
    first, second = await two_nodes(kept)
    await first.ledger.commit(commit(1, Release()))
    assert (await read(second)).holder is None
    await first.lease.leave()
    assert await second.ledger.orphaned(10) == {}
    assert await second.ledger.unfinished(10) == {SESSION: ANN}
    assert (await taken(second)).epoch == 2


async def test_a_session_that_has_ended_is_nobodys_also_when_it_is_taken(kept: Kept) -> None:
    first, second = await two_nodes(kept)
    await first.ledger.commit(commit(1, EndSession(0)))
    stored = await taken(second)
    assert (stored.ended, stored.holder) == (True, None)
    await second.lease.leave()
    for each in (first, second):
        assert await each.ledger.orphaned(10) == {}
        assert await each.ledger.unfinished(10) == {}


async def test_only_so_many_orphans_are_asked_for(kept: Kept) -> None:
    first, second = await node(kept, "first"), await node(kept, "second")
    await begun(first.ledger, *(UUID(int=100 + i) for i in range(5)))
    await first.lease.leave()
    assert len(await second.ledger.orphaned(3)) == 3


async def test_the_holder_of_before_is_told_once_what_was_taken_from_it(kept: Kept) -> None:
    first, second = await two_nodes(kept)
    await begun(first.ledger, OTHER_SESSION)
    assert [*await first.lease.taken_away()] == []
    await taken(second, even_held=True)
    await taken(second)
    assert [*await second.lease.taken_away()] == []
    assert [*await first.lease.taken_away()] == [(SESSION, 3)]
    assert [*await first.lease.taken_away()] == []


async def test_what_was_taken_back_was_not_taken_away(kept: Kept) -> None:
    first, second = await two_nodes(kept)
    await taken(second, even_held=True)
    await taken(first, even_held=True)
    assert [*await first.lease.taken_away()] == []
    assert [*await second.lease.taken_away()] == [(SESSION, 3)]


async def test_what_was_free_when_it_came_back_was_not_taken_away_either(kept: Kept) -> None:
    first, second = await two_nodes(kept)
    await taken(second, even_held=True)
    await second.ledger.commit(commit(1, Release(), epoch=2))
    await taken(first)
    for each in (first, second):
        assert [*await each.lease.taken_away()] == []


async def test_a_write_of_the_holder_of_before_is_fenced_off_and_nothing_of_it_is_kept(kept: Kept) -> None:
    first, second = await two_nodes(kept)
    await first.ledger.commit(commit(1))
    stored = await taken(second, even_held=True)
    assert [kept.n for kept in stored.entries] == [1]
    with pytest.raises(Fenced):
        await first.ledger.commit(Commit(1, entry(2), (SaveNote(NOTED), SAVED, EndSession(0)), {"at": 0}))
    await second.ledger.commit(commit(2, epoch=2, event="start"))
    after = await read(second)
    assert ([kept.event for kept in after.entries], after.snapshot_n, after.ended) == (["metrics", "start"], 0, False)
    assert not await kept.notes()


async def test_an_entry_that_nobody_else_wrote_yet_is_fenced_off_too(kept: Kept) -> None:
    """It would fit: only the epoch tells."""
    first, second = await two_nodes(kept)
    await taken(second, even_held=True)
    with pytest.raises(Fenced):
        await first.ledger.commit(commit(1))
    assert (await read(second)).entries == []


async def test_a_commit_that_was_written_is_known_as_written_whoever_holds_the_session_now(kept: Kept) -> None:
    """Its connection broke after the commit, and the session was taken up before the writer asked again."""
    first, second = await two_nodes(kept)
    noted = await first.ledger.commit(commit(1, SaveNote(NOTED), SAVED))
    await taken(second, even_held=True)
    assert await first.ledger.commit(commit(1, SaveNote(NOTED), SAVED)) == noted
    with pytest.raises(Fenced):
        await first.ledger.commit(commit(2))


async def test_the_same_entry_of_the_next_holder_is_not_ours(kept: Kept) -> None:
    """A device said it again there."""
    first, second = await two_nodes(kept)
    await taken(second, even_held=True)
    await second.ledger.commit(commit(1, epoch=2))
    with pytest.raises(Fenced):
        await first.ledger.commit(commit(1, epoch=1))


async def test_of_many_commits_at_once_those_of_lost_sessions_are_fenced_off_and_the_rest_goes_on(kept: Kept) -> None:
    first, second = await node(kept, "first"), await node(kept, "second")
    sessions = [UUID(int=100 + i) for i in range(20)]
    await begun(first.ledger, *sessions)
    lost, spoilt = sessions[::4], sessions[2]
    for session in lost:
        await taken(second, session, even_held=True)
    await first.ledger.commit(commit(1, event="start", session=spoilt))
    fenced: list[UUID] = []
    refused: list[UUID] = []

    async def write(session: UUID) -> None:
        try:
            await first.ledger.commit(commit(1, session=session))
        except Fenced:
            fenced.append(session)
        except LedgerConflict:
            refused.append(session)

    async with trio.open_nursery() as nursery:
        for session in sessions:
            nursery.start_soon(write, session)
    assert (sorted(fenced), refused) == (lost, [spoilt])
    for session in sessions:
        assert len((await read(second, session)).entries) == (session not in lost)
