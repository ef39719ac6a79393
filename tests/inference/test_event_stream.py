"""Server-sent events are the same however their bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.inference.event_stream import EventStream


def events(*chunks: bytes) -> list[bytes]:
    stream = EventStream()
    return [data for chunk in chunks for data in stream.feed(chunk)]


@pytest.mark.parametrize(
    ("stream", "data"),
    [
        (b"data: one\n\ndata:two\n\n", [b"one", b"two"]),
        (b"data: one\r\n\r\ndata: two\r\n\r\n", [b"one", b"two"]),
        (b"data: one\ndata: two\n\n", [b"one\ntwo"]),
        (b": thinking\n\nevent: delta\nid: 5\ndata: one\n\n", [b"one"]),
        (b"data: one", []),
        (b"data: one\n", []),
        ("data: a\u2028b\x0bc\n\n".encode(), ["a\u2028b\x0bc".encode()]),
    ],
)
def test_an_event_ends_at_an_empty_line(stream: bytes, data: list[bytes]) -> None:
    assert events(stream) == data


LINES = st.sampled_from([b"data: one\n", b"data: two\r\n", b"\n", b"\r\n", b": no\n", b"event: e\n"])


@given(st.lists(LINES, max_size=12).map(b"".join), st.sets(st.integers(0, 120)))
def test_where_the_bytes_are_cut_makes_no_difference(stream: bytes, cuts: set[int]) -> None:
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    assert events(*[stream[i:j] for i, j in pairwise(places)]) == events(stream)
