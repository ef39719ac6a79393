"""The rules of every chart, by the chart's name and their own.

A rule is a public function of the module that is named like its chart, and its signature says what it is:

| signature | is |
|---|---|
| `(data: Data, event: Occurrence) -> bool` | a guard |
| `(data: Data, event: Occurrence, **args) -> Data` | an update |
| `(move: Move) -> bool` | an invariant |
| `(stored: Data) -> Data` | a migration of stored data |
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lossy.domain import agent, note, ownership, reconnect, rollout, voice

if TYPE_CHECKING:
    from types import ModuleType

Rules = Mapping[str, Callable[..., Any]]

# In the order in which they receive.
MODULES: Mapping[str, ModuleType] = {
    "voice": voice,
    "agent": agent,
    "reconnect": reconnect,
    "ownership": ownership,
    "note": note,
    "rollout": rollout,
}


def _rules(returns: str, *takes: str) -> Mapping[str, Rules]:
    return {name: dict(_functions(module, returns, takes)) for name, module in MODULES.items()}


def _functions(module: ModuleType, returns: str, takes: tuple[str, ...]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        parameters = inspect.signature(function).parameters.values()
        positional = tuple(f"{p.annotation} {p.name}" for p in parameters)[: len(takes)]
        fits = all(kind in (given, given.partition(" ")[0]) for kind, given in zip(takes, positional, strict=False))
        own = function.__module__ == module.__name__ and not name.startswith("_")
        if own and len(positional) == len(takes) and fits and function.__annotations__["return"] == returns:
            yield name, function


GUARDS = _rules("bool", "Data data", "Occurrence")
UPDATES = _rules("Data", "Data data", "Occurrence")
INVARIANTS = _rules("bool", "Move")
MIGRATIONS = _rules("Data", "Data stored")
