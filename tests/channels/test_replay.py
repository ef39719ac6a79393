from __future__ import annotations

from typing import Any

import cattrs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossy.channels.errors import Code, Refusal
from lossy.channels.replay import FRESH, MAX_KEPT, MAX_SEQ, REPEAT, Gap, Inbound, Outbound


@given(st.lists(st.integers(1, 12), max_size=60))
def test_7_under_any_loss_repeat_and_reordering_a_prefix_is_accepted_each_once(arrivals: list[int]) -> None:
    inbound, accepted = Inbound(), []
    for seq in arrivals:
        inbound, verdict = inbound.receive(seq)
        if verdict == FRESH:
            accepted.append(seq)
    assert accepted == list(range(1, inbound.accepted_through + 1))


@given(st.integers(1, 8), st.randoms(use_true_random=False))
def test_7_a_client_that_sends_again_from_what_is_expected_gets_everything_through(count: int, random: Any) -> None:
    inbound, accepted = Inbound(), []
    while inbound.accepted_through < count:
        burst = [inbound.expected, *(random.randint(1, count) for _ in range(3))]
        random.shuffle(burst)
        for seq in burst:
            inbound, verdict = inbound.receive(seq)
            if verdict == FRESH:
                accepted.append(seq)
    assert accepted == list(range(1, count + 1))


def test_7_a_repeat_has_no_effect_and_a_gap_says_what_is_missing() -> None:
    inbound = Inbound(accepted_through=5)
    assert inbound.receive(5) == (inbound, REPEAT)
    assert inbound.receive(6) == (Inbound(6), FRESH)
    assert inbound.receive(7) == (inbound, Gap(expected=6))


def test_7_skipped_events_count_as_accepted() -> None:
    inbound = Inbound(accepted_through=5)
    assert inbound.skipped(6, 9) == (Inbound(9), FRESH)
    assert inbound.skipped(4, 9) == (Inbound(9), FRESH)
    assert inbound.skipped(3, 5) == (inbound, REPEAT)
    assert inbound.skipped(7, 9) == (inbound, Gap(expected=6))


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 4)), max_size=40))
def test_7_with_skips_every_number_is_settled_once_and_in_order(arrivals: list[tuple[int, int]]) -> None:
    inbound, settled = Inbound(), list[int]()
    for first, more in arrivals:
        before = inbound.accepted_through
        inbound, verdict = inbound.skipped(first, first + more) if more else inbound.receive(first)
        assert (verdict == FRESH) == (inbound.accepted_through > before)
        settled.extend(range(before + 1, inbound.accepted_through + 1))
    assert settled == list(range(1, inbound.accepted_through + 1))


@pytest.mark.parametrize("seq", [0, -1, MAX_SEQ + 1])
def test_7_what_cannot_be_a_number_of_an_event_is_refused(seq: int) -> None:
    with pytest.raises(Refusal) as refused:
        Inbound().receive(seq)
    assert (refused.value.code, refused.value.details) == (Code.INVALID, {"path": "seq"})


@pytest.mark.parametrize(("first", "last", "path"), [(0, 3, "from"), (1, MAX_SEQ + 1, "to"), (3, 2, "to")])
def test_7_what_is_no_range_cannot_be_skipped(first: int, last: int, path: str) -> None:
    with pytest.raises(Refusal) as refused:
        Inbound().skipped(first, last)
    assert refused.value.details == {"path": path}


def pushed(count: int, epoch: int = 1) -> Outbound:
    outbound = Outbound(epoch)
    for number in range(1, count + 1):
        outbound, _ = outbound.push("remark", {"note_id": number})
    return outbound


def test_7_a_push_carries_its_epoch_and_its_number() -> None:
    outbound, push = Outbound(epoch=3, seq=8).push("remark", {"note_id": "n", "push_seq": 0})
    assert (push.event, push.payload) == ("remark", {"note_id": "n", "push_epoch": 3, "push_seq": 9})
    assert outbound.seq == 9


def test_7_the_last_512_are_kept() -> None:
    outbound = pushed(MAX_KEPT + 88)
    missed = outbound.since(88, epoch=1)
    assert missed is not None
    assert [push.payload["push_seq"] for push in missed] == list(range(89, 601))
    assert outbound.since(87, epoch=1) is None


@pytest.mark.parametrize(
    ("last_push_seq", "epoch", "missed"),
    [(5, 1, []), (4, 1, [5]), (0, 1, [1, 2, 3, 4, 5]), (6, 1, None), (-1, 1, None), (5, 2, None), (5, 0, None)],
)
def test_7_a_rejoin_gets_the_rest_or_a_reset(last_push_seq: int, epoch: int, missed: list[int] | None) -> None:
    found = pushed(5).since(last_push_seq, epoch)
    assert (None if found is None else [push.payload["push_seq"] for push in found]) == missed


class Watcher:
    """A client: takes what it is sent while connected, asks for the rest after a break, counts its resets."""

    def __init__(self) -> None:
        self.epoch, self.seen, self.connected, self.resets = 0, 0, False, 0

    def take(self, payload: Any) -> None:
        assert (payload["push_epoch"], payload["push_seq"]) == (self.epoch, self.seen + 1)
        self.seen += 1

    def join(self, outbound: Outbound) -> None:
        missed = outbound.since(self.seen, self.epoch)
        if missed is None:
            self.epoch, self.seen, self.resets = outbound.epoch, outbound.seq, self.resets + 1
        for push in missed or ():
            self.take(push.payload)
        self.connected = True


@settings(deadline=None)  # a list of bursts is thousands of pushes
@given(st.lists(st.sampled_from(["push", "burst", "break", "join", "crash"]), max_size=40))
def test_7_a_client_sees_every_push_in_order_or_a_reset(happenings: list[str]) -> None:
    outbound, watcher = Outbound(epoch=1), Watcher()
    for happening in happenings:
        if happening in {"push", "burst"}:
            for _ in range(1 if happening == "push" else MAX_KEPT // 2):
                outbound, push = outbound.push("remark", {})
                if watcher.connected:
                    watcher.take(push.payload)
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
        outbound, _ = outbound.push("remark", {})
    watcher.join(outbound)
    assert (watcher.resets, watcher.seen) == (1, 3 + MAX_KEPT)


@pytest.mark.parametrize("value", [Inbound(7), pushed(3)])
def test_the_values_survive_a_journal(value: Inbound | Outbound) -> None:
    written = orjson.dumps(cattrs.unstructure(value))
    assert cattrs.structure(orjson.loads(written), type(value)) == value
