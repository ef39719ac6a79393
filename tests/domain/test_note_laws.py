"""What holds for a note whatever people, sessions and jobs do to it, and in whatever order."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.charts.step import next_timer
from tests.charts.strategies import repeatable
from tests.domain.note_life import ANN, BEN, EVE, GAPS, KEPT, Note, data, in_state

PEOPLE = ["confirm", "edit", "merge", "delete", "undo", "queue", "unqueue", "expire"]
JOBS = ["queue", "begin", "posted", "not_posted", "unsure"]


class Told(NamedTuple):
    """An event, or the next timer at its very instant, with a number by which its words are chosen."""

    name: str | None
    gap: int
    pick: int


_histories = st.lists(
    st.builds(Told, st.sampled_from([*PEOPLE, *JOBS * 3, None]), st.sampled_from(GAPS), st.integers(0, 5)), max_size=30
)
_notes = st.booleans().map(lambda self_firming: Note(data=data(self_firming=self_firming)))


def tell(note: Note, told: Told) -> None:
    if told.name is None:
        timer = next_timer(note.state)
        note.wait(timer[0] - note.at if timer else told.gap)
        return
    note.wait(told.gap)
    looks = [None, note["doubt"], note.at]
    words = {
        "by": [ANN, BEN, EVE][told.pick % 3],
        "permalink": f"link {told.pick}",
        "attempt": note["attempts"] - told.pick % 2,
        "probed_at": looks[told.pick % 3],
    }
    note.hear(told.name, 0, **words)


@repeatable
@given(_notes, _histories)
def test_the_invariants_hold_after_every_step(note: Note, history: list[Told]) -> None:
    for told in history:
        tell(note, told)


@repeatable
@given(_notes, _histories)
def test_undo_restores_to_the_letter_what_was_deleted_however_long_ago(note: Note, history: list[Told]) -> None:
    kept = note.state
    for told in history:
        tell(note, told)
        if note.now == "deleted":
            continue
        if note.moves[-1].event.name == "undo" and note.told == ["record"] and note["permalink"] is None:
            assert (note.state.active, note.state.data) == (kept.active, kept.data)
        kept = note.state


@repeatable
@given(_notes, _histories, st.integers(0, 30))
def test_a_restore_in_the_middle_changes_nothing(note: Note, history: list[Told], cut: int) -> None:
    for told in history[:cut]:
        tell(note, told)
    other, moves = note.restored(), len(note.moves)
    assert other.state == note.state
    for told in history[cut:]:
        tell(note, told)
        tell(other, told)
    assert other.moves[1:] == note.moves[moves:]


@pytest.mark.parametrize("pair", [("confirm", "edit"), ("confirm", "queue"), ("edit", "queue"), ("edit", "unqueue")])
@pytest.mark.parametrize("state", [state for state in KEPT if state != "posting"])
def test_two_people_at_one_instant_may_come_in_either_order(state: str, pair: tuple[str, str]) -> None:
    one, other = in_state(state), in_state(state)
    one.hear(pair[0]).hear(pair[1], 0)
    other.hear(pair[1]).hear(pair[0], 0)
    assert one.state == other.state


@pytest.mark.parametrize("state", ["firmed", "queued", "failed"])
def test_a_slow_job_may_speak_before_the_deletion_or_after_it(state: str) -> None:
    one, other = in_state(state), in_state(state)
    one.hear("delete").hear("posted", 0).hear("undo")
    other.hear("posted").hear("delete", 0).hear("undo")
    assert (one.state.active, one.state.data) == (other.state.active, other.state.data)
