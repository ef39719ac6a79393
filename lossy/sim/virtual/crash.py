"""The death of a server after any of its awaits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import define, field

from lossy.sim.virtual.servers import Server

if TYPE_CHECKING:
    from lossy.sim.virtual.servers import Servers


@define(eq=False)
class Doom(trio.abc.Instrument):
    """Counts what a server's tasks do from one await to the next; after so many of these the server is dead.

    It is done as well once the server died of anything else: `awaits` are left then.
    """

    server: Server
    awaits: int
    done: trio.Event = field(factory=trio.Event, init=False)
    _of_server: dict[trio.lowlevel.Task, bool] = field(factory=dict, init=False)

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        if self.done.is_set() or not self._is_of_server(task):
            return
        self.awaits -= 1
        if self.awaits < 0:
            self.server.die()
        if self.server.dead:
            self.done.set()

    def _is_of_server(self, task: trio.lowlevel.Task) -> bool:
        known = self._of_server.get(task)
        if known is None:
            parent = task.parent_nursery and task.parent_nursery.parent_task
            known = task is self.server.task or (parent is not None and self._is_of_server(parent))
            self._of_server[task] = known
        return known


async def crash_after(servers: Servers, awaits: int, lasts_s: float) -> None:
    """The newest server dies after so many awaits of its own; one is up again `lasts_s` after that.

    Where it is gone before, as after a deploy, the server that is newest then goes on with the count.
    """
    while awaits >= 0 and servers.newest is not None:
        doom = Doom(servers.newest, awaits)
        trio.lowlevel.add_instrument(doom)
        try:
            await doom.done.wait()
        finally:
            trio.lowlevel.remove_instrument(doom)
        awaits = doom.awaits
    await trio.sleep(lasts_s)
    if not servers.up:
        await servers.start()
