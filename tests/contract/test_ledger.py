"""What every ledger keeps and refuses: one suite over `MemoryLedger` and `PostgresLedger`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import attrs
import pytest
import trio

from lossy.domain.notes import Category, Note, Status
from lossy.domain.timecode import Rate
from lossy.store.ledger import (
    AnotherSession,
    Commit,
    EndSession,
    Entry,
    Fenced,
    Ledger,
    LedgerConflict,
    Noted,
    RemarkKnown,
    SaveNote,
    SettleRemark,
    Write,
)
from tests.contract.ledgers import ANN, BEN, OTHER_VIDEO, VIDEO, Kept

SESSION, OTHER_SESSION, REMARK, NOTE, DEVICE = (UUID(int=i) for i in range(5, 10))
NOON = 1_763_640_000_000


def entry(n: int, event: str = "metrics", *, session: UUID = SESSION, payload: Any = None) -> Entry:
    return Entry(session, n, NOON + n, "voice", event, payload or {}, DEVICE, n, ("voice:live/metrics/0",))


def commit(n: int, *writes: Write, event: str = "metrics", session: UUID = SESSION, epoch: int = 1) -> Commit:
    return Commit(epoch, entry(n, event, session=session), writes)


NOTED = Note(
    id=NOTE,
    video_id=VIDEO,
    session_id=SESSION,
    author_id=ANN,
    text="Too dark here.",
    category=Category.COLOR,
    confidence=0.75,
    frame_in=1462,
    frame_out=1500,
    rate=Rate(24_000, 1001),
    onset_uncertainty_ms=80,
    status=Status.GHOST,
    transcript="uh too dark here",
    provenance={"remark": str(REMARK), "entries": [3, 4], "charts": {"voice": 1, "agent": 1}},
    created_at=NOON,
)
SAVED = SettleRemark(ANN, REMARK, {"note_id": str(NOTE)})
REFUSED = SettleRemark(ANN, REMARK, {"refused": "low_confidence", "confidence": 0.15, "threshold": 0.3})


async def begun(ledger: Ledger, *sessions: UUID) -> None:
    for session in sessions or (SESSION,):
        assert await ledger.begin(session, ANN, VIDEO, {"at": NOON})


async def entries(ledger: Ledger) -> list[Entry]:
    stored = await ledger.read(SESSION)
    assert stored is not None
    return list(stored.entries)


async def test_a_session_is_of_one_user_and_one_video(kept: Kept) -> None:
    made = await kept.ledger.begin(SESSION, ANN, VIDEO, {"at": NOON, "history": ("a", "b")})
    assert await kept.ledger.begin(SESSION, ANN, VIDEO, {"at": NOON + 1}) is None, "to begin again changes nothing"
    for user, video in ((BEN, VIDEO), (ANN, OTHER_VIDEO)):
        with pytest.raises(AnotherSession):
            await kept.ledger.begin(SESSION, user, video, {"at": NOON})
    stored = await kept.ledger.read(SESSION)
    assert stored is not None
    assert made is not None
    assert attrs.evolve(made, holder=None) == attrs.evolve(stored, holder=None)
    assert made.holder is not None
    assert made.holder.is_me
    assert (stored.user_id, stored.video_id, stored.epoch) == (ANN, VIDEO, 1)
    assert stored.snapshot == {"at": NOON, "history": ["a", "b"]}
    assert (stored.snapshot_n, [*stored.entries], stored.ended) == (0, [], False)


async def test_entries_come_back_in_order_and_as_json(kept: Kept) -> None:
    await begun(kept.ledger)
    await kept.ledger.commit(Commit(1, entry(1, payload={"reasons": ("content", "timed"), "media_end_ms": None})))
    await kept.ledger.commit(Commit(1, attrs.evolve(entry(2), device_id=None, seq=None, taken=())))
    assert await entries(kept.ledger) == [
        entry(1, payload={"reasons": ["content", "timed"], "media_end_ms": None}),
        attrs.evolve(entry(2), device_id=None, seq=None, taken=()),
    ]


async def test_a_snapshot_stands_for_the_entries_up_to_its_own(kept: Kept) -> None:
    await begun(kept.ledger)
    await kept.ledger.commit(commit(1))
    await kept.ledger.commit(Commit(1, entry(2), snapshot={"at": NOON, "history": ("a", "b")}))
    await kept.ledger.commit(commit(3))
    stored = await kept.ledger.read(SESSION)
    assert stored is not None
    assert (stored.snapshot_n, stored.snapshot) == (2, {"at": NOON, "history": ["a", "b"]})
    assert [later.n for later in stored.entries] == [3]


async def test_a_note_and_the_outcome_of_its_remark_are_kept_with_the_entry(kept: Kept) -> None:
    await begun(kept.ledger, SESSION, OTHER_SESSION)
    await kept.ledger.commit(commit(1, SaveNote(NOTED), SAVED))
    assert [*await kept.notes()] == [NOTED]
    assert await kept.ledger.outcome(ANN, REMARK) == {"note_id": str(NOTE)}
    assert await kept.ledger.outcome(ANN, NOTE) is None
    assert await kept.ledger.outcome(BEN, REMARK) is None, "a remark is its author's"


async def test_a_click_is_known_by_its_id_in_the_journal_of_its_session(kept: Kept) -> None:
    await begun(kept.ledger, SESSION, OTHER_SESSION)
    await kept.ledger.commit(Commit(1, entry(1, "undo", payload={"click": str(REMARK)})))
    await kept.ledger.commit(Commit(1, entry(2, "transcript_final", payload={"id": str(NOTE)})))
    assert await kept.ledger.was_clicked(SESSION, REMARK)
    assert not await kept.ledger.was_clicked(SESSION, NOTE)
    assert not await kept.ledger.was_clicked(OTHER_SESSION, REMARK)


async def test_the_second_writer_of_an_entry_is_refused_and_nothing_of_it_is_kept(kept: Kept) -> None:
    await begun(kept.ledger)
    await kept.ledger.commit(commit(1, event="start"))
    with pytest.raises(LedgerConflict):
        await kept.ledger.commit(commit(1, SaveNote(NOTED), SAVED, event="stop"))
    assert [written.event for written in await entries(kept.ledger)] == ["start"]
    assert await kept.ledger.outcome(ANN, REMARK) is None
    assert not await kept.notes()


async def test_the_same_entry_of_another_device_is_another_writers(kept: Kept) -> None:
    await begun(kept.ledger)
    await kept.ledger.commit(commit(1))
    with pytest.raises(LedgerConflict):
        await kept.ledger.commit(Commit(1, attrs.evolve(entry(1), device_id=BEN)))


async def test_the_very_same_commit_once_more_changes_nothing(kept: Kept) -> None:
    """As a writer sends it whose connection broke before it heard of the commit."""
    await begun(kept.ledger)
    drafted = Commit(1, entry(1, "done.structuring", payload={"reasons": ("content",)}), (SaveNote(NOTED), SAVED))
    await kept.ledger.commit(drafted)
    await kept.ledger.commit(drafted)
    assert len(await kept.notes()) == 1
    assert len(await entries(kept.ledger)) == 1


async def test_a_remark_has_one_outcome_for_ever(kept: Kept) -> None:
    await begun(kept.ledger)
    await kept.ledger.commit(commit(1, REFUSED))
    with pytest.raises(RemarkKnown):
        await kept.ledger.commit(commit(2, SaveNote(NOTED), SAVED))
    assert await kept.ledger.outcome(ANN, REMARK) == REFUSED.outcome
    assert [written.n for written in await entries(kept.ledger)] == [1]
    assert not await kept.notes()


async def test_who_settles_a_remark_again_in_an_epoch_that_is_over_is_fenced(kept: Kept) -> None:
    await begun(kept.ledger)
    await kept.ledger.commit(commit(1, REFUSED))
    await kept.ledger.take(SESSION, even_held=True)
    with pytest.raises(Fenced):
        await kept.ledger.commit(commit(2, SAVED))


async def test_of_many_sessions_at_once_only_those_whose_remark_is_settled_are_told_so(kept: Kept) -> None:
    """Each of ten remarks is said again in another session, and two sessions settle a new one at the same time."""
    sessions = [UUID(int=100 + i) for i in range(22)]
    await begun(kept.ledger, *sessions)
    remarks = [UUID(int=500 + i) for i in range(11)]
    for remark, session in zip(remarks[:10], sessions[:10], strict=True):
        await kept.ledger.commit(commit(1, attrs.evolve(REFUSED, id=remark), session=session))
    known: list[UUID] = []

    async def settle(session: UUID, remark: UUID) -> None:
        try:
            await kept.ledger.commit(commit(1, attrs.evolve(SAVED, id=remark), session=session))
        except RemarkKnown:
            known.append(session)

    async with trio.open_nursery() as nursery:
        for session, remark in zip(sessions[10:], [*remarks, remarks[-1]], strict=True):
            nursery.start_soon(settle, session, remark)
    assert {*sessions[10:20]} < {*known}
    assert len({*known} & {*sessions[20:]}) == 1
    assert await kept.ledger.outcome(ANN, remarks[10]) == SAVED.outcome
    assert [await kept.ledger.outcome(ANN, remark) for remark in remarks[:10]] == [REFUSED.outcome] * 10


async def test_a_remark_is_not_settled_twice_in_one_commit(kept: Kept) -> None:
    await begun(kept.ledger)
    with pytest.raises(LedgerConflict):
        await kept.ledger.commit(commit(1, REFUSED, SAVED))
    assert await kept.ledger.outcome(ANN, REMARK) is None


async def test_a_note_is_saved_once_whatever_the_session(kept: Kept) -> None:
    await begun(kept.ledger, SESSION, OTHER_SESSION)
    await kept.ledger.commit(commit(1, SaveNote(NOTED)))
    with pytest.raises(LedgerConflict):
        await kept.ledger.commit(commit(1, SaveNote(attrs.evolve(NOTED, text="Other.")), session=OTHER_SESSION))
    assert [note.text for note in await kept.notes()] == ["Too dark here."]


async def test_a_session_that_was_never_begun_takes_no_entry(kept: Kept) -> None:
    with pytest.raises(LedgerConflict):
        await kept.ledger.commit(commit(1))


async def test_unfinished_sessions_are_listed_latest_first(kept: Kept) -> None:
    third = BEN
    await begun(kept.ledger, SESSION, OTHER_SESSION, third)
    assert [*await kept.ledger.unfinished(10)] == [third, OTHER_SESSION, SESSION]
    assert [*await kept.ledger.unfinished(2)] == [third, OTHER_SESSION]
    await kept.ledger.commit(commit(1, EndSession(NOON), session=OTHER_SESSION))
    assert [*await kept.ledger.unfinished(10)] == [third, SESSION]
    stored = await kept.ledger.read(OTHER_SESSION)
    assert stored is not None
    assert stored.ended


async def test_of_many_commits_at_once_only_the_one_in_conflict_fails(kept: Kept) -> None:
    sessions = [UUID(int=100 + i) for i in range(20)]
    await begun(kept.ledger, *sessions)
    await kept.ledger.commit(commit(1, event="start", session=sessions[7]))
    failed: list[UUID] = []

    async def write(session: UUID) -> None:
        try:
            await kept.ledger.commit(commit(1, session=session))
        except LedgerConflict:
            failed.append(session)

    async with trio.open_nursery() as nursery:
        for session in sessions:
            nursery.start_soon(write, session)
    assert failed == [sessions[7]]
    for session in sessions:
        stored = await kept.ledger.read(session)
        assert stored is not None
        assert len(stored.entries) == 1


async def test_commits_that_belong_together_are_all_there_or_none(kept: Kept) -> None:
    await begun(kept.ledger)
    both = [commit(1, event="speech_end"), commit(2, SaveNote(NOTED), SAVED)]
    assert [*await kept.ledger.commit_together(both)] == [(), (Noted(NOTED, changed=True),)]
    assert [written.n for written in await entries(kept.ledger)] == [1, 2]
    with pytest.raises(LedgerConflict):
        await kept.ledger.commit_together([commit(3), commit(4, SaveNote(NOTED))])
    assert [written.n for written in await entries(kept.ledger)] == [1, 2]
    assert [*await kept.ledger.commit_together(both)] == [(), (Noted(NOTED, changed=True),)], "once more is the same"


async def test_commits_that_belong_together_are_of_an_epoch_that_lasts(kept: Kept) -> None:
    await begun(kept.ledger)
    await kept.ledger.take(SESSION, even_held=True)
    with pytest.raises(Fenced):
        await kept.ledger.commit_together([commit(1), commit(2)])
    assert await entries(kept.ledger) == []


async def test_many_ask_at_once_what_became_of_remarks(kept: Kept) -> None:
    await begun(kept.ledger)
    await kept.ledger.commit(commit(1, SAVED))
    found: dict[UUID, object] = {}

    async def ask(remark: UUID) -> None:
        found[remark] = await kept.ledger.outcome(ANN, remark)

    others = [UUID(int=7_000 + number) for number in range(30)]
    async with trio.open_nursery() as nursery:
        for remark in (*others[:15], REMARK, *others[15:]):
            nursery.start_soon(ask, remark)
    assert found == {**dict.fromkeys(others), REMARK: SAVED.outcome}
    assert await kept.ledger.outcome(BEN, REMARK) is None, "an outcome is its author's"
