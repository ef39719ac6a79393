"""What is read of a session by whoever asks why: one suite over both ledgers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import attrs

from lossy.domain.notes import Status
from lossy.domain.timecode import Rate
from lossy.store import memory_sessions, snapshots
from lossy.store.journal_reading import Film, Recorded
from lossy.store.lease import LocalNode
from lossy.store.ledger import Commit, EndSession, SaveNote, SettleRemark
from tests.contract.ledgers import ANN, VIDEO, Kept
from tests.contract.test_ledger import (
    NOON,
    NOTE,
    NOTED,
    OTHER_SESSION,
    REMARK,
    SAVED,
    SESSION,
    begun,
    commit,
    entry,
)
from tests.contract.test_note_writes import move, said

if TYPE_CHECKING:
    import pytest


async def read(kept: Kept) -> Recorded:
    found = await kept.reading.session(SESSION)
    assert found is not None
    return found


async def test_a_session_is_read_from_its_beginning(kept: Kept) -> None:
    await said(kept, threshold=0.3)
    await kept.ledger.commit(Commit(1, entry(2), snapshot={"at": NOON + 2}))
    await kept.ledger.commit(commit(3))
    found = await read(kept)
    assert (found.user_id, found.ended_at) == (ANN, None)
    assert found.film == Film(VIDEO, "cut", f"https://example.com/{VIDEO}", Rate(25))
    assert [each.n for each in found.entries] == [1, 2, 3]
    assert found.entries[2] == entry(3)
    assert found.epochs == (1, 1, 1)
    assert found.snapshots == {0: {"at": NOON}, 2: {"at": NOON + 2}}
    assert [(each.remark_id, each.n, each.outcome) for each in found.settled] == [(REMARK, 1, {"note_id": str(NOTE)})]
    assert found.people[ANN] == f"{ANN}@example.com"


async def test_a_deleted_note_is_there_with_each_change_and_its_entry(kept: Kept) -> None:
    await said(kept, threshold=0.3)
    await kept.ledger.commit(commit(2, move("confirm")))
    await kept.ledger.commit(commit(3, move("queue"), move("delete")))
    (note,) = (await read(kept)).notes
    alone = await kept.reading.note(NOTE)
    assert alone is not None
    assert (attrs.evolve(alone, people=note.people), alone.people[ANN]) == (note, f"{ANN}@example.com")
    assert (note.note.status, note.threshold, note.outcome) == (Status.DELETED, 0.3, "deleted")
    assert note.state["active"] == ["deleted"]
    assert [(each.change.event, each.n, each.session_id) for each in note.changes] == [
        ("said", 1, SESSION),
        ("confirm", 2, SESSION),
        ("queue", 3, SESSION),
        ("delete", 3, SESSION),
    ]


async def test_what_is_of_another_session_is_not_read(kept: Kept) -> None:
    await begun(kept.ledger, SESSION, OTHER_SESSION)
    elsewhere = commit(1, SaveNote(attrs.evolve(NOTED, session_id=OTHER_SESSION)), SAVED, session=OTHER_SESSION)
    await kept.ledger.commit(elsewhere)
    found = await read(kept)
    assert (found.entries, found.settled, found.notes) == ((), (), ())


async def test_a_remark_is_found_where_it_was_said_and_where_it_was_settled(kept: Kept) -> None:
    """It was said in a session that ended, and once more in another."""
    await begun(kept.ledger, SESSION, OTHER_SESSION)
    heard = attrs.evolve(entry(1, "transcript_final"), payload={"id": str(REMARK)})
    await kept.ledger.commit(Commit(1, heard))
    refused = SettleRemark(ANN, REMARK, {"refused": "low_confidence"})
    await kept.ledger.commit(commit(1, refused, session=OTHER_SESSION))
    assert await kept.reading.sessions_of(REMARK) == [SESSION, OTHER_SESSION]
    assert await kept.reading.sessions_of(NOTE) == []


async def test_a_session_is_held_as_long_as_its_nodes_lease_lasts(kept: Kept) -> None:
    node = kept.beside(LocalNode("here"))
    await node.lease.enter()
    await begun(node.ledger)
    assert (await read(kept)).held
    await node.lease.leave()
    assert not (await read(kept)).held


async def test_a_session_that_ended_says_when(kept: Kept) -> None:
    await begun(kept.ledger)
    await kept.ledger.commit(commit(1, EndSession(NOON + 1)))
    found = await read(kept)
    assert (found.ended_at, found.held) == (NOON + 1, False)


async def test_what_is_not_there_is_none(kept: Kept) -> None:
    assert await kept.reading.session(SESSION) is None
    assert await kept.reading.note(NOTE) is None


async def test_of_the_snapshots_the_first_and_the_latest_are_kept(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (snapshots, memory_sessions):
        monkeypatch.setattr(module, "KEPT", 2)
    await begun(kept.ledger, SESSION, OTHER_SESSION)
    for session, n in ((SESSION, 5), (OTHER_SESSION, 2)):
        for i in range(1, n + 1):
            await kept.ledger.commit(Commit(1, entry(i, session=session), snapshot={"at": NOON + i}))
    assert sorted((await read(kept)).snapshots) == [0, 4, 5]
    other = await kept.reading.session(UUID(int=OTHER_SESSION.int))
    assert other is not None
    assert sorted(other.snapshots) == [0, 1, 2]
