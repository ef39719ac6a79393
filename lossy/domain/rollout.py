"""The rules of `statecharts/rollout.yaml`: its guards, the updates of its data, and what holds after every step.

Figures are of a window of time. Two rules say which windows count: the guards that pause and roll back disregard
those that began before a person's last word, for the person knew; and a step grows only on a window that is wholly
its own.

The data of a rollout (JSON values; times in ms):

| key | meaning |
|---|---|
| delays | dwell: how long a step lasts at least; worrying_p95, alarming_p95: bounds of that figure |
| limits | bounds of the other figures: worrying_ and alarming_ disconnect_rate and error_rate, each 0 to 1 |
| percent | how many have it: 0, 1, 10, 50 or 100 |
| began_at | when the step began |
| dwelt | whether it has lasted as long as it has to |
| held_by | who holds the flag where it is: guard, person or none |
| word_at | when a person last decided anything |
| figures | the latest, as they came |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lossy.domain.occurrence import Data, Move, Occurrence

# What a person sends; the rest are figures and timers.
WORDS = frozenset({"start", "pause", "resume", "roll_back", "finish"})

Bounds = dict[str, float]  # by figure, what it may not reach


def initial(delays: Data, limits: Data) -> Data:
    return {
        "delays": delays,
        "limits": limits,
        "percent": 0,
        "began_at": None,
        "dwelt": False,
        "held_by": None,
        "word_at": None,
        "figures": {},
    }


# -- guards -------------------------------------------------------------------------------------------------------


def alarming(data: Data, figures: Occurrence) -> bool:
    """Of a window since a person's last word, one reaches the bound that rolls back; and no person holds the flag."""
    return data["held_by"] != "person" and _is_news(data, figures) and _reaches(figures, _alarming(data))


def alarming_in_spite(data: Data, figures: Occurrence) -> bool:
    """Alarming, and a person has decided; so they are told, and nothing is undone."""
    return data["held_by"] == "person" and _is_news(data, figures) and _reaches(figures, _alarming(data))


def worrying(data: Data, figures: Occurrence) -> bool:
    """Of a window since a person's last word, one reaches the bound that pauses."""
    return _is_news(data, figures) and _reaches(figures, _worrying(data))


def ready_to_grow(data: Data, figures: Occurrence) -> bool:
    """Without traffic a figure is missing, and a missing figure is not a good one."""
    whole = bool(figures.payload["since"] >= data["began_at"])
    known = all(figures.payload.get(name) is not None for name in _worrying(data))
    return data["dwelt"] and whole and known and not _reaches(figures, _worrying(data))


# -- updates ------------------------------------------------------------------------------------------------------


def begin_step(data: Data, event: Occurrence, percent: int) -> Data:
    return {**data, "percent": percent, "began_at": event.at, "dwelt": False}


def dwell_over(data: Data, event: Occurrence) -> Data:
    return {**data, "dwelt": True}


def note_figures(data: Data, figures: Occurrence) -> Data:
    return {**data, "figures": figures.payload}


def hold_by_guard(data: Data, event: Occurrence) -> Data:
    return {**data, "held_by": "guard"}


def hold_by_person(data: Data, event: Occurrence) -> Data:
    return {**data, "held_by": "person", "word_at": event.at}


def let_go(data: Data, event: Occurrence) -> Data:
    return {**data, "held_by": None, "word_at": event.at}


# -- what holds after every step ----------------------------------------------------------------------------------


def cohort_only_grows(move: Move) -> bool:
    return _percent(move.after.data) >= _percent(move.before.data) or "rolled_back" in move.after.active


def people_decide(move: Move) -> bool:
    before, after = move.before, move.after
    if before.data.get("held_by") != "person" or move.event.name in WORDS:
        return True
    return before.active == after.active and all(before.data[key] == after.data[key] for key in ("held_by", "percent"))


def dwell_is_kept(move: Move) -> bool:
    before, after, event = move.before.data, move.after.data, move.event
    if not before or event.name in WORDS:
        return True
    if after["dwelt"] and not before["dwelt"] and event.at - before["began_at"] < before["delays"]["dwell"]:
        return False
    return after["percent"] <= before["percent"] or (event.name == "figures" and ready_to_grow(before, event))


def rolled_back_is_off(move: Move) -> bool:
    nobody = not move.after.active.isdisjoint({"off", "rolled_back"})
    return nobody == (_percent(move.after.data) == 0)


def change_is_served(move: Move) -> bool:
    percent = _percent(move.after.data)
    served = [_percent(effect.data) for effect in move.effects if effect.name == "serve"]
    return served == [percent] or (not served and percent == _percent(move.before.data))


def _percent(data: Data) -> int:
    return int(data.get("percent", 0))


# -- figures ------------------------------------------------------------------------------------------------------


def _is_news(data: Data, figures: Occurrence) -> bool:
    return bool(figures.payload["since"] >= data["word_at"])


def _reaches(figures: Occurrence, bounds: Bounds) -> bool:
    known = {name: figures.payload.get(name) for name in bounds}
    return any(value is not None and value >= bounds[name] for name, value in known.items())


def _worrying(data: Data) -> Bounds:
    limits, delays = data["limits"], data["delays"]
    return {
        "disconnect_rate": limits["worrying_disconnect_rate"],
        "error_rate": limits["worrying_error_rate"],
        "p95_ms": delays["worrying_p95"],
    }


def _alarming(data: Data) -> Bounds:
    limits, delays = data["limits"], data["delays"]
    return {
        "disconnect_rate": limits["alarming_disconnect_rate"],
        "error_rate": limits["alarming_error_rate"],
        "p95_ms": delays["alarming_p95"],
    }
