"""How pages write times."""

from __future__ import annotations

from lossy.domain.attendance import Stay
from lossy.web.pages import stayed

DAY, MINUTE = 86_400_000, 60_000


def test_a_stay_is_told_by_its_ends_where_they_differ() -> None:
    assert stayed(Stay(20 * MINUTE, 20 * MINUTE + 40_000)) == "1 January 1970, 00:20 UTC, for less than a minute"
    assert stayed(Stay(20 * MINUTE, 25 * MINUTE)) == "1 January 1970, 00:20 to 00:25 UTC"
    assert stayed(Stay(0, DAY)) == "1 January 1970, 00:00 UTC, to 2 January 1970, 00:00 UTC"
    assert stayed(Stay(0, None)) == "since 1 January 1970, 00:00 UTC, there now"
