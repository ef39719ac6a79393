"""Which charts a session runs: voice, agent, and a `reconnect` for each device that has joined it. Pure.

The state of a device's link stands among the session's states under a name of its own, and comes and goes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.model import Event
from lossy.charts.step import start, take
from lossy.charts.together import advance
from lossy.domain.ids import id_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from lossy.charts.model import Data, State
    from lossy.charts.step import Effects
    from lossy.charts.together import Charts, Moved, States

LINK = "reconnect"
OF_A_DEVICE = f"{LINK}:"
SAID = "event"  # by the device, in its order
ATTACH, DROP, PUSHED, TAKEN_OVER, CLOSE = "attach", "drop", "pushed", "taken_over", "close"

AWAITED = frozenset({"attached", "lost"})

# A person has a laptop, a phone and a tablet, and now and then a new browser on one of them.
LINKS = 16


def link_of(device_id: object) -> str:
    return f"{OF_A_DEVICE}{device_id}"


def device_of(name: str) -> str | None:
    """The device whose link has that name; None for another chart's."""
    return name.removeprefix(OF_A_DEVICE) if name.startswith(OF_A_DEVICE) else None


def links(states: Iterable[str]) -> tuple[str, ...]:
    return tuple([name for name in states if name.startswith(OF_A_DEVICE)])


def attached(states: States) -> frozenset[tuple[str, str | None]]:
    """The devices whose sockets are there, each with its tab where it has said which."""
    there = (name for name in links(states) if "attached" in states[name].active)
    return frozenset((name.partition(":")[2], states[name].data["tab"]) for name in there)


def awaited(states: States) -> bool:
    """Whether a device is there, or is waited for because its grace lasts."""
    return any(name.startswith(OF_A_DEVICE) and not state.active.isdisjoint(AWAITED) for name, state in states.items())


def running(kinds: Charts, names: Iterable[str]) -> Charts:
    """The chart of each name; `kinds` has one of each kind."""
    return {name: kinds[name.partition(":")[0]] for name in names}


def begin_link(kinds: Charts, states: States, name: str, initial: Data, at: int) -> States | None:
    """The states with a fresh link of that name. Beyond LINKS one that nobody waits for any more is let go: should its
    device come back it is told to number anew. None when there is none of these.
    """
    there = links(states)
    gone = None
    if len(there) >= LINKS:
        gone = min((link for link in there if "expired" in states[link].active), default=None)
        if gone is None:
            return None
    fresh, _ = start(kinds[LINK], initial, at)
    return {**{link: state for link, state in states.items() if link != gone}, name: fresh}


def resumed_link(kinds: Charts, initial: Data, accepted_through: int, at: int) -> State:
    """A link of which nothing is known but what was accepted from its device."""
    return start(kinds[LINK], {**initial, "accepted_through": accepted_through}, at)[0]


def step_together(kinds: Charts, states: States, to: str, event: Event, fresh: Data) -> Moved | None:
    """As `advance`; the attach of a device that has no link begins one, with the data `fresh`.

    None when there is no link and none can be.
    """
    if to not in states:
        begun = begin_link(kinds, states, to, fresh, event.at) if event.name == ATTACH else None
        if begun is None:
            return None
        states = begun
    return advance(kinds if to in kinds else {**kinds, to: kinds[LINK]}, states, to, event)


def told(kinds: Charts, states: States, link: str, event: Event) -> tuple[State, Effects, tuple[str, ...]]:
    """What a link makes of something that it hears alone, and the invariants that did not hold of that: as `advance`,
    in half of the time. A remark comes with three of these.
    """
    move, broken_by = take(kinds[LINK], states[link], event)
    broken = broken_by(move)
    return move.after, move.effects, tuple([f"{link}:{id}" for id in broken]) if broken else ()


def entered(event: Event, to: str, n: int, device_id: UUID | None) -> Event:
    """The event as the charts see it: with the number of its journal entry, and the device that it is of."""
    device = device_of(to) or (None if device_id is None else id_text(device_id))
    return Event(event.name, event.at, {**event.payload, "n": n, "device": device})
