"""Pushes are seen in order, each once; one that is missing is noticed."""

from __future__ import annotations

from typing import Any

import pytest

from lossy.sim.seen import Hole, Seen


def push(epoch: int, number: int) -> dict[str, Any]:
    return {"push_epoch": epoch, "push_seq": number}


def reply(epoch: int, number: int, pushes: list[dict[str, Any]] | None) -> dict[str, Any]:
    listed = None if pushes is None else [{"event": "status", "payload": payload} for payload in pushes]
    return {**push(epoch, number), "pushes": listed}


def joined(epoch: int = 3, number: int = 5) -> Seen:
    seen = Seen()
    assert [*seen.missed(reply(epoch, number, None))] == []
    return seen


def test_pushes_in_line_are_new_and_repeats_are_not() -> None:
    seen = joined()
    assert [seen.take(push(3, number)) for number in (6, 7, 7, 6, 8)] == [True, True, False, False, True]
    assert (seen.last, seen.repeats) == (8, 2)


def test_what_has_no_number_is_always_new() -> None:
    seen = joined()
    assert seen.take({"by": "another tab"})
    assert seen.last == 5


@pytest.mark.parametrize("payload", [push(3, 7), push(4, 6), push(2, 6)])
def test_a_hole_and_an_unknown_epoch_are_noticed(payload: dict[str, Any]) -> None:
    with pytest.raises(Hole):
        joined().take(payload)


def test_no_push_comes_before_the_first_join() -> None:
    with pytest.raises(Hole):
        Seen().take(push(1, 1))


def test_a_replay_is_taken_and_what_was_seen_left_out() -> None:
    seen = joined()
    seen.take(push(3, 6))
    replayed = [*seen.missed(reply(3, 8, [push(3, 6), push(3, 7), push(3, 8)]))]
    assert replayed == [("status", push(3, 7)), ("status", push(3, 8))]


@pytest.mark.parametrize("pushes", [[], [push(3, 6)], [push(3, 7)]])
def test_a_replay_that_is_not_whole_is_noticed(pushes: list[dict[str, Any]]) -> None:
    with pytest.raises(Hole):
        [*joined().missed(reply(3, 7, pushes))]
