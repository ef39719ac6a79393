"""`lossy serve` as a person runs it: the installed command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import trio
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

START_S = 20.0


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """Without what the machine has set for Lossy; everything it keeps goes under `folder`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LOSSY_", "DATABASE_"))}
    return inherited | {"LOSSY_DATABASE_DATA": str(folder), "LOSSY_SERVER_PORT": "0", **variables}


@define(eq=False)
class Served:
    """A server that said where it is. `printed` is all it has said."""

    process: trio.Process
    printed: str = ""
    url: str = field(default="", init=False)
    link: str = field(default="", init=False)

    async def until_up(self) -> None:
        with trio.fail_after(START_S):
            while "Ctrl-C" not in self.printed:
                assert await self._more(), self.printed
        where, how = self.printed.splitlines()[:2]
        self.url, self.link = where.split()[-1], how.split()[-1]

    async def until_ended(self, within_s: float) -> int:
        """The exit code. Raises TooSlowError."""
        with trio.fail_after(within_s):
            while await self._more():
                pass
            return await self.process.wait()

    async def _more(self) -> bool:
        assert self.process.stdout is not None, "opened with a pipe"
        received = await self.process.stdout.receive_some(4096)
        self.printed += received.decode()
        return bool(received)


@asynccontextmanager
async def lossy(*arguments: str, env: dict[str, str], python: str = sys.executable) -> AsyncIterator[Served]:
    """Runs one command, from a folder that is not the project's. Kills it at the end if it still runs."""
    process = await trio.lowlevel.open_process(
        [python, "-m", "lossy", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=env,
        cwd="/",
    )
    try:
        yield Served(process)
    finally:
        with trio.CancelScope(shield=True):
            if process.returncode is None:
                process.kill()
            await process.wait()
            if process.stdout is not None:
                await process.stdout.aclose()


def postgres_on(folder: Path) -> list[int]:
    """Every PostgreSQL process that works in a folder below `folder`."""
    return sorted(_postgres_below(folder))


def _postgres_below(folder: Path) -> Iterator[int]:
    for process in psutil.process_iter(["name", "cwd"]):
        working = process.info["cwd"]
        if (process.info["name"] or "").startswith("postgres") and working and Path(working).is_relative_to(folder):
            yield process.pid
