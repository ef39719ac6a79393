"""A reply of a language model is bad input until it has been read."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.notes import MAX_TEXT, Category
from lossy.inference.llm_prompt import INSTRUCTIONS, MEANINGS, SCHEMA
from lossy.inference.llm_reply import BadReply, read_reply, text_so_far, was_said
from lossy.inference.rules import Draft, Remark, structure
from tests.charts.strategies import examples
from tests.inference.fake_llm import note

SAID = "uh the logo is too dark here"
TEXT = "The logo is too dark here."


def read(written: str, said: str = SAID, *, media_ms: int = 61_000, stt_confidence: float | None = None) -> Draft:
    remark = Remark(said, media_ms, 2_000, stt_confidence)
    return read_reply(written, remark, structure(remark), "small-model")


def refusal(written: str, said: str = SAID) -> str:
    with pytest.raises(BadReply) as refused:
        read(written, said)
    return str(refused.value)


def moment(said: str, **offsets: Any) -> tuple[int, int | None]:
    draft = read(note(said, **offsets), said)
    return draft.media_ms, draft.media_end_ms


# -- what is asked ------------------------------------------------------------------------------------------------


def test_every_category_is_explained() -> None:
    assert MEANINGS.keys() == {*Category}
    assert all(f"  {category.value}: " in INSTRUCTIONS for category in Category)


def test_the_schema_is_strict_and_of_the_keys_that_are_explained() -> None:
    keys = list(SCHEMA["properties"])
    assert SCHEMA["required"] == keys
    assert not SCHEMA["additionalProperties"]
    assert [key for key in keys if f'"{key}": ' in INSTRUCTIONS] == keys


# -- what is read -------------------------------------------------------------------------------------------------


def test_a_reply_becomes_a_draft() -> None:
    draft = read(note(TEXT, category="color", confidence=0.8))
    assert draft == Draft(TEXT, Category.COLOR, 0.8, 61_000, None, ("category: color",), "small-model")


@pytest.mark.parametrize(
    "written",
    [
        f"```json\n{note(TEXT)}\n```",
        f"Here is the note:\n{note(TEXT)}\nIs there anything else?",
        f'<think>{{"text": "no"}} the user wants</think>{note(TEXT)}',
        note(TEXT, frame_in=7, author="me", status="posted", reasons=["because"]),
        note(f"  {TEXT}\n"),
        orjson.dumps({"text": TEXT, "category": "graphics", "confidence": 1}).decode(),
    ],
    ids=["fenced", "polite", "thinking", "fields of its own", "spaces", "no more than needed"],
)
def test_what_is_around_it_is_left_out(written: str) -> None:
    draft = read(written)
    assert (draft.text, draft.media_ms, draft.reasons) == (TEXT, 61_000, ("category: graphics",))


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "no_json"),
        ("The logo is too dark.", "no_json"),
        (note(TEXT)[:-1], "no_json"),
        (f"[{note(TEXT)}]}}", "no_json"),
        ("{}", "bad_text"),
        (note(5), "bad_text"),
        (note(None), "bad_text"),
        (note(TEXT, category="logo"), "bad_category"),
        (note(TEXT, category=["audio"]), "bad_category"),
        (note(TEXT, confidence="high"), "bad_confidence"),
        (note(TEXT, confidence=True), "bad_confidence"),
        (note(TEXT, confidence=None), "bad_confidence"),
        (note(TEXT, from_s="two"), "bad_from_s"),
        (note(TEXT, to_s=[2]), "bad_to_s"),
        (note(TEXT, confidence=1.01), "confidence_out_of_range"),
        (note(TEXT, confidence=-0.1), "confidence_out_of_range"),
        (note(TEXT).replace("0.9", "NaN"), "no_json"),
        (note("logo " * MAX_TEXT), "text_too_long"),
        (note(""), "no_text"),
        (note(" ... "), "no_text"),
        (note("Buy three crates of oranges."), "invented_text"),
        (note("I cannot help with that."), "invented_text"),
    ],
)
def test_a_reply_that_does_not_fit_is_refused(written: str, reason: str) -> None:
    assert refusal(written) == reason


def test_half_heard_words_count_for_less_than_the_model_thinks() -> None:
    assert read(note(TEXT, confidence=0.8), stt_confidence=0.2).confidence == 0.56
    assert read(note(TEXT, confidence=0.8), stt_confidence=0.9).confidence == 0.8


# -- what was said ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The logo is too dark.", "uh the the logo it's too dark here"),
        ("Brighten the logo.", "the logo could be brighter I think"),
        ("Too much.", "that's, uh, too much"),
        ("Fade out after two seconds.", "fading out after like 2 seconds"),
        ("El logo es demasiado oscuro.", "eh el logo es demasiado oscuro"),
        ("Don't cut here.", "dont cut here"),
        ("The title is wrong, fix it.", "so that title there, that's wrong"),
    ],
)
def test_words_that_were_said_may_be_put_otherwise(text: str, said: str) -> None:
    assert was_said(text, said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The music is too loud.", "the logo is too dark"),
        ("The logo needs another colour, font, shadow and outline.", "the logo is too dark"),
        ("42.", "the logo is too dark"),
        ("Forty two.", "forty two"),  # nothing but numbers is too little to tell
        ("It is too.", "hmm"),
        ("Brighten every title.", "be e ti"),
        ("The logo is too dark.", ""),
    ],
)
def test_words_that_were_not_said_are_invented(text: str, said: str) -> None:
    assert not was_said(text, said)


# -- the moment ---------------------------------------------------------------------------------------------------


def test_an_offset_counts_from_where_the_remark_began() -> None:
    assert moment("the logo a moment earlier is too dark", from_s=-2.5) == (58_500, None)
    assert moment("the logo just before this is too dark", from_s=-4, to_s=-1) == (57_000, 60_000)


@pytest.mark.parametrize(
    ("offsets", "expected"),
    [
        ({"from_s": -3600}, (1_000, None)),
        ({"from_s": 1e300}, (121_000, None)),
        ({"from_s": -2, "to_s": 9_999}, (59_000, 121_000)),
        ({"from_s": -2, "to_s": -5}, (59_000, None)),
        ({"from_s": -2, "to_s": -2}, (59_000, None)),
        ({"to_s": 5}, (61_000, None)),
    ],
)
def test_an_offset_stays_near_the_remark(offsets: dict[str, float], expected: tuple[int, int | None]) -> None:
    assert moment("the logo a moment earlier is too dark", **offsets) == expected


def test_a_note_never_begins_before_the_video() -> None:
    said = "the logo a moment earlier is too dark"
    assert read(note(said, from_s=-30), said, media_ms=5_000).media_ms == 0


def test_without_a_word_of_time_there_is_no_offset() -> None:
    assert moment(SAID, from_s=-2, to_s=5) == (61_000, None)


def test_a_time_that_is_named_is_read_by_the_rules() -> None:
    assert moment("at one twenty three the logo is too dark", from_s=-2) == (83_000, None)
    assert moment("from 1:10 to 1:20 the logo is too dark", from_s=-2, to_s=-1) == (70_000, 80_000)
    assert moment("five seconds ago the logo was too dark", from_s=-2) == (56_000, None)


# -- as it is written ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("", ""),
        ('{"te', ""),
        ('{"text": ', ""),
        ('{"text": "', ""),
        ('{"text": "The lo', "The lo"),
        ('{"text": "a \\"b\\" \\', 'a "b" '),
        ('{"text": "caf\\u00e', "caf"),
        ('{"text": "caf\\u00e9 ', "caf\u00e9 "),
        ('{"text": "\\ud83d', ""),
        ('{"text": "\\ud83d\\ude00', "\U0001f600"),
        (note("The end."), "The end."),
        ('Here it is: {"category": "audio", "text": "The lo', "The lo"),
    ],
)
def test_the_text_of_a_reply_that_is_still_written(written: str, text: str) -> None:
    assert text_so_far(written) == text


# -- whatever it writes -------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NEAR = st.fixed_dictionaries(
    {
        "text": st.sampled_from([TEXT, "The logo."]) | VALUES,
        "category": st.sampled_from([*Category]).map(str) | VALUES,
        "confidence": st.floats(0, 1) | VALUES,
    },
    optional={"from_s": st.floats(-100, 100) | VALUES, "to_s": st.floats(-100, 100) | VALUES, "frame_in": VALUES},
)


@examples(100, 20_000)
@given(NEAR.map(lambda reply: orjson.dumps(reply).decode()) | st.text(max_size=60))
def test_whatever_is_written_is_a_good_draft_or_refused(written: str) -> None:
    said = "the logo is too dark before this"
    try:
        draft = read(written, said)
    except BadReply:
        return
    assert 0 < len(draft.text) <= MAX_TEXT
    assert was_said(draft.text, said)
    assert 0 <= draft.confidence <= 1
    assert 1_000 <= draft.media_ms <= 121_000
    assert draft.media_end_ms is None or draft.media_ms < draft.media_end_ms <= 121_000


@given(st.text(max_size=40), st.integers(0, 200))
def test_the_text_so_far_is_the_beginning_of_the_text(text: str, length: int) -> None:
    written = note(text)
    assert text.startswith(text_so_far(written[:length]))
    assert text_so_far(written) == text
