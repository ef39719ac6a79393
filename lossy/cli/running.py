"""How a command runs: on trio, with its faults told in one line."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click
import structlog
import trio
from rich.console import Console

from lossy import settings as settings_module
from lossy.app import NotRunning
from lossy.channels.errors import Refusal
from lossy.charts.model import ChartError
from lossy.cli.flag_desk import FlagMistake
from lossy.domain.accounts import Unacceptable
from lossy.domain.capabilities import CATALOGUE
from lossy.domain.export import TooMuch
from lossy.domain.imports.found import ImportFault
from lossy.domain.timecode import TimecodeError
from lossy.inference.vad import SpeechError
from lossy.settings import Settings, SettingsError
from lossy.sim.account import SignInFailed, Unreachable
from lossy.sim.client import Refused
from lossy.sim.live.people import NotAdmin
from lossy.sim.load.schedule import TooFast, TooSlow
from lossy.sim.script.play import Unmet
from lossy.sim.script.stage import CannotPerform
from lossy.sim.script.story import StoryError
from lossy.sim.transcripts import TranscriptError
from lossy.store.binaries import EmbeddedError
from lossy.store.migrate import MigrationError
from lossy.store.people import PeopleError
from lossy.store.pool import StoreError
from lossy.web.front import AddressInUse
from lossy.why.case import Unknown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

# What can be wrong with a machine, a database or a file: told in one line, without a stack trace.
EXPECTED = (
    AddressInUse,
    CannotPerform,
    ChartError,
    EmbeddedError,
    ImportFault,
    FlagMistake,
    MigrationError,
    NotAdmin,
    NotRunning,
    OSError,  # a port that is not ours to take, a name that nobody has, a folder that cannot be made
    PeopleError,
    Refusal,
    Refused,
    SettingsError,
    SignInFailed,
    SpeechError,
    StoreError,
    StoryError,
    TimecodeError,
    TooFast,
    TooMuch,
    TooSlow,
    TranscriptError,
    trio.TooSlowError,
    Unacceptable,
    Unknown,
    Unmet,
    Unreachable,
)

INTERRUPTED = 130  # as a shell says of a command that Ctrl-C ended: 128 and SIGINT

console = Console(highlight=False)


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
        fail(error)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BaseExceptionGroup as group:
        if group.split(KeyboardInterrupt)[0] is not None:
            sys.exit(INTERRUPTED)
        matched, rest = group.split(EXPECTED)
        if rest is not None or matched is None:
            raise
        fail(next(iter(_leaves(matched))))


def fail(error: BaseException) -> None:
    """A line for the error, or for each fault of a chart or a story, and the end."""
    tell(error.args if isinstance(error, ChartError | StoryError) else (error,))
    sys.exit(1)


def tell(faults: Iterable[object]) -> None:
    for fault in faults:
        click.echo(f"lossy: {' '.join(_words(fault).split())}", err=True)


def _words(fault: object) -> str:
    """Of a file that cannot be read or written its name and why, without the number of the error; of what a server does
    not offer the flag it goes by.
    """
    if isinstance(fault, OSError) and fault.filename is not None and fault.strerror:
        return f"{fault.filename}: {fault.strerror}"
    if isinstance(fault, Refused) and (flags := _flags_of(fault.response.get("capability"))):
        return f"{fault} It goes by {' and '.join(flags)}; `lossy flags list` says for whom that is on."
    return str(fault)


def _flags_of(letter: object) -> list[str]:
    return [name.value for name, declared in CATALOGUE.items() if declared.letter == letter]


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [leaf for e in group.exceptions for leaf in (_leaves(e) if isinstance(e, BaseExceptionGroup) else [e])]
