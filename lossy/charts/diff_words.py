"""Changes of a chart in words: one line for each, to stand under the name of its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.charts.diff import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.charts.diff import Change, Detail
    from lossy.charts.fates import Fates

# Of many configurations with one fate so many are told one by one.
TOLD = 12

HEADINGS = {
    "event": "Events",
    "effect": "Effects and work",
    "invariant": "Invariants",
    "migration": "Migrations",
    "guard": "Guards",
    "update": "Updates",
}
# What a field is called where it says more than its key.
SAYS = {"to": "to", "if": "if", "do": "do", "delay": "waits", "restore": "restored as", "from": "from", "by": "by"}


def line(change: Change) -> str:
    """The change without its state's name, `on start: to observing instead of idle`; empty where only words changed."""
    details = [each for each in change.details if each.field not in WORDS]
    match change.what, change.how:
        case _ if change.quiet:
            return ""
        case "state", "moved":
            (place,) = details
            return f"moved: {_inside(place.new)} instead of {_inside(place.old)}"
        case "state", "added" | "removed":
            return f"{change.how}: {_state(_fields(change))}"
        case "timer" | "transition", "added" | "removed":
            return f"{change.how}: {_subject(change)}{_transition(_fields(change))}"
        case "state" | "chart", _:
            return _details(details)
        case _, "changed":
            return f"{_subject(change)}: {_details(details)}"
        case _:
            facts = "; ".join(_fact(name, value(of)) for name, of in _fields(change).items())
            return f"{change.how}: {change.id}{f' ({facts})' if facts else ''}"


def aside(change: Change) -> str:
    """What the file says of it to people, where that changed."""
    details = [each for each in change.details if each.field in WORDS and change.how == "changed"]
    subject = "" if change.what in ("state", "chart") else f"{_subject(change)}: "
    return f"{subject}{_details(details)}" if details else ""


def _fields(change: Change) -> dict[str, Any]:
    return {each.field: each.old if change.how == "removed" else each.new for each in change.details}


def _inside(parent: str | None) -> str:
    return f"inside {parent}" if parent else "at the top"


def _state(fields: dict[str, Any]) -> str:
    told = ("initial", "default", "entry", "exit", "during")
    words = [fields["kind"], _inside(fields.get("parent"))]
    return ", ".join([*words, *(f"{name} {value(fields[name])}" for name in told if name in fields)])


def _subject(change: Change) -> str:
    """What a transition is told by: its event, and its rank among those tried on it, from the second on."""
    if change.what != "transition":
        return "timer" if change.what == "timer" else change.id
    _, event, rank = change.id.rsplit("/", 2)
    subject = "always" if event == "always" else f"on {event}"
    return subject if rank == "0" else f"{subject} ({_ordinal(int(rank) + 1)})"


def _ordinal(n: int) -> str:
    return f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n if n < 20 else n % 10, 'th') }"


def _transition(fields: dict[str, Any]) -> str:
    words = [f" {fields['delay']} ({fields['restore']})"] if "delay" in fields else []
    words += [f", if {fields['if']}"] if "if" in fields else []
    words += [f", to {value(fields['to'])}" if "to" in fields else ", no target"]
    words += [f", do {value(fields['do'])}"] if "do" in fields else []
    words += [", internal"] if "internal" in fields else []
    return "".join(words)


def _details(details: list[Detail]) -> str:
    return "; ".join(_detail(each) for each in details)


def _detail(detail: Detail) -> str:
    match detail.field, detail.old, detail.new:
        case "order", old, new:
            return f"tried {_ordinal(new)} instead of {_ordinal(old)}"
        case field, old, new if field in WORDS:
            return f"says {_quoted(new)} instead of {_quoted(old)}"
        case "ignores", old, new:
            return "; ".join(_more_and_less("ignores", old or [], new or []))
        case field, None, new:
            return f"{_fact(field, value(new))}, before none"
        case field, old, None:
            return f"{_fact(field, 'none')} instead of {value(old)}"
        case field, old, new:
            return f"{_fact(field, value(new))} instead of {value(old)}"


def _fact(field: str, words: str) -> str:
    return words if field == "words" else f"{SAYS.get(field, field)} {words}"


def _quoted(words: Any) -> str:
    return "nothing" if words is None else f"“{value(words)}”"


def _more_and_less(verb: str, old: list[str], new: list[str]) -> Iterator[str]:
    more, less = [each for each in new if each not in old], [each for each in old if each not in new]
    if more:
        yield f"{verb} {', '.join(more)} now"
    if less:
        yield f"{verb} {', '.join(less)} no longer"


def value(of: Any) -> str:
    """A JSON value in one line, much as the file has it."""
    match of:
        case list():
            return ", ".join(map(_action, of))
        case dict():
            return "{" + ", ".join(f"{name}: {value(to)}" for name, to in of.items()) + "}"
        case True | False | None:
            return {True: "true", False: "false", None: "null"}[of]
        case _:
            return str(of)


def _action(of: Any) -> str:
    """One with arguments is a mapping of its name to them."""
    return " ".join(f"{name} {value(args)}" for name, args in of.items()) if isinstance(of, dict) else value(of)


# -- snapshots ----------------------------------------------------------------------------------------------------


def told(fates: Fates) -> Iterator[str]:
    """What becomes of stored snapshots: a line of counts, then those migrated, then those refused, by reason."""
    of = f"Stored snapshots of version {fates.version}, in {fates.configurations} configurations"
    if not fates.differences:
        yield f"{of}: all load as they are, for the states are the same."
        return
    counts = (
        _counted(len(fates.as_they_are), "loads as it is", "load as they are"),
        _counted(len(fates.migrated), "is migrated", "are migrated"),
        _counted(len(fates.refused), "is refused", "are refused"),
    )
    yield f"{of}: {', '.join(filter(None, counts))}."
    if fates.unsaid:
        yield f"  The states changed and the version is still {fates.into}: raise it."
    yield from _first([f"{was} → {there}" for was, there in fates.migrated])
    for why in dict.fromkeys(why for _, why in fates.refused):
        yield f"  refused: {why}"
        yield from _first([f"  {was}" for was, reason in fates.refused if reason == why])


def _counted(n: int, one: str, more: str) -> str:
    return "" if n == 0 else f"{n} {one if n == 1 else more}"


def _first(lines: list[str]) -> Iterator[str]:
    yield from (f"  {each}" for each in lines[:TOLD])
    if len(lines) > TOLD:
        yield f"  and {len(lines) - TOLD} more"
