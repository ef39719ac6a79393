"""Sheets for tests: any film that has a timecode, any notes."""

from __future__ import annotations

from uuid import UUID

from hypothesis import strategies as st

from lossy.domain.export.sheet import Film, Said, Sheet, film, sheet
from lossy.domain.notes import MAX_TEXT, Category, Status
from lossy.domain.timecode import Rate

PAL = Rate(25)
VIDEO = UUID("0a5e0000-0000-4000-8000-000000000000")

# What has a meaning in one of the formats.
AWKWARD = (
    "=1+1", "'=1", "@a", "-5", "\t+", '"', ",", ";", "\r\n", "\n\n", "\r", "|", " |C:ResolveColorRed |M:x |D:9",
    "- 2.", "001  001 V C", "* LOC: 01:00:00:00 RED x", "TITLE: x", "FCM: DROP FRAME", "M2 a", "LOC", "*a* _b_ `c`",
    "<b>", "&amp;", "]]>", "<!-- -->", "# a", "1. a", "[a](b)", "\\", "\x01", "\x0b", "\x85",
    "\u2028", "\ufffe", "\ufeff", "[lossy ", f"[lossy {VIDEO}]", "é", "🎬", "中", "{}", "$a$", "~~a~~", "http://a.b",
)  # fmt: skip

_characters = st.characters(codec="utf-8", exclude_characters="\0")
_parts = st.lists(st.sampled_from(AWKWARD) | st.text(_characters, max_size=12), max_size=5)
texts = _parts.map(lambda parts: "".join(parts) or "x")

films = st.sampled_from(
    [
        film(VIDEO, "My <cut> & | 2", rate, start, drop=drop)
        for rate, drop in [
            (Rate(24_000, 1001), False),
            (Rate(24), False),
            (Rate(25), False),
            (Rate(30_000, 1001), False),
            (Rate(30_000, 1001), True),
            (Rate(30), False),
            (Rate(50), False),
            (Rate(60_000, 1001), False),
            (Rate(60_000, 1001), True),
            (Rate(60), False),
        ]
        for start in (None, "00:00:00:00", "10:08:59:23")
    ]
)


def said(
    id: int,
    frame_in: int = 0,
    frame_out: int | None = None,
    text: str = "Too dark.",
    *,
    rate: Rate = PAL,
    category: Category = Category.COLOR,
    status: Status = Status.FIRMED,
    author: str = "ann",
    created_at: int = 1_767_225_600_000,
) -> Said:
    return Said(UUID(int=id), text[:MAX_TEXT], category, status, frame_in, frame_out, rate, author, created_at)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    """Often with several notes on one frame; every status and category."""
    of: Film = draw(films)
    kinds = st.tuples(st.integers(0, 5) | st.integers(0, 12 * 3600 * 24), st.none() | st.integers(0, 500), texts)
    described = draw(st.lists(st.tuples(kinds, st.sampled_from(Category), st.sampled_from(Status)), max_size=6))
    every = [
        said(
            id,
            first,
            None if length is None else first + length,
            text,
            rate=of.rate,
            category=category,
            status=status,
            author=draw(st.sampled_from(["ann", "B\N{LATIN SMALL LETTER O WITH DIAERESIS}|b\t*x*"])),
            created_at=1_767_225_600_000 - id,
        )
        for id, ((first, length, text), category, status) in enumerate(described, 2)
    ]
    return sheet(of, every)
