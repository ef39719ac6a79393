"""Charts in the formats of others, as text. The same chart always gives the same text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.export.mermaid import mermaid
from lossy.charts.export.plain import plain
from lossy.charts.export.scxml import scxml
from lossy.charts.export.xstate import xstate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lossy.charts.model import Chart

FORMATS: Mapping[str, Callable[[Chart], str]] = {"mermaid": mermaid, "scxml": scxml, "xstate": xstate, "json": plain}
