"""The agent's rules, each for itself."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import field, frozen

from lossy.charts.migrate import migrated
from lossy.charts.model import dump, read
from lossy.charts.step import start
from lossy.domain.agent import (
    AWAITED,
    WAITING,
    apply_settings,
    await_words,
    count_deleted,
    count_deletion,
    give_up_words,
    good_enough,
    in_hand,
    judgement,
    last_words,
    next_remark,
    posts_by_itself,
    put_down,
    queue_remark,
    room_to_wait,
    somebody_waits,
    take_back_deletion,
    words_came,
)
from lossy.domain.quality import DELETIONS, FLOOR, Reason
from tests.domain.agent_session import CHART, Desk, agent_data

DATA = agent_data(min_confidence=0.4)


@frozen
class Event:
    name: str = "transcript"
    at: int = 5_000
    payload: dict[str, Any] = field(factory=dict)


def said(id: str) -> Event:
    return Event(payload={"id": id, "text": f"the words of {id}", "n": 7})


def drafted(confidence: float) -> Event:
    return Event("done.structuring", payload={"confidence": confidence, "category": "color"})


def ended(seq: int, at: int = 0, device: str = "laptop") -> Event:
    return Event("segment", at, {"device": device, "seq": seq})


def words_of(start: int | None, device: str = "laptop") -> Event:
    return Event(payload={"device": device, "segment": start})


def counts(data: Any) -> tuple[list[int], int, int]:
    return [segment["seq"] for segment in data["awaited"]], data["worded"], data["missing"]


def test_an_agent_begins_with_nothing_in_hand() -> None:
    assert not somebody_waits(DATA, Event())
    assert room_to_wait(DATA, Event())
    assert not in_hand(DATA, "a")


def test_a_remark_in_hand_is_all_that_was_sent_of_it() -> None:
    data = next_remark(queue_remark(DATA, said("a")), Event())
    assert data["remark"] == {"id": "a", "text": "the words of a", "n": 7}
    assert DATA["remark"] is None, "an update gives new data"


def test_remarks_wait_in_the_order_in_which_they_came() -> None:
    data = next_remark(queue_remark(DATA, said("a")), Event())
    for id in ("b", "c"):
        data = queue_remark(data, said(id))
    taken = []
    while somebody_waits(data, Event()):
        data = next_remark(data, Event())
        taken.append(data["remark"]["id"])
    assert taken == ["b", "c"]
    assert put_down(data, Event())["remark"] is None


def test_what_is_in_hand_or_waits_is_known() -> None:
    data = queue_remark(next_remark(queue_remark(DATA, said("a")), Event()), said("b"))
    assert [id for id in ("a", "b", "c") if in_hand(data, id)] == ["a", "b"]
    assert not in_hand(put_down(data, Event()), "a")


def test_no_more_wait_than_may() -> None:
    data = next_remark(queue_remark(DATA, said("first")), Event())
    for number in range(WAITING):
        assert room_to_wait(data, Event())
        data = queue_remark(data, said(str(number)))
    assert not room_to_wait(data, Event())
    assert room_to_wait(next_remark(data, Event()), Event())


@pytest.mark.parametrize(("confidence", "kept"), [(0.0, False), (0.39, False), (0.4, True), (1.0, True)])
def test_a_draft_is_kept_from_the_users_threshold_on(confidence: float, kept: bool) -> None:
    assert good_enough(DATA, drafted(confidence)) is kept


def test_no_user_goes_below_the_floor() -> None:
    lax = agent_data(min_confidence=0.0)
    assert judgement(lax, drafted(0.2).payload).reason is Reason.FLOOR
    assert judgement(lax, drafted(FLOOR).payload).keeps


def test_a_judgement_goes_by_what_was_deleted_in_this_session() -> None:
    data = agent_data(min_confidence=0.3)
    for _ in range(DELETIONS):
        assert judgement(data, drafted(0.35).payload).keeps
        data = count_deleted(data, Event("note_deleted", payload={"category": "color"}))
    decision = judgement(data, drafted(0.35).payload)
    assert (decision.reason, decision.threshold, decision.deletions) == (Reason.DELETIONS, 0.4, DELETIONS)
    data = {**data, "last": {"id": "a", "category": "color"}}
    assert judgement(take_back_deletion(data, Event()), drafted(0.35).payload).keeps
    assert judgement(count_deletion(take_back_deletion(data, Event()), Event()), drafted(0.35).payload) == decision


def test_what_was_never_counted_is_not_taken_back() -> None:
    data = {**DATA, "last": {"id": "a", "category": "color"}}
    assert take_back_deletion(data, Event())["deletions"] == {"color": 0}


# -- words and their segments -------------------------------------------------------------------------------------


def test_words_are_of_the_first_segment_that_ended_after_their_start() -> None:
    """Starts and ends share one numbering: 1 to 2, 3 to 4, 5 to 6."""
    data = DATA
    for seq in (2, 4, 6):
        data = await_words(data, ended(seq))
    data = words_came(data, words_of(3))
    assert counts(data) == ([2, 6], 1, 0)
    assert not last_words(data, words_of(1))
    data = words_came(data, words_of(1))
    assert last_words(data, words_of(5))
    assert counts(words_came(data, words_of(5))) == ([], 3, 0)


def test_words_of_another_device_settle_nothing_of_this_one() -> None:
    data = await_words(DATA, ended(2))
    assert counts(words_came(data, words_of(1, "phone"))) == ([2], 0, 0)


def test_words_that_name_no_segment_settle_none() -> None:
    data = await_words(DATA, ended(2))
    assert words_came(data, words_of(None)) == data


@pytest.mark.parametrize(("age_ms", "given_up"), [(9_999, False), (10_000, True)])
def test_words_are_given_up_after_their_time(age_ms: int, given_up: bool) -> None:
    data = give_up_words(await_words(DATA, ended(2, at=0)), Event(at=age_ms))
    assert counts(data) == (([], 0, 1) if given_up else ([2], 0, 0))


def test_words_that_come_after_all_are_missing_no_more() -> None:
    data = give_up_words(await_words(DATA, ended(2, at=0)), Event(at=20_000))
    assert counts(words_came(data, words_of(1))) == ([], 1, 0)
    assert counts(words_came(DATA, words_of(1))) == ([], 0, 0), "none was missing"


def test_the_oldest_words_are_given_up_when_too_many_are_awaited() -> None:
    data = DATA
    for seq in range(AWAITED + 1):
        data = await_words(data, ended(seq))
    assert counts(data) == ([*range(1, AWAITED + 1)], 0, 1)


# -- settings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("confidence", "auto_post", "posted"), [(0.7, True, False), (0.71, True, True), (0.9, False, False)]
)
def test_a_note_posts_itself_when_the_user_wants_it_and_it_is_sure(
    confidence: float, auto_post: bool, posted: bool
) -> None:
    last = {"id": "a", "confidence": confidence, "done": "saved"}
    data = {**agent_data(auto_post=auto_post), "last": last, "pending": True}
    assert posts_by_itself(data, Event()) is posted
    assert not posts_by_itself({**data, "pending": False}, Event())
    assert not posts_by_itself({**data, "last": {**last, "done": "scratched"}}, Event())


def test_settings_change_what_is_the_agents() -> None:
    changed = {"min_confidence": 0.6, "auto_pause": False, "delays": {"confirming": 5_000}}
    data = apply_settings(DATA, Event(payload=changed))
    assert (data["min_confidence"], data["delays"]["confirming"], "auto_pause" in data) == (0.6, 5_000, False)
    assert data["delays"]["structuring"] == DATA["delays"]["structuring"]
    assert data["auto_post"] is DATA["auto_post"]


def test_an_agent_left_by_version_2_obeys_from_now_on() -> None:
    """About the notes that it makes from now on: of the last one it knows too little."""
    last = {"id": "a", "confidence": 0.9, "done": "saved"}
    left = {**agent_data(commands=False, auto_post=True), "last": last, "pending": True}
    del left["deletions"], left["self_firming"]
    stored = {**dump(CHART, start(CHART, left, 0)[0]), "version": 2}
    desk = Desk()
    desk.state = read(CHART, migrated(CHART, stored, agent_data(), 0))
    assert desk.hear("undo").moved == []
    assert desk.note("b").hear("undo").moved == ["delete"]
    assert desk.state.data["deletions"] == {"color": 1}
