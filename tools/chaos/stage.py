"""A device, the network between, a server and its database: all that a script needs to be performed."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

import trio
from attrs import define, field

from lossy.clock import Clock
from lossy.settings import Server
from lossy.sim.account import Account
from lossy.sim.kept import Said
from lossy.sim.reviewer import Reviewer
from lossy.store.accounts import Accounts
from lossy.store.pool import open_pool
from lossy.web.auth import sign_in_path
from tools.chaos.database import Database
from tools.chaos.proxy import Proxy, open_proxy
from tools.chaos.recovery import Recovery
from tools.chaos.script import HEAD_START_MS, Line, script
from tools.chaos.servers import Servers, open_servers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


VIDEO = {"url": "https://example.com/chaos.mp4", "title": "chaos", "rate": "24000/1001"}
# Lines that are said and have no answer yet: a reviewer goes on talking while the server thinks.
AHEAD = 2
# Between two lines, so that a minute of trouble is not a thousand of them.
PACE_S = 0.04
HOUR_MS = 3_600_000
WATCH_S = 0.5


class ServerEnded(Exception):
    """By itself, or by a fault of ours."""


@define(eq=False)
class Stage:
    """`step` says what is being done to it; `counts` what was."""

    seed: int
    conninfo: str
    database: Database
    servers: Servers
    proxy: Proxy
    reviewer: Reviewer
    recovery: Recovery
    live: bool = False  # each line is said when it happens, once `ready`
    step: str = field(default="the beginning", init=False)
    before_line: Callable[[], Awaitable[None]] | None = field(default=None, init=False)  # when all is answered
    most: int | None = field(default=None, init=False)  # lines
    mortal: bool = field(default=False, init=False)  # whether the server is being killed
    counts: Counter[str] = field(factory=Counter, init=False)
    said: list[Said] = field(factory=list, init=False)
    ready: trio.Event = field(factory=trio.Event, init=False)
    _said_one: trio.Event = field(factory=trio.Event, init=False)

    async def perform(self, least: int, disturb: Callable[[], Awaitable[None]]) -> int:
        """Speaks the script for as long as `disturb` takes, and `least` lines; the number of those spoken."""
        over = trio.Event()

        async def disturb_till_over() -> None:
            await disturb()
            over.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.reviewer.run)
            nursery.start_soon(self._read_pushes)
            nursery.start_soon(self._watch_over_the_server)
            nursery.start_soon(disturb_till_over)
            await self._speak(lambda: len(self.said) < least or not (over.is_set() or len(self.said) == self.most))
            nursery.cancel_scope.cancel()
        return len(self.said)

    async def until_said(self, lines: int) -> None:
        while len(self.said) < lines:
            await self._said_one.wait()

    async def _speak(self, goes_on: Callable[[], bool]) -> None:
        if self.live:
            await self.ready.wait()
        began = self.reviewer.now_ms() - (0 if self.live else HEAD_START_MS)
        await self.reviewer.say("command", {"name": "start", "at": began})
        waiting: deque[Said] = deque()
        for line in script(self.seed):
            if not goes_on():
                break
            if self.before_line is not None:
                while waiting:
                    await waiting.popleft().settled.wait()
                await self.before_line()
            waiting.append(await self._say(line, began))
            self.said.append(waiting[-1])
            self._said_one.set()
            self._said_one = trio.Event()
            if len(waiting) > AHEAD:
                await waiting.popleft().settled.wait()
            await trio.sleep(PACE_S)
        for one in waiting:
            await one.settled.wait()

    async def _say(self, line: Line, began: int) -> Said:
        at = began + line.at_ms
        ahead_ms = at + line.duration_ms - self.reviewer.now_ms()
        await trio.sleep(max(0, ahead_ms) / 1000)  # nobody can say tomorrow's words
        start = await self.reviewer.hear("speech_start", at, media_ms=line.media_ms)
        await self.reviewer.hear("speech_end", at + line.duration_ms)
        words = {"id": str(line.id), "text": line.text, "at": at, "media_ms": line.media_ms}
        return await self.reviewer.say("transcript_final", {**words, "duration_ms": line.duration_ms}, of=start)

    async def _watch_over_the_server(self) -> None:
        while not self.mortal:
            await trio.sleep(WATCH_S)
            if not self.mortal and not self.servers.is_alive():
                raise ServerEnded("the server ended, and nobody had told it to")

    async def _read_pushes(self) -> None:
        async for pushed in self.reviewer.pushes:
            self.counts[f"pushed {pushed.event}"] += 1


def clock_ms(off_by_ms: int = 0) -> Callable[[], int]:
    return lambda: time.time_ns() // 1_000_000 + off_by_ms


@asynccontextmanager
async def open_stage(
    seed: int,
    database: Database,
    launcher: trio.Process,
    folder: Path,
    name: str,
    *,
    clock_off_ms: int = 0,
    live: bool = False,
) -> AsyncIterator[Stage]:
    """A new database, a server on it that is up, and a device that is signed in and has not joined yet."""
    conninfo = await trio.to_thread.run_sync(database.fresh)
    settings = {
        "DATABASE_URL": conninfo,
        "LOSSY_DATABASE_DATA": str(folder),
        "LOSSY_SERVER_SECRET": "the same for all lives of a server",
        "LOSSY_SERVER_DRAIN_S": "1",
    }
    async with open_servers(settings, folder / f"{name}.log", launcher) as servers, open_proxy(servers.port) as proxy:
        servers.settings = {**settings, "LOSSY_SERVER_PUBLIC_URL": proxy.url}
        await servers.start()
        recovery, ids = Recovery(), Random(f"ids {seed}")
        reviewer = Reviewer(
            await sign_in(conninfo, proxy.url),
            _id(ids),
            _id(ids),
            VIDEO,
            clock_ms(clock_off_ms),
            accepted=recovery.accepted,
            tab_id="the speaker's",
        )
        yield Stage(seed, conninfo, database, servers, proxy, reviewer, recovery, live)


async def sign_in(conninfo: str, url: str) -> Account:
    async with open_pool(conninfo, size=1) as pool:
        path = await sign_in_path(Accounts(pool), Server().link_life, Clock())
    account = Account(url)
    await account.sign_in(url + path)
    return account


def _id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)
