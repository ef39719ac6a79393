"""One entry of a journal: what it found, what each chart did with it, and what it left. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.charts.step import TIMERS
from lossy.why.passages import Passage, passages
from lossy.why.watch import Tried

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossy.charts.model import Data, Effect, State
    from lossy.charts.together import Charts, States
    from lossy.store.journal_reading import Recorded
    from lossy.why.replay import Heard, Step


@frozen
class Standing:
    """A chart at rest: its innermost states, and when each of its timers is due, in ms since the Unix epoch."""

    chart: str
    active: tuple[str, ...]
    timers: dict[str, int]


@frozen
class Difference:
    """What changed of a chart's data, by its path; None where there is nothing."""

    path: str
    old: Any
    new: Any


@frozen
class Done:
    """An effect, with what it was given."""

    name: str
    args: dict[str, Any]


@frozen
class Deed:
    """What one chart made of an event: the guards that were asked, the transitions taken, and what came of them."""

    chart: str
    event: str
    tried: tuple[Tried, ...]
    passages: tuple[Passage, ...]
    effects: tuple[Done, ...]
    changed: tuple[Difference, ...]


@frozen
class Event:
    """An entry of the journal. Where `doubt` says why the states are not known, `taken` is all there is."""

    n: int
    at: int
    epoch: int
    chart: str
    event: str
    device: str | None
    seq: int | None
    payload: dict[str, Any]
    before: tuple[Standing, ...] | None
    deeds: tuple[Deed, ...]
    after: tuple[Standing, ...] | None
    taken: tuple[Passage, ...]
    written: tuple[str, ...]
    versions: dict[str, int]
    doubt: str


def find(steps: Sequence[Step], which: str) -> Step | None:
    """The entry of that number, or of `seq@device`, of which the beginning is enough."""
    seq, at, device = which.partition("@")
    if not seq.isdecimal():
        return None
    if not at:
        return next((step for step in steps if step.entry.n == int(seq)), None)
    return next((step for step in steps if step.entry.seq == int(seq) and _is_of(step, device)), None)


def _is_of(step: Step, device: str) -> bool:
    return bool(device) and str(step.entry.device_id or "").startswith(device.lower())


def tell(charts: Charts, recorded: Recorded, step: Step) -> Event:
    entry = step.entry
    return Event(
        n=entry.n,
        at=entry.at,
        epoch=step.epoch,
        chart=entry.chart,
        event=entry.event,
        device=None if entry.device_id is None else str(entry.device_id),
        seq=entry.seq,
        payload=dict(entry.payload),
        before=None if step.before is None else standing(charts, step.before),
        deeds=tuple(_deed(each, passages(charts, step)) for each in step.heard),
        after=None if step.after is None else standing(charts, step.after),
        taken=passages(charts, step),
        written=tuple(_written(recorded, entry.n)),
        versions=dict(step.versions),
        doubt=step.doubt,
    )


def standing(charts: Charts, states: States) -> tuple[Standing, ...]:
    return tuple(_of_chart(charts, name, state) for name, state in states.items())


def _of_chart(charts: Charts, name: str, state: State) -> Standing:
    chart = charts[name.partition(":")[0]]
    innermost = tuple(id for id in chart.in_order(state.active) if chart.is_atomic(id))
    return Standing(name, innermost, dict(state.deadlines))


def _deed(heard: Heard, taken: tuple[Passage, ...]) -> Deed:
    move = heard.move
    return Deed(
        chart=heard.chart,
        event=move.event.name,
        tried=heard.tried,
        passages=tuple(each for each in taken if each.chart == heard.chart and each.id in move.taken.transitions),
        effects=tuple(_done(effect) for effect in move.effects if effect.name not in TIMERS),
        changed=tuple(differences(move.before.data, move.after.data)),
    )


def _done(effect: Effect) -> Done:
    return Done(effect.name, dict(effect.args))


def differences(old: Any, new: Any, path: str = "") -> Iterator[Difference]:
    """By key down to what is no mapping; a list is one value."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from differences(old.get(key), new.get(key), f"{path}.{key}".lstrip("."))
    elif old != new:
        yield Difference(path, old, new)


def _written(recorded: Recorded, n: int) -> Iterator[str]:
    """What was committed with it."""
    for settled in recorded.settled:
        if settled.n == n:
            yield f"remark {settled.remark_id} settled: {_outcome(settled.outcome)}"
    for kept in recorded.notes:
        for changed in kept.changes:
            if changed.n == n and changed.session_id == recorded.session_id:
                yield f"note {kept.note.id} version {changed.change.version}: {changed.change.status.value}"
    if n in recorded.snapshots:
        yield "a snapshot of the session"


def _outcome(outcome: Data) -> str:
    if "refused" in outcome:
        return f"refused, {outcome['refused']}"
    if "command" in outcome:
        return f"the command {outcome['command']}"
    return "its words went into the note before it" if outcome.get("amended") else f"note {outcome.get('note_id')}"
