"""Several charts together, over their whole spaces: every combination that can be reached, and what never holds there.

Spaces multiply, so each is first folded: states that no other chart and no invariant can tell apart, now or after any
row of steps, become one class (bisimulation, by refining a partition until it is stable: Kanellakis and Smolka, 1983).
The product of the classes is then searched whole. What holds of it holds of the product of the spaces, and each of its
ways is a way of theirs. The parts' clocks are not tied to each other: one may wait while another does not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from math import prod
from typing import NamedTuple

from attrs import define, field, frozen

from lossy.charts.explore import NOW, Act, Found, Message, Part, Space
from lossy.charts.model import State
from lossy.charts.step import start, step
from lossy.charts.stopped import MISTAKES, stopped

Sees = Callable[[State], Hashable]
Views = Mapping[str, Hashable]  # by part, what is seen of it


class Turn(NamedTuple):
    """What a step of a class does: where it leads, and what it makes others hear, in order."""

    to: int
    messages: tuple[Message, ...]


@frozen(eq=False)
class Folded:
    """A space by its classes. `sizes` says how many states each stands for."""

    space: Space
    sees: Sees
    classes: tuple[int, ...]  # of each state
    views: tuple[Hashable, ...]
    turns: tuple[frozenset[Turn], ...]  # from outside
    answers: tuple[Mapping[str, Turn], ...]  # to what other parts make it hear, by key
    sizes: tuple[int, ...]


def fold(space: Space, sees: Sees) -> Folded:
    colours = _numbered([sees(state) for state in space.states])
    while True:
        signatures = [
            (colours[i], frozenset(_turns(out, colours)), frozenset(_answers(out, colours).items()))
            for i, out in enumerate(space.out)
        ]
        finer = _numbered(signatures)
        if max(finer) == max(colours):
            return _folded(space, sees, finer)
        colours = finer


def _numbered(values: Iterable[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(value, len(numbers)) for value in values]


def _turns(out: list[Found], colours: list[int]) -> Iterator[Turn]:
    return (Turn(colours[found.to], found.messages) for found in out if not found.heard)


def _answers(out: list[Found], colours: list[int]) -> dict[str, Turn]:
    return {found.act.key: Turn(colours[found.to], found.messages) for found in out if found.heard}


def _folded(space: Space, sees: Sees, colours: list[int]) -> Folded:
    members: dict[int, list[int]] = {}
    for state, colour in enumerate(colours):
        members.setdefault(colour, []).append(state)
    firsts = [members[colour][0] for colour in range(len(members))]
    return Folded(
        space=space,
        sees=sees,
        classes=tuple(colours),
        views=tuple(sees(space.states[i]) for i in firsts),
        turns=tuple(frozenset(_turns(space.out[i], colours)) for i in firsts),
        answers=tuple(_answers(space.out[i], colours) for i in firsts),
        sizes=tuple(len(members[colour]) for colour in range(len(members))),
    )


class Move(NamedTuple):
    """One step of a product: the part that something happened to, and its turn."""

    part: str
    turn: Turn


Invariants = Mapping[str, Callable[[Views], bool]]


@define(eq=False)
class Product:
    """What was reached. `combinations` bounds from above the states that the classes stand for."""

    parts: Mapping[str, Folded]
    came: dict[tuple[int, ...], tuple[tuple[int, ...], Move] | None] = field(factory=dict)
    broken: dict[str, tuple[int, ...]] = field(factory=dict)  # the first, nearest to the start

    @property
    def combinations(self) -> int:
        sizes = [folded.sizes for folded in self.parts.values()]
        return sum(prod(size[i] for size, i in zip(sizes, node, strict=True)) for node in self.came)

    def counterexample(self, invariant: str) -> tuple[tuple[str, Act], ...]:
        """A shortest row of acts, each with the part it happens to, after which the invariant does not hold."""
        moves: list[Move] = []
        node = self.broken[invariant]
        while (came := self.came[node]) is not None:
            node, move = came
            moves.append(move)
        return tuple(self._played(reversed(moves)))

    def _played(self, moves: Iterator[Move]) -> Iterator[tuple[str, Act]]:
        """The states behind the classes: of one class each can do what any other can."""
        at = dict.fromkeys(self.parts, 0)
        for part, turn in moves:
            folded = self.parts[part]
            out = (found for found in folded.space.out[at[part]] if not found.heard)
            chosen = next(f for f in out if (folded.classes[f.to], f.messages) == turn)
            yield part, chosen.act
            at[part] = chosen.to
            heard = deque(chosen.messages)
            while heard:
                to, key = heard.popleft()
                out = (found for found in self.parts[to].space.out[at[to]] if found.heard and found.act.key == key)
                for answer in out:
                    at[to] = answer.to
                    heard += answer.messages


def multiply(parts: Mapping[str, Folded], invariants: Invariants) -> Product:
    """Breadth first over the classes, from where every part starts. What an ended part is told is lost."""
    names, reached = [*parts], Product(parts)
    begun = tuple(folded.classes[0] for folded in parts.values())
    reached.came[begun] = None
    todo = deque([begun])
    while todo:
        node = todo.popleft()
        views = {name: parts[name].views[i] for name, i in zip(names, node, strict=True)}
        for invariant, holds in invariants.items():
            if invariant not in reached.broken and not holds(views):
                reached.broken[invariant] = node
        for move in _moves(parts, node):
            to = _settled(parts, names, node, move)
            if to not in reached.came:
                reached.came[to] = node, move
                todo.append(to)
    return reached


def _moves(parts: Mapping[str, Folded], node: tuple[int, ...]) -> Iterator[Move]:
    return (Move(name, turn) for (name, part), i in zip(parts.items(), node, strict=True) for turn in part.turns[i])


def _settled(parts: Mapping[str, Folded], names: list[str], node: tuple[int, ...], move: Move) -> tuple[int, ...]:
    at = dict(zip(names, node, strict=True))
    at[move.part], heard = move.turn.to, deque(move.turn.messages)
    while heard:
        to, key = heard.popleft()
        answer = parts[to].answers[at[to]].get(key)
        if answer is not None:
            at[to] = answer.to
            heard += answer.messages
    return tuple(at.values())


def replay(parts: Mapping[str, Part], script: Iterable[tuple[str, Act]]) -> Iterator[Mapping[str, State]]:
    """Runs a counterexample through `step` itself: the states of all parts after each of its acts."""
    states = {name: start(part.chart, part.starts[0], NOW)[0] for name, part in parts.items()}
    now = NOW
    for name, act in script:
        heard = deque([(name, act)])
        now += max(0, act.wait)
        while heard:
            to, act = heard.popleft()
            if to in parts:
                part = parts[to]
                try:
                    states[to], effects, _ = step(part.chart, states[to], act.event(now, now + min(0, act.wait)))
                except MISTAKES as error:
                    raise stopped(part.chart.name, (act.name,), error) from error
                heard += (told for effect in effects for told in part.tells(effect))
        yield dict(states)
