"""Playwright of this thread. Its synchronous form cannot be started twice in one, and each file of tests wants it."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from threading import local
from typing import TYPE_CHECKING

from attrs import define, field
from playwright.sync_api import Playwright, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


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


class _OfThread(local):
    """A browser is driven from the thread that has opened it, and from no other."""

    def __init__(self) -> None:
        self.shared = _Shared()


_OF_THREAD = _OfThread()


def one_playwright() -> AbstractContextManager[Playwright]:
    return _OF_THREAD.shared.lent()
