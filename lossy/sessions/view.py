"""What a session's clients are shown of it. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lossy.sessions.restore import AGENT, VOICE

if TYPE_CHECKING:
    from lossy.channels.replay import Outbound
    from lossy.charts.model import Chart, Data
    from lossy.charts.together import Charts, States


# A session is told to its clients with each step, and is in one of a few hundred configurations.
CONFIGURATIONS = 1_024


@lru_cache(CONFIGURATIONS)
def innermost(chart: Chart, active: frozenset[str]) -> tuple[str, ...]:
    return tuple([id for id in chart.in_order(active) if chart.is_atomic(id)])


@lru_cache(CONFIGURATIONS)
def all_active(chart: Chart, active: frozenset[str]) -> tuple[str, ...]:
    return tuple(chart.in_order(active))


def status(kinds: Charts, states: States) -> dict[str, Any]:
    """The state in words: what is active, who has the microphone, and what came of the segments so far."""
    voice, agent = states[VOICE], states[AGENT]
    return {
        "active": [*innermost(kinds[VOICE], voice.active)],
        "agent": [*all_active(kinds[AGENT], agent.active)],
        "owner": voice.data["owner"],
        "paused": voice.data["paused"],
        "kept": voice.data["kept"],
        "ignored": voice.data["ignored"],
    }


def picture(
    session: dict[str, Any], link: Data, outbound: Outbound, *, since: int | None = None, reset: int | None = None
) -> dict[str, Any]:
    """What a device needs to go on: the session as it is, and the pushes after `since` where its link replays them.

    `link` is the data of its link, `session` the status, `reset` the number of a reset that the device has to answer.
    """
    missing = None if since is None else outbound.since(since, outbound.epoch)
    return {
        "session": session,
        "accepted_through": link["accepted_through"],
        "push_epoch": outbound.epoch,
        "push_seq": outbound.seq,
        "pushes": None if missing is None else [{"event": event, "payload": payload} for event, payload in missing],
        "reset": reset,
    }
