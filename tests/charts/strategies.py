"""Random charts, written as documents that load, and random events for them.

Every state is reachable by construction: each sibling has a transition to the next one, and somebody leads to each
history state. The rest is free: transitions cross levels and regions, have guards, no target or several.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from itertools import pairwise
from random import Random
from typing import Any

from attrs import define, field, frozen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from lossy.charts.load import load
from lossy.charts.model import Chart, Data, Event, Guard, Move, Names, State, Taken, Update
from lossy.charts.step import Unsettled, next_timer, start, step

Doc = dict[str, Any]

EVENTS = ["red", "green", "blue"]
GUARDS: dict[str, Guard] = {
    "even": lambda data, event: data["n"] % 2 == 0,
    "full": lambda data, event: data["n"] >= 3,
    "loud": lambda data, event: bool(event.payload.get("loud")),
}
UPDATES: dict[str, Update] = {
    "count": lambda data, event: {**data, "n": data["n"] + 1},
    "put": lambda data, event, n: {**data, "n": n},
    "reset": lambda data, event: {**data, "n": 0},
    "stamp": lambda data, event: {**data, "at": event.at},
}
DELAYS = {"short": 10, "long": 1_000}
DATA: Data = {"n": 0, "at": 0, "delays": DELAYS}
NAMES = Names(GUARDS, UPDATES, frozenset({"beep", "tell"}), frozenset({"dig"}), frozenset(DELAYS))

ACTIONS: list[Any] = ["beep", {"tell": {"whom": "all"}}, "count", "stamp", {"put": {"n": 3}}]


@frozen
class Command:
    """What to do next, whatever the chart is in: an event by its place in the alphabet, or the next timer."""

    pick: int | None  # None: the timer that is due first, if one runs
    later_ms: int
    loud: bool

    def event(self, chart: Chart, state: State, now: int) -> Event:
        timer = next_timer(state)
        if self.pick is None and timer is not None:
            return Event(timer[1], max(now, timer[0]))
        names = [*EVENTS * 3, *sorted(chart.alphabet), "never_heard_of"]
        name = names[(self.pick or 0) % len(names)]
        return Event(name, now + self.later_ms, {"loud": True} if self.loud else {})


def _commands(random: Random) -> list[Command]:
    picks = [None if random.randrange(6) == 0 else random.randrange(100) for _ in range(random.randint(8, 25))]
    return [Command(pick, random.randint(0, 20), random.random() < 0.5) for pick in picks]


commands = st.randoms(use_true_random=True).map(_commands)

NIGHTLY = os.environ.get("LOSSY_NIGHTLY") == "1"


def examples(quick: int, nightly: int) -> settings:
    """Quick runs are the same every time, nightly ones are not. How long a slow machine takes does not matter."""
    return settings(
        max_examples=nightly if NIGHTLY else quick,
        derandomize=not NIGHTLY,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )


repeatable = examples(50, 1_000)


def walk(chart: Chart, commands: list[Command]) -> list[Move]:
    """Ends early where the chart does not come to rest; random charts may have endless loops."""
    moments: list[Move] = []
    with suppress(Unsettled):
        state, effects = start(chart, DATA, 0)
        moments.append(Move(State(), Event("", 0), state, effects, Taken((), True)))
        for command in commands:
            before, event = state, command.event(chart, state, moments[-1].event.at)
            state, effects, taken = step(chart, before, event)
            moments.append(Move(before, event, state, effects, taken))
    return moments


def charts(depth: int = 2) -> st.SearchStrategy[Chart]:
    """Uniformly random ones: what makes two engines differ is rare, and Hypothesis prefers what is plain."""
    return st.randoms(use_true_random=True).map(lambda random: load(json.dumps(document(random, depth)), NAMES))


def document(random: Random, depth: int) -> Doc:
    author = _Author(random)
    states = author.siblings(depth)
    author.write_transitions()
    used = sorted({event for doc in author.docs.values() for event in doc.get("events", {}) if event in EVENTS})
    return {
        "name": "random",
        "initial": next(iter(states)),
        "hears": {"tests": dict.fromkeys(used, "")},
        "states": states,
    }


@define(eq=False)
class _Author:
    random: Random
    docs: dict[str, Doc] = field(factory=dict)
    parallels: list[Doc] = field(factory=list)
    histories: list[str] = field(factory=list)
    chained: list[tuple[str, str]] = field(factory=list)  # a state and the sibling it leads to

    # -- the tree -----------------------------------------------------------------------------------------------

    def siblings(self, depth: int) -> dict[str, Doc]:
        """The states of a compound state or of the chart; the first is the initial one."""
        states = dict(self.state(depth) for _ in range(self.random.randint(2, 3)))
        if self.one_in(3):
            states |= [self.add({"type": "final", "entry": self.actions()})]
        self.chained += pairwise(states)
        return states

    def state(self, depth: int) -> tuple[str, Doc]:
        id, doc = self.add({"entry": self.actions(), "exit": self.actions()})
        kind = self.random.choice(["atomic", "compound", "parallel"]) if depth else "atomic"
        if kind == "compound":
            doc["states"] = self.siblings(depth - 1)
            doc["initial"] = next(iter(doc["states"]))
        elif kind == "parallel":
            doc |= {"type": "parallel", "states": dict(self.state(depth - 1) for _ in range(2))}
            self.parallels.append(doc)
        if kind != "atomic" and self.one_in(3):
            doc["states"] |= [self.history(doc["states"])]
        return id, doc

    def history(self, siblings: dict[str, Doc]) -> tuple[str, Doc]:
        default = self.random.choice([id for id in _inside(siblings) if not _is_history(self.docs[id])])
        id, doc = self.add({"type": self.random.choice(["shallow", "deep"]), "default": default})
        self.histories.append(id)
        return id, doc

    def add(self, doc: Doc) -> tuple[str, Doc]:
        id = f"s{len(self.docs)}"
        self.docs[id] = doc
        return id, doc

    # -- what moves it ------------------------------------------------------------------------------------------

    def write_transitions(self) -> None:
        movable = [id for id, doc in self.docs.items() if doc.get("type") in (None, "parallel")]
        for id in movable:
            if self.one_in(5):
                self.docs[id]["after"] = self.after()
            if self.one_in(5) and not _finishes(self.docs[id]):
                self.docs[id]["during"] = "dig"
        for source, target in [*self.chained, *((self.random.choice(movable), id) for id in self.histories)]:
            self.hear(source, self.random.choice(EVENTS), self.go([target]))
        for id in movable:
            for event in self.random.sample([*EVENTS, *self.answers()], self.random.randint(0, 2)):
                self.hear(id, event, self.go(self.targets()))
            if self.one_in(12):
                self.docs[id]["always"] = [{**self.go(self.targets()), "if": "full", "do": ["reset"]}]

    def hear(self, id: str, event: str, go: Doc) -> None:
        """Adds a transition; the one that was last until now gets a guard."""
        gos = self.docs[id].setdefault("events", {}).setdefault(event, [])
        if gos:
            gos[-1].setdefault("if", self.random.choice(list(GUARDS)))
        gos.append(go)

    def go(self, targets: list[str]) -> Doc:
        go: Doc = {"to": targets, "do": self.actions()}
        return {**go, "if": self.random.choice(list(GUARDS))} if self.one_in(4) else go

    def after(self) -> Doc:
        restore = self.random.choice(["absolute", "remaining", "restart"])
        return {**self.go(self.targets()), "delay": self.random.choice(list(DELAYS)), "restore": restore}

    def targets(self) -> list[str]:
        """None, one anywhere, or several in distinct regions of a parallel state."""
        if self.parallels and self.one_in(5):
            regions = self.random.choice(self.parallels)["states"]
            real = [id for id, doc in regions.items() if not _is_history(doc)]
            return [self.random.choice([id, *_inside(self.docs[id].get("states", {}))]) for id in real]
        return [] if self.one_in(4) else [self.random.choice(list(self.docs))]

    def actions(self) -> list[Any]:
        return self.random.sample(ACTIONS, self.random.choice([0, 0, 1, 2]))

    def answers(self) -> list[str]:
        done = [f"done.{id}" for id, doc in self.docs.items() if _finishes(doc) or "during" in doc]
        return done + [f"failed.{id}" for id, doc in self.docs.items() if "during" in doc]

    def one_in(self, n: int) -> bool:
        return self.random.randrange(n) == 0


def _finishes(doc: Doc) -> bool:
    children = [child for child in doc.get("states", {}).values() if not _is_history(child)]
    if doc.get("type") == "parallel":
        return all(_finishes(child) for child in children)
    return any(child.get("type") == "final" for child in children)


def _is_history(doc: Doc) -> bool:
    return doc.get("type") in ("shallow", "deep")


def _inside(states: dict[str, Doc]) -> list[str]:
    return [id for child, doc in states.items() for id in [child, *_inside(doc.get("states", {}))]]
