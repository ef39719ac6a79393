"""What a campaign has to come across now and then, or it tries less than it seems to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lossy.sim.virtual.stage import World
    from lossy.sim.virtual.watching import Watched

# An effect that some session performed.
BY_EFFECT: Mapping[str, str] = {
    "agent.save_note": "a remark becomes a note",
    "agent.amend_note": "a remark mends the note before it",
    "agent.obey": "a spoken command is obeyed",
    "agent.refuse": "a remark is refused for its words",
    "agent.move_note": "a note is moved by a click or a word",
    "agent.defer": "a client is told to say a remark again later",
    "agent.end_session": "a session ends",
    "voice.refuse": "the words of an ignored segment come",
    "reconnect.acknowledge": "an event is acknowledged",
    "reconnect.refuse_gap": "a gap in a device's numbers is refused",
    "reconnect.replay_pushes": "a device gets the pushes that it missed",
    "reconnect.send_picture": "a device gets the full picture",
    "reconnect.reset_session": "a device has to number anew",
}
# Something that the product logged.
BY_LOG: Mapping[str, str] = {
    "session taken up by another node": "a server finds that another one has its session",
    "session failed": "a session fails, and comes back",
    "lease not kept": "a server cannot keep its lease",
}
BY_WORLD: Mapping[str, str] = {
    "skipped": "a device has more than a hundred events to keep, and drops the oldest",
    "restored": "a session is brought to life from its journal",
    "several epochs": "a session is taken up more than twice",
    "offline words": "words are said while there is no connection",
    "repeated words": "words are answered on another connection than the one on which they were said first",
}
SOMETIMES: Mapping[str, str] = {**BY_EFFECT, **BY_LOG, **BY_WORLD}


def seen_in(world: World, watched: Watched) -> Iterator[str]:
    """The names of those that this run came across."""
    yield from BY_EFFECT.keys() & watched.effects
    yield from BY_LOG.keys() & {logged["event"] for logged in watched.logged}
    sessions = world.database.ledger.sessions.values()
    entries = {entry.event for session in sessions for entry in session.journal.values()}
    yield from {"skipped"} & entries
    if "taken_over" in entries or "resumed" in entries:
        yield "restored"
    if any(session.epoch > 2 for session in sessions):
        yield "several epochs"
    if any(review.spoke_offline for review in world.cast.reviews):
        yield "offline words"
    if any(review.reviewer.connections > 1 and review.remarks for review in world.cast.reviews):
        yield "repeated words"
