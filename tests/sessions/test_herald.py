"""What sessions are told of the microphone, by what they know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import define

from lossy.channels.errors import rate_limited
from lossy.clock import Clock
from lossy.sessions.herald import Herald
from lossy.sessions.turn import Turn
from tests.contract.ownerships import ANN, CHART, INITIAL, NOON, Follower, claim_by, tab_of

if TYPE_CHECKING:
    from lossy.sessions.inbox import Happened
    from lossy.sessions.standing import Standing


HOUR = 3_600_000


@define(eq=False)
class Busy(Follower):
    """A session whose inbox is full at times."""

    full: bool = False

    def offer(self, happened: Happened, *, own: bool = False) -> None:
        if self.full:
            raise rate_limited(1)
        super().offer(happened, own=own)


def after_claims_of(*tabs: int) -> Standing:
    turn = Turn.begin(CHART, None, INITIAL, NOON + 1000)
    for made, n in enumerate(tabs):
        turn.claim(claim_by(n, made, made + 1))
    return turn.standing


async def test_a_session_hears_of_each_version_once_and_of_no_older_one() -> None:
    herald, session = Herald(Clock(NOON)), Follower(1)
    herald.tell([session], 5, after_claims_of(1))
    herald.tell([session], 5, after_claims_of(1))
    herald.tell([session], 4, after_claims_of(2))
    assert session.heard == [("context_gained", 1)]
    assert not herald.is_behind(session, 5)
    assert herald.is_behind(session, 6)


async def test_what_changes_nothing_for_a_session_it_is_not_told() -> None:
    herald, session = Herald(Clock(NOON)), Follower(1)
    herald.tell([session], 1, after_claims_of(1))
    herald.tell([session], 2, after_claims_of(1))
    assert session.heard == [("context_gained", 1)]
    assert session.asides == []


async def test_who_renews_its_claim_is_told_once_more() -> None:
    herald, session = Herald(Clock(NOON)), Follower(1)
    herald.tell([session], 1, after_claims_of(1))
    herald.tell([session], 2, after_claims_of(1), renewed=True)
    assert session.heard == [("context_gained", 1)] * 2


@pytest.mark.parametrize(
    ("tabs", "news"), [((1, 2), ["context_lost"]), ((1, 2, 1), ["context_lost", "context_gained"])]
)
async def test_a_loss_is_told_though_it_has_it_again(tabs: tuple[int, ...], news: list[str]) -> None:
    herald, session = Herald(Clock(NOON)), Follower(1)
    herald.tell([session], 1, after_claims_of(1))
    herald.tell([session], 9, after_claims_of(*tabs))
    assert [name for name, _ in session.heard[1:]] == news
    assert session.heard[1] == ("context_lost", len(tabs) - 1), "older than what it has again"
    assert session.asides == ["context_taken"]


async def test_a_session_hears_whether_nobody_had_it_since() -> None:
    herald, back, late = Herald(Clock(NOON)), Follower(1), Follower(1)
    first = after_claims_of(1)
    herald.tell([back, late], 1, first)
    turn = Turn(CHART, NOON + 1_000, first)
    turn.hear("tab_lost", tab=tab_of(1))
    after_grace = Turn.begin(CHART, turn.stored(), INITIAL, NOON + HOUR)
    herald.tell([back], 2, after_grace.standing)
    after_grace.claim(claim_by(1, HOUR, 2))
    herald.tell([back, late], 3, after_grace.standing)
    assert [back.regained, late.regained] == [[False, True]] * 2
    assert [back.heard, late.heard] == [[("context_gained", 1), ("context_lost", 1), ("context_gained", 2)]] * 2
    herald.tell([back], 9, after_claims_of(1, 2, 1))
    assert back.regained[2:] == [False]


async def test_a_session_without_room_hears_all_of_it_later() -> None:
    herald, session, other = Herald(Clock(NOON)), Busy(1, full=True), Follower(2)
    herald.tell([session, other], 1, after_claims_of(1))
    assert (session.heard, other.asides, herald.unheard) == ([], ["context_taken"], {ANN})
    assert herald.is_behind(session, 1)
    session.full = False
    herald.tell([session, other], 1, after_claims_of(1))
    assert session.heard == [("context_gained", 1)]
    assert other.asides == ["context_taken"]
