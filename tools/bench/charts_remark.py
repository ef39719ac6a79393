"""What the charts of a session take for one remark, in us: run as `python -m tools.bench.charts_remark`.

The events are those that a reviewer's browser and the session itself send for a remark that the rules make a note of:
two of speech through the device's link, the words, the draft, the end of the cooldown, and five pushes, of which the
link hears three times. Each is stepped over and over from the same states, and the best of many counts: what else the
machine does only ever slows one down.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import attrs
import click
from rich.console import Console
from rich.table import Table

from lossy.charts.model import Data, Event
from lossy.charts.step import start
from lossy.charts.together import Charts, States, next_due, start_all
from lossy.resources import folder
from lossy.sessions.catalog import initial_data, load_charts
from lossy.sessions.links import entered, link_of, running, step_together, told
from lossy.sessions.restore import FIRST
from lossy.settings import Settings
from lossy.store.note_life import note_life

DEVICE_ID, TAB = UUID(int=7), "a-tab"
DEVICE = str(DEVICE_ID)
LINK, SPEECH_MS, PERIOD_MS = link_of(DEVICE), 400, 1_000
DRAFT = {"text": "The music is too loud.", "category": "audio", "confidence": 0.8}
WARM = 120  # remarks, after which every plan has been made and every step compiled
BEST_OF = 2_000

Call = tuple[str, Callable[..., Any], tuple[Any, ...]]


@attrs.define(eq=False)
class Reviewer:
    kinds: Charts
    fresh: Data  # what a link starts with
    states: States
    n: int = 0  # of the journal entry

    def join(self) -> None:
        attach = {"socket": 1, "last_push_seq": None, "push_epoch": None, "first_seq": None, "last_seq": None}
        for to, name, payload in (
            ("voice", "context_gained", {"tab": TAB, "device": DEVICE, "epoch": 1}),
            (LINK, "attach", attach),
            ("voice", "start", {}),
        ):
            self.do(self.step(to, Event(name, 0, payload)))

    def remark(self, number: int) -> Iterator[Call]:
        """Each call before it is done."""
        at = number * PERIOD_MS
        words = {"id": f"remark {number}", "text": "At one twenty three the music is too loud.", "media_ms": at}
        words |= {"segment": 2 * number - 1, "duration_ms": SPEECH_MS, "stt_confidence": 0.91}
        yield from self.said("speech_start", at, 2 * number - 1)
        yield self.push(at)
        at += SPEECH_MS
        yield from self.said("speech_end", at, 2 * number)
        yield self.step("voice", Event("transcript_final", at, words))
        yield self.step("agent", Event("done.structuring", at, DRAFT))
        yield self.push(at, 3)
        yield self.step("voice", Event("after.cooldown", at + 500))
        yield self.push(at + 500)

    def said(self, kind: str, at: int, seq: int) -> Iterator[Call]:
        payload = {"kind": kind, "seq": seq, "socket": 1, "media_ms": at, "probability": 0.93}
        yield self.step(LINK, Event("event", at, payload))

    def step(self, to: str, event: Event) -> Call:
        self.n += 1
        name = event.payload.get("kind", event.name)
        return name, step_together, (self.kinds, self.states, to, entered(event, to, self.n, DEVICE_ID), self.fresh)

    def push(self, at: int, count: int = 1) -> Call:
        return "pushed", told, (self.kinds, self.states, LINK, Event("pushed", at, {"device": DEVICE, "count": count}))

    def do(self, call: Call) -> None:
        _, function, arguments = call
        moved = function(*arguments)
        self.states = {**self.states, LINK: moved[0]} if function is told else moved.states


def calls() -> list[Call]:
    """Those of one remark, each with the states that the ones before have led to."""
    settings = Settings()
    initial, kinds = initial_data(settings), load_charts(folder("statecharts"))
    reviewer = Reviewer(kinds, initial["reconnect"], start_all(running(kinds, FIRST), initial, 0).states)
    reviewer.join()
    found: list[Call] = []
    for number in range(1, WARM + 2):
        found.clear()
        for call in reviewer.remark(number):
            found.append(call)
            reviewer.do(call)
    if reviewer.states["agent"].data["worded"] != WARM + 1:
        raise AssertionError("the remarks did not become notes")
    life = note_life(settings.posting)
    note = life.chart, {"delays": life.delays, "self_firming": False}, 0
    return [*found, ("the note's own chart", start, note), ("when the next timer is due", next_due, (reviewer.states,))]


def measure() -> dict[str, float]:
    """By event, in us; what comes several times is counted as often."""
    each = calls()
    best = [float("inf")] * len(each)
    gc.disable()
    for _ in range(BEST_OF):
        for i, (_, function, arguments) in enumerate(each):
            begun = time.perf_counter()
            function(*arguments)
            best[i] = min(best[i], time.perf_counter() - begun)
    gc.enable()
    by_name: dict[str, float] = {}
    for (name, _, _), seconds in zip(each, best, strict=True):
        by_name[name] = by_name.get(name, 0.0) + seconds * 1e6
    return by_name


@click.command()
@click.option("--json", "json_", is_flag=True, help="One JSON object instead of a table.")
def main(json_: bool) -> None:
    took = measure()
    if json_:
        print(json.dumps({"remark_us": round(sum(took.values()), 1), **{k: round(v, 1) for k, v in took.items()}}))
        return
    table = Table("", "us", title="One remark through the charts of its session")
    for name, us in took.items():
        table.add_row(name, f"{us:,.1f}")
    table.add_section()
    table.add_row("all", f"{sum(took.values()):,.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
