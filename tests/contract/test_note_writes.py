"""What is written of notes: one suite over both ledgers. A note goes where its chart leads it, whoever keeps it."""

from __future__ import annotations

import os
from random import Random
from typing import Any
from uuid import UUID

import attrs
import pytest
import trio

from lossy.domain import note as rules
from lossy.domain.notes import Category, Status
from lossy.store.ledger import LedgerConflict, MoveNote, Noted, SaveNote
from lossy.store.note_life import Amended
from tests.contract.ledgers import ANN, BEN, Kept
from tests.contract.test_ledger import NOON, NOTE, NOTED, OTHER_SESSION, SAVED, SESSION, begun, commit
from tests.domain.note_life import LINK, TOOL_MS, Note
from tests.domain.note_life import data as note_data

SEQUENCES = 300 if os.environ.get("LOSSY_NIGHTLY") == "1" else 40
PEOPLE = ["confirm", "edit", "merge", "delete", "undo", "queue", "unqueue"]
JOBS = ["expire", "begin", "posted", "not_posted", "unsure"]


def move(event: str, at: int = NOON + 10, by: UUID | None = ANN, **facts: Any) -> MoveNote:
    return MoveNote(NOTE, event, by, at, facts)


async def said(kept: Kept, **chosen: Any) -> None:
    await begun(kept.ledger)
    await kept.ledger.commit(commit(1, SaveNote(NOTED, **chosen), SAVED))


def statuses(noted: tuple[Noted, ...]) -> list[Status]:
    return [left.note.status for left in noted if left.note is not None]


async def test_a_note_that_is_said_is_recorded_with_its_decision(kept: Kept) -> None:
    await begun(kept.ledger)
    assert await kept.ledger.commit(commit(1, SaveNote(NOTED, 0.3), SAVED)) == (Noted(NOTED, changed=True),)
    recorded = await kept.recorded(NOTE)
    assert (recorded.note, recorded.outcome) == (NOTED, ("kept", 0.3))
    (change,) = recorded.changes
    assert (change.version, change.event, change.by, change.at, change.status) == (1, "said", ANN, NOON, Status.GHOST)


async def test_a_category_that_firms_itself_is_firmed_from_the_start(kept: Kept) -> None:
    await said(kept, self_firming=True)
    recorded = await kept.recorded(NOTE)
    assert (recorded.note.status, recorded.note.version) == (Status.FIRMED, 2)
    assert [change.status for change in recorded.changes] == [Status.GHOST, Status.FIRMED]


async def test_a_commit_tells_what_it_left_behind_in_order(kept: Kept) -> None:
    await said(kept)
    noted = await kept.ledger.commit(commit(2, move("confirm"), move("queue"), move("delete"), move("undo")))
    assert statuses(noted) == [Status.FIRMED, Status.QUEUED, Status.DELETED, Status.QUEUED]
    assert [(left.note.version if left.note else None, left.changed) for left in noted] == [
        (2, True),
        (3, True),
        (4, True),
        (5, True),
    ]
    assert [note.status for note in await kept.notes()] == [Status.QUEUED]


async def test_a_note_can_be_said_and_moved_in_one_commit(kept: Kept) -> None:
    await begun(kept.ledger)
    noted = await kept.ledger.commit(commit(1, SaveNote(NOTED), SAVED, move("queue")))
    assert statuses(noted) == [Status.GHOST, Status.QUEUED]


async def test_a_change_that_the_chart_refuses_is_told_and_changes_nothing(kept: Kept) -> None:
    await said(kept)
    await kept.ledger.commit(commit(2, move("queue"), move("begin", by=None)))
    before = await kept.recorded(NOTE)
    (noted,) = await kept.ledger.commit(commit(3, move("delete")))
    assert (noted.refused, noted.changed, noted.note) == ("conflict", False, before.note)
    assert await kept.recorded(NOTE) == before


async def test_a_note_that_is_not_there_is_not_moved(kept: Kept) -> None:
    await begun(kept.ledger)
    noted = await kept.ledger.commit(commit(1, move("delete")))
    assert noted == (Noted(None, changed=False, refused="not_found"),)


