"""`lossy why`, as a person reads it: through PostgreSQL and the command, and page by page."""

from __future__ import annotations

import io
import json
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
import trio
from click.testing import CliRunner, Result
from rich.console import Console
from trio.testing import MockClock

from lossy.app import open_app
from lossy.charts.trace import read_step
from lossy.cli import main
from lossy.cli.why_event import print_event
from lossy.cli.why_note import print_note
from lossy.cli.why_page import Page, after, heard, since, span
from lossy.cli.why_remark import print_remark
from lossy.cli.why_session import print_session
from lossy.resources import folder
from lossy.sessions.catalog import load_all
from lossy.settings import Database, Server, Settings
from lossy.sim.speak import Speech, speak_to
from lossy.store.memory import MemoryLedger
from lossy.why.case import Case, about
from lossy.why.note import tell_note
from lossy.why.session import tell_session
from tests.logs import plain_logs
from tests.sessions.client import remark_id
from tests.sessions.drafting import Drafting
from tests.sessions.node import open_node, settled
from tests.sim.audio import voice
from tests.why.cases import case_of, speak

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COLUMNS = 80
FAILING = "The titles fail to appear."


@pytest.fixture(scope="module")
def case() -> Case:
    with pytest.MonkeyPatch.context() as patch:
        Drafting({"The music is slow.": 9}, frozenset({FAILING})).use(patch)
        return trio.run(a_review, clock=MockClock(autojump_threshold=0))


async def a_review() -> Case:
    """A note that is scratched, a range, a correction, a refusal, a failure, ignored speech, and one left in hand."""
    ledger = MemoryLedger()
    said = (
        "The logo is too dark here.",
        "Scratch that.",
        "The grade is cold from 1:10 to 1:20",
        "Make that a bit warmer.",
        "Hmm.",
        FAILING,
    )
    async with open_node(ledger) as node:
        ann = await node.listen()
        for number, words in enumerate(said, 1):
            segment = speak(ann, 0, 1_000)
            await trio.sleep(1)
            await ann.say(number, words, segment=segment).answer()
            await trio.sleep(1)
        speak(ann, 0, 100)
        await trio.sleep(1)
        speak(ann, 0, 1_000)
        await trio.sleep(20)
        ann.say(7, "The music is slow.")
        await settled()
        return await case_of(ledger)


def page(print_to: Callable[[Console], None]) -> str:
    """What a terminal of 80 columns shows."""
    shown = io.StringIO()
    print_to(Console(file=shown, width=COLUMNS, highlight=False))
    lines = shown.getvalue().splitlines()
    assert max(map(len, lines)) <= COLUMNS
    assert lines == [line.rstrip() for line in lines]
    return "\n".join(lines)


def note_page(case: Case, number: int) -> str:
    chart = load_all(folder("statecharts"))["note"]
    (kept,) = [kept for kept in case.recorded.notes if kept.note.provenance["remark"] == str(remark_id(number))]
    return page(lambda console: print_note(console, tell_note(chart, kept, case)))


def remark_page(case: Case, number: int) -> str:
    remark, shown = case.remark(str(remark_id(number))), Page()
    assert remark is not None
    print_remark(shown, remark, about(case.recorded))
    return page(lambda console: shown.print(console, "Remark"))


# -- pages --------------------------------------------------------------------------------------------------------


def test_a_note_that_was_scratched(case: Case) -> None:
    shown = note_page(case, 1)
    assert "graphics, 0.75, deleted\n" in shown
    assert "12:00:00.000 to 12:00:01.000 UTC, 20 November 2025: 1.00 s #4 #5\n" in shown
    assert "at 1:01.000 of cut, 24000/1001 frames a second\n" in shown
    assert "+0.20  it names what it is about  named\n" in shown
    assert "kept: 0.75 reaches the threshold of 0.30\n" in shown
    assert "1462: what shows at 1:01.000, at 24000/1001 frames a second\n" in shown
    assert "within 80 ms of it\n" in shown
    assert "deleted by ann@example.com: deleted #" in shown
    assert "said: “Scratch that.”\n" in shown
    assert "Now        deleted: Shown to nobody" in shown


def test_a_note_at_a_time_that_was_named_and_mended(case: Case) -> None:
    shown = note_page(case, 3)
    assert "1678 to 1918: what shows at 1:10.000 to 1:20.000" in shown
    assert "the time was named, a range\n" in shown
    assert "text: “The grade is cold.” → “The grade is cold. Make that a bit" in shown
    assert shown.count("of the first version:\n") == 2
    assert "moved there by" not in shown


