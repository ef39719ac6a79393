"""What holds for the agent whatever it hears, in whatever order, and wherever it is stored and restored between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.charts.model import Event, Move, dump, read
from lossy.charts.step import resume, start, step
from lossy.domain.agent import closing
from tests.charts.strategies import repeatable
from tests.domain.agent_session import CHART, Desk, agent_data
from tests.domain.driven import with_text

if TYPE_CHECKING:
    from random import Random

GAPS = [0, 0, 100, 499, 500, 1_000, 2_999, 3_000, 9_999, 10_000, 20_000]
TEXTS = ["The logo is too dark.", "scratch that", "undo", "post it", "keep it", "pause", "make that red", "resume"]
CLICKS = ["confirm", "undo", "post", "cancel"]
REST = [
    "note_deleted",
    "note_restored",
    "listen",
    "rest",
    "audio_full",
    "settings_changed",
    "failed.structuring",
    "failed.transcribing_here",
]


def _happenings(random: Random) -> list[tuple[int, str, dict[str, Any]]]:
    """Up to 40 things with the time before each; words name a segment that was spoken, or will be."""
    happenings = []
    for number in range(random.randint(5, 40)):
        name = random.choice(
            ["transcript"] * 5 + ["segment"] * 3 + ["done.structuring"] * 4 + ["done.transcribing_here", *CLICKS, *REST]
        )
        facts: dict[str, Any] = {"id": str(number), "text": random.choice(TEXTS), "device": "laptop"}
        facts |= {"seq": 2 * random.randint(1, 9), "segment": random.choice([None, 2 * random.randint(1, 9) - 1])}
        facts |= {"confidence": random.choice([0.1, 0.35, 0.6, 0.9]), "category": random.choice(["color", "audio"])}
        if name in CLICKS and random.random() < 0.3:  # on a note, perhaps not the last one any more
            facts |= {"remark": str(random.randint(0, number))}
        happenings.append((random.choice(GAPS), name, facts))
    return happenings


happenings = st.randoms(use_true_random=True).map(_happenings)
settings = st.fixed_dictionaries({"auto_post": st.booleans(), "commands": st.booleans(), "server_stt": st.booleans()})


@repeatable
@given(settings, happenings)
def test_everything_said_has_its_outcome_once_it_is_over(chosen: dict[str, bool], heard: Any) -> None:
    """The desk asserts the chart's invariants at each step. Nobody answers at the end, and still it ends."""
    desk = Desk(agent_data(**chosen))
    for gap, name, facts in heard:
        desk.wait(gap).hear(name, **facts)
    desk.hear("close")
    while not desk.ended:
        if "transcribing_here" in desk.state.active:
            desk.hear("failed.transcribing_here")
        else:
            desk.wait(20_000)
    said = [facts["id"] for _, name, facts in heard if name == "transcript"]
    deferred = [move.event.payload["id"] for move in desk.moves for e in move.effects if e.name == "defer"]
    assert sorted([id for id, _ in desk.outcomes] + deferred) == sorted(said)
    assert [id for id, _ in desk.outcomes] == [id for id in said if id not in deferred]
    data = desk.state.data
    assert data["segments"] == data["worded"] + data["missing"] == sum(name == "segment" for _, name, _ in heard)


@repeatable
@given(settings, happenings, st.integers(0, 40))
def test_a_restore_in_the_middle_changes_nothing(chosen: dict[str, bool], heard: Any, at: int) -> None:
    """Stored and read back at one instant, everything goes on as it would have: timers that restart excepted."""
    desk = Desk(agent_data(**chosen))
    for gap, name, facts in heard[:at]:
        desk.wait(gap).hear(name, **facts)
    stored = json.loads(json.dumps(dump(CHART, desk.state)))
    assert read(CHART, stored) == desk.state
    resumed, effects = resume(CHART, read(CHART, stored), stopped_at=desk.now, at=desk.now)
    assert attrs.evolve(resumed, deadlines=desk.state.deadlines) == desk.state
    working = {effect.args["state"] for effect in effects if effect.name == "start_work"}
    assert working == desk.state.active & {"structuring", "transcribing_here"}
    for id, due in resumed.deadlines.items():
        assert due == desk.state.deadlines[id] or id in ("structuring", "transcribing")


@repeatable
@given(settings, happenings, st.sampled_from(["listen", "rest", "segment"]))
def test_what_the_ear_and_the_words_hear_does_not_touch_the_hand(
    chosen: dict[str, bool], heard: Any, other: str
) -> None:
    """Either order of such an event and a click gives the same."""
    desk = Desk(agent_data(**chosen))
    for gap, name, facts in heard:
        desk.wait(gap).hear(name, **facts)
    pair = [Event(other, desk.now, {"device": "laptop", "seq": 99}), Event("undo", desk.now)]
    ends = []
    for first, second in (pair, pair[::-1]):
        state, _, _ = step(CHART, desk.state, first)
        ends.append(step(CHART, state, second)[0])
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    ("invariant", "spoil", "heard"),
    [
        (
            "segments_are_accounted_for",
            {"words_came": lambda data, event: {**data, "worded": data["worded"] + 1}},
            [("segment", {"seq": 2}), ("transcript", {"id": "a", "text": "x", "segment": 1})],
        ),
        (
            "remarks_are_settled",
            {"queue_remark": lambda data, event: data},
            [("transcript", {"id": "a", "text": "x"}), ("transcript", {"id": "b", "text": "x"})],
        ),
        (
            "turns_in_order",
            {"queue_remark": lambda data, event: {**data, "waiting": [event.payload, *data["waiting"]]}},
            [("transcript", {"id": id, "text": "x"}) for id in "abc"],
        ),
        (
            "posting_is_meant",
            {"posts_by_itself": lambda data, event: True},
            [
                ("transcript", {"id": "a", "text": "x"}),
                ("done.structuring", {"text": "x", "confidence": 0.6, "category": "color"}),
                ("transcript", {"id": "b", "text": "x"}),
            ],
        ),
        ("end_loses_nothing", {"may_end": closing}, [("segment", {"seq": 2}), ("close", {})]),
    ],
)
def test_a_spoilt_rule_breaks_its_invariant(invariant: str, spoil: dict[str, Any], heard: Any) -> None:
    names = CHART.names
    spoilt = attrs.evolve(
        CHART,
        names=attrs.evolve(
            names,
            guards={**names.guards, **{name: rule for name, rule in spoil.items() if name in names.guards}},
            updates={**names.updates, **{name: rule for name, rule in spoil.items() if name in names.updates}},
        ),
    )
    state, _ = start(spoilt, agent_data(), 0)
    broken: set[str] = set()
    for at, (name, facts) in enumerate(heard):
        before, event = state, Event(name, at, {"device": "laptop", **facts})
        state, effects, taken = step(spoilt, before, event)
        broken |= {*CHART.broken(Move(before, event, state, effects, taken))}
    assert invariant in broken


def test_a_click_that_nobody_answers_breaks_its_invariant() -> None:
    """Without a last resort in the chart, one with nothing to act on goes unheard."""
    refusal = "agent_event: {type: tool_result, ok: false, code: conflict}"
    spoilt = with_text(CHART, refusal, "agent_event: {type: intent}")
    before, event = start(spoilt, agent_data(), 0)[0], Event("undo", 1)
    state, effects, taken = step(spoilt, before, event)
    assert "clicks_are_answered" in spoilt.broken(Move(before, event, state, effects, taken))
