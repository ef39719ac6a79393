"""How much of a request's body is taken: as much as the table of operations says, and little anywhere else.

It is known before a handler is, because the body is taken as it comes.
"""

from __future__ import annotations

import re
from typing import Any

from quart_trio.wrappers.request import TrioRequest

from lossy.channels.operations import MAX_BODY, OPERATIONS

# Those that take more than usual.
LARGE = {
    (row.method, re.compile(re.sub(r"\{\w+\}", "[0-9A-Fa-f-]{36}", row.path))): row.most
    for row in OPERATIONS.values()
    if row.most != MAX_BODY
}


class Request(TrioRequest):
    def __init__(self, method: str, scheme: str, path: str, *rest: Any, **more: Any) -> None:
        super().__init__(method, scheme, path, *rest, **{**more, "max_content_length": most_of(method, path)})


def most_of(method: str, path: str) -> int:
    """How many bytes the body of a request may have."""
    sizes = (most for (name, shape), most in LARGE.items() if name == method and shape.fullmatch(path))
    return next(sizes, MAX_BODY)
