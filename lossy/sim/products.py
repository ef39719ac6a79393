"""Charts of one user together, in bounded worlds: who may record, on which link, in whose tab."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import attrs
from attrs import frozen

from lossy.charts.explore import Act, explore
from lossy.charts.product import Folded, Invariants, Product, Views, fold, multiply
from lossy.sim.worlds import (
    EAR,
    LINK,
    OWNER,
    REGAINED,
    SPEECH,
    VOICE,
    agent_part,
    ownership_part,
    reconnect_part,
    voice_part,
)

if TYPE_CHECKING:
    from lossy.charts.model import Effect, State
    from lossy.charts.together import Charts

Tells = Callable[["Effect"], Iterable[tuple[str, Act]]]

GAINED, LOST = OWNER
# The context that each voice session of a product is of: a tab, and a video in it.
MINE, OTHER = "voice", "other_voice"
CONTEXTS = {MINE: (1, 1), OTHER: (2, 1)}
CLOSE = Act("close")


@frozen
class Seen:
    """What an invariant sees of a voice session."""

    recording: bool
    owner: bool
    over: bool  # closed, whether or not everything has its outcome
    ended: bool


def _sees_voice(state: State) -> Hashable:
    over = not {"closing", "ended"}.isdisjoint(state.active)
    return Seen("recording" in state.active, bool(state.data["owner"]), over, "ended" in state.active)


def _sees_ownership(state: State) -> Hashable:
    """The tab and video that have the microphone; None while nobody has."""
    owner = state.data["owner"]
    return owner and (owner["tab"], owner["video"])


def _sees_link(state: State) -> Hashable:
    return next(id for id in ("connected", "replaying", "resetting", "lost", "expired", "closed") if id in state.active)


# -- what the parts make each other hear --------------------------------------------------------------------------


def _owner_tells(sessions: Mapping[str, tuple[int, int]], *, back: bool) -> Tells:
    """What the effects do once they are performed (E2): the sessions of both contexts hear of it.

    A session hears of each owner, so who comes `back` regains what nobody else has had since a lapse.
    """

    def tells(effect: Effect) -> Iterable[tuple[str, Act]]:
        data, owner = effect.data, effect.data["owner"]
        gained = REGAINED if back and data["since_epoch"] < data["epoch"] else GAINED
        acts = {"give_context": gained, "take_context": LOST, "end_review": CLOSE}
        context, act = owner and (owner["tab"], owner["video"]), acts.get(effect.name)
        return [(name, act) for name, of in sessions.items() if act is not None and of == context]

    return tells


def _link_tells(effect: Effect) -> Iterable[tuple[str, Act]]:
    """What its `send`s say, and the event that is handed on."""
    if effect.name == "hand_on":
        yield MINE, SPEECH[effect.event.payload["kind"]]
    elif effect.name == "send":
        of_device = effect.args["event"] in ("attach", "drop", "link_expired")
        yield MINE, Act(effect.args["event"], {"device": "laptop"} if of_device else {})


def _voice_tells(effect: Effect) -> Iterable[tuple[str, Act]]:
    """The links of a session end with it."""
    if effect.name == "send" and effect.args["event"] == "close":
        yield "reconnect", CLOSE


def _of_speech(acts: Iterable[Act]) -> Iterable[Act]:
    """Every critical event is one of speech, and the end comes from the session."""
    for act in (act for act in acts if act != CLOSE):
        kinds = range(len(SPEECH)) if act.name == "event" else [None]
        yield from (attrs.evolve(act, payload={**act.payload, "kind": kind}) for kind in kinds)


# -- the products -------------------------------------------------------------------------------------------------


def _recorder_is_owner(name: str) -> Callable[[Views], bool]:
    return lambda seen: not _voice(seen, name).recording or seen["ownership"] == CONTEXTS[name]


def _voice(seen: Views, name: str) -> Seen:
    view = seen[name]
    assert isinstance(view, Seen)
    return view


def _owns(seen: Views, name: str) -> bool:
    return _voice(seen, name).owner and not _voice(seen, name).over


UNLINKED = ("expired", "closed")  # beyond the grace
TWO_TABS: Invariants = {
    "one_recorder": lambda seen: not (_voice(seen, MINE).recording and _voice(seen, OTHER).recording),
    "recorder_is_owner": lambda seen: _recorder_is_owner(MINE)(seen) and _recorder_is_owner(OTHER)(seen),
    "one_owner": lambda seen: not (_owns(seen, MINE) and _owns(seen, OTHER)),
}
ONE_LINK: Invariants = {
    "recorder_is_owner": _recorder_is_owner(MINE),
    "recorder_has_a_link": lambda seen: seen["reconnect"] not in UNLINKED or not _voice(seen, MINE).recording,
    "owner_knows": lambda seen: _voice(seen, MINE).over or _owns(seen, MINE) == (seen["ownership"] == CONTEXTS[MINE]),
}


# A tab that is back goes on with what was set aside. With the breaker besides, voice has 11,362 states in 646 classes:
# a minute for one link, and too long for two tabs. A return knows nothing of errors; the other products have those.
BREAKER = frozenset({"error", "inference_failed"})
CALM = tuple(act for act in VOICE if act.name not in BREAKER)
BACK = (*OWNER, REGAINED)


def two_tabs(charts: Charts, *, back: bool = False) -> tuple[Product, Invariants]:
    """Two voice sessions of one user, each in a tab of its own, and the ownership of the microphone."""
    acts, owner = (CALM, BACK) if back else (VOICE, OWNER)
    voice = attrs.evolve(voice_part(charts), acts=lambda state: (*acts, *LINK), hears=(*owner, CLOSE))
    folded = fold(explore(voice), _sees_voice)
    parts = {MINE: folded, OTHER: folded, "ownership": _ownership(charts, CONTEXTS, back=back)}
    return multiply(parts, TWO_TABS), TWO_TABS


def one_link(charts: Charts, *, back: bool = False) -> tuple[Product, Invariants]:
    """A voice session, the ownership of the microphone, and the link of the device that speaks."""
    acts, owner = (CALM, BACK) if back else (VOICE, OWNER)
    silent = tuple(act for act in acts if act not in SPEECH)
    heard = (*owner, *LINK, *SPEECH, Act("caught_up"), CLOSE)
    voice = attrs.evolve(voice_part(charts), acts=lambda state: silent, hears=heard, tells=_voice_tells)
    alone = reconnect_part(charts)
    link = attrs.evolve(alone, acts=lambda state: _of_speech(alone.acts(state)), hears=(CLOSE,), tells=_link_tells)
    parts = {
        MINE: fold(explore(voice), _sees_voice),
        "ownership": _ownership(charts, {MINE: CONTEXTS[MINE]}, back=back),
        "reconnect": fold(explore(link), _sees_link),
    }
    return multiply(parts, ONE_LINK), ONE_LINK


def _ownership(charts: Charts, sessions: Mapping[str, tuple[int, int]], *, back: bool) -> Folded:
    part = attrs.evolve(ownership_part(charts), tells=_owner_tells(sessions, back=back))
    return fold(explore(part), _sees_ownership)


AGENT_HEARS = {
    "transcript": Act("transcript", {"id": "c", "text": "The logo is too dark.", "device": None, "segment": None}),
    "segment": Act("segment", {"device": None, "seq": 9}),
    **{name: Act(name) for name in ("cancel", "close", "settings_changed")},
}
ONE_SESSION: Invariants = {
    "end_together": lambda seen: _voice(seen, MINE).ended == (seen["agent"] == "ended"),
    "nothing_is_heard_after_the_end": lambda seen: seen["agent"] != "ended" or not _voice(seen, MINE).recording,
}


def one_session(charts: Charts) -> tuple[Product, Invariants]:
    """A voice session and its agent."""

    def to_agent(effect: Effect) -> Iterable[tuple[str, Act]]:
        """All but what only the ear hears."""
        act = AGENT_HEARS.get(effect.args["event"]) if effect.name == "send" else None
        return [("agent", act)] if act else []

    def to_voice(effect: Effect) -> Iterable[tuple[str, Act]]:
        return [(MINE, Act(effect.args["event"]))] if effect.name == "send" else []

    told = tuple(map(Act, ("pause", "resume", "inference_failed", "all_decided")))
    outside = tuple(act for act in VOICE if act.name not in ("inference_failed", "all_decided"))
    voice = attrs.evolve(voice_part(charts), acts=lambda state: (*outside, *LINK, *OWNER), hears=told, tells=to_agent)
    alone = agent_part(charts)
    agent = attrs.evolve(
        alone,
        starts=alone.starts[:1],
        acts=lambda state: [act for act in alone.acts(state) if act not in EAR and act.name not in AGENT_HEARS],
        hears=tuple(AGENT_HEARS.values()),
        tells=to_voice,
    )
    parts = {MINE: fold(explore(voice), _sees_voice), "agent": fold(explore(agent), _sees_agent)}
    return multiply(parts, ONE_SESSION), ONE_SESSION


def _sees_agent(state: State) -> Hashable:
    return "ended" if "ended" in state.active else "live"


PRODUCTS: Mapping[str, Callable[[Charts], tuple[Product, Invariants]]] = {
    "two tabs": two_tabs,
    "two tabs and back": partial(two_tabs, back=True),
    "one link": one_link,
    "one link and back": partial(one_link, back=True),
    "one session": one_session,
}
