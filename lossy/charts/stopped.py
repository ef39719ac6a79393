"""What a step that could not be made says: a rule that raises, or a chart that never comes to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.model import ChartError
from lossy.charts.step import Unsettled

if TYPE_CHECKING:
    from collections.abc import Iterable

# What a mistake in a rule raises. A ChartError is a ValueError, and no step raises one.
MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,  # Unsettled among it
    TypeError,
    ValueError,
)


class Stopped(ChartError):
    """A step could not be made; the message says of which chart, on which event, after which others."""


def stopped(chart: str, events: Iterable[str], error: Exception) -> Stopped:
    """`events` are the names of all that happened, the last of them that which could not; none at the start."""
    *before, last = [*events] or [""]
    when = f"on {last!r}" if last else "at its start"
    after = f", after {', '.join(before)}" if before else ", first of all" if last else ""
    return Stopped(f"{chart}: {_told(error)} {when}{after}")


def _told(error: Exception) -> str:
    if isinstance(error, Unsettled):
        return f"{error},"
    return f"{_rule(error)} raises {type(error).__name__}({error})"


def _rule(error: Exception) -> str:
    """The function that raised it, and the line."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    assert at is not None, "it was raised"
    return f"{at.tb_frame.f_code.co_qualname} (line {at.tb_lineno} of {at.tb_frame.f_globals['__name__']})"
