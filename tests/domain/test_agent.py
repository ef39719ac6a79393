"""The agent's rules, one remark at a time."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import field, frozen

from lossy.domain.agent import (
    WAITING,
    good_enough,
    in_hand,
    initial,
    judgement,
    next_remark,
    put_down,
    queue_remark,
    room_to_wait,
    somebody_waits,
    take_remark,
)
from lossy.domain.quality import FLOOR, Keep, Reason, Refuse

DATA = initial({"structuring": 20_000}, min_confidence=0.4)


@frozen
class Event:
    name: str = "transcript"
    at: int = 5_000
    payload: dict[str, Any] = field(factory=dict)


def said(id: str) -> Event:
    return Event(payload={"id": id, "text": f"the words of {id}", "n": 7})


def drafted(confidence: float) -> Event:
    return Event("done.structuring", payload={"confidence": confidence, "category": "color"})


def test_an_agent_begins_with_nothing_in_hand() -> None:
    assert not somebody_waits(DATA, Event())
    assert room_to_wait(DATA, Event())
    assert not in_hand(DATA, "a")


def test_a_remark_in_hand_is_all_that_was_sent_of_it() -> None:
    data = take_remark(DATA, said("a"))
    assert data["remark"] == {"id": "a", "text": "the words of a", "n": 7}
    assert DATA["remark"] is None, "an update gives new data"


def test_remarks_wait_in_the_order_in_which_they_came() -> None:
    data = take_remark(DATA, said("a"))
    for id in ("b", "c"):
        data = queue_remark(data, said(id))
    taken = []
    while somebody_waits(data, Event()):
        data = next_remark(data, Event())
        taken.append(data["remark"]["id"])
    assert taken == ["b", "c"]
    assert put_down(data, Event())["remark"] is None


def test_what_is_in_hand_or_waits_is_known() -> None:
    data = queue_remark(take_remark(DATA, said("a")), said("b"))
    assert [id for id in ("a", "b", "c") if in_hand(data, id)] == ["a", "b"]
    assert not in_hand(put_down(data, Event()), "a")


def test_no_more_wait_than_may() -> None:
    data = take_remark(DATA, said("first"))
    for number in range(WAITING):
        assert room_to_wait(data, Event())
        data = queue_remark(data, said(str(number)))
    assert not room_to_wait(data, Event())
    assert room_to_wait(next_remark(data, Event()), Event())


@pytest.mark.parametrize(("confidence", "kept"), [(0.0, False), (0.39, False), (0.4, True), (1.0, True)])
def test_a_draft_is_kept_from_the_users_threshold_on(confidence: float, kept: bool) -> None:
    assert good_enough(DATA, drafted(confidence)) is kept


def test_no_user_goes_below_the_floor() -> None:
    lax = initial({}, min_confidence=0.0)
    assert judgement(lax, drafted(0.2).payload) == Refuse(Reason.FLOOR, 0.2, FLOOR)
    assert judgement(lax, drafted(FLOOR).payload) == Keep(FLOOR, FLOOR)


def test_a_judgement_tells_its_numbers() -> None:
    assert judgement(DATA, drafted(0.3).payload) == Refuse(Reason.BASE, 0.3, 0.4)
    assert judgement(DATA, drafted(0.5).payload) == Keep(0.5, 0.4)
