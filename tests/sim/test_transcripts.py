from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from attrs import asdict
from hypothesis import given
from hypothesis import strategies as st

from lossy.sim.hearing import Segment
from lossy.sim.transcripts import Attachment, Transcript, TranscriptError, Utterance, attach, read_transcript

LOGO = {"start_ms": 1_200, "end_ms": 2_800, "text": "The logo comes in too early."}


def write(folder: Path, content: Any) -> Path:
    path = folder / "said.json"
    path.write_bytes(orjson.dumps(content))
    return path


def test_a_transcript_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, {"version": 1, "utterances": [LOGO]})

    assert read_transcript(path) == Transcript(1, (Utterance(1_200, 2_800, "The logo comes in too early."),))


def one(**changes: Any) -> dict[str, Any]:
    return {"version": 1, "utterances": [LOGO, LOGO | changes]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"version": 1}, r"required field missing @ \$\.utterances"),
        ({"version": 2, "utterances": []}, r"version is 2: only 1 is read @ \$"),
        ({"version": 1, "utterances": [], "speaker": "Ann"}, r"extra fields found \(speaker\) @ \$"),
        (one(pace=3), r"extra fields found \(pace\) @ \$\.utterances\[1\]"),
        (one(start_ms="1200"), r"expected int, not str @ \$\.utterances\[1\]\.start_ms"),
        (one(start_ms=1_200.5), r"expected int, not float @ \$\.utterances\[1\]\.start_ms"),
        (one(end_ms=True), r"expected int, not bool @ \$\.utterances\[1\]\.end_ms"),
        (one(text=None), r"expected str, not NoneType @ \$\.utterances\[1\]\.text"),
        (one(text=" "), r"text is empty.* @ \$\.utterances\[1\]"),
        (one(start_ms=2_800), r"start_ms must be before end_ms: 2800, 2800.* @ \$\.utterances\[1\]"),
        (one(start_ms=-1), r"start_ms.* @ \$\.utterances\[1\]"),
        ({"version": 1, "utterances": 7}, r"@ \$\.utterances"),
        ({"version": 1, "utterances": [7]}, r"not an object @ \$\.utterances\[0\]"),
        ([], r"not an object @ \$"),
    ],
)
def test_what_is_wrong_is_said_with_its_path(content: Any, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, content)

    with pytest.raises(TranscriptError, match=message) as refused:
        read_transcript(path)
    assert str(refused.value).startswith(f"{path}: ")


def test_a_file_that_is_not_json_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "said.json").write_text("1: The logo")

    with pytest.raises(TranscriptError, match="not JSON"):
        read_transcript(tmp_path / "said.json")
    with pytest.raises(TranscriptError, match="No such file"):
        read_transcript(tmp_path / "none.json")


def test_an_utterance_goes_to_the_segment_it_overlaps_most() -> None:
    segments = [Segment(0, 1_000), Segment(1_100, 3_000), Segment(5_000, 6_000)]
    fade, cut, zoom = Utterance(800, 2_000, "Fade."), Utterance(2_100, 2_900, "Cut."), Utterance(4_000, 5_000, "Zoom.")

    assert attach(segments, [zoom, cut, fade]) == Attachment({0: "", 1: "Fade. Cut.", 2: ""}, (zoom,))


def test_of_equal_overlaps_the_earlier_segment_has_it() -> None:
    segments = [Segment(0, 1_000), Segment(1_000, 2_000)]

    assert attach(segments, [Utterance(500, 1_500, "Fade.")]).texts == {0: "Fade.", 1: ""}


def test_where_nothing_is_heard_everything_is_unheard() -> None:
    fade = Utterance(0, 10, "Fade.")

    assert attach([], [fade]) == Attachment({}, (fade,))
    assert attach([], []) == Attachment({}, ())


@st.composite
def spans(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Ordered, apart or touching, as the VAD and a transcript have them."""
    edges = sorted(draw(st.lists(st.integers(0, 100), max_size=12, unique=True)))
    return list(zip(edges[::2], edges[1::2], strict=False))


@given(spans(), spans())
def test_nothing_said_is_lost_or_said_twice(heard: list[tuple[int, int]], said: list[tuple[int, int]]) -> None:
    segments = [Segment(*span) for span in heard]
    utterances = [Utterance(*span, f"word{index}") for index, span in enumerate(said)]

    attached = attach(segments, utterances)

    assert list(attached.texts) == list(range(len(segments)))
    words = [word for text in attached.texts.values() for word in text.split()]
    assert Counter([*words, *(u.text for u in attached.unheard)]) == Counter(u.text for u in utterances)
    assert words == sorted(words)  # later words are never in an earlier segment


@given(spans(), spans())
def test_no_other_segment_overlaps_an_utterance_more(heard: list[tuple[int, int]], said: list[tuple[int, int]]) -> None:
    segments = [Segment(*span) for span in heard]
    utterances = [Utterance(*span, f"word{index}") for index, span in enumerate(said)]

    texts = attach(segments, utterances).texts

    for utterance in utterances:
        moments = set(range(utterance.start_ms, utterance.end_ms))
        shared = [len(moments & set(range(segment.start_ms, segment.end_ms))) for segment in segments]
        holders = [index for index, text in texts.items() if utterance.text in text.split()]
        assert holders == ([shared.index(max(shared))] if any(shared) else [])


@given(spans())
def test_what_was_written_is_read_again(said: list[tuple[int, int]]) -> None:
    transcript = Transcript(1, tuple(Utterance(*span, f"word{index}") for index, span in enumerate(said)))

    with TemporaryDirectory() as folder:
        assert read_transcript(write(Path(folder), asdict(transcript))) == transcript