def test_remarks_that_made_no_note(case: Case) -> None:
    assert "the command “scratch”: deleted note " in remark_page(case, 2)
    assert "“The logo is too dark here.” #" in " ".join(remark_page(case, 2).split())
    assert "words for the note before it #" in remark_page(case, 4)
    refused = remark_page(case, 5)
    assert "no note: its draft was not sure enough #" in refused
    assert "refused: 0.05 is below the hard floor of 0.25, whatever the settings" in refused
    failed = remark_page(case, 6)
    assert "no note: nothing could be made of its words #" in failed
    assert failed.count("came to nothing at 12:00:") == 4
    assert "nothing yet: it is in hand, structuring\n" in remark_page(case, 7)


def test_the_timeline_of_a_session(case: Case) -> None:
    shown = page(lambda console: print_session(console, tell_session(case)))
    assert "speech: 7 kept, 1 ignored (1 short)\n" in shown
    assert "words that never came: 1 segment\n" in shown
    assert "ignored as short, for it was shorter than the guard" in " ".join(shown.split())
    assert ": its words never came" in " ".join(shown.split())
    assert "“Scratch that.”\n" in shown
    assert "the command scratch: deleted note " in shown
    assert "no note: low confidence, 0.05 of 0.25\n" in shown
    assert "in hand, structuring\n" in shown


def test_every_entry_of_a_session_has_a_page(case: Case) -> None:
    for entry in case.recorded.entries:
        told = case.entry(str(entry.n))
        assert told is not None
        shown = page(partial(print_event, event=told, about=about(case.recorded)))
        assert f"#{entry.n} {entry.event}" in shown


async def a_move() -> Case:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await ann.say(2, "Make that from 1:10 to 1:20.").answer()
        return await case_of(ledger)


def test_a_note_that_was_moved_shows_where_it_is_before_where_it_was() -> None:
    shown = note_page(trio.run(a_move, clock=MockClock(autojump_threshold=0)), 1)
    today = shown.index("Frame      1678 to 1918: what shows at 1:10.000 to 1:20.000")
    by = shown.index("moved there by “Make that from 1:10 to 1:20.” #7\n")
    assert today < by < shown.index("at first 1462: what shows at 1:01.000")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("undo", "on undo"),
        ("done.structuring", "when structuring is done"),
        ("failed.executing_tool", "when executing tool fails"),
        ("after.ready", "when the time of ready is up"),
    ],
)
def test_an_event_of_a_chart_in_words(event: str, words: str) -> None:
    assert heard(event) == words


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1_480, "1.48 s"),
        (60_000, "1 min"),
        (182_000, "3 min 2 s"),
        (7_500_000, "2 h 5 min"),
    ],
)
def test_a_length_of_time_in_words(ms: int, words: str) -> None:
    assert span(ms) == words
    assert since(-ms) == (f"-{words}" if ms else "+0 ms")
    assert after(ms) == (f"{words} later" if ms else "at once")


# -- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def usual_logs() -> Iterator[None]:
    yield
    plain_logs()


def why(settings: Settings, *arguments: str) -> Result:
    environ = {"DATABASE_URL": settings.database.url, "LOSSY_DATABASE_DATA": str(settings.database.data)}
    return CliRunner().invoke(main, ["why", *arguments], env=environ)