async def test_a_correction_is_kept_with_the_words_of_before(kept: Kept) -> None:
    await said(kept, threshold=0.3)
    amended = Amended("Too bright here.", Category.FRAMING, 0.5, (7, None), "i mean too bright")
    edit = attrs.evolve(move("edit", spoken=True), amended=amended)
    (noted,) = await kept.ledger.commit(commit(2, edit))
    note = noted.note
    assert note is not None
    assert (note.text, note.category, note.confidence) == ("Too bright here.", Category.FRAMING, 0.5)
    assert (note.frame_in, note.frame_out, note.status) == (7, None, Status.GHOST)
    assert note.transcript == "uh too dark here\ni mean too bright"
    recorded = await kept.recorded(NOTE)
    assert recorded.note == note
    assert recorded.outcome == ("edited", 0.3)
    assert [(change.text, change.frame_in) for change in recorded.changes] == [
        ("Too dark here.", 1462),
        ("Too bright here.", 7),
    ]


async def test_a_correction_is_taken_back_to_the_words_of_before_that_one(kept: Kept) -> None:
    await said(kept)
    for n, (text, frames) in enumerate([("Too bright here.", (7, 9)), ("Too loud here.", None)], 2):
        amended = Amended(text, Category.AUDIO, 0.5, frames)
        await kept.ledger.commit(commit(n, attrs.evolve(move("edit", spoken=True), amended=amended)))
        await kept.ledger.commit(commit(n + 10, move("confirm")))
    (noted,) = await kept.ledger.commit(commit(20, attrs.evolve(move("edit", spoken=True), earlier=True)))
    assert noted.note is not None
    assert (noted.note.text, noted.note.category, noted.note.frame_in) == ("Too bright here.", Category.AUDIO, 7)
    recorded = await kept.recorded(NOTE)
    assert (recorded.note, recorded.changes[-1].event, recorded.changes[-1].by) == (noted.note, "edit", ANN)
    assert recorded.changes[0].text == NOTED.text


async def test_corrections_are_taken_back_one_after_another_to_the_first_words(kept: Kept) -> None:
    await said(kept)
    for n, text in enumerate(["Second.", "Third.", "Second."], 2):
        amended = Amended(text, Category.AUDIO, 0.5)
        await kept.ledger.commit(commit(n, attrs.evolve(move("edit", spoken=True), amended=amended)))
    seen = []
    for n in range(10, 14):
        (noted,) = await kept.ledger.commit(commit(n, attrs.evolve(move("edit", spoken=True), earlier=True)))
        seen.append(noted.note.text if noted.note and not noted.refused else noted.refused)
    assert seen == ["Third.", "Second.", NOTED.text, "conflict"]
    changes = (await kept.recorded(NOTE)).changes
    assert [change.takes_back for change in changes] == [False] * 4 + [True] * 3


async def test_a_note_without_earlier_words_keeps_those_it_has(kept: Kept) -> None:
    await said(kept)
    take_back = commit(2, attrs.evolve(move("edit", spoken=True), earlier=True))
    (noted,) = await kept.ledger.commit(take_back)
    assert (noted.changed, noted.refused) == (False, "conflict")
    assert (await kept.recorded(NOTE)).note == noted.note
    assert await kept.ledger.commit(take_back) == (noted,), "once more, as after a connection that broke"


async def test_what_came_of_a_decision_follows_the_note(kept: Kept) -> None:
    await said(kept)
    seen = []
    for n, event in enumerate(("delete", "undo", "edit", "delete", "undo"), 2):
        await kept.ledger.commit(commit(n, move(event)))
        seen.append((await kept.recorded(NOTE)).outcome[0])
    assert seen == ["deleted", "kept", "edited", "deleted", "edited"]


async def test_the_very_same_commit_once_more_moves_no_note_again(kept: Kept) -> None:
    """As a writer sends it whose connection broke before it heard of the commit."""
    await said(kept)
    scratched = commit(2, move("delete"))
    once = await kept.ledger.commit(scratched)
    assert await kept.ledger.commit(scratched) == once
    assert (await kept.recorded(NOTE)).note.version == 2


async def test_a_change_that_was_refused_is_refused_when_it_is_sent_once_more(kept: Kept) -> None:
    await said(kept)
    await kept.ledger.commit(commit(2, move("queue"), move("begin", by=None)))
    refused = commit(3, move("delete"))
    once = await kept.ledger.commit(refused)
    assert once[0].refused == "conflict"
    assert await kept.ledger.commit(refused) == once


