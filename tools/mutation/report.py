"""What came of the mutants: tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from lossy.charts.mutate import CHANGES, SCORED
from tools.mutation.campaign import CHECK, REFUSED, SURVIVED, TESTS, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

IN_WORDS = {
    "drop": "drop a transition",
    "swap": "swap a target",
    "negate": "negate a guard",
    "double": "double a timer",
    "restore": "change restore",
    "action": "drop an action",
    "order": "try in another order",
    "internal": "leave and enter again",
}


def score(verdicts: Iterable[Verdict]) -> float | None:
    """Per cent of the mutants of the four scored changes that load and that a test noticed; None without any."""
    outcomes = Counter(verdict.outcome for verdict in verdicts if verdict.mutant.change in SCORED)
    loaded = outcomes.total() - outcomes[REFUSED]
    return round(100 * outcomes[TESTS] / loaded, 1) if loaded else None


def as_json(verdicts: Sequence[Verdict]) -> str:
    charts = dict.fromkeys(verdict.mutant.chart.name for verdict in verdicts)
    return json.dumps(
        {
            "score": score(verdicts),
            "charts": {chart: _figures([v for v in verdicts if v.mutant.chart.name == chart]) for chart in charts},
            "survivors": [_survivor(verdict) for verdict in survivors(verdicts)],
        },
        indent=2,
    )


def survivors(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """What no test noticed: also where `lossy charts check` would have."""
    return [verdict for verdict in verdicts if verdict.outcome in (SURVIVED, CHECK)]


def _figures(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    changes = {change: _counts(verdicts, change) for change in CHANGES}
    return {"score": score(verdicts), "changes": {change: counts for change, counts in changes.items() if counts}}


def _counts(verdicts: Iterable[Verdict], change: str) -> dict[str, int]:
    outcomes = Counter(verdict.outcome for verdict in verdicts if verdict.mutant.change == change)
    if not outcomes:
        return {}
    loaded = outcomes.total() - outcomes[REFUSED]
    return {"mutants": loaded, **{name: outcomes[name] for name in (TESTS, CHECK, SURVIVED, REFUSED)}}


def _survivor(verdict: Verdict) -> dict[str, Any]:
    mutant = verdict.mutant
    return {
        "chart": mutant.chart.name,
        "id": mutant.id,
        "change": mutant.change,
        "scored": mutant.change in SCORED,
        "words": mutant.words,
        "check": verdict.words or None,
        "again": again(verdict),
    }


def again(verdict: Verdict) -> str:
    """The command that runs this one mutant."""
    return f"lossy charts mutate {verdict.mutant.chart.name} --only {verdict.mutant.id}"


def as_tables(verdicts: Sequence[Verdict]) -> RenderableType:
    charts = dict.fromkeys(verdict.mutant.chart.name for verdict in verdicts)
    parts: list[RenderableType] = [
        _table(chart, [v for v in verdicts if v.mutant.chart.name == chart]) for chart in charts
    ]
    for verdict in survivors(verdicts):
        said = f", though the check says: {verdict.words}" if verdict.words else ""
        parts.append(Text(f"{verdict.mutant.chart.name}: no test notices {verdict.mutant.words}{said}"))
        parts.append(Text(f"  {again(verdict)}", style="dim"))
    parts.append(Text(f"score: {_per_cent(score(verdicts))}", style="bold"))
    return Group(*parts)


def as_one(verdict: Verdict) -> RenderableType:
    said = {
        REFUSED: f"refused at load: {verdict.words}",
        TESTS: f"noticed by {verdict.test or 'the tests'}: {verdict.words}",
        CHECK: f"no test notices, though the check says: {verdict.words}",
        SURVIVED: "survived: neither a test nor the check notices",
    }
    return Text(f"{verdict.mutant.chart.name}: {verdict.mutant.words}\n{said[verdict.outcome]}")


def _table(chart: str, verdicts: Sequence[Verdict]) -> Table:
    title = f"{chart}: {_per_cent(score(verdicts))}"
    table = Table(title=title, title_justify="left")
    table.add_column(no_wrap=True)
    for heading in ("mutants", "noticed by tests", "by the check only", "survived", "refused at load"):
        table.add_column(heading, justify="right")
    for change, words in IN_WORDS.items():
        counts = _counts(verdicts, change)
        if counts:
            table.add_row(words, *(str(count) for count in counts.values()), end_section=change == [*SCORED][-1])
    return table


def _per_cent(score: float | None) -> str:
    return "nothing to score" if score is None else f"{score} %"
