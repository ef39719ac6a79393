"""A client that asks and asks, and reads nothing. The server has to let it go, and keep going for the others."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

import trio

from lossy.channels import topics
from lossy.sim.client import Client, Disconnected, connect
from tools.chaos.outcome import Difference
from tools.chaos.proxy import Proxy, open_proxy

if TYPE_CHECKING:
    from random import Random

    from tools.chaos.stage import Stage

# It asks faster than any server can send to somebody who does not read.
AT_ONCE = 50
EVERY_S = 0.02
LET_GO_S = 30.0


async def ask_and_never_read(stage: Stage, random: Random) -> None:
    """Raises Difference when the server goes on keeping what nobody reads."""
    device = UUID(int=random.getrandbits(128), version=4)
    await stage.until_said(2)
    await stage.said[0].settled.wait()  # the device is in its session, and so knows its video
    token = await stage.reviewer.account.token(device)
    notes = str(topics.VideoNotes(UUID(stage.reviewer.video_id)))
    async with open_proxy(stage.servers.port) as proxy:
        with suppress(Disconnected):
            async with connect(proxy.url) as client:
                await client.join(notes, {"token": token})
                await _ask(stage, client, proxy, notes, token)
    if not proxy.ends:
        raise Difference(f"the server holds what a client did not read, after {LET_GO_S} s")
    stage.counts["let a consumer go"] += 1


async def _ask(stage: Stage, client: Client, proxy: Proxy, notes: str, token: str) -> None:
    async def ask() -> None:
        with suppress(Disconnected):
            await client.join(notes, {"token": token})

    proxy.hold()
    with trio.move_on_after(LET_GO_S):
        async with trio.open_nursery() as nursery:
            while not proxy.ends:
                for _ in range(AT_ONCE):
                    nursery.start_soon(ask)
                    stage.counts["asked and not read"] += 1
                await trio.sleep(EVERY_S)
            nursery.cancel_scope.cancel()
