"""The rules of `statecharts/ownership.yaml`: which of a user's tabs turned to a video last.

A claim is judged by the time at which it was made, not by its arrival: the tab's own clock, corrected by what its
link measured, and never ahead of the moment at which it arrives. So a clock that is ahead wins nothing that a claim
made at that moment would not win, and one that is behind loses. A tab repeats a claim until it is answered; a
repeat is known by its tab's number and clock, neither of which has gone on.

The data of a user's ownership (JSON values; times in ms):

| key | meaning |
|---|---|
| delays | the durations the chart names |
| owner | the tab that has the microphone, and its session and video; None while it is vacant |
| lapsed | who had it until their grace ended, while nobody has claimed it since; else None |
| latest | the newest claim ever taken, as corrected time, seq and tab; empty before the first, and kept when vacant |
| epoch | of the latest owner; counts from 1 |
| since_epoch | the one in which the latest owner got it from another, or anew; lapses between do not count |
| heard | by tab, the highest seq and client_at of its claims; of TABS_KEPT tabs, those whose clocks are furthest on |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lossy.domain.occurrence import Data, Move, Occurrence

# As many tabs as hardly anybody turns to within the time in which a claim is repeated; at 100 bytes each. It is by the
# clocks that some are let go, because a repeat by a clock that is right, or behind, is older than the newest claim and
# loses without being known; and because stored data has its keys in any order.
TABS_KEPT = 100

Key = list[Any]  # corrected time, seq, tab: compared in this order, so that no two tabs' claims are equal


def initial(delays: Data) -> Data:
    return {
        "delays": delays,
        "owner": None,
        "lapsed": None,
        "latest": [],
        "epoch": 0,
        "since_epoch": 0,
        "heard": {},
    }


def key(claim: Occurrence) -> Key:
    made = claim.payload["client_at"] + claim.payload["offset_ms"]
    return [min(made, claim.at), claim.payload["seq"], claim.payload["tab"]]


# -- guards -------------------------------------------------------------------------------------------------------


def newest(data: Data, claim: Occurrence) -> bool:
    """It is no repeat, and was made after every claim taken before, by corrected time, then seq, then tab."""
    return not _is_repeat(data, claim) and key(claim) > data["latest"]


def renews(data: Data, claim: Occurrence) -> bool:
    """The newest claim, and the owner's own, for the session and the video that it has."""
    return newest(data, claim) and _place(claim) == data["owner"]


def moves_on(data: Data, claim: Occurrence) -> bool:
    """The newest claim, and of the owner's tab, which has turned to another session or video."""
    return newest(data, claim) and by_owner(data, claim) and _place(claim) != data["owner"]


def by_owner(data: Data, event: Occurrence) -> bool:
    return bool(event.payload["tab"] == data["owner"]["tab"])


def gives_up(data: Data, release: Occurrence) -> bool:
    """It is of the owner's tab, and not from before a claim of that tab that was heard already."""
    return by_owner(data, release) and not _is_repeat(data, release)


# -- updates ------------------------------------------------------------------------------------------------------


def take_ownership(data: Data, claim: Occurrence) -> Data:
    """The tab with its session and video is the owner, in a new epoch; its claim is the latest."""
    owner, epoch = _place(claim), data["epoch"] + 1
    since = data["since_epoch"] if owner == data["lapsed"] else epoch
    return {**renew_claim(data, claim), "owner": owner, "lapsed": None, "epoch": epoch, "since_epoch": since}


def renew_claim(data: Data, claim: Occurrence) -> Data:
    """It is the latest claim, and its repeats will be known."""
    return {**remember_claim(data, claim), "latest": key(claim)}


def remember_claim(data: Data, claim: Occurrence) -> Data:
    """So that its repeats are known: the highest seq and client_at heard of its tab, and of TABS_KEPT - 1 others."""
    tab = claim.payload["tab"]
    seq, client_at = data["heard"].get(tab, (0, 0))
    others = sorted((marks[1], other) for other, marks in data["heard"].items() if other != tab)
    kept = {other: data["heard"][other] for _, other in others[1 - TABS_KEPT :]}
    return {
        **data,
        "heard": {**kept, tab: [max(seq, claim.payload["seq"]), max(client_at, claim.payload["client_at"])]},
    }


def drop_ownership(data: Data, event: Occurrence) -> Data:
    return {**data, "owner": None}


def lapse(data: Data, event: Occurrence) -> Data:
    return {**data, "owner": None, "lapsed": data["owner"]}


def _is_repeat(data: Data, event: Occurrence) -> bool:
    """A clock that was set back does not stop a tab whose numbers go on, nor do numbers that begin anew."""
    seq, client_at = data["heard"].get(event.payload["tab"], (-1, -1))
    return bool(event.payload["seq"] <= seq and event.payload["client_at"] <= client_at)


def _place(claim: Occurrence) -> dict[str, Any]:
    return {name: claim.payload[name] for name in ("tab", "session", "video")}


# -- what holds after every step ----------------------------------------------------------------------------------


def owner_while_held(move: Move) -> bool:
    before, after, claim = move.before.data, move.after.data, move.event
    if (after["owner"] is None) == ("held" in move.after.active):
        return False
    if claim.name != "claim":
        return True
    if newest(before, claim):
        return bool(after["owner"] == _place(claim) and after["latest"] == key(claim))
    return bool(after["owner"] == before["owner"] and after["latest"] == before["latest"])


def claims_only_advance(move: Move) -> bool:
    if not move.before.active:
        return True
    before, after = move.before.data["latest"], move.after.data["latest"]
    return bool(after == before or (after > before and after[0] <= move.event.at))


def loser_is_told(move: Move) -> bool:
    if not move.before.active:
        return True
    before, after = move.before.data["owner"], move.after.data["owner"]
    told = [effect.name for effect in move.effects if effect.data["owner"] == before]
    if before not in (None, after) and "take_context" not in told:
        return False
    in_vain = move.event.name == "claim" and (after is None or after["tab"] != move.event.payload["tab"])
    return not in_vain or "refuse_claim" in told


def epoch_rises(move: Move) -> bool:
    if not move.before.active:
        return True
    before, after = move.before.data, move.after.data
    taken = after["owner"] not in (None, before["owner"])
    return bool(after["epoch"] == before["epoch"] + taken)


def only_the_lapsed_regains(move: Move) -> bool:
    if not move.before.active:
        return True
    before, after = move.before.data, move.after.data
    if after["epoch"] == before["epoch"]:
        return bool(after["since_epoch"] == before["since_epoch"])
    regained = before["owner"] is None and before["lapsed"] == after["owner"]
    return bool(after["since_epoch"] == (before["since_epoch"] if regained else after["epoch"]))
