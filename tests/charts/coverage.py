"""A plugin of pytest: which states, transitions and pairs of transitions of the charts the fast tests take.

A run of all of them fails where a state or a transition was never taken. Pairs are counted and not demanded. The
figures are left in build/chart-coverage.json, for `lossy charts check` and for pictures. Where xdist spreads the tests
over processes, each hands in what it saw at its end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, field

from lossy.charts.reach import states_of
from tests.charts.pairs import possible_pairs
from tests.charts.recorder import Record, Recorder, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator


# Those of the fast part; what forks runs by itself, and takes nothing that no other test does.
WHOLE = {"not integration", "not integration and not alone"}
SEEN = "charts"  # under this a process hands in what it saw


def cover(config: pytest.Config) -> None:
    """Registers the plugin for a run of all the fast tests; a part of them could only fall short."""
    told: dict[str, Any] = getattr(config, "workerinput", {})
    if not (told.get(SEEN) or is_whole(config)):
        return
    records = read_records(config.rootpath / "statecharts")
    Recorder(records).install()
    written = config.rootpath / "build" / "chart-coverage.json"
    plugin = Hand(records) if told else Plugin(records, written)
    config.pluginmanager.register(plugin, "chart-coverage")


def is_whole(config: pytest.Config) -> bool:
    option = config.option
    chosen = option.keyword or option.deselect or option.collectonly or getattr(option, "lf", False)
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen
    return everything and option.markexpr in WHOLE and not hasattr(config, "workerinput")


@define(eq=False)
class Hand:
    """In a process of xdist."""

    records: Mapping[str, Record]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output: dict[str, Any] = getattr(session.config, "workeroutput")  # noqa: B009 (xdist sets it, and no type has it)
        output[SEEN] = {name: record.dumped() for name, record in self.records.items()}


@define(eq=False)
class Plugin:
    records: Mapping[str, Record]
    written: Path
    missing: list[str] = field(factory=list)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[SEEN] = True

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        for name, seen in getattr(node, "workeroutput", {}).get(SEEN, {}).items():
            self.records[name].add(seen)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return
        self.missing = [line for record in self.records.values() for line in record.missing()]
        self.written.parent.mkdir(exist_ok=True)
        self.written.write_text(json.dumps({name: figures(r) for name, r in self.records.items()}), encoding="utf-8")
        if self.missing:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("charts")
        for line in (*table(self.records), *self.missing):
            terminalreporter.line(line)


def figures(record: Record) -> dict[str, Any]:
    """How often each state was active after a microstep, each transition taken, each pair taken; JSON values."""
    return {
        "digest": record.digest,
        "states": dict(sorted(record.states().items())),
        "transitions": dict(sorted(record.transitions().items())),
        "pairs": sorted([*pair, n] for pair, n in record.pairs().items()),
        "possible_pairs": len(possible_pairs(record.chart)),
    }


def table(records: Mapping[str, Record]) -> Iterator[str]:
    yield f"{'taken by the tests':<20}{'states':>12}{'transitions':>14}{'pairs':>22}"
    for name, record in records.items():
        pairs, possible = len(record.pairs()), len(possible_pairs(record.chart))
        states = _share(states_of(record.chart), record.states())
        transitions = _share([each.id for each in record.chart.transitions()], record.transitions())
        yield f"{name:<20}{states:>12}{transitions:>14}{f'{pairs} of {possible} ({pairs / max(1, possible):.0%})':>22}"


def _share(ids: list[str], counts: Mapping[str, int]) -> str:
    return f"{sum(id in counts for id in ids)} of {len(ids)}"
