"""The tests, collected once by pytest and run in whatever order is asked for."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A machine that others use as well may take so much longer than the processor's time.
SLEEPING = 6


class NothingCollected(RuntimeError):
    """pytest did not come as far as having tests to run; the message has what it said."""


@frozen
class Failure:
    test: str
    words: str


@frozen
class Ran:
    test: pytest.Item
    seconds: float
    failure: Failure | None


@define(eq=False)
class Suite:
    """`use` is called once, while pytest holds its session open; only then can tests be run."""

    use: Callable[[Suite], None]
    tests: list[pytest.Item] = field(factory=list)
    broken: list[str] = field(factory=list)  # files that pytest could not import
    _failure: Failure | None = None
    _raised: BaseException | None = None  # pytest keeps to itself what its hooks raise

    def open(self, paths: Sequence[str], left_out: Sequence[str]) -> None:
        """Raises NothingCollected, and whatever `use` raises."""
        arguments = ["-p", "no:cacheprovider", "-p", "no:terminal", "-s", "-m", "not integration"]
        arguments += [f"--ignore-glob={pattern}" for pattern in left_out]
        said = StringIO()
        with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
            patch.setenv("PYTEST_DEBUG_TEMPROOT", scratch)  # a fork does not tidy up after itself
            pytest.main([*arguments, *paths], plugins=[self])
        if self._raised is not None:
            raise self._raised
        if not self.tests:
            broken = f"; it could not import {', '.join(self.broken)}" if self.broken else ""
            raise NothingCollected(said.getvalue().strip() or f"pytest found no tests in {', '.join(paths)}{broken}")

    def run(self, tests: Sequence[pytest.Item], limit_s: Callable[[pytest.Item], float]) -> Iterator[Ran]:
        """Runs them in their order. A test that computes beyond its limit, or sleeps, is the end of this process."""
        for test, following in zip(tests, [*tests[1:], None], strict=True):
            self._failure = None
            signal.setitimer(signal.ITIMER_PROF, limit_s(test))
            signal.setitimer(signal.ITIMER_REAL, SLEEPING * limit_s(test))
            begun = time.perf_counter()
            test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            yield Ran(test, time.perf_counter() - begun, self._failure)

    # -- what pytest calls --------------------------------------------------------------------------------------

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.broken.append(report.nodeid)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.tests = session.items
        if self.tests:
            self.use(self)
        return True

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        self._raised = excinfo.value
        return True

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self._raised = excinfo.value

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self._failure is None:
            crash = getattr(report.longrepr, "reprcrash", None)
            words = next(iter((crash.message if crash else str(report.longrepr)).splitlines()), "")
            self._failure = Failure(report.nodeid, f"{words} ({crash.path}:{crash.lineno})" if crash else words)
