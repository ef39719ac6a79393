"""The heap in huge pages: what of it is asked for, and that the system then has it there."""

from __future__ import annotations

import ctypes
import errno
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import trio

from lossy.cli import heap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MB = 1 << 20


def mapping(where: str, rest: str, *, size_kb: int, resident_kb: int, huge_kb: int = 0) -> bytes:
    facts = {
        "Size": size_kb,
        "KernelPageSize": 4,
        "Rss": resident_kb,
        "Anonymous": resident_kb,
        "AnonHugePages": huge_kb,
    }
    lines = [f"{name}: {kb:>15} kB" for name, kb in facts.items()]
    return "\n".join([f"{where} {rest}", *lines, "VmFlags: rd wr mr mw me ac"]).encode() + b"\n"


ARENAS = mapping("7f0000100000-7f0000900000", "rw-p 00000000 00:00 0 ", size_kb=8192, resident_kb=8000, huge_kb=2048)


def test_whole_huge_pages_of_a_heap_that_is_in_use_are_asked_for() -> None:
    assert [*heap.mappings(ARENAS)] == [heap.Mapping(0x7F0000200000, 6 * MB, 2 * MB)]
    brk = mapping("00c00000-01000000", f"rw-p 00000000 00:00 0 {'[heap]':>30}", size_kb=4096, resident_kb=4096)
    assert [*heap.mappings(ARENAS + brk)][1:] == [heap.Mapping(0xC00000, 4 * MB, 0)]


@pytest.mark.parametrize(
    "other",
    [
        mapping("7f0000000000-7f0000800000", "rw-p 00000000 00:00 0 ", size_kb=8192, resident_kb=64),
        mapping("7f0000000000-7f0000800000", "r--p 00000000 00:00 0 ", size_kb=8192, resident_kb=8192),
        mapping("7f0000000000-7f0000800000", "rw-s 00000000 00:00 0 ", size_kb=8192, resident_kb=8192),
        mapping("7f0000000000-7f0000800000", "rw-p 00000000 fe:00 77    /lib/libc.so", size_kb=8192, resident_kb=8192),
        mapping("7f0000000000-7f0000800000", "rw-p 00000000 00:00 0    [stack]", size_kb=8192, resident_kb=8192),
        mapping("7f0000100000-7f00003ff000", "rw-p 00000000 00:00 0 ", size_kb=3068, resident_kb=3068),
    ],
    ids=["a thread's stack", "read only", "shared", "a file", "the stack", "no whole page"],
)
def test_nothing_else_is(other: bytes) -> None:
    assert [*heap.mappings(other)] == []
    assert [*heap.mappings(other + ARENAS + other)] == [*heap.mappings(ARENAS)]


def test_the_system_has_it_there_where_it_gives_any() -> None:
    """In a process of its own: it would be this one's heap for all tests that follow."""
    script = (
        "from lossy.cli import heap\n"
        "held = [{number: str(number)} for number in range(200_000)]\n"
        "heap.move(heap.advising())\n"
        "there = [*heap.mappings(heap.SMAPS.read_bytes())]\n"
        "print(sum(each.size for each in there), sum(each.huge for each in there))\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    size, huge = map(int, said.stdout.split()[-2:])
    assert size > 20 * MB
    assert huge > size * 0.5 or not heap.is_for_the_asking()


def test_what_cannot_be_moved_is_left_and_the_rest_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, int]] = []
    fails = {0x7F0000200000: errno.EINVAL}

    def advise(start: int, size: int, advice: int) -> int:
        asked.append((start, size, advice))
        code = fails.get(start, 0) if advice == heap.MADV_COLLAPSE else 0
        ctypes.set_errno(code)
        return -(code != 0)

    smaps = tmp_path / "smaps"
    smaps.write_bytes(ARENAS)
    monkeypatch.setattr(heap, "SMAPS", smaps)
    assert heap.move(advise)
    pages = [(0x7F0000200000 + number * 2 * MB, 2 * MB, heap.MADV_COLLAPSE) for number in range(3)]
    assert asked == [(0x7F0000200000, 6 * MB, heap.MADV_HUGEPAGE), *pages]

    fails[0x7F0000200000] = errno.ENOMEM
    asked.clear()
    assert not heap.move(advise), "there are none left: later"
    assert len(asked) == 2


async def test_a_system_that_does_not_say_what_there_is_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    setting = tmp_path / "enabled"
    setting.write_text("always [madvise] never")
    monkeypatch.setattr(heap, "ENABLED", setting)
    monkeypatch.setattr(heap, "SMAPS", tmp_path / "missing")
    await heap.keep_in_huge_pages()


@pytest.mark.parametrize("enabled", ["always madvise [never]", "[always] madvise never", None])
async def test_who_need_not_or_cannot_ask_does_not(
    enabled: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = tmp_path / "enabled"
    if enabled is not None:
        setting.write_text(enabled)
    monkeypatch.setattr(heap, "ENABLED", setting)
    monkeypatch.delattr(heap, "move")
    await heap.keep_in_huge_pages()


async def test_it_is_looked_at_again_as_it_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    asked: list[float] = []
    answers = [True, False, True]

    async def at_once(move: Callable[..., bool], *given: object, **_: object) -> bool:
        await trio.lowlevel.checkpoint()
        return move(*given)

    def move(_: heap.Advise) -> bool:
        asked.append(trio.current_time())
        return answers[len(asked) - 1]

    setting = tmp_path / "enabled"
    setting.write_text("always [madvise] never")
    monkeypatch.setattr(heap, "ENABLED", setting)
    monkeypatch.setattr(heap, "move", move)
    monkeypatch.setattr(trio.to_thread, "run_sync", at_once)
    with trio.move_on_after(2 * heap.EVERY_S + heap.RETRY_S + 1):
        await heap.keep_in_huge_pages()
    assert asked == [heap.EVERY_S, 2 * heap.EVERY_S, 2 * heap.EVERY_S + heap.RETRY_S]
