"""The heap in huge pages, where the system has them for whoever asks.

A full server goes from session to session, and each has its objects in other pages: more of them than a processor
remembers where they are, and fewer still while another machine shares it. Python does not ask for huge pages, and
glibc only for its own part; a system whose `transparent_hugepage` is `always` gives them unasked (decision 51).
"""

from __future__ import annotations

import ctypes
import errno
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import structlog
import trio

if TYPE_CHECKING:
    from collections.abc import Iterator

HUGE = 2 << 20  # bytes of a huge page on x86-64 and on arm64 with pages of 4 KB
# While a server fills up its heap grows by a few MB a second; a look takes some 5 ms, of another thread.
EVERY_S = 10.0
# Where the system has none left it would look for some each time.
RETRY_S = 60.0
# Of a mapping that is this full nearly all is had in any case. A thread's stack is 8 MB, and hardly any of it is.
FULL = 0.75

# From <linux/mman.h>. The first has the kernel use them from now on; the second, of Linux 6.1, moves what is there.
MADV_HUGEPAGE, MADV_COLLAPSE = 14, 25
# There are none left. What cannot be moved for another reason, as a page of which nothing is used, stays as it is.
NONE_LEFT = frozenset({errno.ENOMEM, errno.EBUSY})

ENABLED = Path("/sys/kernel/mm/transparent_hugepage/enabled")
SMAPS = Path("/proc/self/smaps")

# Of private memory without a file.
_MAPPING = re.compile(
    rb"^(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) rw-p \S+ \S+ 0 +(\[heap\])?\n"
    rb"(.*\n)*?Rss: +(?P<resident>\d+) kB\n"
    rb"(.*\n)*?AnonHugePages: +(?P<huge>\d+) kB\n",
    re.MULTILINE,
)

log = structlog.get_logger()


class Mapping(NamedTuple):
    """A part of the heap that is made of whole huge pages; in bytes. `huge` is how much of it is in such."""

    start: int
    size: int
    huge: int


Advise = Callable[[int, int, int], int]


async def keep_in_huge_pages() -> None:
    """Until it is cancelled; at once where the system gives them unasked, or not at all. It lets the server start."""
    if not is_for_the_asking():
        return
    advise, wait_s = advising(), EVERY_S
    while True:
        await trio.sleep(wait_s)
        try:
            done = await trio.to_thread.run_sync(move, advise, abandon_on_cancel=True)
        except OSError as error:
            log.warning("the heap stays as it is", error=str(error))
            return
        wait_s = EVERY_S if done else RETRY_S


def is_for_the_asking() -> bool:
    try:
        return "[madvise]" in ENABLED.read_text()
    except OSError:
        return False


def advising() -> Advise:
    """madvise(2). Each time that it is looked up leaves a class behind."""
    advise = ctypes.CDLL(None, use_errno=True).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return advise


def move(advise: Advise) -> bool:
    """Moves what of the heap is not in huge pages yet. False where there are not enough of them.

    Raises OSError where the system does not say what there is.
    """
    for start, size, huge in mappings(SMAPS.read_bytes()):
        if huge == size:
            continue
        advise(start, size, MADV_HUGEPAGE)
        for page in range(start, start + size, HUGE):
            if advise(page, HUGE, MADV_COLLAPSE) and ctypes.get_errno() in NONE_LEFT:
                return False
    return True


def mappings(smaps: bytes) -> Iterator[Mapping]:
    """The process's private memory without a file, where it is in use, as `/proc/<pid>/smaps` has it."""
    for found in _MAPPING.finditer(smaps):
        start, end = (int(address, 16) for address in found.group("start", "end"))
        resident, huge = (int(kb) * 1024 for kb in found.group("resident", "huge"))
        first, last = -(-start // HUGE) * HUGE, end // HUGE * HUGE
        if first < last and resident >= FULL * (end - start):
            yield Mapping(first, last - first, huge)
