"""What goes wrong by itself while a story is played: each kind as often as its rate says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import define

from lossy.sim.script.stage import CannotPerform
from lossy.sim.virtual.crash import crash_after
from lossy.sim.virtual.faults import FAULTS, MINUTE
from lossy.sim.virtual.stage import World

if TYPE_CHECKING:
    from random import Random


PARTITION_S, UNREAD_S, DEAF_S, AWAY_S, BACK_S = 40.0, 20.0, 20.0, 3.0, 3.0
# Within so many awaits of a server a remark is heard, kept and told.
AWAITS = 400


@define(eq=False)
class Weather:
    world: World

    async def run(self) -> None:
        """Until it is cancelled."""
        async with trio.open_nursery() as nursery:
            for name, kind in FAULTS.items():
                rate = self.world.chance.rates.get(name)
                if kind.of == MINUTE and rate is not None:
                    nursery.start_soon(self._again_and_again, name, rate)

    async def _again_and_again(self, name: str, rate: float) -> None:
        world = self.world
        while True:
            await trio.sleep(world.random.expovariate(rate / 60))
            try:
                await self._befall(name, world.random)
            except CannotPerform:
                continue  # nobody is there whom it could befall
            world.chance.hits[name] += 1

    async def _befall(self, name: str, random: Random) -> None:
        world = self.world
        world.trace.happened("fault", name)
        device = random.choice([*world.story.devices])
        match name:
            case "partition":
                world.disturb(device, "down", random.random() * PARTITION_S)
            case "half_open":
                world.disturb(device, "half_open", random.random())
            case "slow_consumer":
                world.line(device).stop_reading(random.random() * UNREAD_S)
            case "eviction":
                await world.evict(self._tab(random))
            case "reload":
                await world.cast.reload(self._tab(random))
            case "crash":
                await crash_after(world.servers, random.randrange(AWAITS), random.random() * BACK_S)
            case "deploy":
                await world.servers.deploy()
            case "takeover":
                await world.servers.start()
            case "deaf":
                world.servers.deaf_until = trio.current_time() + random.random() * DEAF_S
            case "store_away":
                world.servers.away_until = trio.current_time() + random.random() * AWAY_S

    def _tab(self, random: Random) -> str:
        """Raises CannotPerform."""
        there = [review.tab for review in self.world.cast.reviews if not review.is_over]
        if not there:
            raise CannotPerform("no tab is open")
        return random.choice(there)