async def test_what_is_at_fault_in_a_commit_leaves_the_note_alone(kept: Kept) -> None:
    await said(kept)
    before = await kept.recorded(NOTE)
    with pytest.raises(LedgerConflict):
        await kept.ledger.commit(commit(2, move("delete"), SAVED))
    assert await kept.recorded(NOTE) == before


async def test_of_many_who_move_a_note_at_once_each_finds_it_as_the_one_before_left_it(kept: Kept) -> None:
    await said(kept)
    sessions = [UUID(int=100 + i) for i in range(10)]
    await begun(kept.ledger, *sessions)
    left: list[Noted] = []

    async def edit(session: UUID) -> None:
        left.extend(await kept.ledger.commit(commit(1, move("edit"), session=session)))

    async with trio.open_nursery() as nursery:
        for session in sessions:
            nursery.start_soon(edit, session)
    assert sorted(noted.note.version for noted in left if noted.note) == [*range(2, 12)]
    assert [change.version for change in (await kept.recorded(NOTE)).changes] == [*range(1, 12)]


def happenings(random: Random) -> list[MoveNote]:
    """What people and jobs may do to a note, in any order, in their own time."""
    moves, at = [], NOON
    for _ in range(random.randint(3, 25)):
        at += random.choice([0, 1, 1_000, TOOL_MS - 1, TOOL_MS])
        event = random.choice(PEOPLE * 2 + JOBS * 2 + ["confirm", "queue", "begin", "begin"])
        facts: dict[str, Any] = {"attempt": random.randint(1, 2), "permalink": LINK, "reason": "why"}
        facts |= {"probed_at": random.choice([None, at, at - 1]), "spoken": random.random() < 0.5}
        moves.append(move(event, at, random.choice([ANN, BEN]) if event in PEOPLE else None, **facts))
    return moves


async def test_whatever_happens_to_a_note_is_what_its_chart_makes_of_it(kept: Kept) -> None:
    """The oracle is the chart, stepped by hand with all its invariants judged; every record is one change."""
    await begun(kept.ledger, SESSION, OTHER_SESSION)
    numbers = {SESSION: 0, OTHER_SESSION: 0}
    for seed in range(SEQUENCES):
        random, note_id = Random(seed), UUID(int=1_000 + seed)
        firms = random.random() < 0.3
        oracle = Note(data={**note_data(self_firming=firms), "author": str(ANN)}, at=NOON)
        writes: list[SaveNote | MoveNote] = [SaveNote(attrs.evolve(NOTED, id=note_id), self_firming=firms)]
        writes += [attrs.evolve(each, note_id=note_id) for each in happenings(random)]
        while writes:
            session, size = random.choice([*numbers]), random.randint(1, 5)
            numbers[session] += 1
            some, writes = writes[:size], writes[size:]
            noted = await kept.ledger.commit(commit(numbers[session], *some, session=session))
            for write, left in zip(some, noted, strict=True):
                if isinstance(write, MoveNote):
                    judge(oracle, write, left)
        recorded = await kept.recorded(note_id)
        assert recorded.state == oracle.state, f"seed {seed}"
        records = [move for move in oracle.moves for effect in move.effects if effect.name == "record"]
        assert [change.version for change in recorded.changes] == [*range(1, len(records) + 1)]
        assert [change.at for change in recorded.changes] == [move.event.at for move in records]
        assert recorded.changes[-1].status == recorded.note.status == oracle.now
        assert recorded.note.version == len(records)


def judge(oracle: Note, write: MoveNote, left: Noted) -> None:
    before = len(oracle.moves)
    oracle.hear(write.event, write.at - oracle.at, **{**write.facts, "by": None if write.by is None else str(write.by)})
    effects = [effect for move in oracle.moves[before:] for effect in move.effects]
    assert left.changed == any(effect.name == "record" for effect in effects)
    asked = oracle.moves[-1]
    codes = [effect.args["code"] for effect in asked.effects if effect.name == "refuse_change"]
    taken = bool(asked.taken.transitions)
    assert left.refused == next(
        iter(codes), None if taken or rules.is_as_wanted(write.event, oracle.now) else "conflict"
    )
