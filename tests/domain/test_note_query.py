"""Cursors come back as they were told, and nothing else is one."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.note_query import LATEST_MS, Cursor, CursorError, Further, Order, Summary, typed_on
from lossy.domain.notes import Category, Status
from lossy.domain.seen import Seen

ID = UUID(int=5)


@given(st.sampled_from([*Order]), st.integers(0, LATEST_MS), st.uuids())
def test_a_cursor_comes_back_as_it_was_told(order: Order, key: int, id: UUID) -> None:
    cursor = Cursor(order, key, id)
    assert Cursor.read(order, str(cursor)) == cursor
    further = Further(Seen(5, 9, (6, 7)), id)
    assert Further.read(str(further)) == further


@pytest.mark.parametrize(
    "text",
    ["", "frame", "frame.1", f"newest.1.{ID.hex}", f"frame.-1.{ID.hex}", f"frame.{LATEST_MS + 1}.{ID.hex}",
     f"frame.1.{ID}", f"frame.1.{ID.hex}0", f"frame.1.{ID.hex} ", f"frame.\u0661.{ID.hex}", f"FRAME.1.{ID.hex}"],
)  # fmt: skip
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        Cursor.read(Order.FRAME, text)


@pytest.mark.parametrize("text", ["", "5:9:", f"5:9:.{ID}", f"5.{ID.hex}", f"9:5:.{ID.hex}", f"5:9:.{ID.hex}.x"])
def test_what_leads_no_further_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        Further.read(text)


def test_a_summary_names_every_category_and_status_that_is_shown() -> None:
    told = Summary({Category.COLOR: 2}, {Status.GHOST: 2}).as_payload()
    assert told["total"] == 2
    assert told["categories"] == {each.value: 2 if each is Category.COLOR else 0 for each in Category}
    assert told["statuses"] == {
        each.value: 2 if each is Status.GHOST else 0 for each in Status if each is not Status.DELETED
    }


@pytest.mark.parametrize(
    ("asked", "split"),
    [
        ("mus", ("", "mus")),
        ("loud mus", ("loud ", "mus")),
        ('"too loud" mus', ('"too loud" ', "mus")),
        ("-dark mus", ("-dark ", "mus")),
        ("dark -mus", None),
        ('"too lo', None),
        ("mus ", None),
        ("m*", None),
        ("", None),
    ],
)
def test_the_last_word_may_be_half_typed(asked: str, split: tuple[str, str] | None) -> None:
    assert typed_on(asked) == split
