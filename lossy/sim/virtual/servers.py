"""The servers of a world: which are up, how they die, and which one clients come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio
from attrs import define, field

from lossy.clock import Clock
from lossy.inference.llm import Writer
from lossy.sim.client import Disconnected
from lossy.sim.virtual.connection import Connection
from lossy.sim.virtual.database import Database, Dead, Gate
from lossy.sim.virtual.faults import Chance
from lossy.sim.virtual.node import SETTINGS, Running, start_node
from lossy.sim.virtual.trace import Trace
from lossy.store.lease import LocalNode
from lossy.store.pool import StoreError, StoreUnavailable
from lossy.web.drain import close_sockets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.store.ledger import Commit

# As the ledger of PostgreSQL has it: it asks for so long before it gives up.
PATIENCE_S = 8.0
SUPERVISOR_S = 0.2  # between two tries to start
SLOW_COMMIT_S = 2.0
COMMITS = frozenset({"commit", "commit_together"})
# How a node hears of what the others did.
NEWS = frozenset({"changes", "overdue", "version", "taken_away"})


@define(eq=False)
class Server:
    name: str
    world: Servers
    scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    running: Running | None = field(default=None, init=False)
    dead: bool = field(default=False, init=False)
    leaving: bool = field(default=False, init=False)  # it drains
    connections: dict[Connection, None] = field(factory=dict, init=False)
    task: trio.lowlevel.Task | None = field(default=None, init=False)
    _nursery: trio.Nursery = field(init=False)

    async def run(self, task_status: trio.TaskStatus[None]) -> None:
        """Until it dies or has drained. Raises StoreError where the database is away at its start."""
        local = LocalNode(self.name, lease_s=self.world.lease_s)
        world, self.task = self.world, trio.lowlevel.current_task()
        with self.scope:
            async with trio.open_nursery() as self._nursery:
                ledger = LedgerGate(world.database.ledger.beside(local), self.opened, self)
                self.running = await start_node(
                    world.database, ledger, local, world.clock, self.opened, world.writer, self._nursery
                )
                task_status.started()
                await trio.sleep_forever()

    def accept(self, connection: Connection) -> None:
        self.connections[connection] = None
        self._nursery.start_soon(self._serve, connection)

    async def _serve(self, connection: Connection) -> None:
        assert self.running is not None, "only a server that is up accepts"
        try:
            await self.running.serve(connection)
        finally:
            self.connections.pop(connection, None)

    def die(self) -> None:
        """At this instant: nothing of it reaches the database or a client from now on."""
        if self.dead:
            return
        self.dead = True
        self.world.forget(self)
        self.scope.cancel()
        for connection in [*self.connections]:
            connection.cut()

    async def drain(self) -> None:
        """As a server that is asked to stop."""
        running, self.leaving = self.running, True
        if self.dead or running is None:
            return
        self.world.forget(self)
        drain_s = SETTINGS.server.drain_s
        await running.node.roster.drain(drain_s)
        await running.keeper.stop()
        await close_sockets(running.node.sockets, within_s=drain_s / 3)
        await trio.sleep(drain_s / 3)
        self.die()

    # -- its way to the database ----------------------------------------------------------------------------------

    async def opened(self, name: str) -> None:
        """Raises StoreError."""
        world, now = self.world, trio.current_time()
        self._check_alive()
        if name in NEWS and now < world.deaf_until:
            raise StoreUnavailable("nothing is heard of the others")
        if now < world.away_until:
            if name not in COMMITS or world.away_until > now + PATIENCE_S:
                await trio.sleep(PATIENCE_S if name in COMMITS else 0)
                raise StoreUnavailable("the database is away")
            await trio.sleep_until(world.away_until)
        if trio.current_time() < world.slow_until:
            await trio.sleep(world.chance.random.random())
        if world.chance.rates and name in COMMITS:
            await self._commit()
        self._check_alive()

    async def _commit(self) -> None:
        chance = self.world.chance
        if chance.strikes("commit_slow"):
            await trio.sleep(chance.random.random() * SLOW_COMMIT_S)
        if chance.strikes("commit_refused"):
            raise StoreError("not written: could not serialize access due to concurrent update")

    def _check_alive(self) -> None:
        if self.dead:
            raise Dead("this server is dead")


@define(eq=False)
class LedgerGate(Gate):
    """Also tells the trace what was kept, and may forget to tell its writer."""

    server: Server

    async def commit(self, commit: Commit) -> Any:
        (left,) = await self.commit_together((commit,))
        return left

    async def commit_together(self, commits: Sequence[Commit]) -> Any:
        await self.opened("commit_together")
        left = await self.port.commit_together(commits)
        world = self.server.world
        world.trace.kept(self.server.name, commits)
        if world.chance.strikes("commit_unanswered"):
            raise StoreUnavailable("the connection broke before the answer")
        return left


@define(eq=False)
class Servers:
    """`run` is the supervisor of all of them. Clients come to the one that was started last."""

    database: Database
    clock: Clock
    chance: Chance
    trace: Trace
    writer: Writer | None
    nursery: trio.Nursery
    lease_s: float = SETTINGS.server.lease_s
    up: list[Server] = field(factory=list, init=False)
    away_until: float = field(default=0.0, init=False)
    slow_until: float = field(default=0.0, init=False)
    deaf_until: float = field(default=0.0, init=False)
    up_since: float = field(default=0.0, init=False)
    were_several: bool = field(default=False, init=False)
    started: int = field(default=0, init=False)

    async def start(self) -> Server:
        """The next one; returns when it is up."""
        while True:
            self.started += 1
            server = Server(f"node{self.started}", self)
            try:
                await self.nursery.start(server.run)
            except* StoreError:
                await trio.sleep(SUPERVISOR_S)
            else:
                self.were_several |= bool(self.up)
                self.up.append(server)
                self.up_since = trio.current_time()
                self.trace.happened("up", server.name)
                return server

    def forget(self, server: Server) -> None:
        if server in self.up:
            self.up.remove(server)
            self.trace.happened("down", server.name)

    def heal(self) -> None:
        now = trio.current_time()
        self.away_until, self.slow_until = min(self.away_until, now), min(self.slow_until, now)
        self.deaf_until = min(self.deaf_until, now)

    @property
    def newest(self) -> Server | None:
        return self.up[-1] if self.up else None

    def accept(self, connection: Connection) -> None:
        """Raises Disconnected: nobody listens."""
        if self.newest is None:
            raise Disconnected("connection refused")
        self.newest.accept(connection)

    async def deploy(self) -> None:
        """One more, and then the older ones drain."""
        older = [*self.up]
        await self.start()
        for server in older:
            await server.drain()

    async def leave_one(self) -> bool:
        """The newest; there is one more where none is up. Whether there were several at any time: what one tells its
        clients those of the others do not hear, so all have to come back for it.
        """
        for server in self.up[:-1]:
            await server.drain()
        if not self.up:
            await self.start()
        return self.were_several

    async def crash(self, lasts_s: float) -> None:
        """All that are up die; one is up again after that time."""
        for server in [*self.up]:
            server.die()
        await trio.sleep(lasts_s)
        await self.start()
