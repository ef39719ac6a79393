"""Publish and subscribe within a node."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from lossy.bus.memory import Bus, Published
from lossy.channels.wire import V1, V2

NOTES, OTHER = "notes:video:1", "notes:video:2"


def heard(published: list[Published]) -> list[tuple[str, object]]:
    return [(each.broadcast.event, each.broadcast.payload) for each in published]


def test_subscribers_get_what_is_published_on_their_topic_in_order() -> None:
    bus, first, second, other = Bus(), list[Published](), list[Published](), list[Published]()
    with (
        bus.subscribe(NOTES, first.append),
        bus.subscribe(NOTES, second.append),
        bus.subscribe(OTHER, other.append),
    ):
        bus.publish(NOTES, "note_created", {"n": 1})
        bus.publish(OTHER, "note_created", {"n": 2})
        bus.publish(NOTES, "note_deleted", {"n": 1})
    assert heard(first) == heard(second) == [("note_created", {"n": 1}), ("note_deleted", {"n": 1})]
    assert heard(other) == [("note_created", {"n": 2})]


def test_nobody_is_told_before_or_after_they_subscribe() -> None:
    bus, published = Bus(), list[Published]()
    bus.publish(NOTES, "early", {})
    with bus.subscribe(NOTES, published.append):
        bus.publish(NOTES, "within", {})
    bus.publish(NOTES, "late", {})
    assert heard(published) == [("within", {})]


def test_a_subscription_ends_with_its_block_however_that_ends() -> None:
    bus, published = Bus(), list[Published]()
    with pytest.raises(ZeroDivisionError), bus.subscribe(NOTES, published.append):
        raise ZeroDivisionError
    bus.publish(NOTES, "late", {})
    assert not published


def test_subscribing_twice_is_hearing_twice_and_leaving_once_leaves_once() -> None:
    bus, published = Bus(), list[Published]()
    with bus.subscribe(NOTES, published.append):
        with bus.subscribe(NOTES, published.append):
            bus.publish(NOTES, "twice", {})
        bus.publish(NOTES, "once", {})
    assert [event for event, _ in heard(published)] == ["twice", "twice", "once"]


def test_whoever_leaves_while_it_is_published_disturbs_nobody() -> None:
    bus, published = Bus(), list[Published]()
    leaver = ExitStack()
    leaver.enter_context(bus.subscribe(NOTES, lambda note: leaver.close()))
    with bus.subscribe(NOTES, published.append):
        bus.publish(NOTES, "first", {})
        bus.publish(NOTES, "second", {})
    assert [event for event, _ in heard(published)] == ["first", "second"]


def test_a_broadcast_is_encoded_once_for_each_version_of_the_protocol() -> None:
    bus, first, second = Bus(), list[Published](), list[Published]()
    with bus.subscribe(NOTES, first.append), bus.subscribe(NOTES, second.append):
        bus.publish(NOTES, "note_created", {"n": 1})
    for serializer in (V1(), V2()):
        frame = first[0].frame(serializer)
        assert frame.message == serializer.encode(first[0].broadcast)
        assert second[0].frame(type(serializer)()) is frame, "and for every connection that speaks it"
