"""What people do to notes at the desk, and who is told. One suite over both note books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from lossy.channels.errors import Code, Refusal
from lossy.channels.topics import UserNotes, VideoNotes
from lossy.domain.notes import MAX_TEXT, Category, Note, Status
from lossy.sessions.note_decisions import Request, Wording
from lossy.store.ledger import MoveNote, SaveNote
from lossy.store.note_life import Amended
from tests.contract.ledgers import ANN, BEN, OTHER_VIDEO, VIDEO
from tests.contract.note_books import EVE, NOW_MS, STRANGER, VIC, Booked, Told, draft, note_id
from tests.contract.test_ledger import NOON, NOTE, NOTED, begun, commit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from lossy.sessions.notes_desk import NotesDesk

OTHER_WORDS = Wording("Other words.", Category.STORY, (7, 9))


def asks(by: UUID = ANN, **chosen: Any) -> Request:
    return Request(by, NOW_MS + 1, **chosen)


async def refusal(change: Awaitable[object]) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await change
    return refused.value


# -- making one ---------------------------------------------------------------------------------------------------


async def test_a_note_that_is_typed_is_meant(at: Booked) -> None:
    note = await at.desk.create(BEN, draft(1, text="The logo is too big.", made_at=NOW_MS - 5_000))
    assert (note.status, note.version, note.author_id, note.session_id) == (Status.FIRMED, 2, BEN, None)
    assert (note.category, note.confidence, note.provenance) == (Category.GRAPHICS, 1.0, {"by": "hand"})
    assert (note.created_at, note.updated_at) == (NOW_MS - 5_000, NOW_MS)
    assert await at.book.find(note.id) == note
    recorded = await at.kept.recorded(note.id)
    assert [(each.event, each.by, each.status) for each in recorded.changes] == [
        ("said", BEN, Status.GHOST),
        ("said", BEN, Status.FIRMED),
    ]
    assert recorded.outcome == ("kept", None)


async def test_a_media_time_is_a_frame_of_the_video(at: Booked) -> None:
    note = await at.desk.create(ANN, draft(1, frames=None, media_ms=(1_000, 2_039)))
    assert (note.frame_in, note.frame_out) == (25, 50)


async def test_made_twice_it_is_the_same_note_whatever_became_of_it(at: Booked) -> None:
    once = await at.desk.create(ANN, draft(1))
    assert await at.desk.create(ANN, draft(1)) == once
    edited = await at.desk.edit(asks(EVE), once.id, OTHER_WORDS)
    assert await at.desk.create(ANN, draft(1, category=once.category)) == edited
    await at.desk.delete(asks(), once.id)
    assert (await at.desk.create(ANN, draft(1))).status is Status.DELETED
    assert len((await at.kept.recorded(once.id)).changes) == 4


async def test_an_id_is_of_one_note_and_tells_nothing_of_somebody_elses(at: Booked) -> None:
    mine = await at.desk.create(ANN, draft(1))
    for other in (draft(1, text="More."), draft(1, frames=(9, None)), draft(1, video_id=OTHER_VIDEO)):
        refused = await refusal(at.desk.create(ANN, other))
        assert (refused.code, refused.details["note"]["id"]) == (Code.CONFLICT, str(mine.id))
    refused = await refusal(at.desk.create(BEN, draft(1)))
    assert (refused.code, refused.details) == (Code.CONFLICT, {})


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"id": NOTE}, "id"),
        ({"frames": (9, 8)}, "frame_out"),
        ({"frames": None}, "frame_in"),
        ({"media_ms": (0, None)}, "frame_in"),
        ({"text": " \n"}, "text"),
    ],
)
async def test_a_note_that_cannot_be_is_not_made(at: Booked, wrong: dict[str, Any], path: str) -> None:
    refused = await refusal(at.desk.create(ANN, evolve(draft(1), **wrong)))
    assert (refused.code, refused.details) == (Code.INVALID, {"path": path})


# -- changing one -------------------------------------------------------------------------------------------------


async def test_a_change_is_made_to_the_version_that_was_seen_or_the_note_is_told(at: Booked) -> None:
    note = await at.desk.create(BEN, draft(1))
    theirs = await at.desk.edit(asks(EVE, version=note.version), note.id, OTHER_WORDS)
    assert (theirs.text, theirs.category, theirs.frame_in, theirs.frame_out) == ("Other words.", Category.STORY, 7, 9)
    assert (theirs.version, theirs.updated_at) == (3, NOW_MS + 1)
    refused = await refusal(at.desk.edit(asks(BEN, version=note.version), note.id, Wording("Mine.")))
    assert (refused.code, refused.details["note"]["text"]) == (Code.CONFLICT, "Other words.")
    mine = await at.desk.edit(asks(BEN, version=3), note.id, Wording("Mine."))
    assert (mine.text, mine.category, mine.version) == ("Mine.", Category.STORY, 4)


async def test_saving_the_words_as_they_are_confirms_a_ghost_and_is_no_change_of_another(at: Booked) -> None:
    await begun(at.kept.ledger)
    await at.kept.ledger.commit(commit(1, SaveNote(NOTED)))
    firmed = await at.desk.edit(asks(EVE), NOTE, Wording(text=NOTED.text))
    assert (firmed.status, firmed.version) == (Status.FIRMED, 2)
    assert await at.desk.edit(asks(EVE), NOTE, Wording(NOTED.text, NOTED.category)) == firmed
    assert [change.event for change in (await at.kept.recorded(NOTE)).changes] == ["said", "confirm"]


async def test_undo_walks_back_through_what_was_changed(at: Booked) -> None:
    await at.desk.create(ANN, draft(1))
    for text in ("Second.", "Third.", "Second."):
        await at.desk.edit(asks(), note_id(1), Wording(text))
    await at.desk.delete(asks(), note_id(1))
    seen = [await at.desk.undo(asks(), note_id(1)) for _ in range(4)]
    assert [note.text for note in seen] == ["Second.", "Third.", "Second.", "Note 1."]
    assert {note.status for note in seen} == {Status.FIRMED}
    refused = await refusal(at.desk.undo(asks(), note_id(1)))
    assert (refused.code, refused.details["note"]["version"]) == (Code.CONFLICT, seen[-1].version)
    await at.desk.edit(asks(), note_id(1), Wording("Fourth."))
    assert (await at.desk.undo(asks(), note_id(1))).text == "Note 1."


async def test_undo_of_a_spoken_correction_leaves_a_ghost_a_ghost(at: Booked) -> None:
    await begun(at.kept.ledger)
    await at.kept.ledger.commit(commit(1, SaveNote(NOTED)))
    spoken = Amended("Too bright here.", Category.COLOR, 0.5)
    await at.kept.ledger.commit(commit(2, MoveNote(NOTE, "edit", ANN, NOON, {"spoken": True}, spoken)))
    back = await at.desk.undo(asks(), NOTE)
    assert (back.text, back.status) == (NOTED.text, Status.GHOST)


async def test_a_place_in_the_queue_is_given_up_by_undo(at: Booked) -> None:
    await at.desk.create(ANN, draft(1))
    assert (await at.desk.queue(asks(), note_id(1))).status is Status.QUEUED
    assert (await at.desk.undo(asks(), note_id(1))).status is Status.FIRMED


async def test_two_notes_become_one_about_both(at: Booked) -> None:
    await at.desk.create(BEN, draft(1, text="Cut this.", frames=(40, 60)))
    await at.desk.create(ANN, draft(2, text="And this.", frames=(30, None)))
    into = await at.desk.merge(asks(EVE), note_id(1), note_id(2))
    assert (into.id, into.text, into.frame_in, into.frame_out) == (note_id(2), "And this. Cut this.", 30, 60)
    gone, kept = (await at.kept.recorded(note_id(1))), (await at.kept.recorded(note_id(2)))
    assert (gone.note.status, gone.changes[-1].event, gone.changes[-1].by) == (Status.DELETED, "merge", EVE)
    assert (kept.changes[-1].event, kept.changes[-1].by) == ("edit", EVE)
    assert (gone.outcome[0], kept.outcome[0]) == ("kept", "kept"), "its author did neither"
    back = await at.desk.undo(asks(BEN), note_id(1))
    assert (back.text, back.status) == ("Cut this.", Status.FIRMED)


async def test_two_notes_that_cannot_be_one_stay_two(at: Booked) -> None:
    await at.desk.create(ANN, draft(1, text="x" * MAX_TEXT))
    await at.desk.create(ANN, draft(2))
    await at.desk.create(ANN, draft(3, video_id=OTHER_VIDEO))
    await at.desk.create(ANN, draft(4))
    await at.desk.delete(asks(), note_id(4))
    for gone, into, code in [
        (1, 2, Code.INVALID),
        (2, 2, Code.INVALID),
        (2, 3, Code.INVALID),
        (2, 4, Code.CONFLICT),
        (4, 2, Code.CONFLICT),
    ]:
        assert (await refusal(at.desk.merge(asks(), note_id(gone), note_id(into)))).code is code
    assert [len((await at.kept.recorded(note_id(n))).changes) for n in (1, 2, 3, 4)] == [2, 2, 2, 3]


async def test_a_request_that_comes_again_changes_nothing_more(at: Booked) -> None:
    await at.desk.create(ANN, draft(1))
    await at.desk.create(ANN, draft(2))
    told = Told()
    with at.bus.subscribe(str(VideoNotes(VIDEO)), told):
        edit = asks(version=2, id=note_id(91))
        edited = await at.desk.edit(edit, note_id(1), Wording("Second."))
        assert await at.desk.edit(edit, note_id(1), Wording("Second.")) == edited, "the version is of before"
        undo = asks(id=note_id(92))
        back = await at.desk.undo(undo, note_id(1))
        assert await at.desk.undo(undo, note_id(1)) == back
        merge = asks(id=note_id(93))
        into = await at.desk.merge(merge, note_id(1), note_id(2))
        assert await at.desk.merge(merge, note_id(1), note_id(2)) == into
    assert [event for event, _ in told.heard] == ["note_updated", "note_updated", "note_deleted", "note_updated"]
    await at.desk.undo(asks(EVE, id=note_id(91)), note_id(2))
    assert (await at.kept.recorded(note_id(2))).note.text == "Note 2.", "another's request of that id is another"


# -- who may, and who is told -------------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[NotesDesk, UUID, Note], Awaitable[object]]] = {
    "edit": lambda desk, who, note: desk.edit(asks(who), note.id, Wording("Mine.")),
    "confirm": lambda desk, who, note: desk.confirm(asks(who), note.id),
    "delete": lambda desk, who, note: desk.delete(asks(who), note.id),
    "undo": lambda desk, who, note: desk.undo(asks(who), note.id),
    "merge": lambda desk, who, note: desk.merge(asks(who), note.id, note_id(2)),
    "merge into": lambda desk, who, note: desk.merge(asks(who), note_id(2), note.id),
    "queue": lambda desk, who, note: desk.queue(asks(who), note.id),
}


async def test_who_has_no_right_changes_nothing_and_a_stranger_learns_nothing(at: Booked) -> None:
    note = await at.desk.create(ANN, draft(1))
    await at.desk.create(ANN, draft(2))
    missing = evolve(note, id=note_id(9))
    for name, change in CHANGES.items():
        codes = {who: (await refusal(change(at.desk, who, note))).code for who in (BEN, VIC, STRANGER)}
        assert codes == {BEN: Code.FORBIDDEN, VIC: Code.FORBIDDEN, STRANGER: Code.NOT_FOUND}, name
        assert (await refusal(change(at.desk, ANN, missing))).code is Code.NOT_FOUND, name
    assert (await refusal(at.desk.queue(asks(EVE), note.id))).code is Code.FORBIDDEN
    for who, code in ((VIC, Code.FORBIDDEN), (STRANGER, Code.NOT_FOUND)):
        assert (await refusal(at.desk.create(who, draft(3)))).code is code
    assert len((await at.kept.recorded(note.id)).changes) == 2


async def test_what_an_editor_deleted_its_author_brings_back_and_nobody_else(at: Booked) -> None:
    await at.desk.create(BEN, draft(1))
    await at.desk.delete(asks(EVE), note_id(1))
    assert (await refusal(at.desk.undo(asks(ANN), note_id(1)))).code is Code.FORBIDDEN
    assert (await at.desk.undo(asks(BEN), note_id(1))).status is Status.FIRMED


async def test_each_change_is_told_to_who_looks_and_to_the_author(at: Booked) -> None:
    looking, author, other = Told(), Told(), Told()
    with (
        at.bus.subscribe(str(VideoNotes(VIDEO)), looking),
        at.bus.subscribe(str(UserNotes(BEN)), author),
        at.bus.subscribe(str(UserNotes(ANN)), other),
    ):
        await at.desk.create(BEN, draft(1))
        await at.desk.edit(asks(ANN), note_id(1), OTHER_WORDS)
        await at.desk.confirm(asks(BEN), note_id(1))
        await at.desk.delete(asks(BEN), note_id(1))
        await at.desk.undo(asks(BEN), note_id(1))
        await refusal(at.desk.edit(asks(BEN, version=1), note_id(1), Wording("Late.")))
    assert looking.heard == author.heard
    assert other.heard == []
    told = [(event, payload["version"], payload.get("text")) for event, payload in looking.heard]
    assert told == [
        ("note_created", 2, "Note 1."),
        ("note_updated", 3, "Other words."),
        ("note_deleted", 4, None),
        ("note_updated", 5, "Other words."),
    ]
