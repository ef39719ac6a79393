"""The clients in C beside this file: compiled when they are wanted, and run on a core of their own."""

import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import attrs
import click
import trio

SOURCE = Path(__file__).with_name("load.c")


@attrs.frozen
class Counted:
    counted: int
    failures: int
    seconds: float
    share: float  # of a core, that the clients took


@attrs.frozen
class Clients:
    """`count` of them do what `file` says, in the way of `mode` (`load.c` says which there are)."""

    mode: str
    count: int
    file: Path
    event: str = "- {}"
    shout: str = "-"

    def command(self, program: Path, port: int, warm_s: float = 0) -> list[str]:
        figures = (port, self.count, warm_s)
        return [str(program), self.mode, "127.0.0.1", *map(str, figures), self.event, self.shout, str(self.file)]


def compiled(folder: Path) -> Path:
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if compiler is None:
        raise click.ClickException("the clients of this benchmark are in C, and there is no compiler: install gcc")
    program = folder / "load"
    subprocess.run([compiler, "-O2", "-o", program, SOURCE], check=True)
    return program


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started within the block stays on that core, with all that it starts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@attrs.define(eq=False)
class Running:
    """A process that talks in lines, and ends with its input."""

    name: str
    process: trio.Process
    _unread: bytes = b""

    async def end_input(self) -> None:
        assert self.process.stdin is not None, "opened with a pipe"
        await self.process.stdin.aclose()

    async def line(self) -> str:
        assert self.process.stdout is not None, "opened with a pipe"
        while b"\n" not in self._unread:
            data = await self.process.stdout.receive_some()
            if not data:
                raise click.ClickException(f"{self.name} has ended")
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()


@asynccontextmanager
async def running(command: list[str], core: int, **options: Any) -> AsyncIterator[Running]:
    with on_core(core):
        process = await trio.lowlevel.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
    try:
        started = Running(command[-1], process)
        yield started
        await started.end_input()
        await process.wait()
    finally:
        process.kill()


async def measured(clients: Running) -> Counted:
    return Counted(**json.loads(await clients.line()))
