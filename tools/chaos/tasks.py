"""Where every task of a server is, for one that seems to be stuck."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import trio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


def where_tasks_are() -> str:
    root = trio.lowlevel.current_root_task()
    return "" if root is None else "\n".join(_told(root, 0))


def _told(task: trio.lowlevel.Task, depth: int) -> Iterator[str]:
    frames = [*_frames(task.coro)]
    place = [traceback.extract_stack(frame, limit=1)[0] for frame in frames[-4:]]
    steps = " > ".join(f"{step.filename.rpartition('/')[2]}:{step.lineno} {step.name}" for step in place)
    yield f"{'  ' * depth}{task.name.rpartition('.')[2]}: {steps}"
    for nursery in task.child_nurseries:
        for child in nursery.child_tasks:
            yield from _told(child, depth + 1)


def _frames(awaited: Any) -> Iterator[FrameType]:
    """Outermost first: through coroutines and generators, however they call what they await."""
    while awaited is not None:
        for name in ("cr", "gi", "ag"):
            frame = getattr(awaited, f"{name}_frame", None)
            if frame is not None:
                yield frame
                awaited = getattr(awaited, f"{name}_yieldfrom" if name == "gi" else f"{name}_await", None)
                break
        else:
            return
