"""What becomes of a note by its chart, without a database."""

from __future__ import annotations

import json
from uuid import UUID

import attrs
import pytest

from lossy.domain.notes import MAX_TRANSCRIPT, Category, Status
from lossy.domain.quality import Outcome
from lossy.store.note_life import Amended, Kept, earlier_words, outcome
from tests.notes import LIFE, NOW_MS, make_note, make_video

ANN, BEN = UUID(int=1), UUID(int=2)
SAID = make_note(make_video(ANN))


def begun() -> Kept:
    return LIFE.begin(SAID, self_firming=False).kept


def at(status: str) -> Kept:
    kept = begun()
    for event in {"firmed": ["confirm"], "posting": ["queue", "begin"], "deleted": ["delete"]}[status]:
        kept = LIFE.move(kept, event, ANN, NOW_MS).kept
    assert kept.note.status == status
    return kept


def test_a_note_begins_as_the_ghost_that_was_said() -> None:
    moved = LIFE.begin(SAID, self_firming=False)
    assert moved.kept.note == SAID
    assert [(c.version, c.event, c.status, c.by, c.at) for c in moved.changes] == [
        (1, "said", Status.GHOST, ANN, NOW_MS)
    ]


def test_one_that_firms_itself_was_said_first() -> None:
    moved = LIFE.begin(SAID, self_firming=True)
    assert (moved.kept.note.status, moved.kept.note.version) == (Status.FIRMED, 2)
    assert [(c.version, c.status) for c in moved.changes] == [(1, Status.GHOST), (2, Status.FIRMED)]


def test_a_change_says_who_when_and_what() -> None:
    moved = LIFE.move(begun(), "delete", ANN, NOW_MS + 5)
    (change,) = moved.changes
    assert (change.version, change.event, change.by, change.at) == (2, "delete", ANN, NOW_MS + 5)
    assert (change.status, change.text, change.category) == (Status.DELETED, SAID.text, SAID.category)
    assert moved.kept.note == attrs.evolve(SAID, status=Status.DELETED, version=2, updated_at=NOW_MS + 5)


@pytest.mark.parametrize(
    ("status", "event", "by", "refused"),
    [
        ("posting", "delete", ANN, "conflict"),  # the chart says so
        ("deleted", "undo", BEN, "forbidden"),
        ("deleted", "queue", ANN, "conflict"),  # the chart makes nothing of it, and it is not so
        ("deleted", "delete", ANN, None),  # nor here, and it is so
        ("firmed", "confirm", ANN, None),
        ("firmed", "undo", ANN, None),
    ],
)
def test_what_is_not_done_is_refused_unless_it_is_so_already(
    status: str, event: str, by: UUID, refused: str | None
) -> None:
    kept = at(status)
    moved = LIFE.move(kept, event, by, NOW_MS + 5)
    assert (moved.refused, moved.changes, moved.kept.note) == (refused, (), kept.note)


def test_a_correction_changes_the_words_and_nobody_has_confirmed_them() -> None:
    amended = Amended("Too bright.", Category.AUDIO, 0.5, (7, 9), "i mean bright")
    note = LIFE.move(begun(), "edit", ANN, NOW_MS + 5, facts={"spoken": True}, amended=amended).kept.note
    assert (note.text, note.category, note.confidence, note.frame_in, note.frame_out) == (
        "Too bright.",
        Category.AUDIO,
        0.5,
        7,
        9,
    )
    assert (note.status, note.version, note.transcript) == (Status.GHOST, 2, "too dark.\ni mean bright")


def test_who_edits_by_hand_means_it() -> None:
    amended = Amended("Too bright.", Category.COLOR, 1.0)
    note = LIFE.move(begun(), "edit", ANN, NOW_MS + 5, amended=amended).kept.note
    assert (note.status, note.frame_in, note.transcript) == (Status.FIRMED, SAID.frame_in, SAID.transcript)


@pytest.mark.parametrize("status", ["posting", "deleted"])
def test_words_that_are_refused_change_nothing(status: str) -> None:
    kept = at(status)
    moved = LIFE.move(kept, "edit", ANN, NOW_MS + 5, amended=Amended("Too bright.", Category.COLOR, 1.0))
    assert (moved.refused, moved.kept.note) == ("conflict", kept.note)


def test_the_earlier_words_are_those_before_the_latest_change_of_words() -> None:
    moved = LIFE.begin(SAID, self_firming=False)
    changes = [*moved.changes]
    assert earlier_words(changes) is None
    for event, amended in (("edit", Amended("Too bright.", Category.AUDIO, 0.5, (7, 9))), ("confirm", None)):
        moved = LIFE.move(moved.kept, event, ANN, NOW_MS + 5, facts={"spoken": True}, amended=amended)
        changes += moved.changes
    frames = (SAID.frame_in, SAID.frame_out)
    assert earlier_words(changes) == Amended(SAID.text, SAID.category, SAID.confidence, frames)


def test_a_transcript_stays_within_its_bounds() -> None:
    kept = Kept(attrs.evolve(SAID, transcript="x" * MAX_TRANSCRIPT), begun().state)
    amended = Amended("Too bright.", Category.COLOR, 1.0, heard="and more")
    assert len(LIFE.move(kept, "edit", ANN, NOW_MS, amended=amended).kept.note.transcript) == MAX_TRANSCRIPT


def test_a_job_whose_time_has_run_out_failed_before_what_comes_later() -> None:
    tool_ms = LIFE.delays["tool"]
    moved = LIFE.move(at("posting"), "delete", ANN, NOW_MS + tool_ms)
    assert [(c.event, c.status, c.by) for c in moved.changes] == [
        ("after.posting", Status.FAILED, None),
        ("delete", Status.DELETED, ANN),
    ]
    assert [c.version for c in moved.changes] == [4, 5]


def test_where_a_note_is_goes_through_json() -> None:
    kept = at("posting")
    assert LIFE.read(kept.note, json.loads(json.dumps(LIFE.stored(kept.state)))) == kept.state


@pytest.mark.parametrize(
    ("status", "events", "expected"),
    [
        (Status.GHOST, ["said"], Outcome.KEPT),
        (Status.FIRMED, ["said", "confirm"], Outcome.KEPT),
        (Status.FIRMED, ["said", "edit"], Outcome.EDITED),
        (Status.DELETED, ["said", "edit", "delete"], Outcome.DELETED),
        (Status.GHOST, ["said", "delete", "undo"], Outcome.KEPT),
        (Status.FIRMED, ["said", "edit", "delete", "undo"], Outcome.EDITED),
        (Status.DELETED, ["said", "merge"], Outcome.EDITED),
    ],
)
def test_what_its_author_made_of_it(status: Status, events: list[str], expected: Outcome) -> None:
    assert outcome(status, events) is expected
