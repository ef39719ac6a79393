"""The commands, as a person meets them: what they explain, what they hide, and how they fail."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
import structlog
import trio
from click.testing import CliRunner, Result

from lossy.cli import main
from lossy.cli.running import configure_logs
from lossy.store.embedded import open_postgres
from tests.logs import plain_logs

if TYPE_CHECKING:
    from collections.abc import Iterator

VOICE = Path(__file__).parent.parent / "lossy" / "sim" / "voices" / "first_cut.wav"
SECRET = "a-very-secret-key"
URL = "postgresql://reviewer:sesame@127.0.0.1:1/lossy"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside, and a data folder of this test's own."""
    for name in [name for name in os.environ if name.startswith("LOSSY_") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOSSY_DATABASE_DATA", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def usual_logs() -> Iterator[None]:
    yield
    plain_logs()


def lossy(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environ)


def fails(*arguments: str, **environ: str) -> str:
    """The one line that the command ends with."""
    result = lossy(*arguments, **environ)
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("lossy: ")
    return line


# -- help -----------------------------------------------------------------------------------------------------------


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", [*commands()], ids=" ".join)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_explains_itself(path: tuple[str, ...], flag: str) -> None:
    result = lossy(*path, flag)
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")
    assert len(result.output.splitlines()) > 4


def test_every_option_says_what_it_is_for() -> None:
    speak = main.commands["sim"].commands["speak"]  # type: ignore[attr-defined]
    assert all(option.help for option in speak.params if isinstance(option, click.Option))


def test_the_version_is_the_packages() -> None:
    assert lossy("--version").output.endswith("0.1.0\n")


def test_what_is_no_command_is_refused() -> None:
    assert lossy("dance").exit_code == 2


# -- settings -------------------------------------------------------------------------------------------------------


def test_settings_are_listed_with_their_source() -> None:
    output = lossy("settings", LOSSY_SERVER_PORT="4321").output
    assert "LOSSY_SERVER_PORT=4321\n    port to listen on; 0 takes any that is free (from LOSSY_SERVER_PORT" in output
    assert "LOSSY_SERVER_HOST=127.0.0.1\n    address to listen on (default)" in output


def test_secrets_are_not_shown() -> None:
    output = lossy("settings", LOSSY_SERVER_SECRET=SECRET, DATABASE_URL=URL).output
    assert "LOSSY_SERVER_SECRET=(hidden)" in output
    assert "LOSSY_DATABASE_URL=(hidden)" in output
    assert "from DATABASE_URL" in output
    assert SECRET not in output
    assert "sesame" not in output


def test_a_secret_that_is_not_set_is_shown_as_such() -> None:
    assert "LOSSY_SERVER_SECRET=\n" in lossy("settings").output


# -- charts ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def statecharts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the charts, to be spoilt."""
    copy = tmp_path / "statecharts"
    shutil.copytree(Path(__file__).parent.parent / "statecharts", copy)
    for module in ("lossy.cli.checking", "lossy.sessions.measured"):
        monkeypatch.setattr(f"{module}.folder", lambda name: tmp_path / name)
    return copy


def spoil(chart: Path, old: str, new: str) -> None:
    text = chart.read_text(encoding="utf-8")
    assert old in text
    chart.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_charts_that_come_with_it_are_good() -> None:
    result = lossy("charts", "check")
    assert result.exit_code == 0, result.output
    counts, _, promises = result.output.partition("\n\n")
    good = [line.partition(":")[0] for line in counts.splitlines() if line.endswith(" Good.")]
    assert good == ["voice", "agent", "reconnect", "ownership", "note", "rollout"]
    assert promises.startswith("Not written yet, by the capability that brings it:\nG3\n    rollout hears ")


def test_a_chart_that_does_not_load_is_one_line(statecharts: Path) -> None:
    spoil(statecharts / "agent.yaml", "to: accepted", "to: nowhere")
    assert "nowhere" in fails("charts", "check")


def test_the_others_are_checked_where_charts_do_not_load(statecharts: Path) -> None:
    spoil(statecharts / "agent.yaml", "to: accepted", "to: nowhere")
    spoil(statecharts / "agent.yaml", "if: good_enough", "if: good_enuff")
    (statecharts / "note.yaml").unlink()
    spoil(statecharts / "ownership.yaml", "ignores: {tab_lost: It is lost already.}", "")
    result = lossy("charts", "check")
    assert result.exit_code == 1
    *of_agent, of_note = result.stderr.splitlines()
    assert len(of_agent) == 2
    assert all(line.startswith("lossy: agent.yaml: unknown ") for line in of_agent)
    assert of_note == "lossy: there is no statecharts/note.yaml"
    verdicts = [line.rpartition(", ")[2] for line in result.stdout.splitlines() if " invariants. " in line]
    assert [verdict.partition(". ")[2] for verdict in verdicts] == ["Good.", "Good.", "1 error.", "Good."]


def test_a_rule_that_no_chart_uses_is_an_error_of_its_chart(statecharts: Path) -> None:
    spoil(statecharts / "ownership.yaml", "invariants:", "invariants: {} #")
    text = (statecharts / "ownership.yaml").read_text(encoding="utf-8")
    head, _, rest = text.partition("invariants: {} #")
    (statecharts / "ownership.yaml").write_text(head + "invariants: {}\n" + rest.partition("\n\n")[2], encoding="utf-8")
    result = lossy("charts", "check")
    assert result.stderr.startswith("lossy: ownership.yaml: nothing uses the invariant '")
    assert "0 invariants. 5 errors." in result.stdout


def test_a_chart_with_a_hole_is_told_with_its_place(statecharts: Path) -> None:
    spoil(statecharts / "ownership.yaml", "ignores: {tab_lost: It is lost already.}", "")
    result = lossy("charts", "check")
    assert result.exit_code == 1
    place, words, *_ = result.output.splitlines()
    assert place == "error  ownership: forgotten event @ $.states['held'].states['grace']"
    assert words.startswith("       nothing is said of 'tab_lost' here. ")
    assert "ownership: 4 states, 12 transitions, 6 events, 5 invariants. 1 error." in result.output


def test_what_no_test_takes_is_a_note_while_the_figures_are_of_this_file(statecharts: Path) -> None:
    chart = statecharts / "ownership.yaml"
    taken = {"digest": hashlib.sha256(chart.read_bytes()).hexdigest(), "transitions": {}}
    coverage = statecharts.parent / "build" / "chart-coverage.json"
    coverage.parent.mkdir()
    coverage.write_text(json.dumps({"ownership": taken}), encoding="utf-8")
    result = lossy("charts", "check")
    assert result.exit_code == 0
    assert result.output.startswith("note  ownership: untested @ $.states['vacant'].events['claim'][0]\n")
    assert "no test takes grace/after.grace/0." in result.output
    spoil(chart, "Time goes on", "Time passes")
    assert "no test takes" not in lossy("charts", "check").output


def test_a_version_that_nobody_recorded_is_told(statecharts: Path) -> None:
    (statecharts / "versions.json").unlink()
    assert "error  rollout: version @ $.version\n" in lossy("charts", "check").output


def test_the_table_says_what_becomes_of_each_event() -> None:
    output = lossy("charts", "table", "ownership").output
    assert "│ tab_lost    │ -      │ ◐     │ -     │" in output
    assert "◐ only under a guard" in output
    output = lossy("charts", "table", "ownership", "owned").output
    assert "tab_lost                 guarded    owned/tab_lost/0\n" in output


def test_a_chart_or_a_state_that_is_not_there_has_no_table() -> None:
    assert "there is no chart 'owner'; there are voice, agent," in fails("charts", "table", "owner")
    assert "never rests in a state 'held'" in fails("charts", "table", "ownership", "held")


# -- failures: one line, exit code 1 --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [("serve",), ("migrate",), ("sign-in",), ("settings",), ("sim", "speak", str(VOICE))]
)
def test_a_variable_that_does_not_fit(command: tuple[str, ...]) -> None:
    assert "LOSSY_SERVER_PORT" in fails(*command, LOSSY_SERVER_PORT="high")


