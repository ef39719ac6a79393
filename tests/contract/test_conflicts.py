"""Transactions at one moment that are in each other's way: one suite over both ledgers, and in PostgreSQL whatever the
database has as its default. One comes after the other, or is refused for good, and nothing of it is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import attrs
import pytest
import trio
from psycopg.conninfo import make_conninfo

from lossy.store import journal
from lossy.store.lease import LocalNode
from lossy.store.ledger import Commit, Fenced, Ledger, LedgerConflict, MoveNote, RemarkKnown, SaveNote, SettleRemark
from lossy.store.pool import StoreError
from tests.contract.ledgers import ANN, VIDEO, Kept
from tests.contract.test_ledger import NOON, NOTED, REFUSED, begun, commit, entries

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS = 10
LEVELS = [pytest.param(level, marks=pytest.mark.integration) for level in (r"read\ committed", "serializable")]


@pytest.fixture(params=["memory", *LEVELS])
def conninfo(request: pytest.FixtureRequest) -> str | None:
    if request.param == "memory":
        return None
    options = f"-c default_transaction_isolation={request.param}"
    return make_conninfo(request.getfixturevalue("database"), options=options)


def two_writers(kept: Kept) -> tuple[Ledger, Ledger]:
    """Two nodes, so that what they write is in transactions of its own."""
    first, second = (kept.beside(LocalNode(name)).ledger for name in ("first", "second"))
    return first, second


def two_sessions(n: int) -> tuple[UUID, UUID]:
    return UUID(int=1_000 + 2 * n), UUID(int=1_001 + 2 * n)


async def at_once(*written: tuple[Ledger, Commit]) -> Sequence[type[Exception] | None]:
    """What became of each: None where it was written."""
    outcomes: dict[int, type[Exception] | None] = {}

    async def write(i: int, ledger: Ledger, commit: Commit) -> None:
        try:
            await ledger.commit(commit)
        except (LedgerConflict, StoreError) as error:
            outcomes[i] = type(error)
        else:
            outcomes[i] = None

    async with trio.open_nursery() as nursery:
        for i, (ledger, commit) in enumerate(written):
            nursery.start_soon(write, i, ledger, commit)
    return [outcomes[i] for i in range(len(written))]


async def one_is_refused(
    kept: Kept, sessions: tuple[UUID, UUID], commits: Sequence[Commit], why: type[LedgerConflict]
) -> None:
    """Each is the first entry of its session. Whoever is refused has written nothing, and goes on."""
    writers = two_writers(kept)
    outcomes = await at_once(*zip(writers, commits, strict=True))
    assert {*outcomes} == {None, why}
    for session, outcome, writer in zip(sessions, outcomes, writers, strict=True):
        stored = await kept.ledger.read(session)
        assert stored is not None
        assert len(stored.entries) == (outcome is None)
        await writer.commit(commit(1 + (outcome is None), session=session))


async def test_a_session_that_two_begin_at_once_is_one(kept: Kept) -> None:
    """Whoever is told that it cannot be now asks again, as clients do."""
    for n in range(ROUNDS):
        begun_by: list[bool] = []

        async def begin(ledger: Ledger, session: UUID, begun_by: list[bool] = begun_by) -> None:
            try:
                begun_by.append(await ledger.begin(session, ANN, VIDEO, {}) is not None)
            except StoreError:
                begun_by.append(await ledger.begin(session, ANN, VIDEO, {}) is not None)

        async with trio.open_nursery() as nursery:
            for ledger in two_writers(kept):
                nursery.start_soon(begin, ledger, UUID(int=1_000 + n))
        assert sorted(begun_by) == [False, True]


async def test_of_two_that_settle_a_remark_one_is_refused(kept: Kept) -> None:
    for n in range(ROUNDS):
        sessions, remark = two_sessions(n), UUID(int=5_000 + n)
        await begun(kept.ledger, *sessions)
        outcomes = [{"refused": "low_confidence"}, {"command": "undo"}]
        commits = [
            commit(1, SettleRemark(ANN, remark, outcome), session=session)
            for session, outcome in zip(sessions, outcomes, strict=True)
        ]
        await one_is_refused(kept, sessions, commits, RemarkKnown)
        assert await kept.ledger.outcome(ANN, remark) in outcomes


async def test_of_two_that_save_a_note_one_is_refused(kept: Kept) -> None:
    for n in range(ROUNDS):
        sessions = two_sessions(n)
        await begun(kept.ledger, *sessions)
        note = attrs.evolve(NOTED, id=UUID(int=5_000 + n))
        commits = [commit(1, SaveNote(attrs.evolve(note, session_id=session)), session=session) for session in sessions]
        await one_is_refused(kept, sessions, commits, LedgerConflict)
    assert len(await kept.notes()) == ROUNDS


async def test_of_two_that_write_an_entry_one_is_refused(kept: Kept) -> None:
    for n in range(ROUNDS):
        session, _ = two_sessions(n)
        await begun(kept.ledger, session)
        first, second = two_writers(kept)
        started, stopped = (commit(1, event=event, session=session) for event in ("start", "stop"))
        outcomes = await at_once((first, started), (second, stopped))
        assert {*outcomes} == {None, LedgerConflict}


async def test_who_writes_while_the_session_is_taken_is_in_time_or_fenced(kept: Kept) -> None:
    for n in range(ROUNDS):
        session, _ = two_sessions(n)
        first, second = two_writers(kept)
        await begun(first, session)
        outcomes: list[type[Exception] | None] = []
        read: list[int] = []

        async def write(ledger: Ledger, session: UUID, outcomes: list[type[Exception] | None] = outcomes) -> None:
            outcomes += await at_once((ledger, commit(1, session=session)))

        async def take(ledger: Ledger, session: UUID, read: list[int] = read) -> None:
            taken = await ledger.take(session, even_held=True)
            assert taken is not None
            read.append(len(taken.entries))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(write, first, session)
            nursery.start_soon(take, second, session)
        assert (outcomes, read) in (([None], [1]), ([Fenced], [0]))
        await second.commit(commit(read[0] + 1, session=session, epoch=2))


async def test_two_that_move_the_same_notes_in_each_others_order_both_do(kept: Kept) -> None:
    notes = UUID(int=5_000), UUID(int=5_001)
    for n in range(ROUNDS):
        sessions = two_sessions(n)
        await begun(kept.ledger, *sessions)
        if n == 0:
            saved = [SaveNote(attrs.evolve(NOTED, id=note, session_id=sessions[0])) for note in notes]
            await kept.ledger.commit(commit(1, *saved, session=sessions[0]))
        moves = [MoveNote(note, "edit", ANN, NOON + n) for note in notes]
        there, back = (
            commit(2, *moves, session=sessions[0]) if n == 0 else commit(1, *moves, session=sessions[0]),
            commit(1, *reversed(moves), session=sessions[1]),
        )
        first, second = two_writers(kept)
        assert await at_once((first, there), (second, back)) == [None, None]
    for note in notes:
        versions = [change.version for change in (await kept.recorded(note)).changes]
        assert versions == [*range(1, 2 * ROUNDS + 2)]


async def test_what_cannot_be_serialized_for_too_long_is_told_and_not_kept(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "RETRY_S", (0, 0))
    await begun(kept.ledger)
    async with kept.refusing():
        outcomes = await at_once((kept.ledger, commit(1, SaveNote(NOTED), REFUSED)))
    assert outcomes == [StoreError]
    assert await entries(kept.ledger) == []
    assert not await kept.notes()
    assert await kept.ledger.outcome(ANN, REFUSED.id) is None
    await kept.ledger.commit(commit(1, SaveNote(NOTED), REFUSED))
    assert [written.n for written in await entries(kept.ledger)] == [1]
