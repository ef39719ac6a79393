"""Random events for the charts of the product, with payloads that their rules can read, and data to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.charts.model import Chart, Data, Event, Move, State, Taken
from lossy.charts.step import next_timer, start, step
from lossy.domain import agent, note, ownership, reconnect, rollout, voice
from lossy.sessions.catalog import delays, limits
from lossy.settings import Agent, Ownership, Posting, Reconnect, Rollout, Voice

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence
    from random import Random

# ms between two events: mostly within the short timers, at their boundaries, and sometimes longer.
GAPS = [0, 0, 1, 1, 250, 500, 500, 3_000, 30_000, 120_000]
LONG_AGO, LONG_SINCE = 0, 10**12
# What ends a review. Without them it goes on until its end is drawn.
ENDS = frozenset({"close", "after.idle", "after.disconnected"})
ENDS_ONCE_IN = 30  # events that would end a chart early; most are left out, or few would be long

# One payload serves all events of a chart; a rule reads what is its own.
PAYLOADS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "voice": {
        "device": ["tab 1", "tab 2"],
        "seq": [1, 2, 3],
        "segment": [1, 2, 3],
        "media_ms": [0, 60_000],
        "probability": [0.1, 0.9],
        "epoch": [1, 2],
        "auto_pause": [True, False],
        "auto_resume": [True, False],
        "delays": [{}, {"cooldown": 100}],
    },
    "agent": {
        "id": ["a", "b", "c"],
        "device": ["tab 1", "tab 2"],
        "seq": [2, 4, 6],
        "segment": [1, 3, 5, None],
        "text": ["brighter here", "make that warmer", "scratch that", "undo that", "keep it", "post it", "pause"],
        "confidence": [0.1, 0.6, 0.9],
        "category": ["color", "praise"],
        "auto_post": [True, False],
        "commands": [True, True, False],
        "server_stt": [True, False],
    },
    "reconnect": {
        "socket": [1, 2],
        "seq": [1, 2, 3, 4],
        "from": [1, 2, 3],
        "to": [2, 3, 4],
        "first_seq": [1, 2, None],
        "last_seq": [1, 3],
        "accepted_through": [0, 1, 2],
        "last_push_seq": [0, 1, 2, None],
        "push_epoch": [1, 2, 3],
        "count": [1, 1, 2, 5],
        "reset": [1, 2],
    },
    "ownership": {
        "tab": ["tab 1", "tab 2", "tab 3"],
        "session": ["s1", "s2"],
        "video": ["v1", "v2"],
        "client_at": [0, 1, 1_000, 100_000],
        "offset_ms": [0, 3_600_000],
        "seq": [1, 2, 3],
    },
    "note": {
        "by": ["ann", "ben", "eve"],
        "attempt": [1, 2, 3],
        "permalink": ["link 1", "link 2"],
        "probed_at": [None, LONG_AGO, LONG_SINCE],
        "reason": ["a button is missing"],
    },
    "rollout": {
        "disconnect_rate": [0.0, 0.0, 0.0, 0.1, 1.0, None],
        "error_rate": [0.0, 0.0, 0.0, 0.02, 1.0, None],
        "p95_ms": [100, 100, 100, 700, 5_000, None],
        "since": [LONG_AGO, LONG_SINCE],
    },
}

DATA: Mapping[str, Callable[[], Data]] = {
    "voice": lambda: voice.initial(delays(Voice()), limits(Voice())),
    "agent": lambda: agent.initial(delays(Agent()), min_confidence=0.3, retries=1, commands=True),
    "reconnect": lambda: reconnect.initial(delays(Reconnect()), ring=3),
    "ownership": lambda: ownership.initial(delays(Ownership())),
    "note": lambda: note.initial(delays(Posting()), limits(Posting()), author="ann", self_firming=False),
    "rollout": lambda: rollout.initial(delays(Rollout()), limits(Rollout())),
}


def walk(chart: Chart, random: Random, length: int, without: Container[str] = ()) -> list[Move]:
    """From the start, until so many events have come or the chart has ended. None of them is one of `without`."""
    return [*moves(chart, random, length, without)]


def moves(chart: Chart, random: Random, length: int, without: Container[str] = ()) -> Iterator[Move]:
    """As they are made, for a chart that may raise."""
    data = DATA[chart.name]()
    state, effects = start(chart, data, 0)
    event = Event("", 0)
    yield Move(State(data=data), event, state, effects, Taken((), known=True))
    for _ in range(length):
        before = state
        if chart.ended(before.active):
            break
        event = _event(chart, before, random, event.at, without)
        after, effects, taken = step(chart, before, event)
        if not chart.ended(after.active) or random.randrange(ENDS_ONCE_IN) == 0:
            yield Move(before, event, after, effects, taken)
            state = after


def _event(chart: Chart, state: State, random: Random, now: int, without: Container[str]) -> Event:
    """The timer that is due next, or an event: mostly one that an active state hears, sometimes any."""
    timer = next_timer(state)
    if timer is not None and timer[1] not in without and random.randrange(4) == 0:
        return Event(timer[1], max(now, timer[0]))
    heard = [transition.event for id in chart.in_order(state.active) for transition in chart.nodes[id].transitions]
    names = sorted(chart.alphabet) if random.randrange(4) == 0 else [name for name in heard if name is not None]
    payload = {key: random.choice(values) for key, values in PAYLOADS[chart.name].items()}
    return Event(random.choice([name for name in names if name not in without]), now + random.choice(GAPS), payload)
