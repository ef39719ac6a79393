"""How a drawing words what a chart says: names in words, an action with its arguments, a duration with its unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lossy.charts.draw.lines import Piece, phrase
from lossy.charts.load import SEND
from lossy.charts.model import AFTER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lossy.charts.draw.lines import Role
    from lossy.charts.model import Action, Chart, Transition

Delays = Mapping[str, int]  # the name of a delay -> its default in ms

UNITS = (("h", 3_600_000), ("min", 60_000), ("s", 1_000))


def spaced(name: str) -> str:
    return name.replace("_", " ")


def title(name: str) -> str:
    words = spaced(name)
    return words[:1].upper() + words[1:]


def duration(ms: int) -> str:
    """In the largest unit that says it in whole numbers; seconds may have tenths."""
    for unit, size in UNITS:
        if ms and (ms % size == 0 or (unit == "s" and ms > size and ms % 100 == 0)):
            return f"{ms / size:g} {unit}"
    return f"{ms} ms"


def delay(name: str, delays: Delays) -> str:
    return f"{spaced(name)} {duration(delays[name])}" if name in delays else spaced(name)


def action(action: Action) -> str:
    if action.name == SEND:
        return f"send {spaced(str(action.args.get('event')))} to {spaced(str(action.args.get('to')))}"
    return " ".join([spaced(action.name), *(spaced(str(value)) for value in action.args.values())])


def event(transition: Transition, chart: Chart, delays: Delays) -> Piece | None:
    """What sets it off; None for an eventless one."""
    if transition.event is None:
        return None
    timer = chart.nodes[transition.source].timer
    if transition.event == AFTER + transition.source and timer is not None:
        return Piece("timer", f"after {delay(timer.delay, delays)}")
    kind, _, id = transition.event.partition(".")
    if not id:
        return Piece("event", spaced(kind))
    return Piece("event", kind if id == transition.source else f"{spaced(id)} {kind}")


def events(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Several that do the same, with commas between."""
    return (*(piece._replace(text=piece.text + ",") for piece in pieces[:-1]), *pieces[-1:])


def condition(transition: Transition, tried: Iterable[Transition]) -> tuple[Piece, ...]:
    """Its guard in brackets. `tried` are the transitions that come before it on the same event."""
    if transition.guard is not None:
        return phrase("guard", f"[{spaced(transition.guard)}]")
    return (Piece("guard", "[else]"),) if any(tried) else ()


def actions(done: Sequence[Action]) -> tuple[Piece, ...]:
    return _listed("action", [action(one) for one in done], "/ ")


def keyed(key: str, done: Sequence[str]) -> tuple[Piece, ...]:
    """`entry`, `exit` or `during` and what is done then; nothing when nothing is."""
    return (Piece("key", key), *_listed("plain", done)) if done else ()


def _listed(role: Role, texts: Sequence[str], before: str = "") -> tuple[Piece, ...]:
    """Phrases with commas between them; `before` stays with the first word."""
    commas = [*(f"{text}," for text in texts[:-1]), *texts[-1:]]
    pieces = [piece for text in commas for piece in phrase(role, text)]
    return tuple(piece._replace(text=before + piece.text) if i == 0 else piece for i, piece in enumerate(pieces))
