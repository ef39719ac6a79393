"""Logs of tests, where nobody asks for those of the product."""

from __future__ import annotations

import structlog


def plain_logs() -> None:
    """structlog's own way draws the local variables of every frame of an error, which takes seconds of a session."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])
