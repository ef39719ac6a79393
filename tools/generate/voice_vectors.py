"""What the server's `step` makes of the voice chart, for every other implementation to be held to.

Walks through the chart with events picked by a seed: what may happen on one device, and the timers that fall due. Each
move says what was active after it, the transitions taken, the effects by name and the timers that run; each walk ends
with the whole data.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from lossy.charts.export.plain import plain
from lossy.charts.model import Event, State
from lossy.charts.step import begin, next_timer, step
from lossy.domain import voice
from lossy.resources import folder
from lossy.sessions.catalog import delays, limits, load_charts
from lossy.settings import Voice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.charts.model import Chart, Effect, Taken

WALKS, MOVES = 18, 40
NOON = 1_700_000_000_000
DEVICE, OTHER = "a device", "another device"
# How often each happens, against the others; of speech more, because most of the chart is about it.
EVENTS = {
    "speech_start": 8,
    "speech_end": 8,
    "transcript_final": 3,
    **dict.fromkeys(("start", "pause", "resume", "stop", "cancel", "seek", "silence_timeout", "error"), 2),
    **dict.fromkeys(("heartbeat", "metrics", "attach", "drop", "caught_up", "link_expired", "inference_failed"), 1),
    **dict.fromkeys(("context_gained", "context_lost", "settings_changed", "nobody_hears_this"), 1),
}
SPANS_MS = (10, 200, 400, 900, 5_000, 70_000)
# Every other walk is of a kind that comes to states which the others hardly reach: the open breaker, long silences.
MOODS: tuple[tuple[dict[str, int], tuple[int, ...]], ...] = (
    ({}, SPANS_MS),
    ({"error": 20, "inference_failed": 12, "context_lost": 0}, (10, 400, 1_000, 3_000)),
    ({"heartbeat": 12, "speech_start": 2, "context_lost": 0, "pause": 0, "stop": 0}, (200, 30_000, 1_000_000)),
)
# What ends a walk.
ENDING = ("close", "transcript_final", "speech_end", "all_decided")


def chart() -> Chart:
    return load_charts(folder("statecharts"))["voice"]


def chart_as_text() -> str:
    return plain(chart())


def as_text() -> str:
    """JSON with a line for each move, so that a difference can be read."""
    walks = ",\n".join(
        json.dumps({"data": walk["data"]})[:-1]
        + ', "moves": [\n'
        + ",\n".join(json.dumps(move) for move in walk["moves"])
        + '\n], "end": '
        + json.dumps(walk["end"])
        + "}"
        for walk in _walks()
    )
    return f'{{"walks": [\n{walks}\n]}}\n'


def _walks() -> Iterator[dict[str, Any]]:
    for seed in range(WALKS):
        luck = random.Random(seed)
        data = voice.initial(delays(Voice()), limits(Voice()), auto_pause=seed % 2 == 0, auto_resume=seed % 3 > 0)
        yield _walk(chart(), data, luck, *MOODS[seed % len(MOODS)])


def _walk(
    chart: Chart, data: Any, luck: random.Random, often: dict[str, int], spans: tuple[int, ...]
) -> dict[str, Any]:
    weights = {**EVENTS, **often}
    state, effects, taken = begin(chart, data, NOON)
    moves = [_told(chart, None, state, effects, taken)]
    now = NOON
    for event in _beginning(now):
        state, effects, taken = step(chart, state, event)
        moves.append(_told(chart, event, state, effects, taken))
    for _ in range(MOVES):
        now += luck.choice(spans)
        (name,) = luck.choices([*weights], weights=[*weights.values()])
        event = _due(state, now) or _happening(name, luck, now, state)
        state, effects, taken = step(chart, state, event)
        moves.append(_told(chart, event, state, effects, taken))
    for name in ENDING:
        event = _happening(name, luck, now, state)
        state, effects, taken = step(chart, state, event)
        moves.append(_told(chart, event, state, effects, taken))
    return {"data": data, "moves": moves, "end": dict(state.data)}


def _beginning(now: int) -> tuple[Event, ...]:
    """A device is there, has the microphone, and it is on: without it most of a walk would be about nothing."""
    tab = {"tab": "a tab", "device": DEVICE, "epoch": 1}
    return Event("attach", now, {"device": DEVICE}), Event("context_gained", now, tab), Event("start", now)


def _due(state: State, now: int) -> Event | None:
    timer = next_timer(state)
    return Event(timer[1], timer[0]) if timer is not None and timer[0] <= now else None


def _happening(name: str, luck: random.Random, now: int, state: State) -> Event:
    device = luck.choices((DEVICE, OTHER), weights=(9, 1))[0]
    payload: dict[str, Any] = {"device": device}
    if name in ("speech_start", "speech_end"):
        payload |= {"seq": luck.randrange(1, 50), "media_ms": luck.randrange(60_000)}
        payload |= {"probability": luck.choice((0.2, 0.9))} if luck.random() < 0.5 else {}
    if name == "transcript_final":
        text = luck.choice(
            ("shorten the intro", "please resume", "Start listening!", "resume the music after that cut")
        )
        segment = state.data["segment"]
        payload |= {"segment": segment["seq"] if segment else luck.randrange(1, 50), "text": text}
    if name in ("context_gained", "context_lost"):
        payload |= {"epoch": luck.randrange(1, 6), "tab": "a tab", "by": {"device": OTHER}}
        payload |= {"regained": luck.random() < 0.5}
    if name == "settings_changed":
        payload = {"auto_pause": luck.random() < 0.5, "delays": {"cooldown": luck.choice((0, 500, 1_000))}}
    at = now - luck.choice((0, 0, 0, 3_000))  # some happened before what came before them
    return Event(name, at, payload)


def _told(chart: Chart, event: Event | None, state: State, effects: tuple[Effect, ...], taken: Taken) -> dict[str, Any]:
    return {
        "event": None if event is None else {"name": event.name, "at": event.at, "payload": dict(event.payload)},
        "active": chart.in_order(state.active),
        "taken": list(taken.transitions),
        "effects": [[effect.name, dict(effect.args)] for effect in effects],
        "deadlines": dict(sorted(state.deadlines.items())),
    }
