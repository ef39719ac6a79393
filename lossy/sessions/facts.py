"""What the pages of charts say beyond the charts' own files: settings with their defaults, and what the rules do."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import TYPE_CHECKING, Any

import attrs

from lossy.charts.markdown import code
from lossy.charts.page import Facts, Setting
from lossy.charts.page_data import exact
from lossy.domain.rules import MODULES
from lossy.resources import drawings
from lossy.sessions.catalog import SETTINGS, delays
from lossy.settings import PREFIX, Settings, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lossy.charts.model import Chart
    from lossy.settings import Listed

MS = "_MS"
SHORT = 160  # a rule without a docstring is shown as it is, when its body has up to so many characters


def facts(chart: Chart) -> Facts:
    names = chart.names
    rules: dict[str, Any] = {**names.guards, **names.updates, **names.migrations}
    return Facts(
        delays=usual_delays(chart.name),
        settings=tuple(_settings(SETTINGS[chart.name])),
        rules={name: told for name, rule in rules.items() if (told := _told(rule))},
        data=MODULES[chart.name].__doc__ or "",
    )


def shipped(chart: Chart) -> str:
    """Its picture, laid out when it was written. Raises OSError where there is none."""
    return (drawings() / f"{chart.name}.svg").read_text(encoding="utf-8")


def usual_delays(chart: str) -> Mapping[str, int]:
    """The defaults in ms of the delays that a chart of that name may name; none for a name that is not ours."""
    return delays(SETTINGS[chart]()) if chart in SETTINGS else {}


def _settings(concern: type) -> Iterator[Setting]:
    usual = Settings()
    (name,) = (field.name for field in attrs.fields(Settings) if type(getattr(usual, field.name)) is concern)
    for row in listed({}):
        if row.variable.startswith(f"{PREFIX}{name.upper()}_"):
            yield Setting(row.variable, _default(row), row.help, _delay(row, name))


def _default(row: Listed) -> str:
    return exact(row.default) if row.variable.endswith(MS) else str(row.default)


def _delay(row: Listed, concern: str) -> str:
    """The name by which a chart knows it, as in `delays`; none for what is no duration."""
    name = row.variable.removeprefix(f"{PREFIX}{concern.upper()}_").lower()
    return name.removesuffix("_ms") if name.endswith("_ms") else ""


def _told(rule: Callable[..., Any]) -> str:
    """The first paragraph of its docstring; without one its body, if that is short; else nothing."""
    doc = inspect.getdoc(rule)
    if doc:
        return " ".join(doc.split("\n\n")[0].split())
    source = textwrap.dedent(inspect.getsource(rule))
    (function,) = ast.parse(source).body
    lines = [_said(statement, source) for statement in function.body] if isinstance(function, ast.FunctionDef) else []
    said = "; ".join(lines)
    return code(said) if said and len(said) <= SHORT else ""


def _said(statement: ast.stmt, source: str) -> str:
    """A statement as it is written; of what is returned only the value, without a `bool(...)` for the type checker."""
    node: ast.AST = statement
    match statement:
        case ast.Return(value=ast.Call(func=ast.Name(id="bool"), args=[ast.expr() as value], keywords=[])):
            node = value
        case ast.Return(value=ast.expr() as value):
            node = value
    return " ".join((ast.get_source_segment(source, node) or "").split())
