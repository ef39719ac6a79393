"""What is done to a server, its database, the network and the device, and in which order. A seed decides all of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import TYPE_CHECKING

import trio
from attrs import frozen

from tools.chaos.database import STOPS
from tools.chaos.fight import open_fight
from tools.chaos.greedy import ask_and_never_read
from tools.chaos.places import NAMES
from tools.chaos.proxy import any_cut
from tools.chaos.servers import Doom, NotStarted, at_place
from tools.chaos.stage import HOUR_MS
from tools.chaos.unruly import unruly

if TYPE_CHECKING:
    from tools.chaos.stage import Stage

# Of ten kills so many happen at a named place, and the others at any moment.
NAMED_OF_TEN = 8
MOST_PASSAGES = 4
# Of the cuts so many are followed by the next one only when the device is back; the others may meet it on its way.
RECOVERS = 0.7
# A place that is not passed for so long is not passed at all.
NEVER_S = 15.0

Disturb = Callable[["Stage", Random, int], Awaitable[None]]


class NeverPassed(Exception):
    """A server lived on although it was told to die."""


@frozen
class Scenario:
    """`rounds` is how often it happens in a full run, and `quick` in a short one; `lines` are said at least."""

    name: str
    means: str
    disturb: Disturb
    rounds: int
    quick: int
    lines: int = 12
    clock_off_ms: int = 0
    live: bool = False


async def kill(stage: Stage, random: Random, rounds: int) -> None:
    """The server is killed so often; most times between the receipt of an event and its acknowledgement."""
    named = rounds * NAMED_OF_TEN // 10
    places = [NAMES[i % len(NAMES)] for i in range(named)]
    fates: list[str | None] = [*places, *[None] * (rounds - named)]
    random.shuffle(fates)
    stage.mortal = True
    stage.servers.kill()
    await stage.servers.ended()
    for number, place in enumerate(fates, 1):
        passage = random.randint(1, MOST_PASSAGES)
        stage.step = f"kill {number}: " + (f"passage {passage} of {place!r}" if place else "at any moment")
        await _live(stage, at_place(place, passage) if place else None, random.uniform(0, 0.8))
        stage.counts[f"killed {place or 'at any moment'}"] += 1
    stage.step = "after the last kill"
    await stage.servers.start()
    stage.recovery.returned(stage.step)


async def _live(stage: Stage, doom: Doom | None, most_s: float) -> None:
    """Starts a server that dies as it is told to, or after `most_s`.

    One that has something to finish may pass its place before it is up.
    """
    try:
        await stage.servers.start(doom)
    except NotStarted:
        if doom is None:
            raise
        return
    stage.recovery.returned(stage.step)
    if doom is None:
        await trio.sleep(most_s)
        stage.servers.kill()
    await _until_dead(stage)


async def _until_dead(stage: Stage) -> None:
    with trio.move_on_after(NEVER_S) as waiting:
        await stage.servers.ended()
    if waiting.cancelled_caught:
        raise NeverPassed(f"the server did not die at {stage.step}")


async def stop_database(stage: Stage, random: Random, rounds: int) -> None:
    """PostgreSQL is stopped in each of three ways, and started again."""
    for number in range(rounds):
        how = [*STOPS][number % len(STOPS)]
        stage.step = f"stop {number + 1} of PostgreSQL: {how}"
        await trio.sleep(random.uniform(0.2, 0.8))
        await stage.database.stop(how)
        await trio.sleep(random.uniform(0.1, 1.5))
        await stage.database.start()
        stage.recovery.returned(stage.step)
        stage.counts[f"stopped {how}"] += 1
        await trio.sleep(1.0)


async def cut(stage: Stage, random: Random, rounds: int) -> None:
    """The socket goes in the middle of a frame, to the server or to the client, and the network with it for a while."""
    for number in range(rounds):
        ordered = any_cut(random)
        stage.step = f"cut {number + 1}: {ordered}"
        await stage.proxy.cut(ordered)
        await trio.sleep(random.uniform(0, 0.6))
        stage.proxy.come_back()
        stage.recovery.returned(stage.step)
        stage.counts[f"cut {ordered.direction}"] += 1
        if random.random() < RECOVERS:
            await stage.recovery.recovered.wait()


async def disorder(stage: Stage, random: Random, rounds: int) -> None:
    """Events arrive twice, late and out of order, over a network that takes its time; now and then it is cut too."""

    def count(what: str) -> None:
        stage.counts[what] += 1

    stage.step = "events twice, late and out of order"
    stage.reviewer.connect = unruly(random, count)
    stage.proxy.delay_s = lambda: random.uniform(0, 0.01)
    await stage.until_said(rounds)
    await cut(stage, random, 1 + rounds // 20)


async def hold(stage: Stage, random: Random, rounds: int) -> None:
    """Another device asks for much and never reads; then ours does not read for a while, and goes on sending."""
    stage.step = "a device that never reads"
    await ask_and_never_read(stage, random)
    for number in range(rounds):
        stage.step = f"hold {number + 1}"
        await trio.sleep(random.uniform(0.1, 0.5))
        stage.proxy.hold()
        await trio.sleep(random.uniform(0.3, 1.5))
        stage.proxy.release()
        stage.recovery.returned(stage.step)
        stage.counts["held"] += 1


async def fight(stage: Stage, random: Random, rounds: int) -> None:
    """Another device wants the microphone of the same session, all the time. Its clock is an hour ahead."""
    stage.step = "two devices fight"
    stage.most = rounds
    async with open_fight(stage, random) as fighting, trio.open_nursery() as nursery:
        stage.before_line = fighting.before_a_line
        stage.ready.set()
        nursery.start_soon(fighting.go_on)
        await stage.until_said(rounds)
        await stage.said[-1].settled.wait()
        nursery.cancel_scope.cancel()


SCENARIOS = (
    Scenario("kill", "the server is killed with signal 9", kill, 200, 24),
    Scenario("database", "PostgreSQL is stopped and started under load", stop_database, 12, 3),
    Scenario("cut", "the socket is cut in the middle of a frame", cut, 40, 8),
    Scenario("disorder", "events come twice, late and out of order", disorder, 100, 20),
    Scenario("slow", "a consumer does not read", hold, 10, 2),
    Scenario("fight", "two devices fight over one session", fight, 20, 4, lines=0, live=True),
    Scenario("clock ahead", "the device's clock is an hour ahead", cut, 10, 2, clock_off_ms=HOUR_MS),
    Scenario("clock behind", "the device's clock is an hour behind", cut, 10, 2, clock_off_ms=-HOUR_MS),
)
