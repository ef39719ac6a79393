"""Work in forks of this process, a few at a time: each sees what is here now and changes nothing here."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.process import BaseProcess

T = TypeVar("T")
_fork = multiprocessing.get_context("fork")


@frozen
class _Raised:
    traceback: str


def forked(tasks: Sequence[Callable[[], T]], jobs: int) -> Iterator[tuple[int, T | None]]:
    """What each task gave, with its place, as they end; None for one whose process was killed.

    What a task gives must be picklable; what it prints goes nowhere. Raises RuntimeError for one that raised.
    """
    waiting = list(enumerate(tasks))[::-1]
    running: dict[Any, tuple[int, BaseProcess]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            place, task = waiting.pop()
            result, theirs = _fork.Pipe(duplex=False)
            process: BaseProcess = _fork.Process(target=_perform, args=(task, theirs), daemon=True)
            process.start()
            theirs.close()
            running[result] = place, process
        for done in wait(list(running)):
            place, process = running.pop(done)
            yield place, _received(done)
            process.join()


def _received(result: Any) -> Any:
    with result:
        try:
            received = result.recv()
        except EOFError:
            return None
    if isinstance(received, _Raised):
        raise RuntimeError(received.traceback)
    return received


def _perform(task: Callable[[], Any], result: Connection) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        result.send(task())
    except Exception:
        result.send(_Raised(traceback.format_exc()))
