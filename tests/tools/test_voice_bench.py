"""What the voice benchmark says and how it counts: an open loop, spread evenly, and what is late is not forgiven."""

from __future__ import annotations

from uuid import UUID

import orjson
import pytest

from lossy.channels.payloads import TranscriptFinal, VoiceEvent
from lossy.channels.reading import read
from lossy.domain.commands import command_of, is_correction
from lossy.domain.quality import FLOOR
from lossy.inference.rules import Remark, is_empty, structure
from tools.bench.remarks import SPEECH_MS, TEXTS, Said, Talk
from tools.bench.stages import shares
from tools.bench.voice import Figures, by_second
from tools.bench.voice_load import frames_of, text_frame
from tools.bench.waits import Second, Tally, Waits

SESSIONS = [UUID(int=number + 1) for number in range(4)]


def said(until_ms: float) -> list[Said]:
    return [*Talk(SESSIONS, 1_763_640_000_000).until(until_ms)]


def test_each_session_says_a_remark_a_second_and_they_are_spread_evenly() -> None:
    ends = [(each.session, each.due_ms) for each in said(2_000) if each.is_remark]
    assert ends[:4] == [(0, 400), (1, 650), (2, 900), (3, 1150)]
    assert [due for session, due in ends if session == 0] == [SPEECH_MS, SPEECH_MS + 1_000]
    assert [each.due_ms for each in said(2_000)] == sorted(each.due_ms for each in said(2_000))


def test_what_is_said_is_what_the_wire_takes_and_every_remark_is_another() -> None:
    payloads = [orjson.loads(frame)[3:] for each in said(3_000) for frame in each.frames]
    ids = [read(TranscriptFinal, payload).id for event, payload in payloads if event == "transcript_final"]
    assert len({*ids}) == len(ids) == 11
    seqs = [read(VoiceEvent, payload).seq for event, payload in payloads if event == "voice_event"]
    assert {*seqs} == {None, 1, 2, 3, 4, 5, 6}, "None of a heartbeat"


def test_every_text_is_a_note() -> None:
    for text in TEXTS:
        draft = structure(Remark(text, 0, SPEECH_MS, 0.91))
        assert not is_empty(draft)
        assert draft.confidence > FLOOR
        assert command_of(text) is None
        assert not is_correction(text)


def test_a_wait_counts_from_the_moment_it_was_due_and_what_never_came_is_missing() -> None:
    tally = Tally(from_ms=1_000, until_ms=3_000)
    for due, sent in ((500, 500), (1_500, 1_700), (2_500, 2_500)):
        tally.said(0, due, sent)
    tally.noted(0, 900)  # while it warms up
    tally.noted(0, 1_750)
    assert not tally.is_complete
    waits = tally.waits()
    assert (waits.longest, waits.missing, waits.notes_per_s) == (250, 1, 0.5)


def test_the_waits_of_each_second_are_of_what_was_due_in_it() -> None:
    tally = Tally(from_ms=1_000, until_ms=3_000)
    for due in (500, 1_000, 1_990, 2_500):
        tally.said(0, due, due)
    for noted in (900, 1_020, 2_990, 2_991):
        tally.noted(0, noted)
    first, second = tally.waits().seconds
    assert (first.notes, first.p50) == (2, (20 + 1_000) / 2), "a note that comes later is of the second of its remark"
    assert (second.notes, second.p50) == (1, 491)


def test_a_second_whose_notes_never_came_has_its_place() -> None:
    tally = Tally(from_ms=0, until_ms=3_000)
    for session, due in enumerate((500, 1_500, 2_500)):
        tally.said(session, due, due)
    for session, noted in ((0, 510), (2, 2_520)):
        tally.noted(session, noted)
    assert [each.notes for each in tally.waits().seconds] == [1, 0, 1]
    assert Tally(from_ms=0, until_ms=3_000).waits().seconds == []


def test_the_table_by_the_second_has_its_waits_and_how_full_the_core_was() -> None:
    waits = Waits(20, 40, 50, 60, 1_000, 0, 0, 3, [Second(1_001, 20.4, 39.6), Second(7, 30, 1_000)])
    table = by_second(Figures(waits, 900, 400, {}, [0.846, 1.0]))
    rows = [*zip(*(column.cells for column in table.columns), strict=True)]
    assert rows == [("0", "1,001", "20", "40", "85%"), ("1", "7", "30", "1,000", "100%")]


@pytest.mark.parametrize("size", [0, 5, 125, 126, 70_000])
def test_frames_are_taken_apart_wherever_they_are_cut(size: int) -> None:
    text = b"x" * size
    long = b"\x81\x7e" + size.to_bytes(2, "big") if size < 65_536 else b"\x81\x7f" + size.to_bytes(8, "big")
    head = bytes((0x81, size)) if size < 126 else long
    stream = (head + text) * 2
    for cut in (0, 1, len(head), len(stream) // 2, len(stream) - 1):
        found, rest = frames_of(stream[:cut])
        more, end = frames_of(rest + stream[cut:])
        assert ([*found, *more], end) == ([text, text], b"")


def test_a_frame_that_is_sent_is_masked() -> None:
    assert text_frame(b"ab") == b"\x81\x82\0\0\0\0ab"
    assert text_frame(b"x" * 200)[:8] == b"\x81\xfe\x00\xc8\0\0\0\0"


def test_samples_are_counted_for_the_innermost_stage_and_idle_ones_not_at_all() -> None:
    loop = "unrolled_run (trio/_core/_run.py:1);Session.run (lossy/sessions/session.py:1)"
    sampled = (
        f"{loop};advance (lossy/charts/together.py:1);len (lossy/charts/step.py:3) 3\n"
        f"{loop};PostgresLedger._write (lossy/store/journal.py:1);execute (psycopg/cursor.py:9) 1\n"
        "run (trio/_core/_run.py:1);EpollIOManager.get_events (trio/_core/_io_epoll.py:1) 96\n"
    )
    assert shares(sampled) == {"charts": 0.75, "writer": 0.25}