def document(settings: Settings, *arguments: str) -> dict[str, Any]:
    result = why(settings, *arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


async def speak_to_a_server(settings: Settings) -> str:
    """What it prints."""
    recording, _ = voice("second_look")
    shown = io.StringIO()
    async with open_app(settings) as app:
        speech = Speech(
            wav=recording.path,
            transcript=None,
            stt=None,
            url=app.url,
            link=await app.sign_in_url(),
            own_server=False,
            fast=True,
            rate="25",
            video="https://example.com/cut.mp4",
        )
        await speak_to(speech, Console(file=shown), settings)
    return shown.getvalue()


def ids(settings: Settings) -> dict[str, UUID]:
    with psycopg.connect(settings.database.url) as connection:
        ((session,),) = connection.execute("SELECT id FROM sessions").fetchall()
        found = connection.execute("SELECT id, provenance FROM notes WHERE transcript LIKE '%one twenty three%'")
        ((note, provenance),) = found.fetchall()
    return {"session": session, "note": note, "remark": UUID(provenance["remark"])}


def another_beginning_like(settings: Settings, session: UUID) -> UUID:
    """Another session, whose id has the same first half."""
    twin = UUID(int=session.int ^ 1)
    with psycopg.connect(settings.database.url) as connection:
        connection.execute(
            "INSERT INTO sessions (id, user_id, video_id, snapshot)"
            " SELECT %s, user_id, video_id, snapshot FROM sessions WHERE id = %s",
            (twin, session),
        )
    return twin


@pytest.mark.integration
@pytest.mark.usefixtures("usual_logs")
def test_a_spoken_review_is_accounted_for(database: str, tmp_path: Path) -> None:
    settings = Settings(server=Server(port=0), database=Database(url=database, data=tmp_path / "data"))
    spoken = trio.run(speak_to_a_server, settings)
    known = ids(settings)
    assert spoken.endswith(f"Why: lossy why {known['session']}\n")

    note = document(settings, str(known["note"]))
    assert (note["kind"], note["frame"]["media_ms"], note["frame"]["frame_in"]) == ("note", 83_000, 2_075)
    assert (note["frame"]["spoken"], note["decision"]["reason"], note["status"]) == ("at", "sure", "ghost")
    assert note["remark"]["said"][0]["text"] == "At one twenty three the music is too loud."
    assert note["remark"]["doubt"] == ""
    assert note["remark"]["segment"]["fate"] == "kept"

    remark = document(settings, str(known["remark"]))
    assert (remark["kind"], remark["remark"]["outcome"]["note_id"]) == ("remark", str(known["note"]))

    session = document(settings, str(known["session"]))
    assert (session["counts"]["notes"], session["counts"]["missing"], session["doubts"]) == (5, 0, [])
    assert [segment["fate"] for segment in session["segments"]] == ["kept"] * 5

    n = note["remark"]["settled_n"]
    entry = document(settings, str(known["session"]), "--at", str(n))
    assert (entry["entry"]["event"], entry["entry"]["n"]) == ("done.structuring", n)
    assert entry["entry"]["deeds"][0]["passages"][0]["to"] == ["confirming"]
    assert f"note {known['note']} version 1: ghost" in entry["entry"]["written"]

    trace = tmp_path / "session.jsonl"
    for id in known.values():
        told = why(settings, str(id), "--trace", str(trace)).output
        assert told.startswith(f"{session['counts']['entries']} steps of session {known['session']}: lossy charts view")
        steps = [read_step(json.loads(line)) for line in trace.read_text(encoding="utf-8").splitlines()]
        assert "confirming" in {state for step in steps for state in step["states"]["agent"]}
        assert "music" not in trace.read_text(encoding="utf-8")

    shown = why(settings, str(known["note"])).output
    assert "2075: what shows at 1:23.000, at 25 frames a second" in shown
    listed = why(settings).output
    assert str(known["session"]) in listed
    assert "cut.mp4, 5 notes, 5 remarks" in listed or "second_look, 5 notes, 5 remarks" in listed
    for id in known.values():
        assert str(id) in why(settings, str(id)[:8]).output
    assert "no id of a session, a note or a remark begins with 0badcafe" in why(settings, "0badcafe").stderr
    assert "is no id" in why(settings, "0badcaf").stderr
    twin = another_beginning_like(settings, known["session"])
    assert f"2 ids begin with {str(twin)[:8]}" in why(settings, str(twin)[:8]).stderr
    assert str(twin) in why(settings, str(twin)).output
    unknown = uuid4()
    assert f"lossy: {unknown} is neither a note" in why(settings, str(unknown)).stderr
    assert "its entries are 1 to " in why(settings, str(known["session"]), "--at", "9999").stderr
    assert "is no session" in why(settings, str(known["note"]), "--at", "1").stderr


@pytest.mark.usefixtures("usual_logs")
def test_what_is_no_id_and_a_folder_where_no_server_ran(tmp_path: Path) -> None:
    nowhere = Settings(database=Database(url="", data=tmp_path))
    result = why(nowhere, "x")
    assert (result.exit_code, result.stderr.startswith("lossy: ")) == (1, True)
    assert "no server has run on" in why(nowhere, str(uuid4())).stderr
