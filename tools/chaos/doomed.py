"""Servers in processes of their own that kill themselves where they are told to. `python -m tools.chaos.doomed`

Reads a JSON line for each server to start:

    {"settings": {"LOSSY_...": ...}, "log": path, "crash": null}
    {..., "crash": {"place": name, "passage": n}}       at the n-th passage of a named place
    {..., "crash": {"awaits": n}}                       at the n-th await after a transcript came

and answers with two: its process id, and once it is up its address and where the time of the start went, in ms. It
forks from a parent that has imported everything, so that a server is up within a tenth of a second.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import time
from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

import attrs
import trio

import lossy.app
from lossy.app import open_app
from lossy.cli.running import configure_logs
from lossy.sessions.roster import Roster
from lossy.settings import Settings, read
from lossy.web.sockets import Socket
from tools.chaos.places import Passages, watch
from tools.chaos.tasks import where_tasks_are

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lossy.channels.wire import Message

# What a start consists of: the name of a part, and the function that is it.
PARTS: tuple[tuple[str, Any, str], ...] = (
    ("charts", lossy.app, "load_all"),
    ("migrations", lossy.app, "migrate_pool"),
    ("sessions", Roster, "recover"),
)


@attrs.define(eq=False)
class Crash(trio.abc.Instrument):
    """From the arrival of a transcript on, counts the steps of all tasks, and kills the process after so many.

    A step is what a task does between two awaits that let others run, so the counts visit every such await.
    """

    after: int
    armed: bool = False

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        if self.armed:
            self.after -= 1
            if self.after == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def arm_on_transcript(self) -> None:
        take = Socket._take

        def taking(socket: Socket, message: Message) -> Awaitable[None] | None:
            self.armed = self.armed or message.event == "transcript_final"
            return take(socket, message)

        setattr(Socket, "_take", taking)  # noqa: B010 (mypy has no name for a method that is replaced)


@attrs.define(eq=False)
class Stopwatch:
    """Where the time of a start goes, in ms."""

    began: float
    ms: dict[str, float] = attrs.field(factory=dict)

    def note(self, part: str, since: float) -> None:
        self.ms[part] = round((time.monotonic() - since) * 1000, 1)

    def time(self, part: str, owner: Any, name: str) -> None:
        setattr(owner, name, self._timed(part, getattr(owner, name)))

    def _timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def plain(*arguments: Any) -> Any:
            since = time.monotonic()
            result = function(*arguments)
            self.note(part, since)
            return result

        @wraps(function)
        async def waiting(*arguments: Any) -> Any:
            since = time.monotonic()
            result = await function(*arguments)
            self.note(part, since)
            return result

        return waiting if iscoroutinefunction(function) else plain


async def serve(settings: Settings, stopwatch: Stopwatch, out: int) -> None:
    async with open_app(settings) as app:
        stopwatch.note("all", stopwatch.began)
        os.write(out, json.dumps({"url": app.url, "ms": stopwatch.ms}).encode() + b"\n")
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGUSR1) as signals:
            async for number in signals:
                if number == signal.SIGTERM:
                    return
                print(where_tasks_are(), flush=True)


def run_server(order: dict[str, Any], began: float) -> None:
    out, log = os.dup(1), os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    configure_logs()
    faulthandler.register(signal.SIGUSR2)  # for one whose loop does not turn any more
    stopwatch, crash, doom = Stopwatch(began), Crash(0), order["crash"] or {}
    stopwatch.note("fork", began)
    for part in PARTS:
        stopwatch.time(*part)
    if "place" in doom:
        watch(Passages(doom["place"], doom["passage"]))
    if "awaits" in doom:
        crash.after = doom["awaits"]
        crash.arm_on_transcript()
    trio.run(serve, read(order["settings"]), stopwatch, out, instruments=[crash])


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are reaped
    for line in sys.stdin:
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            run_server(json.loads(line), began)
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
