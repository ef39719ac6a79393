"""Bounded worlds: for each chart what may happen to it, and what of its data is forgotten between two steps.

`forget` puts data back to a representative of all data that make no difference to what comes: now becomes NOW, instants
fall into a few classes around it, and counters that only count become 0. What it does not forget is the world's bound:
3 tabs and 2 videos, sequence numbers to 6, 0 to 3 errors of the breaker, one remark in hand and one that waits, 3
attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import product

from lossy.charts.explore import NOW, Act, Part
from lossy.charts.model import Data, Event, State
from lossy.charts.together import Charts
from lossy.domain import agent, note, ownership, reconnect, rollout, voice
from lossy.sessions.catalog import delays, limits
from lossy.settings import Settings

SETTINGS = Settings()
TABS, VIDEOS, SEQ, ERRORS = 3, 2, 6, 3
LATE, BREATH, REMARK = -1_000, 100, 600  # ms: before the last event; under the guard; over guard and cooldown
EARLIER = NOW + 2 * LATE  # the class of every instant before what arrives late

Bounded = Callable[[Charts], Part]


def _class_of(at: int | None, now: int) -> int | None:
    """An instant as just now, or earlier than anything that still arrives."""
    return None if at is None else NOW if now - at < -LATE else EARLIER


# -- voice --------------------------------------------------------------------------------------------------------

BACK_OFF_MAX = 2 * SETTINGS.voice.breaker_first_ms  # doubling once is like doubling again
_HERE = {"device": "laptop", "seq": 1}
FROM_PERSON = ("start", "stop", "pause", "resume", "cancel", "seek", "silence_timeout", "close")
FROM_OTHERS = ("heartbeat", "metrics", "inference_failed", "settings_changed", "caught_up", "all_decided")
SPEECH = (
    Act("speech_start", _HERE),
    Act("speech_start", _HERE, REMARK),
    Act("speech_start", _HERE, LATE),
    Act("speech_end", _HERE, BREATH),
    Act("speech_end", _HERE, REMARK),
    Act("speech_end", _HERE | {"probability": 0.1}, REMARK),
    Act("speech_end", _HERE, LATE),
)
LINK = (
    Act("attach", {"device": "laptop"}),
    Act("drop", {"device": "laptop"}),
    Act("link_expired", {"device": "laptop"}),
    Act("link_expired", {"device": "phone"}),
)
_TAB = {"tab": 1, "device": "laptop"}
OWNER = (Act("context_gained", {**_TAB, "epoch": 1}), Act("context_lost", {"epoch": 1}))
REGAINED = Act("context_gained", {**_TAB, "epoch": 1, "regained": True})
OVERTAKEN = (Act("context_gained", {**_TAB, "epoch": 0}), Act("context_lost", {"epoch": 0}))
VOICE = (
    *map(Act, (*FROM_PERSON, *FROM_OTHERS)),
    Act("settings_changed", {"auto_pause": True}),
    *SPEECH,
    Act("silence_timeout", {}, LATE),
    Act("seek", {}, LATE),
    Act("error"),
    Act("error", {}, SETTINGS.voice.breaker_window_ms),
    Act("transcript_final", {"id": "a", "device": "laptop", "segment": 1}),
)


SECOND_DEVICE = (
    Act("speech_start", {"device": "phone", "seq": 1}),
    Act("speech_end", {"device": "phone", "seq": 2}, REMARK),
    Act("attach", {"device": "phone"}),
    Act("drop", {"device": "phone"}),
)


def _voice_acts(state: State) -> Iterable[Act]:
    """The phone is a second device beside the laptop, which has the microphone."""
    yield from (*VOICE, *LINK, *OWNER, REGAINED, *OVERTAKEN)
    if state.data["owner"] is not None:
        yield from SECOND_DEVICE


def _forget_voice(data: Data, now: int) -> Data:
    """While the breaker is half open errors are not counted, and when it is closed its last opening is history.

    Why a segment was refused makes no difference to the next one, nor does it whether a person paused or another tab.
    The phone is there, and auto-pause off, only while nothing else is going on.
    """
    probing, segment, aside = data["probing"], data["segment"], data["set_aside"]
    refused = segment and segment["refused"] and "because"
    recent = [at for at in data["errors"] if now - at < data["delays"]["breaker_window"]]
    calm = not (probing or segment or data["errors"] or data["ignored"] or data["kept"])
    quiet = data["quiet_from"] is not None and now - data["quiet_from"] < data["delays"]["cooldown"]
    return {
        **data,
        "segment": segment and {**segment, "refused": refused, "at": NOW if refused else _class_of(segment["at"], now)},
        "paused": _forget_pause(data["paused"], now),
        "set_aside": aside and {"paused": _forget_pause(aside["paused"], now)},
        "quiet_from": NOW if quiet else None,
        "broken_at": _class_of(data["broken_at"], now) if probing else None,
        "broken_until": NOW + 1 if probing and data["broken_until"] > now else 0,
        "errors": [] if probing else [NOW] * len(recent),
        "kept": 0,
        "ignored": {},
        "refused": [refused for refused in data["refused"] if refused[0] == "laptop"][-1:],
        "metrics": {},
        "auto_pause": data["auto_pause"] or not calm,
        "devices": sorted(data["devices"]) if calm else [here for here in data["devices"] if here == "laptop"],
    }


def _forget_pause(paused: Data | None, now: int) -> Data | None:
    if paused is None:
        return None
    return {"by": "silence" if paused["by"] == "silence" else "person", "at": _class_of(paused["at"], now)}


def voice_part(charts: Charts) -> Part:
    data = voice.initial({**delays(SETTINGS.voice), "breaker_max": BACK_OFF_MAX}, limits(SETTINGS.voice))
    starts = ({**data, "auto_pause": sleeps, "context_epoch": 1} for sleeps in (True, False))
    return Part(charts["voice"], tuple(starts), _voice_acts, _forget_voice)


# -- agent --------------------------------------------------------------------------------------------------------

WORDS = ("The logo is too dark.", "scratch that", "undo", "post it", "keep it", "pause", "resume", "make that red")
AWAITED = 2
MENDED = 2  # one correction to take back, or more
DRAFTS = (0.1, 0.6, 0.9)
AGENT = (
    *map(Act, ("close", "cancel", "confirm", "undo", "post", "audio_full")),
    Act("segment", {"device": None, "seq": 9}),
    *map(Act, ("failed.structuring", "failed.transcribing_here", "done.transcribing_here")),
    *(Act("done.structuring", {"text": "", "category": "color", "confidence": sure}) for sure in DRAFTS),
    Act("settings_changed"),
    Act("undo", {"remark": "one of before"}),
    *(
        Act(f"note_{became}", {"category": "color", "remark": remark})
        for became in ("deleted", "restored")
        for remark in ("last", "one of before")
    ),
)


EAR = (Act("listen"), Act("rest"))


def _agent_acts(state: State) -> Iterable[Act]:
    """One remark waits at most, each under the first free name, and the words of two segments are awaited.

    The ear hears nothing that the others do, nor they of it: it turns at the beginning, and then nothing else happens.
    """
    data = state.data
    if not data["segments"] and data["last"] is None and not data["closing"]:
        yield from EAR
    if "idle" not in state.active:
        return
    yield from (act for act in AGENT if act.name != "segment" or len(data["awaited"]) < AWAITED)
    remark = {"id": min({"a", "b", "c"} - {remark["id"] for remark in _remarks(data)}), "device": None}
    texts = WORDS if data["commands"] else WORDS[:1]
    yield from (Act("transcript", {**remark, "text": text, "segment": None}) for text in texts)
    yield from (Act("transcript", {**remark, "text": WORDS[0], "segment": start}) for start in (1, 3))


def _forget_agent(data: Data, now: int) -> Data:
    """A failure is noted anew before it is told. How sure the last note was matters while nothing else is in hand, and
    that it is pending also to a remark that may mend it; after another one it is not pending any more.

    Five deletions raise a threshold to where none of DRAFTS stands on the other side of it.
    """
    named = [{"id": id, "text": remark["text"]} for id, remark in zip("ab", _remarks(data), strict=False)]
    awaited = data["awaited"][-AWAITED:]
    shown = data["pending"] and not data["remark"]
    pending = shown or (data["remark"] is not None and agent.mends(data))
    sure = data["last"]["confidence"] if shown else DRAFTS[1]
    if data["remark"] and not pending:
        named[0]["text"] = WORDS[0]
    last = data["last"] and {**data["last"], "id": "last", "confidence": sure}
    if last and "mended_from" in last:
        last = {**last, "mended_from": last["mended_from"][-MENDED:]}
    forgotten = {
        **data,
        "remark": data["remark"] and named[0],
        "waiting": named[-1:] if data["waiting"] else [],
        "last": last,
        "deletions": {},
        "pending": pending,
        "time_up": shown and data["time_up"],
        "failure": None,
        "awaited": [{"n": n, "device": None, "seq": 2 * n, "at": NOW} for n, _ in enumerate(awaited, 1)],
        "asked": sum(segment["n"] <= data["asked"] for segment in awaited),
        "segments": len(awaited),
        "worded": 0,
        "missing": 0,
    }
    return forgotten if data["remark"] else agent.begin_tries(forgotten, Event("", now))


def _remarks(data: Data) -> list[Data]:
    return [remark for remark in (data["remark"], *data["waiting"]) if remark]


def agent_part(charts: Charts) -> Part:
    begin = partial(agent.initial, delays(SETTINGS.agent), min_confidence=SETTINGS.agent.min_confidence, retries=1)
    starts = [begin(auto_post=True, commands=True, server_stt=server) for server in (False, True)] + [
        begin(commands=False)
    ]
    bounded = tuple({**data, "limits": {**data["limits"], "waiting": 1}} for data in starts)
    return Part(charts["agent"], bounded, _agent_acts, _forget_agent)


# -- ownership ----------------------------------------------------------------------------------------------------

HOUR = 3_600_000
CLOCK = ("client_at",)
CLAIMED = 10  # ms after the claim before; the newest claim is always of NOW


def _claims(state: State) -> Iterable[Act]:
    """From each tab, of each video: made now, now by a clock an hour ahead or behind, before the newest, or again."""
    for tab, video in product(range(1, TABS + 1), range(1, VIDEOS + 1)):
        place = {"tab": tab, "session": 10 * tab + video, "video": video}
        for ahead_ms in (0, 3_600_000, -3_600_000):
            yield Act(
                "claim", {**place, "seq": 1, "client_at": NOW + CLAIMED + ahead_ms, "offset_ms": 0}, CLAIMED, CLOCK
            )
        yield Act("claim", {**place, "seq": 1, "client_at": NOW - CLAIMED, "offset_ms": 0}, CLAIMED, CLOCK)
        yield Act("claim", {**place, "seq": 0, "client_at": NOW - 2 * CLAIMED, "offset_ms": 0}, 0, CLOCK)


def _ownership_acts(state: State) -> Iterable[Act]:
    yield from _claims(state)
    for name, tab in product(("release", "tab_closed", "tab_lost", "tab_back"), range(1, TABS + 1)):
        yield Act(name, {"tab": tab, "seq": 2, "client_at": NOW + CLAIMED}, CLAIMED, CLOCK)
        yield Act(name, {"tab": tab, "seq": 0, "client_at": NOW - 2 * CLAIMED}, 0, CLOCK)


def _forget_ownership(data: Data, now: int) -> Data:
    heard = {tab: [0, NOW - CLAIMED if tab != data["latest"][2] else NOW] for tab in data["heard"]}
    return {
        **data,
        "latest": data["latest"] and [NOW, 0, data["latest"][2]],
        "epoch": 0,
        "since_epoch": 0,
        "heard": heard,
    }


def ownership_part(charts: Charts) -> Part:
    data = ownership.initial(delays(SETTINGS.ownership))
    return Part(charts["ownership"], (data,), _ownership_acts, _forget_ownership)


# -- reconnect ----------------------------------------------------------------------------------------------------

PUSHES, RING = 3, 2


def _reconnect_acts(state: State) -> Iterable[Act]:
    """Of a device that has given numbers to SEQ, whatever it remembers, on this socket or on the one before it."""
    data = state.data
    yield from (Act("event", {"seq": seq, "socket": socket}) for seq, socket in product(range(1, SEQ + 1), (0, 1)))
    for first, last in ((1, 1), (1, 3), (2, 4), (4, SEQ)):
        yield from (Act("skipped", {"from": first, "to": last, "socket": socket}) for socket in (0, 1))
    yield from (Act("drop", {"socket": socket}) for socket in (0, 1))
    yield from (Act("ack", {"reset": reset, "last_seq": last}) for reset, last in product((0, 1), (0, SEQ)))
    yield Act("close")
    yield from (Act("pushed", {"count": count}) for count in range(1, PUSHES + 1 - data["pushed_through"]))
    yield from (Act("taken_over", {"push_epoch": epoch}) for epoch in (1, 2))
    yield from _attaches(data)


def _attaches(data: Data) -> Iterable[Act]:
    held = [(None, 0), *((first, SEQ) for first in range(1, SEQ + 1)), (1, 3), (2, 3)]
    seen = [(None, None), (1, 2), *((pushed, 1) for pushed in range(PUSHES + 1))]
    yield Act("attach", {"socket": 0})
    for (first, last), (pushed, epoch) in product(held, seen):
        yield Act(
            "attach",
            {"socket": 1, "first_seq": first, "last_seq": last, "last_push_seq": pushed, "push_epoch": epoch},
        )


def _forget_reconnect(data: Data, now: int) -> Data:
    answered = data["agreed"] == data["resets"]
    resets = {"resets": 1, "agreed": int(answered)}
    return {**data, "socket": data["socket"] and 1, "push_epoch": 1, **resets}


def reconnect_part(charts: Charts) -> Part:
    data = reconnect.initial(delays(SETTINGS.reconnect), ring=RING)
    return Part(charts["reconnect"], (data,), _reconnect_acts, _forget_reconnect)


# -- note and rollout ---------------------------------------------------------------------------------------------

NOTE = (
    *(
        Act(name, {"by": by}, 1)
        for name in ("confirm", "edit", "merge", "delete", "undo", "queue", "unqueue")
        for by in "ab"
    ),
    Act("edit", {"by": "a", "spoken": True}, 1),
    Act("expire", {"by": None}, 1),
    Act("begin", {"probed_at": None}, 1),
    *(Act("begin", {"probed_at": at}, 1, ("probed_at",)) for at in (NOW - 1, NOW + 1)),
)


def _note_acts(state: State) -> Iterable[Act]:
    yield from NOTE
    for attempt in {1, state.data["attempts"]} if state.data["attempts"] else ():
        yield Act("posted", {"attempt": attempt, "permalink": "there"}, 1)
        yield from (Act(name, {"attempt": attempt, "reason": "why"}, 1) for name in ("not_posted", "unsure"))


def _forget_note(data: Data, now: int) -> Data:
    """Of attempts only those since the last approval matter, and whether one of before may still answer."""
    spent = min(data["spent"], 1)
    return {
        **data,
        "attempts": data["attempts"] - data["spent"] + spent,
        "spent": spent,
        "doubt": None if data["doubt"] is None else NOW,
    }


def note_part(charts: Charts) -> Part:
    begin = partial(note.initial, delays(SETTINGS.posting), limits(SETTINGS.posting), author="a")
    starts = (begin(self_firming=firms) for firms in (False, True))
    return Part(charts["note"], tuple(starts), _note_acts, _forget_note)


GOOD = {"disconnect_rate": 0.0, "error_rate": 0.0, "p95_ms": 1}
FIGURES: tuple[Mapping[str, float | None], ...] = (
    GOOD,
    GOOD | {"p95_ms": SETTINGS.rollout.worrying_p95_ms},
    GOOD | {"error_rate": SETTINGS.rollout.alarming_error_rate},
    GOOD | {"disconnect_rate": None},
)
ROLLOUT = (
    *(Act(name, {}, 1) for name in ("start", "pause", "resume", "roll_back", "finish")),
    *(Act("figures", {**figures, "since": since}, 1, ("since",)) for figures in FIGURES for since in (NOW - 2, NOW)),
)


def _forget_rollout(data: Data, now: int) -> Data:
    """A dwell that is over began long ago, and one that is not began just now."""
    began = data["began_at"] and NOW - SETTINGS.rollout.dwell_ms * data["dwelt"]
    return {**data, "began_at": began, "word_at": data["word_at"] and NOW - 1, "figures": {}}


def rollout_part(charts: Charts) -> Part:
    data = rollout.initial(delays(SETTINGS.rollout), limits(SETTINGS.rollout))
    return Part(charts["rollout"], (data,), lambda state: ROLLOUT, _forget_rollout)


WORLDS: Mapping[str, Bounded] = {
    "voice": voice_part,
    "agent": agent_part,
    "ownership": ownership_part,
    "reconnect": reconnect_part,
    "note": note_part,
    "rollout": rollout_part,
}
