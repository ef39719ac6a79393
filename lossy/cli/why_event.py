"""One entry of a session's journal, for people: the state before, what each chart did, the state after."""

from __future__ import annotations

import json
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from lossy.cli.why_page import DIM, STRONG, Page, clock, day, joined, machine, passage_told, plain, short, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console, RenderableType

    from lossy.why.case import About
    from lossy.why.event import Deed, Difference, Done, Event, Standing

# A value longer than this is cut: `--json` has it whole.
VALUE = 120
# Whole numbers above this are instants, in ms since the Unix epoch: it is a day in 2001.
INSTANT = 10**12


def print_event(console: Console, event: Event, about: About) -> None:
    page = Page()
    page.add("When", *_when(event, about))
    page.add("Payload", *(f"{name}: {value(of)}" for name, of in event.payload.items()))
    page.add("Doubt", event.doubt)
    page.add("Before", *_standing(event.before, event.at))
    for deed in event.deeds:
        chart, _, device = deed.chart.partition(":")
        page.add(chart.capitalize(), *_deed(deed, device))
    if not event.deeds:
        page.add("Taken", *(passage_told(each, each.chart.partition(":")[0]) for each in event.taken))
    page.add("Written", *event.written)
    unmoved = event.after is not None and event.after == event.before
    page.add("After", *(["as before"] if unmoved else _standing(event.after, event.at)))
    what = f"{event.event} {event.payload.get('kind', '')}".rstrip()
    page.add("Session", f"{about.session}, of {about.person}")
    page.print(console, Text(f"#{event.n} {what}", STRONG))


def _when(event: Event, about: About) -> Iterator[str | Text]:
    yield f"{clock(event.at)} UTC, {day(event.at)}, {span(event.at - about.began_at)} into the session"
    chart, _, _ = event.chart.partition(":")
    number = f", its number {event.seq}" if event.seq is not None else ""
    yield f"heard by {chart}" + (f", from device {short(event.device)}{number}" if event.device else "")
    versions = ", ".join(f"{name.partition(':')[0]} {version}" for name, version in event.versions.items())
    yield Text(
        f"in epoch {event.epoch}, by {f'the charts {versions}' if versions else 'charts that nobody knows'}", DIM
    )


def _standing(standing: tuple[Standing, ...] | None, at: int) -> Iterator[Text]:
    if standing is None:
        yield Text("not known", DIM)
    for each in standing or ():
        yield Text.assemble(
            (f"{machine(each.chart)} ", DIM), plain(", ".join(each.active)), (_timers(each.timers, at), DIM)
        )


def _timers(timers: Mapping[str, int], at: int) -> str:
    return "".join(f"; timer {id} in {span(due - at)}" for id, due in sorted(timers.items(), key=itemgetter(1)))


def _deed(deed: Deed, device: str) -> Iterator[RenderableType]:
    yield joined(f"hears {deed.event}", Text(f"(device {short(device)})" if device else "", DIM))
    for tried in deed.tried:
        yield Text(f"  {'yes' if tried.held else 'no '}  {tried.guard}  {tried.transition}", DIM)
    for passage in deed.passages:
        yield Padding(passage_told(passage), (0, 0, 0, 2))
    for effect in deed.effects:
        yield Text(f"  {_effect(effect)}")
    for each in deed.changed:
        yield Text(f"  {each.path}: {_change(each)}")
    if not deed.passages:
        yield Text("  and makes nothing of it", DIM)


def _effect(effect: Done) -> str:
    match effect.name:
        case "send":
            return f"sends {effect.args['event']} to {effect.args['to']}"
        case "hand_on":
            return f"hands it on to {effect.args['to']}"
        case name:
            return f"does {name}" + (f" {value(effect.args)}" if effect.args else "")


def _change(each: Difference) -> str:
    return f"{value(each.old)} → {value(each.new)}"


def value(of: Any) -> str:
    if isinstance(of, int) and of > INSTANT:
        return clock(of)
    text = of if isinstance(of, str) else json.dumps(of, ensure_ascii=False)
    return text if len(text) <= VALUE else f"{text[: VALUE - 1]}…"
