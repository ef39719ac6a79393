from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.channels.topics import (
    CHART_NAME,
    Audio,
    ChartActivity,
    Dashboard,
    Telemetry,
    Topic,
    User,
    UserNotes,
    VideoMeta,
    VideoNotes,
    Voice,
    parse,
)

ID = UUID("0190a5c2-7f00-7000-8000-0000000000ab")

NAMES: list[tuple[Topic, str]] = [
    (Voice(ID), f"voice:{ID}"),
    (Audio(ID), f"audio:{ID}"),
    (VideoMeta(), "video:meta"),
    (VideoNotes(ID), f"notes:video:{ID}"),
    (UserNotes(ID), f"notes:user:{ID}"),
    (User(ID), f"user:{ID}"),
    (Telemetry(ID), f"telemetry:{ID}"),
    (Dashboard(), "admin:dashboard"),
    (ChartActivity("voice"), "charts:voice"),
]

TOPICS = st.one_of(
    st.sampled_from([Voice, Audio, VideoNotes, UserNotes, User, Telemetry]).flatmap(lambda kind: st.uuids().map(kind)),
    st.sampled_from([VideoMeta(), Dashboard()]),
    st.from_regex(CHART_NAME, fullmatch=True).map(ChartActivity),
)


@pytest.mark.parametrize(("topic", "name"), NAMES)
def test_the_names_of_the_protocol(topic: Topic, name: str) -> None:
    assert (topic.name, str(topic), parse(name)) == (name, name, topic)


@given(TOPICS)
def test_a_name_parses_to_its_topic(topic: Topic) -> None:
    assert parse(topic.name) == topic
    assert topic.name.isascii()


@given(st.text() | st.sampled_from([name for _, name in NAMES]).flatmap(lambda name: st.text().map(name.__add__)))
def test_a_topic_has_no_second_name(name: str) -> None:
    topic = parse(name)
    assert topic is None or topic.name == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ":",
        "phoenix",
        "voice",
        "voice:",
        "voice:s1",
        "video:meta:",
        f"video:{ID}",
        "notes:9",
        f"notes:{ID}",
        f"voice:{ID}\n",
        f"voice:{ID.hex}",
        f"voice:{{{ID}}}",
        f"voice:{str(ID).upper()}",
        f"voice:{str(ID).replace('a5c2', 'A5c2')}",
        f"Voice:{ID}",
        f"voice:x:{ID}",
        "charts:",
        "charts:Voice",
        "charts:é",
        "charts:../voice",
        "charts:" + "a" * 65,
    ],
)
def test_what_is_no_name(name: str) -> None:
    assert parse(name) is None


def test_an_activity_topic_of_what_is_no_chart_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="chart"):
        ChartActivity("no such chart")
