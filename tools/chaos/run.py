"""Performs scenarios one after the other, each beside an undisturbed run of the same script."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import trio
from attrs import define, frozen

from tools.chaos.database import Database, open_database
from tools.chaos.outcome import (
    Difference,
    Outcome,
    differences,
    faults_of_device,
    faults_of_journal,
    faults_of_log,
    outcome_of,
)
from tools.chaos.recovery import PROMISED_MS, Distribution
from tools.chaos.servers import open_launcher
from tools.chaos.stage import Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tools.chaos.scenarios import Scenario

# What a round may take, and a line besides; beyond it the run is stuck.
STUCK_S, STUCK_ROUND_S = 60.0, 6.0


@frozen
class Verdict:
    """`failure` is None when the run came out as it should. `starts` are the times of the server's starts, in ms."""

    scenario: str
    rounds: int
    lines: int
    notes: int
    seconds: float
    recovery: Distribution
    slowest: str  # after what its recovery took longest
    counts: Mapping[str, int]
    starts: Sequence[Mapping[str, float]]
    failure: str | None


@define(eq=False)
class Runner:
    seed: int
    folder: Path
    _database: Database
    _launcher: trio.Process

    async def run(self, scenario: Scenario, rounds: int) -> Verdict:
        """Raises nothing that the scenario is at fault for: that is its verdict."""
        began = time.monotonic()
        async with open_stage(
            self.seed,
            self._database,
            self._launcher,
            self.folder,
            scenario.name.replace(" ", "-"),
            clock_off_ms=scenario.clock_off_ms,
            live=scenario.live,
        ) as stage:
            failure, notes = None, 0
            try:
                lines = await self._perform(stage, scenario, rounds)
                outcome = await trio.to_thread.run_sync(outcome_of, stage.conninfo, stage.said)
                notes = len(outcome.notes)
                calm = await self._undisturbed(stage, lines)
                self._check(stage, calm, outcome)
                if (slow := Distribution.of(stage.recovery.times_ms).p95) > PROMISED_MS:
                    raise Difference(f"recovery takes {slow:.0f} ms at p95, and {PROMISED_MS} are promised")
            except* Exception as errors:
                failure = f"step: {stage.step}\n" + "\n".join(_words(errors))
        return Verdict(
            scenario.name,
            rounds,
            len(stage.said),
            notes,
            round(time.monotonic() - began, 1),
            Distribution.of(stage.recovery.times_ms),
            stage.recovery.slowest,
            stage.counts,
            stage.servers.starts,
            failure,
        )

    async def _perform(self, stage: Stage, scenario: Scenario, rounds: int) -> int:
        random = Random(f"{scenario.name} {self.seed}")
        with trio.move_on_after(STUCK_S + STUCK_ROUND_S * rounds) as scope:
            return await stage.perform(scenario.lines, partial(scenario.disturb, stage, random, rounds))
        assert scope.cancelled_caught, "or it has returned"
        await stage.servers.tell_where_tasks_are()
        waiting = [f"{said.event} {dict(said.payload)}" for said in stage.reviewer.kept.unsettled]
        raise Difference(f"stuck, after {stage.reviewer.connections} connections; not answered: {waiting}")

    async def _undisturbed(self, stage: Stage, lines: int) -> Outcome:
        """The same lines on a server of their own, with nothing done to it."""
        stage.servers.kill()
        await stage.servers.ended()
        name = f"{stage.servers.log.stem}-undisturbed"
        async with open_stage(self.seed, self._database, self._launcher, self.folder, name) as calm:
            with trio.fail_after(STUCK_S + lines):
                await calm.perform(lines, trio.lowlevel.checkpoint)
            outcome = await trio.to_thread.run_sync(outcome_of, calm.conninfo, calm.said)
            self._check(calm, outcome, outcome)
            return outcome

    def _check(self, stage: Stage, calm: Outcome, outcome: Outcome) -> None:
        """Raises Difference."""
        found = [
            *differences(calm, outcome),
            *faults_of_device(stage.reviewer),
            *faults_of_journal(stage.conninfo),
            *faults_of_log(stage.servers.log),
        ]
        if found:
            raise Difference("\n".join(found))


def _words(errors: BaseException) -> list[str]:
    if isinstance(errors, BaseExceptionGroup):
        return [words for error in errors.exceptions for words in _words(error)]
    return [str(errors) if isinstance(errors, Difference) else repr(errors)]


@asynccontextmanager
async def open_runner(seed: int, folder: Path) -> AsyncIterator[Runner]:
    """`folder` gets the logs of every server, and the database while the block lasts."""
    async with open_database(folder / "pg") as database, open_launcher() as launcher:
        yield Runner(seed, folder, database, launcher)
