"""Whether the code does what the charts say of it: it is read, not run.

A chart says that `web.voice` sends `start`; then that module's source, or one that it imports from its own package or
the wire's, or the table of events that calls it, holds the string "start". The same goes for whoever performs an
effect, and for a setting that rules read.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

import lossy
from lossy.charts.finding import Finding
from lossy.charts.model import LATER, Chart
from lossy.charts.origins import CHART

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CALLED_BY = {"web": ("channels.events",)}
CODE = Path(lossy.__file__).parent


def source_findings(charts: Iterable[Chart], settings: Mapping[str, type], code: Path = CODE) -> tuple[Finding, ...]:
    """`settings` gives the class of a chart's settings, by the chart's name; `code` is the folder of the package."""
    return tuple(finding for chart in charts for finding in _of_chart(chart, settings.get(chart.name), code))


def _of_chart(chart: Chart, settings: type | None, code: Path) -> Iterator[Finding]:
    for key, verb, origins in (("hears", "sends", chart.hears), ("effects", "performs", chart.effects)):
        for origin in (origin for origin in origins if not origin.startswith((LATER, CHART))):
            path, said = f"$.{key}[{origin!r}]", strings(code, origin)
            if said is None:
                words = f"there is no module lossy.{origin}. Name the one that {verb} this, or say `later E2`."
                yield Finding("origin", chart.name, path, words)
                continue
            for name in origins[origin].keys() - said:
                words = f"lossy.{origin} never mentions {name!r}. Name the module that {verb} it."
                yield Finding("origin", chart.name, path, words)
    if settings is not None:
        yield from _idle_settings(chart, settings, code)


def _idle_settings(chart: Chart, settings: type, code: Path) -> Iterator[Finding]:
    named = {node.timer.delay for node in chart.nodes.values() if node.timer is not None}
    rules = f"domain.{chart.name}"
    read = (strings(code, rules) or frozenset()) | parameters(code, rules)
    for field in attrs.fields(settings):
        if field.name.removesuffix("_ms") not in named | read:
            variable = f"LOSSY_{settings.__name__}_{field.name}".upper()
            words = (
                f"{variable} decides nothing: no timer names it and no rule in lossy/domain/{chart.name}.py reads it. "
                "Use it, or take it out of lossy/settings.py."
            )
            yield Finding("idle setting", chart.name, "$", words)


@cache
def strings(code: Path, module: str) -> frozenset[str] | None:
    """Every string in the source of lossy.`module`, and of what it imports beside it; None without one."""
    if _source(code, module) is None:
        return None
    nodes = (node for tree in _trees(code, module) for node in ast.walk(tree))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def parameters(code: Path, module: str) -> frozenset[str]:
    """The names that its functions take things by and use: a setting may be given to a rule that way."""
    nodes = [node for tree in _trees(code, module) for node in ast.walk(tree)]
    taken = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name) and node.id in taken)


def _trees(code: Path, module: str) -> list[ast.Module]:
    path, package = _source(code, module), module.partition(".")[0]
    if path is None:
        return []
    tree = _parse(path)
    near = [name for name in _imported(tree) if name.partition(".")[0] in (package, "channels")]
    beside = (_source(code, name) for name in (*near, *CALLED_BY.get(package, ())))
    return [tree, *(_parse(path) for path in beside if path is not None)]


def _source(code: Path, module: str) -> Path | None:
    path = code.joinpath(*module.split("."))
    return next((each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file()), None)


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree: ast.Module) -> Iterator[str]:
    """The modules of ours that it imports from, without the package's name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith("lossy."):
            module = node.module.removeprefix("lossy.")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
