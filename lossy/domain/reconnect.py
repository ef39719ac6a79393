"""The rules of `statecharts/reconnect.yaml`: what one device sent and has seen, by sequence numbers.

Both directions count from 1 without holes: the device's events, and the pushes to it within their epoch.

The data of a link (JSON values; times in ms):

| key | meaning |
|---|---|
| delays | the durations the chart names |
| limits | ring: how many pushes are held |
| socket | the number of the newest socket, higher than that of each before; 0 before the first in an epoch |
| tab | the one that it is of, where the device says so |
| accepted_through | every event of the device up to this seq was accepted or passed over, and none after it |
| client_through | the last seq that the device holds, by its own account; 0 when it holds none |
| resets, agreed | how often the device was told to number anew, and the last of these that it has answered |
| push_epoch, pushed_through | of the latest push |
| ring_from | the number of the oldest push that is held; one more than pushed_through when none is |

The last three are the session's count of its pushes as this link heard of them. Pushes are not journaled, so each
`attach` brings the session's own count: what was decided by it is decided the same when the journal is replayed.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from lossy.domain.concerns import concerns

if TYPE_CHECKING:
    from lossy.domain.occurrence import Data, Move, Occurrence

_NAME = attrgetter("name")
HEARD = frozenset({"event", "skipped"})
REPLIES = frozenset({"acknowledge", "refuse_gap"})
CATCHING_UP = frozenset({"replay_pushes", "send_picture", "reset_session"})
ON_A_SOCKET = frozenset({"attach", "event", "skipped", "ack", "drop"})
PUSHES = ("push_epoch", "pushed_through", "ring_from")


def initial(delays: Data, *, ring: int) -> Data:
    return {
        "delays": delays,
        "limits": {"ring": ring},
        "socket": 0,
        "tab": None,
        "accepted_through": 0,
        "client_through": 0,
        "resets": 0,
        "agreed": 0,
        "push_epoch": 1,
        "pushed_through": 0,
        "ring_from": 1,
    }


# -- guards: on which socket --------------------------------------------------------------------------------------


def of_this_socket(data: Data, event: Occurrence) -> bool:
    return bool(event.payload["socket"] == data["socket"])


def of_older_socket(data: Data, event: Occurrence) -> bool:
    return bool(event.payload["socket"] < data["socket"])


# -- guards: how the device joins ---------------------------------------------------------------------------------


def diverged(data: Data, attach: Occurrence) -> bool:
    """Whether the device's numbers and ours cannot be of one history, as when somebody's memory was lost: it was told
    that more was accepted, or saw more pushes, than is known here; or what it holds begins beyond the next event, or
    ends before the last that was accepted, or was numbered for another session. Also when they could not at an earlier
    time and it has not answered that reset: it may not have heard of it.
    """
    accepted, told = data["accepted_through"], attach.payload.get("accepted_through") or 0
    first, last = attach.payload.get("first_seq"), attach.payload.get("last_seq")
    ours = _counted(data, attach)
    if data["agreed"] < data["resets"] or told > accepted or _push_seen(ours, attach) > ours["pushed_through"]:
        return True
    return bool(first is not None and (attach.payload.get("of_another") or not first - 1 <= accepted <= last))


def out_of_reach(data: Data, attach: Occurrence) -> bool:
    """The next push for it is not held any more, or it knows nothing of this epoch."""
    ours = _counted(data, attach)
    return bool(_push_seen(ours, attach) < ours["ring_from"] - 1)


def _counted(data: Data, attach: Occurrence) -> Data:
    """The data by the session's own count of its pushes, where the event brings it."""
    return {**data, **attach.payload.get("pushes", {})}


def _push_seen(data: Data, attach: Occurrence) -> int:
    """The last push of this epoch that the device has seen; -1 when it knows nothing of this epoch."""
    seen, epoch = attach.payload.get("last_push_seq"), attach.payload.get("push_epoch")
    return -1 if seen is None or epoch != data["push_epoch"] else int(seen)


# -- guards: what it sends ----------------------------------------------------------------------------------------


def next_in_line(data: Data, event: Occurrence) -> bool:
    return bool(event.payload["seq"] == data["accepted_through"] + 1)


def repeated(data: Data, event: Occurrence) -> bool:
    return bool(event.payload["seq"] <= data["accepted_through"])


def skips_on(data: Data, skipped: Occurrence) -> bool:
    return bool(skipped.payload["from"] <= data["accepted_through"] + 1 <= skipped.payload["to"])


def skipped_before(data: Data, skipped: Occurrence) -> bool:
    return bool(skipped.payload["to"] <= data["accepted_through"])


def caught_up(data: Data, event: Occurrence) -> bool:
    return bool(data["accepted_through"] >= data["client_through"])


def of_this_reset(data: Data, ack: Occurrence) -> bool:
    return bool(ack.payload.get("reset") == data["resets"])


def of_newer_epoch(data: Data, taken_over: Occurrence) -> bool:
    """A node that lost the session may be heard of late."""
    return bool(taken_over.payload["push_epoch"] > data["push_epoch"])


# -- updates ------------------------------------------------------------------------------------------------------


def take_socket(data: Data, attach: Occurrence) -> Data:
    """This socket is the one that counts, and the device holds events up to the last_seq that it says, or none."""
    of = {"socket": attach.payload["socket"], "tab": attach.payload.get("tab")}
    return {**_counted(data, attach), **of, "client_through": _last_held(attach)}


