"""The commands."""

from __future__ import annotations

import os
import resource
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import structlog
import trio
from rich.console import Console

from lossy import settings as settings_module
from lossy.app import NotRunning, migrate_pool, open_app, open_database, sign_in_url_beside
from lossy.charts.model import ChartError
from lossy.inference.vad import SpeechError, SpeechNotInstalled
from lossy.resources import folder
from lossy.sessions.catalog import load_charts
from lossy.settings import Settings, SettingsError
from lossy.sim.account import SignInFailed, Unreachable
from lossy.sim.client import Refused
from lossy.sim.transcripts import TranscriptError
from lossy.store.binaries import EmbeddedError
from lossy.store.migrate import MigrationError
from lossy.store.pool import StoreError, open_pool
from lossy.web.front import AddressInUse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# What can be wrong with a machine, a database or a file: told in one line, without a stack trace.
EXPECTED = (
    AddressInUse,
    ChartError,
    EmbeddedError,
    MigrationError,
    NotRunning,
    OSError,  # a port that is not ours to take, a name that nobody has, a folder that cannot be made
    Refused,
    SettingsError,
    SignInFailed,
    SpeechError,
    StoreError,
    TranscriptError,
    Unreachable,
)

INTERRUPTED = 130  # as a shell says of a command that Ctrl-C ended: 128 and SIGINT

console = Console(highlight=False)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="lossy")
def main() -> None:
    """Lossy: review a video by talking. Each remark becomes a note at the frame you saw.

    \b
    Start here:  lossy serve
    Then, in another terminal:  lossy sim speak lossy/sim/voices/first_cut.wav
    """


def configure_logs() -> None:
    """To stderr. Tracebacks are plain: structlog's usual ones show local variables, and with them tokens and keys."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso"),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def run(job: Callable[[Settings], Awaitable[None]]) -> None:
    """Runs `job` on trio. What is expected to go wrong ends the command with one line and exit code 1."""
    configure_logs()
    try:
        trio.run(job, settings_module.read(os.environ))
    except EXPECTED as error:
        _fail(error)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BaseExceptionGroup as group:
        if group.split(KeyboardInterrupt)[0] is not None:
            sys.exit(INTERRUPTED)
        matched, rest = group.split(EXPECTED)
        if rest is not None or matched is None:
            raise
        _fail(next(iter(_leaves(matched))))


def _fail(error: BaseException) -> None:
    click.echo(f"lossy: {' '.join(str(error).split())}", err=True)
    sys.exit(1)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [leaf for e in group.exceptions for leaf in (_leaves(e) if isinstance(e, BaseExceptionGroup) else [e])]


@main.command()
def serve() -> None:
    """Run the server, with a PostgreSQL of its own unless DATABASE_URL names one.

    Prints where it is and a link that signs you in. Ctrl-C lets sessions finish what they have in hand and stops
    within 5 seconds; a second Ctrl-C stops at once. `lossy settings` lists what can be set.
    """
    run(_serve)


async def _serve(settings: Settings) -> None:
    _raise_descriptor_limit()
    async with trio.open_nursery() as nursery:
        stop = trio.Event()
        await nursery.start(_listen_for_signals, nursery.cancel_scope, stop)
        async with open_app(settings) as app:
            console.print(f"Lossy is at {app.url}", soft_wrap=True)
            console.print(f"Sign in, once:  {await app.sign_in_url()}", soft_wrap=True)
            console.print("Ctrl-C stops it.")
            await stop.wait()
            console.print("Stopping.")
        nursery.cancel_scope.cancel()


def _raise_descriptor_limit() -> None:
    """Each client is a file descriptor, and the usual limit is 1024; what the system allows is ours to take."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _listen_for_signals(
    everything: trio.CancelScope, stop: trio.Event, *, task_status: trio.TaskStatus[None]
) -> None:
    """The first signal asks, the second cuts. A receiver of our own: `&` in a shell leaves SIGINT ignored."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            if stop.is_set():
                everything.cancel()
            stop.set()


@main.command("sign-in")
def sign_in() -> None:
    """Print a new one-time sign-in link of the server that runs on this machine."""
    run(_sign_in)


async def _sign_in(settings: Settings) -> None:
    console.print(await sign_in_url_beside(settings, settings.server.url), soft_wrap=True)


@main.command()
def migrate() -> None:
    """Bring the database up to date with this version, and say what was done. `serve` does it by itself."""
    run(_migrate)


async def _migrate(settings: Settings) -> None:
    async with open_database(settings.database) as conninfo, open_pool(conninfo, size=1) as pool:
        applied = await migrate_pool(pool)
    for migration in applied:
        console.print(f"applied {migration.name}")
    if not applied:
        console.print("nothing to do")


@main.command("settings")
def list_settings() -> None:
    """List every setting: its variable, value, default, where the value came from, and what it is for."""
    try:
        settings_module.read(os.environ)  # refuses a variable that is none of these
        rows = [*settings_module.listed(os.environ)]
    except SettingsError as error:
        return _fail(error)
    for row in rows:
        value = "(hidden)" if row.secret and row.value else row.value
        source = "default" if row.source == "default" else f"from {row.source}, default {row.default!s}"
        click.echo(f"{row.variable}={value}\n    {row.help} ({source})")


@main.group()
def charts() -> None:
    """Look at the statecharts that decide what happens next."""


@charts.command("check")
def check_charts() -> None:
    """Load every chart and check it against the code: targets, names, what is sent and what is heard."""
    try:
        loaded = load_charts(folder("statecharts"))
    except ChartError as error:
        return _fail(error)
    for name, chart in loaded.items():
        transitions = sum(1 for _ in chart.transitions())
        console.print(
            f"{name}: {len(chart.nodes)} states, {transitions} transitions, {len(chart.alphabet)} events. Good."
        )


@main.group()
def sim() -> None:
    """Be a reviewer without a browser."""


@sim.command()
@click.argument("wav", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--transcript",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What is said, as JSON. Without it the file beside the WAV, FILE.json, if there is one.",
)
@click.option(
    "--stt",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of a Whisper model (ctranslate2) that transcribes, instead of a transcript.",
)
@click.option("--url", help="A running server. Without one, the address in the settings.")
@click.option("--sign-in", "link", help="A one-time sign-in link, when the server is not this machine's own.")
@click.option("--own-server", is_flag=True, help="Start a server for this run, on a data folder that goes away.")
@click.option("--fast", is_flag=True, help="As fast as it goes, instead of in the time it takes to say it.")
@click.option("--rate", default="25", show_default=True, help="Frames a second of the video: 25, 23.976, 30000/1001.")
@click.option("--video", help="Address of the video. Without one, each WAV is about a video of its own name.")
def speak(wav: Path, **options: Any) -> None:
    """Review a video with a recorded voice.

    Listens to WAV as the extension listens to a microphone, sends what it hears to a server over a WebSocket, and
    prints each note as it arrives, with the time from the end of the speech to the note.
    """
    try:
        from lossy.sim.speak import Speech, speak_to
    except SpeechNotInstalled as error:
        return _fail(error)
    run(partial(speak_to, Speech(wav=wav, **options), console))
