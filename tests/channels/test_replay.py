from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossy.channels.replay import MAX_KEPT, NumberedPush, Outbound

if TYPE_CHECKING:
    from lossy.channels.wire import Encoded


def pushed(count: int, epoch: int = 1) -> Outbound:
    outbound = Outbound(epoch)
    for number in range(1, count + 1):
        outbound.push("remark", {"note_id": number})
    return outbound


def read(payload: Encoded) -> Any:
    return orjson.loads(orjson.dumps(payload))


def numbers(pushes: tuple[NumberedPush, ...]) -> list[int]:
    return [read(payload)["push_seq"] for _, payload in pushes]


def test_7_a_push_carries_its_epoch_and_its_number() -> None:
    outbound = Outbound(epoch=3, seq=8)
    event, payload = outbound.push("remark", {"note_id": "n", "push_seq": 0})
    assert (event, read(payload)) == ("remark", {"note_id": "n", "push_epoch": 3, "push_seq": 9})
    assert outbound.seq == 9


def test_7_the_last_512_are_kept() -> None:
    outbound = pushed(MAX_KEPT + 88)
    missed = outbound.since(88, epoch=1)
    assert missed is not None
    assert numbers(missed) == list(range(89, 601))
    assert outbound.since(87, epoch=1) is None


def test_what_is_kept_takes_little_more_than_it_is_long() -> None:
    outbound = Outbound(1)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(MAX_KEPT):
            outbound.push("agent_event", {"text": "x" * 200})
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / MAX_KEPT < 512


def test_what_is_kept_is_nothing_for_the_collector_of_cycles() -> None:
    """It looks for as long as there is something to look at, and all sessions wait."""
    outbound = pushed(1)
    before = len(gc.get_objects())
    for number in range(MAX_KEPT):
        outbound.push("remark", {"note_id": number})
    assert len(gc.get_objects()) - before < 10


@pytest.mark.parametrize(
    ("last_push_seq", "epoch", "missed"),
    [(5, 1, []), (4, 1, [5]), (0, 1, [1, 2, 3, 4, 5]), (6, 1, None), (-1, 1, None), (5, 2, None), (5, 0, None)],
)
def test_7_a_rejoin_gets_the_rest_or_a_reset(last_push_seq: int, epoch: int, missed: list[int] | None) -> None:
    found = pushed(5).since(last_push_seq, epoch)
    assert (None if found is None else numbers(found)) == missed


class Watcher:
    """A client: takes what it is sent while connected, asks for the rest after a break, counts its resets."""

    def __init__(self) -> None:
        self.epoch, self.seen, self.connected, self.resets = 0, 0, False, 0

    def take(self, encoded: Encoded) -> None:
        payload = read(encoded)
        assert (payload["push_epoch"], payload["push_seq"]) == (self.epoch, self.seen + 1)
        self.seen += 1

    def join(self, outbound: Outbound) -> None:
        missed = outbound.since(self.seen, self.epoch)
        if missed is None:
            self.epoch, self.seen, self.resets = outbound.epoch, outbound.seq, self.resets + 1
        for _, payload in missed or ():
            self.take(payload)
        self.connected = True


@settings(deadline=None)  # a list of bursts is thousands of pushes
@given(st.lists(st.sampled_from(["push", "burst", "break", "join", "crash"]), max_size=40))
def test_7_a_client_sees_every_push_in_order_or_a_reset(happenings: list[str]) -> None:
    outbound, watcher = Outbound(epoch=1), Watcher()
    for happening in happenings:
        if happening in {"push", "burst"}:
            for _ in range(1 if happening == "push" else MAX_KEPT // 2):
                _, payload = outbound.push("remark", {})
                if watcher.connected:
                    watcher.take(payload)
        elif happening == "join":
            watcher.join(outbound)
        else:
            watcher.connected = False
            outbound = Outbound(outbound.epoch + 1) if happening == "crash" else outbound
    watcher.join(outbound)
    assert (watcher.epoch, watcher.seen) == (outbound.epoch, outbound.seq)


def test_7_a_short_break_within_an_epoch_needs_no_reset() -> None:
    outbound, watcher = pushed(3), Watcher()
    watcher.join(outbound)
    watcher.connected = False
    for _ in range(MAX_KEPT):
        outbound.push("remark", {})
    watcher.join(outbound)
    assert (watcher.resets, watcher.seen) == (1, 3 + MAX_KEPT)