def accept(data: Data, event: Occurrence) -> Data:
    return {**data, "accepted_through": event.payload["seq"]}


def skip(data: Data, skipped: Occurrence) -> Data:
    return {**data, "accepted_through": skipped.payload["to"]}


def number_reset(data: Data, event: Occurrence) -> Data:
    return {**data, "resets": data["resets"] + 1}


def agree(data: Data, ack: Occurrence) -> Data:
    """The latest reset is answered, and the device holds events up to the new last_seq that it says, or none."""
    return {**data, "agreed": data["resets"], "client_through": _last_held(ack)}


def number_pushes(data: Data, told: Occurrence) -> Data:
    """They have the next numbers and are held; beyond as many as the ring holds, the oldest are let go."""
    pushed = data["pushed_through"] + told.payload["count"]
    return {**data, "pushed_through": pushed, "ring_from": max(data["ring_from"], pushed + 1 - data["limits"]["ring"])}


def begin_epoch(data: Data, taken_over: Occurrence) -> Data:
    """Another server, with sockets and pushes of its own; what was accepted was stored, and is counted on."""
    epoch = taken_over.payload["push_epoch"]
    return {**data, "push_epoch": epoch, "pushed_through": 0, "ring_from": 1, "socket": 0}


def _last_held(event: Occurrence) -> int:
    return event.payload.get("last_seq") or 0


# -- what holds after every step ----------------------------------------------------------------------------------


@concerns(effects=("hand_on",), fields=("accepted_through",))
def accepted_in_line(move: Move) -> bool:
    handed = _count(move, "hand_on")
    if not move.before.active:
        return handed == 0
    was, now = move.before.data["accepted_through"], move.after.data["accepted_through"]
    if now == was:
        return handed == 0
    if move.event.name == "skipped":
        return handed == 0 and bool(move.event.payload["from"] <= was + 1 <= move.event.payload["to"] == now)
    return handed == 1 and move.event.name == "event" and bool(move.event.payload["seq"] == now == was + 1)


@concerns(events=HEARD, effects=REPLIES)
def answered(move: Move) -> bool:
    """A refusal is either of what leaves a hole, or of what was numbered before a reset."""
    heard = move.event.name in HEARD and "attached" in move.before.active
    if not heard or of_older_socket(move.before.data, move.event):
        return REPLIES.isdisjoint(map(_NAME, move.effects))
    replies = [name for name in map(_NAME, move.effects) if name in REPLIES]
    payload, accepted = move.event.payload, move.after.data["accepted_through"]
    first, last = payload.get("from", payload.get("seq")), payload.get("to", payload.get("seq"))
    refused = "resetting" in move.before.active or first > accepted + 1
    return replies == (["refuse_gap"] if refused else ["acknowledge"]) and bool(refused or last <= accepted)


@concerns(events=("pushed",), effects=("deliver_pushes",), fields=PUSHES)
def pushes_in_line(move: Move) -> bool:
    if not move.before.active:
        return True
    was, after = move.before.data, _pushes(move.after.data)
    delivered = _count(move, "deliver_pushes")
    if move.event.name == "pushed" and "link" in move.before.active:
        latest = was["pushed_through"] + move.event.payload["count"]
        oldest = max(was["ring_from"], latest + 1 - was["limits"]["ring"])
        in_line = after == (was["push_epoch"], latest, oldest) and latest > was["pushed_through"]
        return bool(in_line and delivered == ("attached" in move.before.active))
    return not delivered and (after == _pushes(was) or _begins_anew(move) or _told_of_pushes(move))


def _begins_anew(move: Move) -> bool:
    epoch, *rest = _pushes(move.after.data)
    return move.event.name == "taken_over" and epoch > move.before.data["push_epoch"] and rest == [0, 1]


def _told_of_pushes(move: Move) -> bool:
    return _joins(move) and _pushes(move.after.data) == _pushes(_counted(move.before.data, move.event))


@concerns(events=("attach",), effects=CATCHING_UP)
def replay_is_whole(move: Move) -> bool:
    if CATCHING_UP.isdisjoint(map(_NAME, move.effects)):
        return not _joins(move)
    caught = [name for name in map(_NAME, move.effects) if name in CATCHING_UP]
    if caught != ["replay_pushes"] or not _joins(move):
        return caught == ["reset_session"] or (caught == ["send_picture"] and _joins(move))
    ours = _counted(move.before.data, move.event)
    return bool(ours["ring_from"] - 1 <= _push_seen(ours, move.event) <= ours["pushed_through"])


@concerns(events=ON_A_SOCKET, fields=("socket",))
def one_socket(move: Move) -> bool:
    if not move.before.active:
        return True
    socket, given = move.before.data["socket"], move.event.payload.get("socket")
    if given is not None and given < socket:
        return move.after == move.before and not move.effects
    if _joins(move):
        return "attached" in move.after.active and bool(move.after.data["socket"] == given)
    if move.event.name == "drop" and given == socket and "attached" in move.after.active:
        return False
    return bool(move.after.data["socket"] in (socket, 0))


def _joins(move: Move) -> bool:
    if move.event.name != "attach" or "link" not in move.before.active:
        return False
    return not of_older_socket(move.before.data, move.event)


def _pushes(data: Data) -> tuple[int, int, int]:
    return data["push_epoch"], data["pushed_through"], data["ring_from"]


def _count(move: Move, name: str) -> int:
    return [*map(_NAME, move.effects)].count(name)
