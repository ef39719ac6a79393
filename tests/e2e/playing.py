"""Playwright of this process. Its synchronous form cannot be started twice in one, and each file of tests wants it."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from attrs import define, field
from playwright.sync_api import Playwright, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator


@define(eq=False)
class _Shared:
    """Runs as long as anybody has it."""

    users: int = 0
    stack: ExitStack = field(factory=ExitStack)
    running: Playwright | None = None

    @contextmanager
    def lent(self) -> Iterator[Playwright]:
        if self.running is None:
            self.running = self.stack.enter_context(sync_playwright())
        self.users += 1
        try:
            yield self.running
        finally:
            self.users -= 1
            if self.users == 0:
                self.running = None
                self.stack.close()


_SHARED = _Shared()
one_playwright = _SHARED.lent
