"""Where a server's time goes, by stage: stacks that py-spy sampled, each counted for the innermost row that it names.

py-spy is no dependency: `pip install py-spy`. Without it there are waits and no stages.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RATE = 200  # samples a second
# A frame of a sample is `name (file:line)`. The first row fits whose words are all in it.
ROWS: tuple[tuple[str, str], ...] = (
    ("get_events (trio", "idle"),
    ("(lossy/charts/", "charts"),
    ("(lossy/domain/", "charts"),
    ("(lossy/inference/", "structuring"),
    ("structure_by_rules", "structuring"),
    ("Session.push", "telling"),
    ("Session._tell", "telling"),
    ("Session._answer", "telling"),
    ("make_deed", "what is to be written"),
    ("Session._keep", "what is to be written"),
    ("Inbox.", "inbox"),
    ("(lossy/store/outcomes.py", "is it known"),
    ("(lossy/store/", "writer"),
    ("Session.", "session"),
    ("(lossy/channels/", "decode and encode"),
    ("Socket.", "channel"),
    ("(lossy/web/", "socket"),
    ("(hypercorn/", "socket"),
    ("(quart", "socket"),
    ("unrolled_run (trio", "scheduler"),
    ("(tools/bench/", "generator"),
)
OTHER = "other"


def stage_of(stack: Iterable[str]) -> str:
    """`stack` begins with the innermost frame."""
    for frame in stack:
        for words, stage in ROWS:
            if words in frame:
                return stage
    return OTHER


def shares(sampled: str) -> Mapping[str, float]:
    """Of the time in which the server was not idle, by stage, from py-spy's raw format; the largest first."""
    counts: Counter[str] = Counter()
    for line in sampled.splitlines():
        stack, _, count = line.rpartition(" ")
        if "WorkerThread" not in stack:  # trio's threads wait for work
            counts[stage_of(reversed(stack.split(";")))] += int(count)
    del counts["idle"]
    total = counts.total() or 1
    return {stage: count / total for stage, count in counts.most_common()}


async def sample(pid: int, seconds: float, folder: Path) -> Mapping[str, float]:
    """Empty where there is no py-spy."""
    program, file = Path(sys.executable).with_name("py-spy"), folder / f"{pid}.txt"
    if not program.exists():
        await trio.sleep(seconds)
        return {}
    arguments = ["record", "-p", pid, "-d", round(seconds), "-r", RATE, "-f", "raw", "-o", file]
    await trio.run_process([program, *map(str, arguments)], capture_stdout=True, capture_stderr=True)
    return shares(await trio.Path(file).read_text())