def test_a_variable_that_nobody_reads() -> None:
    assert "LOSSY_SERVER_PROT" in fails("serve", LOSSY_SERVER_PROT="4000")


@pytest.mark.integration
@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_database_that_is_not_there(command: str) -> None:
    line = fails(command, DATABASE_URL=URL)
    assert "Connection refused" in line
    assert "sesame" not in line


@pytest.mark.parametrize("url", ["sesame", "postgres:/reviewer:sesame@here", "host=here password='sesame"])
def test_an_address_that_is_none_of_a_database(url: str) -> None:
    assert "sesame" not in fails("migrate", DATABASE_URL=url)


def test_a_link_without_a_server() -> None:
    assert "no server runs on" in fails("sign-in")


def test_a_data_folder_that_cannot_be_made() -> None:
    assert "/proc/lossy" in fails("serve", LOSSY_DATABASE_DATA="/proc/lossy/data")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "WAV"), (b"ID3 no wav at all", "WAV"), (VOICE.read_bytes()[:30], "WAV")],
    ids=["empty", "another format", "cut off"],
)
def test_a_recording_that_is_none(tmp_path: Path, content: bytes, words: str) -> None:
    recording = tmp_path / "a.wav"
    recording.write_bytes(content)
    assert words in fails("sim", "speak", str(recording))


