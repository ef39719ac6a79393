"""Pushes that come before a channel has begun."""

from __future__ import annotations

from attrs import define, field

from lossy.web.early import EARLY, Early


@define(eq=False)
class Channel:
    pushed: list[int] = field(factory=list, init=False)
    failures: int = field(default=0, init=False)

    def fail(self) -> None:
        self.failures += 1


def opened() -> tuple[Channel, Early[int]]:
    channel = Channel()
    return channel, Early(channel.pushed.append, channel.fail)


def test_they_wait_for_the_reply_and_keep_their_order() -> None:
    channel, early = opened()
    early(1)
    early(2)
    assert channel.pushed == []
    early.begin()
    early(3)
    assert channel.pushed == [1, 2, 3]


def test_as_many_as_may_wait_are_pushed() -> None:
    channel, early = opened()
    for number in range(EARLY):
        early(number)
    early.begin()
    assert (channel.pushed, channel.failures) == ([*range(EARLY)], 0)


def test_one_too_many_fails_the_channel_and_none_is_pushed() -> None:
    channel, early = opened()
    for number in range(EARLY + 100):
        early(number)
    early.begin()
    assert (channel.pushed, channel.failures) == ([], 1)
