"""Ids as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from uuid import UUID


def id_text(id: UUID) -> str:
    """As `str(id)`, which takes twice as long: a remark writes out a dozen."""
    return orjson.dumps(id)[1:-1].decode()