def test_a_recording_that_is_not_there() -> None:
    assert lossy("sim", "speak", "nowhere.wav").exit_code == 2


def test_a_recording_without_its_transcript(tmp_path: Path) -> None:
    shutil.copy(VOICE, tmp_path / "a.wav")
    assert "a.json is not there" in fails("sim", "speak", str(tmp_path / "a.wav"))


def test_a_transcript_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"version": 1}')
    assert "utterances" in fails("sim", "speak", str(VOICE), "--transcript", str(tmp_path / "a.json"))


@pytest.mark.integration
@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "ftp://127.0.0.1:1"])
def test_a_server_that_is_not_there(url: str) -> None:
    assert url in fails("sim", "speak", str(VOICE), "--url", url, "--sign-in", f"{url}/sign-in/x")


@pytest.mark.integration
def test_an_address_where_nothing_answers_is_told_in_words() -> None:
    url = "http://127.0.0.1:1"
    told = fails("sim", "speak", str(VOICE), "--url", url, "--sign-in", f"{url}/sign-in/x")
    assert f"Nothing answers at {url}; is `lossy serve` running?" in told
    assert "urlopen" not in told


# -- logs -----------------------------------------------------------------------------------------------------------


def test_logs_go_to_stderr_and_show_no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    configure_logs()
    try:
        fail_with(SECRET)
    except RuntimeError:
        structlog.get_logger().exception("it failed", incident="i-1")
    logged = written.getvalue()
    assert "it failed" in logged
    assert "incident=i-1" in logged
    assert "RuntimeError: a bug" in logged
    assert SECRET not in logged


def fail_with(token: str) -> None:
    raise RuntimeError("a bug")


# -- a server -------------------------------------------------------------------------------------------------------


@pytest.mark.integration
def test_migrate_says_what_it_did(empty_database: str) -> None:
    first = lossy("migrate", DATABASE_URL=empty_database)
    assert first.output.startswith("applied ")
    assert lossy("migrate", DATABASE_URL=empty_database).output == "nothing to do\n"


@pytest.mark.integration
def test_a_port_that_is_taken(database: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = fails("serve", DATABASE_URL=database, LOSSY_SERVER_PORT=str(port))
    assert f"127.0.0.1 port {port} is already in use" in line


@pytest.mark.integration
def test_an_address_that_is_not_ours(database: str) -> None:
    fails("serve", DATABASE_URL=database, LOSSY_SERVER_HOST="192.0.2.1", LOSSY_SERVER_PORT="0")


@pytest.mark.integration
def test_a_data_folder_that_is_in_use(postgres_folder: Path) -> None:
    async def hold_and_serve() -> str:
        async with open_postgres(postgres_folder / "postgres", settings={"fsync": "off"}):
            return await trio.to_thread.run_sync(serve_beside)

    def serve_beside() -> str:
        environ = {**os.environ, "LOSSY_DATABASE_DATA": str(postgres_folder), "LOSSY_SERVER_PORT": "0"}
        done = subprocess.run([lossy_command(), "serve"], env=environ, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        return done.stderr

    (line,) = trio.run(hold_and_serve).splitlines()
    assert str(postgres_folder) in line


@pytest.fixture
def postgres_folder() -> Iterator[Path]:
    from tests.postgres import server_folder

    with server_folder() as folder:
        yield folder


def lossy_command() -> str:
    return str(Path(sys.executable).parent / "lossy")
