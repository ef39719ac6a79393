"""Scripts of `lossy charts explore --save`, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cattrs
import yaml
from attrs import field, frozen

from lossy.charts.model import ChartError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


@frozen
class Line:
    event: str
    wait_ms: int = 0
    payload: dict[str, Any] = field(factory=dict)
    instants: list[str] = field(factory=list)
    part: str = ""  # of a product: the chart to which it happens


@frozen
class Script:
    world: str
    events: list[Line]
    invariant: str = ""  # that it breaks


_converter = cattrs.Converter(forbid_extra_keys=True)


def read_script(path: Path, worlds: Collection[str]) -> tuple[str, list[dict[str, Any]]]:
    """Its world and its events, as `from_script` takes them. Raises ChartError when it is no script."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ChartError(f"{path.name}: not YAML: {error}") from None
    script = _structured(path, document)
    if script.world not in worlds:
        raise ChartError(f"{path.name}: no world for {script.world}; there are {', '.join(worlds)}")
    if not script.events:
        raise ChartError(f"{path.name}: nothing happens in it: `events:` is empty")
    return script.world, cattrs.unstructure(script.events)


def _structured(path: Path, document: Any) -> Script:
    if not isinstance(document, dict) or not isinstance(document.get("events"), list):
        raise ChartError(f"{path.name}: no script: it needs `world:` and a list of `events:`, as --save writes them")
    try:
        return _converter.structure(document, Script)
    except cattrs.BaseValidationError as error:
        faults = cattrs.transform_error(error)
        raise ChartError(*(f"{path.name}: no script: {fault}" for fault in faults)) from None
