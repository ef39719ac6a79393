"""What a remark takes of the server's CPU: run as `python -m tools.bench.waves`.

The crowd of `voice_within.py` speaks in waves: all begin, all end with their words, and the next wave begins when all
notes are there and everybody has cooled down. So a server that is slow has as much to do as a quick one, and its CPU is
counted from the beginning of one wave to that of the next: of this process alone, where nothing else runs but the
sessions, the channels and their transports in memory. The first wave does not count, and after the last one of those
that do comes another in which the collector of cycles rests, to count what it would have to look at.
"""

from __future__ import annotations

import gc
import json
import time
from math import inf
from statistics import median
from uuid import UUID

import attrs
import click
import trio

from lossy.app import App, migrate_pool, open_app
from lossy.cli.running import configure_logs
from lossy.cli.server import spare_the_collector
from lossy.settings import Settings
from lossy.store.embedded import open_postgres
from lossy.store.pool import open_pool
from tools.bench.remarks import PERIOD_MS, SPEECH_MS, Said, Talk
from tools.bench.store import open_folder
from tools.bench.voice import SECRET, insert
from tools.bench.voice_load import now_ms
from tools.bench.voice_within import Within
from tools.bench.waits import Tally

LOOK_S = 0.005  # between looks whether all notes are there


@attrs.frozen
class Took:
    """`us` are of the server's CPU for a note, by wave. `objects` stay of a note, `found` of these are in cycles."""

    us: list[float]
    objects: float
    found: float


@attrs.define(eq=False)
class Waves:
    within: Within
    talk: Talk
    _spoken: int = 0

    async def roll(self) -> float:
        """One wave. CPU in us a note."""
        before, due_ms, count = time.process_time(), float(now_ms() - self.talk.began_ms), len(self.within.wires)
        self._say([self.talk.begin(session, self._spoken, due_ms) for session in range(count)])
        await trio.sleep(SPEECH_MS / 1_000)
        self._say([self.talk.end(session, self._spoken, due_ms + SPEECH_MS) for session in range(count)])
        self._spoken += 1
        while not self.within.tally.is_complete:  # noqa: ASYNC110 - the tally tells nobody, as others measure with it
            await trio.sleep(LOOK_S)
        await trio.sleep((PERIOD_MS - SPEECH_MS) / 1_000)
        return (time.process_time() - before) / count * 1e6

    def _say(self, all_said: list[Said]) -> None:
        for said in all_said:
            if said.is_remark:
                self.within.tally.said(said.session, said.due_ms, said.due_ms)
            for frame in said.frames:
                self.within.wires[said.session].say(frame)


async def measure(sessions: int, waves: int) -> Took:
    with open_folder() as folder:
        async with open_postgres(folder / "data") as postgres:
            async with open_pool(postgres.conninfo, size=2) as pool:
                await migrate_pool(pool)
                reviewers = await insert(pool, sessions)
            settings = Settings()
            server = attrs.evolve(settings.server, port=0, secret=SECRET)
            database = attrs.evolve(settings.database, url=postgres.conninfo)
            async with open_app(attrs.evolve(settings, server=server, database=database)) as app:
                return await _in_waves(app, reviewers, waves)


async def _in_waves(app: App, reviewers: list[dict[str, str]], waves: int) -> Took:
    within = Within(app, {"reviewers": reviewers}, Tally(0, inf))
    async with trio.open_nursery() as nursery:
        await within.join_all(nursery)
        all_waves = Waves(within, Talk([UUID(who["session"]) for who in reviewers], now_ms()))
        await all_waves.roll()
        took = [await all_waves.roll() for _ in range(waves)]
        objects, found = await _left_by(all_waves)
        nursery.cancel_scope.cancel()
    return Took(took, objects, found)


async def _left_by(waves: Waves) -> tuple[float, float]:
    """Objects a note: those that the collector has to look at, and those that it finds."""
    gc.collect()
    before = len(gc.get_objects())
    gc.disable()
    await waves.roll()
    left = len(gc.get_objects()) - before
    found = gc.collect()
    gc.enable()
    return left / len(waves.within.wires), found / len(waves.within.wires)


@click.command()
@click.option("--sessions", type=int, default=150, show_default=True)
@click.option("--waves", type=int, default=8, show_default=True)
def main(sessions: int, waves: int) -> None:
    configure_logs()
    spare_the_collector()
    took = trio.run(measure, sessions, waves)
    us = {"us_a_note": round(median(took.us)), "least": round(min(took.us)), "each": [*map(round, took.us)]}
    print(json.dumps({**us, "objects_a_note": round(took.objects, 1), "in_cycles": round(took.found, 1)}))


if __name__ == "__main__":
    main()
