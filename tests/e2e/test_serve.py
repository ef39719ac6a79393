"""`lossy serve` from its start to its end, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import trio

import lossy
from lossy.sim.account import Account
from lossy.sim.transcripts import read_transcript
from lossy.store.embedded import find_running
from tests.e2e.lossy_process import Served, environment, postgres_on
from tests.e2e.lossy_process import lossy as run_lossy
from tests.postgres import server_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

ROOT = Path(lossy.__file__).parent.parent
VOICES = Path(lossy.__file__).parent / "sim" / "voices"
STOP_S = 5.0  # promised


@pytest.fixture
def folder() -> Iterator[Path]:
    """For one data folder. A server that a test killed has a guard, which needs a moment to stop PostgreSQL."""
    with server_folder() as folder:
        yield folder / "data"
        for _ in range(500):
            if not postgres_on(folder):
                return
            time.sleep(0.02)


def texts(folder: Path) -> list[str]:
    """Every note of the server that runs on `folder`, in the order of the film."""
    running = find_running(folder / "postgres")
    assert running is not None
    with psycopg.connect(running.conninfo) as connection:
        return [text for (text,) in connection.execute("SELECT transcript FROM notes ORDER BY frame_in")]


def said(voice: str) -> list[str]:
    return [utterance.text for utterance in read_transcript(VOICES / f"{voice}.json").utterances]


async def speak(server: Served, voice: str, env: dict[str, str]) -> str:
    arguments = ("sim", "speak", str(VOICES / f"{voice}.wav"), "--fast", "--url", server.url)
    async with run_lossy(*arguments, env=env) as speaking:
        assert await speaking.until_ended(60) == 0, speaking.printed
        return speaking.printed


async def test_ctrl_c_stops_everything_within_five_seconds(folder: Path) -> None:
    async with run_lossy("serve", env=environment(folder)) as server:
        await server.until_up()
        assert postgres_on(folder)
        account = Account(server.url)
        await account.sign_in(server.link)
        server.process.send_signal(signal.SIGINT)
        assert await server.until_ended(STOP_S) == 0
    assert postgres_on(folder) == []


async def test_ctrl_c_while_somebody_listens(folder: Path) -> None:
    """A client that holds its socket open does not hold the server."""
    async with run_lossy("serve", env=environment(folder)) as server:
        await server.until_up()
        host, port = server.url.removeprefix("http://").split(":")
        async with await trio.open_tcp_stream(host, int(port)) as client:
            await client.send_all(
                b"GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            assert b"101" in await client.receive_some(1000)
            server.process.send_signal(signal.SIGTERM)
            assert await server.until_ended(STOP_S) == 0
    assert postgres_on(folder) == []


async def test_a_second_ctrl_c_stops_at_once(folder: Path) -> None:
    async with run_lossy("serve", env=environment(folder)) as server:
        await server.until_up()
        server.process.send_signal(signal.SIGINT)
        server.process.send_signal(signal.SIGINT)
        await server.until_ended(STOP_S)
    assert postgres_on(folder) == []


async def test_sigint_works_where_the_shell_has_ignored_it(folder: Path) -> None:
    """A shell starts `lossy serve &` with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        async with run_lossy("serve", env=environment(folder)) as server:
            await server.until_up()
            server.process.send_signal(signal.SIGINT)
            assert await server.until_ended(STOP_S) == 0
    finally:
        signal.signal(signal.SIGINT, before)


async def test_every_utterance_is_one_note_and_survives_kill_9(folder: Path) -> None:
    env = environment(folder)
    async with run_lossy("serve", env=env) as server:
        await server.until_up()
        printed = await speak(server, "first_cut", env)
        assert "4 remarks, 4 notes." in printed
        await speak(server, "second_look", env)
        server.process.kill()
    async with run_lossy("serve", env=env) as server:
        await server.until_up()
        assert Counter(texts(folder)) == Counter(said("first_cut") + said("second_look"))
        server.process.send_signal(signal.SIGINT)
        assert await server.until_ended(STOP_S) == 0
    assert postgres_on(folder) == []


async def test_the_next_start_adopts_a_postgresql_that_outlived_the_server_and_its_guard(folder: Path) -> None:
    async with run_lossy("serve", env=environment(folder)) as server:
        await server.until_up()
        running = find_running(folder / "postgres")
        assert running is not None
        # Stopped, the server cannot notice that its guard is gone, nor the guard that the server is.
        for child in _children(server.process.pid):
            if child != running.pid:
                os.kill(child, signal.SIGKILL)
        server.process.kill()
    assert running.pid in postgres_on(folder)
    async with run_lossy("serve", env=environment(folder)) as server:
        await server.until_up()
        adopted = find_running(folder / "postgres")
        assert adopted is not None
        assert adopted.pid == running.pid
        server.process.send_signal(signal.SIGINT)
        assert await server.until_ended(STOP_S) == 0
    assert postgres_on(folder) == []


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


async def test_a_second_server_on_one_data_folder_is_refused(folder: Path) -> None:
    env = environment(folder)
    async with run_lossy("serve", env=env) as first:
        await first.until_up()
        async with run_lossy("serve", env=env) as second:
            assert await second.until_ended(20) == 1
        assert second.printed == f"lossy: {folder / 'postgres'} is in use by process {first.process.pid}\n"
        assert texts(folder) == []


async def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    async with run_lossy("serve", env=environment(folder)) as first:
        await first.until_up()
        port = first.url.rpartition(":")[2]
        env = environment(folder.with_name("other"), LOSSY_SERVER_PORT=port)
        async with run_lossy("serve", env=env) as second:
            assert await second.until_ended(20) == 1
        assert port in second.printed
        assert len(second.printed.splitlines()) == 1
    assert postgres_on(folder.with_name("other")) == []


async def test_database_url_replaces_the_embedded_server(folder: Path, database: str) -> None:
    env = environment(folder, DATABASE_URL=database)
    async with run_lossy("serve", env=env) as server:
        await server.until_up()
        assert postgres_on(folder) == []
        await speak(server, "first_cut", env)
        server.process.send_signal(signal.SIGINT)
        assert await server.until_ended(STOP_S) == 0
    with psycopg.connect(database) as connection:
        row: Any = connection.execute("SELECT count(*) FROM notes").fetchone()
    assert row[0] == len(said("first_cut"))


@pytest.fixture
def python_with_wheel(tmp_path: Path) -> str:
    """A new virtualenv with our wheel. Its dependencies are borrowed from this one; the checkout is not among them."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    built = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    (site / "dependencies.pth").write_text(str(Path(psycopg.__file__).parent.parent))
    return str(tmp_path / "venv" / "bin" / "python")


async def test_the_wheel_works_away_from_the_project(folder: Path, python_with_wheel: str) -> None:
    """Charts and SQL travel in it."""
    env = environment(folder)
    async with run_lossy("serve", env=env, python=python_with_wheel) as server:
        await server.until_up()
        await speak(server, "first_cut", env)
        assert texts(folder) == said("first_cut")
        server.process.send_signal(signal.SIGINT)
        assert await server.until_ended(STOP_S) == 0
