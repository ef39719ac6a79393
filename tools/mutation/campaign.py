"""Each mutant against the tests that can notice it, the quickest first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import pytest
from attrs import define, field, frozen

from lossy.charts.model import Chart
from lossy.charts.mutant import Mutant, refusal
from tools.mutation.checks import finding
from tools.mutation.forks import forked
from tools.mutation.shipped import Shipped
from tools.mutation.suite import Failure, Suite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


# A test that a mutant keeps from ending is killed, and has noticed. Seconds of the processor's time.
LIMIT_S, TIMES_ITS_USUAL = 5.0, 10
LIMIT_UNCHANGED_S = 300.0
BATCH = 40  # tests that one process observes
NONE, NOT_ENDING = Failure("", ""), Failure("", "a test does not end")

REFUSED, TESTS, CHECK, SURVIVED = "refused", "tests", "check", "survived"


@frozen
class Verdict:
    mutant: Mutant
    outcome: str
    test: str = ""  # that noticed
    words: str = ""  # what the loader, the test or the check says


@frozen
class Observed:
    """A test with the charts as they are: how long it takes, and what it asks of each chart."""

    seconds: float
    failure: Failure | None
    asked: Mapping[str, frozenset[str]]


@define(eq=False)
class Campaign:
    charts: Mapping[str, Chart]
    shipped: Shipped
    suite: Suite
    jobs: int
    quick: bool  # without the tests that Hypothesis writes: they take most of the time and notice little by themselves
    observed: dict[pytest.Item, Observed] = field(factory=dict)

    def judge(self, mutants: Sequence[Mutant]) -> Iterator[Verdict]:
        """The tests of rules go first: they take milliseconds, and most mutants go no further."""
        refused = {mutant: refusal(self.charts[mutant.chart.name], mutant) for mutant in mutants}
        yield from (Verdict(mutant, REFUSED, words=words) for mutant, words in refused.items() if words is not None)
        left = [mutant for mutant, words in refused.items() if words is None]
        for tests in self.tiers():
            for mutant, failure in self.attempt([*left], tests):
                left.remove(mutant)
                yield Verdict(mutant, TESTS, failure.test, failure.words)
        for mutant in left:
            words = finding(self.charts, mutant.chart)
            yield Verdict(mutant, CHECK if words else SURVIVED, words=words)

    def tiers(self) -> Iterator[Sequence[pytest.Item]]:
        plain = [test for test in self.suite.tests if not _is_generated(test)]
        of_rules = [test for test in plain if test.path.parent.name == "domain"]
        yield of_rules
        yield [test for test in (plain if self.quick else self.suite.tests) if test not in of_rules]

    def attempt(self, mutants: Sequence[Mutant], tests: Sequence[pytest.Item]) -> Iterator[tuple[Mutant, Failure]]:
        """Those of the mutants that one of the tests notices."""
        if mutants:
            self.observe(tests)
        chosen = [(mutant, [*self.concerned(mutant, tests)]) for mutant in mutants]
        tried = [(mutant, tests) for mutant, tests in chosen if tests]
        for place, failure in forked([partial(self._first_failure, *each) for each in tried], self.jobs):
            if failure != NONE:
                yield tried[place][0], failure or NOT_ENDING

    def observe(self, tests: Sequence[pytest.Item]) -> None:
        """Raises RuntimeError when one of them does not end, though the charts are as they are."""
        batches = [tests[i : i + BATCH] for i in range(0, len(tests), BATCH)]
        for place, observed in forked([partial(self._observe, batch) for batch in batches], self.jobs):
            if observed is None:
                raise RuntimeError(f"one of these does not end: {', '.join(test.nodeid for test in batches[place])}")
            self.observed |= zip(batches[place], observed, strict=True)

    def concerned(self, mutant: Mutant, tests: Sequence[pytest.Item]) -> list[pytest.Item]:
        """The tests in which it could make a difference, the quickest first; those that fail anyway left out."""
        name = mutant.chart.name
        concerned = [test for test in tests if self.observed[test].asked.get(name, frozenset()) & mutant.concerns]
        passing = [test for test in concerned if self.observed[test].failure is None]
        return sorted(passing, key=lambda test: self.observed[test].seconds)

    def failing(self) -> list[str]:
        """The tests that fail without any mutant."""
        return [test.nodeid for test, observed in self.observed.items() if observed.failure is not None]

    # -- in forks -----------------------------------------------------------------------------------------------

    def _observe(self, tests: Sequence[pytest.Item]) -> list[Observed]:
        self.shipped.record()
        observed = []
        for ran in self.suite.run(tests, lambda test: LIMIT_UNCHANGED_S):
            asked = {chart: frozenset(ids) for chart, ids in self.shipped.asked.items()}
            observed.append(Observed(ran.seconds, ran.failure, asked))
            self.shipped.asked.clear()
        return observed

    def _first_failure(self, mutant: Mutant, tests: Sequence[pytest.Item]) -> Failure:
        self.shipped.put(mutant)
        runs = self.suite.run(tests, lambda test: LIMIT_S + TIMES_ITS_USUAL * self.observed[test].seconds)
        return next((ran.failure for ran in runs if ran.failure is not None), NONE)


def _is_generated(test: pytest.Item) -> bool:
    return bool(getattr(getattr(test, "obj", None), "is_hypothesis_test", False))
