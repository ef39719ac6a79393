"""How often servers look for what others did. Nothing may depend on it but how soon that is known."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lossy.sessions import flag_watch, ownership_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

CALM_LEASE_S = 600.0
# What a seed draws from: the product's own, hastily, and lazily. A calm hour has 30,000 wakings with the product's own
# and none of them finds anything.
TICKS_S = (None, None, 0.1, 5.0, 60.0)


@contextmanager
def ticking(tick_s: float | None) -> Iterator[None]:
    """Meanwhile they look so often; None as they always do."""
    modules: tuple[Any, ...] = (ownership_rows, flag_watch)
    before = [module.TICK_S for module in modules]
    for module in modules if tick_s is not None else ():
        module.TICK_S = tick_s
    try:
        yield
    finally:
        for module, value in zip(modules, before, strict=True):
            module.TICK_S = value
