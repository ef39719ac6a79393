"""A server in a process of its own that kills itself at a chosen await. `python -m tests.e2e.server_process`

Reads a JSON line for each server to start, `{"database", "data", "port", "crash_at"}`, and answers with two: its
process id, and its address once it is up. It forks from a parent that has imported everything, so that a server is
up within a tenth of a second.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import trio

from lossy.app import open_app
from lossy.settings import Database, Server, Settings
from lossy.web.sockets import Socket

if TYPE_CHECKING:
    from lossy.channels.wire import Message


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

        async def taking(socket: Socket, nursery: trio.Nursery, message: Message) -> None:
            self.armed = self.armed or message.event == "transcript_final"
            await take(socket, nursery, message)

        setattr(Socket, "_take", taking)  # noqa: B010 (mypy has no name for a method that is replaced)


async def serve(settings: Settings) -> None:
    async with open_app(settings) as app:
        print(app.url, flush=True)
        with trio.open_signal_receiver(signal.SIGTERM) as signals:
            async for _ in signals:
                return


def run_server(order: dict[str, Any]) -> None:
    server = Server(port=order["port"], secret="the same over all restarts", drain_s=1)
    settings = Settings(server=server, database=Database(url=order["database"], data=Path(order["data"])))
    crash = Crash(order["crash_at"])
    if order["crash_at"]:
        crash.arm_on_transcript()
    trio.run(serve, settings, instruments=[crash])


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are reaped
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run_server(json.loads(line))
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
