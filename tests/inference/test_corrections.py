"""What becomes of a note by the words that mend it, in pairs of what was said."""

from __future__ import annotations

import pytest

from lossy.domain.commands import correction_of
from lossy.domain.notes import MAX_TEXT, Category
from lossy.inference.corrections import Mended, mend
from lossy.inference.rules import Remark, structure

NOW_MS = 64_000  # the media time at which the correction began


def mended(said: str, correction: str) -> Mended:
    draft, found = structure(Remark(said, 60_000, 2_000, None)), correction_of(correction)
    assert found is not None
    return mend(draft.text, draft.category, draft.confidence, found, Remark(correction, NOW_MS, 2_000, None))


@pytest.mark.parametrize(
    ("said", "correction", "text"),
    [
        # added, in the person's own words
        ("the grade is cold here", "make that a bit warmer", "The grade is cold here. Make that a bit warmer."),
        ("the title flickers", "no, make it the subtitle", "The title flickers. Make it the subtitle."),
        ("this shot drags", "make it two seconds shorter", "This shot drags. Make it two seconds shorter."),
        ("the cut comes late", "make that two seconds earlier", "The cut comes late. Make that two seconds earlier."),
        ("the logo is too dark", "I meant the second shot", "The logo is too dark. I meant the second shot."),
        (
            "lower the music by twenty percent",
            "change that to thirty percent",
            "Lower the music by twenty percent. Change that to thirty percent.",
        ),
        (
            "lower the music by twenty percent",
            "correction: lower it by thirty percent",
            "Lower the music by twenty percent. Correction: lower it by thirty percent.",
        ),
        # another matter after "I mean" may be a note of its own: nothing of the first is lost
        (
            "the logo is too big here",
            "I mean the whole intro is too slow",
            "The logo is too big here. I mean the whole intro is too slow.",
        ),
        # put in its place
        ("the logo is too big here", "sorry, I mean the title is too big", "The title is too big."),
        (
            "the logo on the right is too dark",
            "Correction, the logo on the left is too dark",
            "The logo on the left is too dark.",
        ),
        ("the music is too loud", "change that to the voice is too loud", "The voice is too loud."),
        ("the grade is cold", "correction: the music is too loud", "The music is too loud."),
        # only moved
        ("the music is too loud", "make it from 1:10 to 1:20", "The music is too loud."),
        ("the music is too loud", "I meant at one twenty three", "The music is too loud."),
        ("the music is too loud", "make that 1:10", "The music is too loud."),
        # both
        (
            "the music is too loud",
            "make that a little quieter from 1:10 to 1:20",
            "The music is too loud. Make that a little quieter from 1:10 to 1:20.",
        ),
    ],
)
def test_the_text_reads_well_and_loses_nothing(said: str, correction: str, text: str) -> None:
    assert mended(said, correction).text == text


@pytest.mark.parametrize(
    ("correction", "time"),
    [
        ("make it from 1:10 to 1:20", (70_000, 80_000)),
        ("make that between one ten and one twenty", (70_000, 80_000)),
        ("change that to from ten to twenty seconds", (10_000, 20_000)),
        ("change it to 1:05", (65_000, None)),
        ("I meant at one twenty three", (83_000, None)),
        ("no, I meant ten seconds ago", (54_000, None)),
        ("make that louder from 1:10 to 1:20", (70_000, 80_000)),
        ("make that a bit warmer", (None, None)),
        ("make that two seconds earlier", (None, None)),  # a word for the editor, or counted from nobody knows where
    ],
)
def test_only_a_time_that_is_named_moves_the_note(correction: str, time: tuple[int | None, int | None]) -> None:
    moved = mended("the music is too quiet", correction)
    assert (moved.media_ms, moved.media_end_ms) == time


@pytest.mark.parametrize("correction", ["make that hmm", "I mean, uh, hmm", "make it uh"])
def test_of_a_correction_that_says_nothing_nobody_can_be_sure(correction: str) -> None:
    assert mended("the music is too loud", correction).confidence < 0.3


def test_what_was_noted_decides_about_words_that_name_nothing() -> None:
    assert mended("the grade is cold here", "make that the second one").category is Category.COLOR
    moved = mended("the grade is cold here", "make that 1:10")
    assert (moved.category, moved.confidence) == (Category.COLOR, 0.75)


def test_it_says_by_which_rule() -> None:
    assert [mended("the music is too loud", words).reasons[0] for words in ("make it 1:10", "make it quieter")] == [
        "correction: moved",
        "correction: added",
    ]


def test_a_text_that_was_mended_often_stays_within_its_bounds() -> None:
    text, found = "The music is too loud.", correction_of("make that " + "a little quieter and " * 150)
    assert found is not None
    for _ in range(5):
        remark = Remark(found.words, NOW_MS, 2_000, None)
        text = mend(text, Category.AUDIO, 0.7, found, remark).text
    assert len(text) <= MAX_TEXT
