"""The capabilities that charts promise and nobody has written yet, by letter and number of the product's list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Those that a chart names after `later`, and no others.
CAPABILITIES: Mapping[str, str] = {
    "G3": "the ramp of a flag",
    "J1": "the durable queue of jobs",
}


def planned(capability: str) -> str:
    name = CAPABILITIES.get(capability)
    return f"*planned: {capability}, {name}*" if name else f"*planned: {capability}*"
