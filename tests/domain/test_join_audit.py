"""Joins noted for the audit: coalesced, bounded, and none counted twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lossy.domain import join_audit
from lossy.domain.join_audit import Attempt, Pending, Row

if TYPE_CHECKING:
    import pytest


def attempt(number: int = 0, topic: str = "voice:1") -> Attempt:
    return Attempt(UUID(int=number), UUID(int=number), "192.0.2.1", topic, "voice:<session>", "ok")


def test_repeats_are_one_row_from_the_first_to_the_last() -> None:
    pending = Pending()
    for at in (5, 9, 7):
        pending.note(attempt(), at)
    assert pending.take() == [Row(attempt(), 5, 9, 3)]
    assert pending.take() == []


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=40))
def test_everything_is_written_once_however_often_writing_fails(moves: list[tuple[int, bool]]) -> None:
    pending, written, noted = Pending(), Counter[Attempt](), Counter[Attempt]()
    for at, (number, fails) in enumerate(moves):
        pending.note(attempt(number), at)
        noted[attempt(number)] += 1
        rows = pending.take()
        if fails:
            pending.note(attempt(number), at)
            noted[attempt(number)] += 1
            pending.put_back(rows)
        else:
            written.update({row.attempt: row.count for row in rows})
    written.update({row.attempt: row.count for row in pending.take()})
    assert written == noted


def test_where_there_are_too_many_topics_only_their_kinds_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join_audit, "NAMED", 3)
    pending = Pending()
    for number in range(10):
        pending.note(attempt(topic=f"voice:{number}"), number)
    pending.note(attempt(topic="voice:0"), 10)
    rows = {row.attempt.topic: row.count for row in pending.take()}
    assert rows == {"voice:0": 2, "voice:1": 1, "voice:2": 1, "voice:<session>": 7}


def test_beyond_all_bounds_it_is_counted_what_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join_audit, "ROWS", 3)
    pending = Pending()
    for number in range(5):
        pending.note(attempt(number), number)
    pending.note(attempt(0), 5)
    assert (len(pending), pending.lost) == (3, 2)


def test_the_order_is_the_same_for_every_node() -> None:
    one, other = Pending(), Pending()
    for number in range(5):
        one.note(attempt(number), 0)
        other.note(attempt(4 - number), 0)
    assert one.take() == other.take()
