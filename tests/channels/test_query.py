"""The query of a URL as attrs values."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import pytest
from attrs import frozen

from lossy.channels.errors import Refusal
from lossy.channels.query import read_query
from lossy.channels.reading import Bounds, about

ID = UUID(int=7)


@frozen
class Search:
    limit: Annotated[int, Bounds(1, 1_000)] = about("how many", 100)
    least: Annotated[float, Bounds(0, 1)] | None = about("how sure", None)
    all: bool = about("whether all", False)
    status: list[Literal["ghost", "firmed"]] = about("which", factory=list)
    video: UUID | None = about("whose", None)
    words: str | None = about("what is looked for", None)


def test_each_is_read_as_what_it_is() -> None:
    given = {"limit": ["7"], "least": ["0.5"], "all": ["true"], "status": ["ghost", "firmed"], "video": [str(ID)]}
    assert read_query(Search, {**given, "words": ["7"]}) == Search(7, 0.5, True, ["ghost", "firmed"], ID, "7")
    assert read_query(Search, {}) == Search()


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"limit": ["0"]}, "limit"),
        ({"limit": ["1_0"]}, "limit"),
        ({"limit": [" 1"]}, "limit"),
        ({"limit": ["٣"]}, "limit"),
        ({"limit": ["1.0"]}, "limit"),
        ({"limit": [""]}, "limit"),
        ({"limit": ["1", "2"]}, "limit"),
        ({"least": ["nan"]}, "least"),
        ({"least": ["inf"]}, "least"),
        ({"least": ["x"]}, "least"),
        ({"all": ["True"]}, "all"),
        ({"all": ["1"]}, "all"),
        ({"status": ["ghost", "x"]}, "status.1"),
        ({"video": ["7"]}, "video"),
        ({"words": ["a\0"]}, "words"),
        ({"more": ["1"]}, "more"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_path(given: dict[str, list[str]], path: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_query(Search, given)
    assert refusal.value.details == {"path": path}
