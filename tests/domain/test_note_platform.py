"""A note, a platform and jobs that crash at any point: whatever happens, the platform gets the note once."""

from __future__ import annotations

from heapq import heappop, heappush
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import attrs
import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from tests.charts.strategies import examples
from tests.domain.driven import SECOND, with_rule
from tests.domain.note_life import CHART, TOOL_MS, Note

if TYPE_CHECKING:
    from lossy.charts.model import Chart


class Word(NamedTuple):
    """What a job has to say of its attempt, and when that arrives."""

    at: int
    name: str
    attempt: int


@define(eq=False)
class World:
    """People press what they like. Jobs look, act and speak; they may die or be slow anywhere.

    A job stops acting when its time is over, and says only what is true, but perhaps late or never.
    """

    note: Note
    random: Random
    posts: list[int] = field(factory=list)  # when the platform got the note
    words: list[Word] = field(factory=list)  # on their way

    def go(self) -> None:
        for _ in range(25):
            self.note.wait(self.random.choice([0, 1, SECOND, SECOND, TOOL_MS]))
            while self.words and self.words[0].at <= self.note.at:
                word = heappop(self.words)
                self.note.hear(word.name, 0, attempt=word.attempt)
            if self.note.now == "queued" and self.chance(0.7):
                self.run_job()
            else:
                self.note.hear(self.random.choice(["queue"] * 5 + ["unqueue", "delete", "undo", "undo"]), 0)

    def run_job(self) -> None:
        """A look may be missing, or older than what has happened since."""
        looked = self.random.choice([None, *(self.note.at - ago for ago in (0, 0, 1, SECOND, TOOL_MS))])
        if looked is not None and any(at <= looked for at in self.posts):
            self.note.hear("posted", 0)
            return
        self.note.hear("begin", 0, probed_at=looked)
        if self.note.now == "posting":
            self.act(self.random.choice([None, 0, TOOL_MS - 1]))

    def act(self, acts_ms: int | None) -> None:
        """Without a time it dies before it posts, or finds no button."""
        ended = self.note.at + (acts_ms or 0)
        if acts_ms is not None:
            self.posts.append(ended)
        truth = "posted" if acts_ms is not None else "not_posted"
        if self.chance(0.7):
            late_ms = self.random.choice([0, 1, TOOL_MS, TOOL_MS + SECOND])
            heappush(self.words, Word(ended + late_ms, self.random.choice([truth, "unsure"]), self.note["attempts"]))

    def chance(self, share: float) -> bool:
        return self.random.random() < share


def posts(chart: Chart, random: Random) -> int:
    world = World(Note(chart=chart), random)
    world.go()
    return len(world.posts)


often = examples(300, 5_000)


@often
@given(st.randoms(use_true_random=True))
def test_wherever_jobs_die_the_platform_gets_a_note_once(random: Random) -> None:
    assert posts(CHART, random) <= 1


def careless(guard: str, *, answer: bool) -> Chart:
    """Judged by the platform alone: the invariants would notice sooner."""
    return attrs.evolve(with_rule(CHART, "guards", guard, lambda data, event: answer), invariants={})


def test_without_looking_it_would_get_it_twice() -> None:
    chart = careless("not_there_yet", answer=True)
    assert any(posts(chart, Random(seed)) > 1 for seed in range(300))


@pytest.mark.parametrize(
    ("chart", "attempts"), [(CHART, 2), (careless("of_earlier_attempt", answer=False), 3)], ids=["with", "without"]
)
def test_without_numbers_an_attempt_would_begin_beside_another(chart: Chart, attempts: int) -> None:
    """The first was slow to say that it posted nothing, and the second is acting when that is heard."""
    note = Note(chart=chart).hear("queue").hear("begin").wait(TOOL_MS).hear("queue")
    note.hear("begin", probed_at=note.at + SECOND)
    assert note.hear("not_posted", attempt=1).hear("begin")["attempts"] == attempts
