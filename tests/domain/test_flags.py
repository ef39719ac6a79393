from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.buckets import BUCKETS, bucket_of
from lossy.domain.flags import Actor, Evaluation, Flag, Gate, Reason, evaluate, percent

ANN, BEN = "ann", "ben"
NAMES = ("beta", "crew", "press")

gate = st.none() | st.booleans()
flags = st.builds(
    Flag,
    key=st.sampled_from(("voice_session", "notes_channel")),
    default=st.booleans(),
    killed=st.booleans(),
    actors=st.dictionaries(st.sampled_from((ANN, BEN)), st.booleans()),
    groups=st.dictionaries(st.sampled_from(NAMES), st.booleans()),
    boolean=gate,
    share=st.none() | st.integers(0, BUCKETS),
)
actors = st.builds(Actor, st.sampled_from((ANN, BEN, "cleo")), st.frozensets(st.sampled_from((*NAMES, "other"))))


def without(flag: Flag, **gates: Any) -> Flag:
    return attrs.evolve(flag, **gates)


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        (Flag("f"), Evaluation(False, Reason.DEFAULT)),
        (Flag("f", default=True), Evaluation(True, Reason.DEFAULT)),
        (Flag("f", boolean=True), Evaluation(True, Reason.STATIC, Gate.BOOLEAN)),
        (Flag("f", boolean=False, share=BUCKETS), Evaluation(False, Reason.STATIC, Gate.BOOLEAN)),
        (Flag("f", share=BUCKETS), Evaluation(True, Reason.SPLIT, Gate.PERCENTAGE, bucket=bucket_of("f", ANN))),
        (
            Flag("f", share=0, default=True),
            Evaluation(False, Reason.SPLIT, Gate.PERCENTAGE, bucket=bucket_of("f", ANN)),
        ),
        (Flag("f", groups={"crew": True}), Evaluation(True, Reason.TARGETING_MATCH, Gate.GROUP, "crew")),
        (Flag("f", groups={"crew": True, "beta": True}), Evaluation(True, Reason.TARGETING_MATCH, Gate.GROUP, "beta")),
        (
            Flag("f", groups={"crew": False, "beta": True}),
            Evaluation(False, Reason.TARGETING_MATCH, Gate.GROUP, "crew"),
        ),
        (Flag("f", groups={"press": True}), Evaluation(False, Reason.DEFAULT)),
        (Flag("f", actors={ANN: True}, groups={"crew": False}), Evaluation(True, Reason.TARGETING_MATCH, Gate.ACTOR)),
        (Flag("f", actors={BEN: True}), Evaluation(False, Reason.DEFAULT)),
        (Flag("f", killed=True, actors={ANN: True}, boolean=True), Evaluation(False, Reason.DISABLED, Gate.KILL)),
    ],
)
def test_the_first_gate_that_is_set_for_somebody_decides(flag: Flag, expected: Evaluation) -> None:
    assert evaluate(flag, Actor(ANN, frozenset({"crew", "beta"}))) == expected


@given(flags, actors)
def test_a_gate_that_decides_makes_those_after_it_idle(flag: Flag, actor: Actor) -> None:
    """Taking away what is asked later changes nothing; taking away what decided lets another gate decide."""
    later: dict[Gate | None, dict[str, Any]] = {Gate.PERCENTAGE: {"default": not flag.default}, None: {}}
    later[Gate.BOOLEAN] = {**later[Gate.PERCENTAGE], "share": None}
    later[Gate.GROUP] = {**later[Gate.BOOLEAN], "boolean": None}
    later[Gate.ACTOR] = {**later[Gate.GROUP], "groups": {}}
    later[Gate.KILL] = {**later[Gate.ACTOR], "actors": {}}
    decisive: dict[Gate | None, dict[str, Any]] = {
        Gate.KILL: {"killed": False},
        Gate.ACTOR: {"actors": {}},
        Gate.GROUP: {"groups": {}},
        Gate.BOOLEAN: {"boolean": None},
        Gate.PERCENTAGE: {"share": None},
    }
    evaluation = evaluate(flag, actor)
    assert evaluate(without(flag, **later[evaluation.gate]), actor) == evaluation
    if evaluation.gate is not None:
        assert evaluate(without(flag, **decisive[evaluation.gate]), actor).gate != evaluation.gate


@given(st.integers(0, 2**128 - 1).map(str), st.integers(0, BUCKETS), st.integers(0, BUCKETS))
def test_a_percentage_that_is_raised_takes_nobody_out(actor: str, one: int, other: int) -> None:
    lower, higher = sorted((one, other))
    before, after = (evaluate(Flag("f", share=share), Actor(actor)) for share in (lower, higher))
    assert after.value or not before.value
    assert (before.bucket, before.reason) == (after.bucket, Reason.SPLIT)


def test_nobody_has_nothing_and_everybody_all() -> None:
    first, last = Actor("1234"), Actor("25743")
    assert (bucket_of("f", first.id), bucket_of("f", last.id)) == (0, BUCKETS - 1)
    assert [evaluate(Flag("f", share=share), first).value for share in (0, 1)] == [False, True]
    assert [evaluate(Flag("f", share=share), last).value for share in (BUCKETS - 1, BUCKETS)] == [False, True]


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (1, "0.01 %"), (250, "2.5 %"), (1_000, "10 %"), (BUCKETS, "100 %"), (99, "0.99 %")]
)
def test_a_share_is_written_as_a_percentage(share: int, words: str) -> None:
    assert percent(share) == words
