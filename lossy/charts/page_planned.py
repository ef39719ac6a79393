"""The capabilities that charts promise and nobody has written yet, by letter and number of the product's list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Those that a chart names after `later`, and no others.
CAPABILITIES: Mapping[str, str] = {
    "C2": "spoken commands",
    "C4": "limits of the audio that is kept for the server",
    "D1": "notes with a status",
    "E2": "one tab owns the session",
    "F1": "the client keeps what is not acknowledged",
    "F2": "replay or reset on a rejoin",
    "F3": "numbered pushes",
    "G1": "the user's settings",
    "G3": "the ramp of a flag",
    "J1": "the durable queue of jobs",
    "K1": "the choice of a transcriber",
}


def planned(capability: str) -> str:
    name = CAPABILITIES.get(capability)
    return f"*planned: {capability}, {name}*" if name else f"*planned: {capability}*"
