"""Charts of another time: the files of statecharts/ as git has them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from lossy.charts.mentioned import as_written
from lossy.charts.model import Chart, ChartError
from lossy.resources import folder

# What a chart written in an earlier form of the format is refused for; the first faults say which form it is.
FAULTS = 2


@frozen
class Side:
    """What one side of a comparison stands for: charts by name. `whole` is a whole folder of them, however many."""

    charts: Mapping[str, Chart]
    whole: bool


def charts_at(where: str) -> Side:
    """The charts that `where` stands for: a file, a chart of the tree, `REV:PATH`, or all of a revision.

    Raises ChartError, naming revision and path, when there is none, or none of today's format.
    """
    beside, path = folder("statecharts") / f"{where}.yaml", Path(where)
    if beside.is_file() or path.is_file():
        file = beside if beside.is_file() else path
        return Side(_named({str(file): file.read_text(encoding="utf-8")}), whole=False)
    if path.suffix in (".yaml", ".yml") and ":" not in where:
        raise ChartError(f"there is no file {where}")
    revision, _, path_there = where.partition(":")
    known = _run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if known.returncode:
        says = f": {known.stderr.strip()}" if known.stderr else ""
        raise ChartError(f"{revision!r} is no file, no chart of the tree and no revision{says}")
    paths = [path_there] if path_there else _files(revision)
    texts = {f"{revision}:{path}": _git("show", f"{revision}:{path}") for path in paths}
    return Side(_named(texts), whole=not path_there)


def tree() -> Side:
    """The charts as they are in the tree now."""
    files = sorted(folder("statecharts").glob("*.yaml"))
    return Side(_named({str(path): path.read_text(encoding="utf-8") for path in files}), whole=True)


def _named(texts: Mapping[str, str]) -> Mapping[str, Chart]:
    charts = [_read(where, text) for where, text in texts.items()]
    return {chart.name: chart for chart in charts}


def _read(where: str, text: str) -> Chart:
    try:
        return as_written(text)
    except ChartError as error:
        first, *more = str(error).split("; ")
        told = "; ".join([first, *more[: FAULTS - 1]])
        rest = f"; and {len(more) - FAULTS + 1} more" if len(more) >= FAULTS else ""
        raise ChartError(f"{where} is not in the format of today: {told}{rest}") from None


def _files(revision: str) -> list[str]:
    """The chart files of a revision, by their paths from the top of the repository."""
    listed = _git("ls-tree", "--name-only", "--full-name", revision, "--", "./").split()
    paths = [path for path in listed if path.endswith(".yaml")]
    if not paths:
        raise ChartError(f"{revision} has no statecharts/")
    return paths


def _git(*arguments: str) -> str:
    """What git says. Raises ChartError with git's own words when it refuses."""
    done = _run(*arguments)
    if done.returncode:
        raise ChartError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """git, run in statecharts/."""
    command = ["git", "-C", str(folder("statecharts")), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ChartError("git is not installed, so there are no revisions to compare") from None
