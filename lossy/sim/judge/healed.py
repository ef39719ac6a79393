"""The rules of a world that is healed: nothing waits, everything said is there, and everybody sees the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lossy.domain.notes import Status, as_payload
from lossy.sessions.links import attached, links
from lossy.sessions.restore import AGENT, VOICE, restore
from lossy.sim.judge.journals import remarks_by_id
from lossy.sim.judge.rules import Broken
from lossy.sim.virtual.node import charts

if TYPE_CHECKING:
    from lossy.sessions.session import Session
    from lossy.sim.review import Review
    from lossy.sim.virtual.stage import World

# A timer may be as late as the slowest commit of the one before it.
LATE_MS = 2_000
REASONS = frozenset(
    {"ignored_segment", "low_confidence", "nothing_to_act_on", "structuring_failed", "structuring_timeout"}
)


async def look_at_healed(world: World) -> list[Broken]:
    live = [*live_sessions(world)]
    return [
        *_drained(world, live),
        *_remarks(world),
        *_heard(world),
        *_order(world),
        *_mirrors(world),
        *_pictures(world, live),
        *_present(world, live),
        *_timers(world, live),
        *_owned(world),
        *_one_node(live),
        *[broken for _, session in live for broken in await _replay(world, session)],
    ]


def live_sessions(world: World) -> Iterator[tuple[str, Session]]:
    """Of every server that is up, with its name."""
    for server in world.servers.up:
        if server.running is not None:
            roster = server.running.node.roster
            for person in world.story.people:
                for session in roster.of_user(world.user_id(person)):
                    yield server.name, session


def _drained(world: World, live: list[tuple[str, Session]]) -> Iterator[Broken]:
    for review in world.cast.reviews:
        if not review.is_over and (left := review.reviewer.kept.unsettled):
            yield Broken("drained", f"{len(left)} of {review.tab} wait still: {left[0].event} {dict(left[0].payload)}")
    for node, session in live:
        data = session.states[AGENT].data
        if data["remark"] is not None or data["waiting"] or data["awaited"]:
            yield Broken("drained", f"on {node} {session.id} has in hand {data['remark']}, awaits {data['awaited']}")


# -- what was said ------------------------------------------------------------------------------------------------


def _remarks(world: World) -> Iterator[Broken]:
    """Told to the device and kept are the same; a refusal has a reason there is; a note is there."""
    ledger = world.database.ledger
    kept = {str(remark_id): outcome for (_, remark_id), outcome in ledger._outcomes.items()}
    notes = {str(note_id) for note_id in ledger.notes}
    for remark_id, remark in remarks_by_id(world).items():
        assert remark.said is not None
        told, known = remark.said.answer, kept.get(remark_id)
        if isinstance(told, Mapping) and known is not None and dict(told) != dict(known):
            yield Broken("one_answer", f"{remark.words!r} was told to be {told}, and is {known}")
        if isinstance(told, Mapping) and known is None:
            yield Broken("one_answer", f"{remark.words!r} was told to be {told}, and nothing of that is kept")
        outcome = known or (told if isinstance(told, Mapping) else {})
        if outcome.get("refused", "low_confidence") not in REASONS:
            yield Broken("one_answer", f"{remark.words!r} was refused for {outcome['refused']}")
        if "note_id" in outcome and outcome["note_id"] not in notes:
            yield Broken(
                "one_answer", f"{remark.words!r} is said to be the note {outcome['note_id']}, which is not there"
            )
        ended = remark.review.refused is not None and not outcome  # before these words came; they go to another review
        if remark.is_clear and "note_id" not in outcome and not ended:
            yield Broken(
                "all_there", f"{remark.words!r}, for {remark.lasts_ms} ms from {remark.at}, became {outcome or told}"
            )


def _heard(world: World) -> Iterator[Broken]:
    """What the journals have of each device, in the order in which it was heard."""
    for session_id, session in world.database.ledger.sessions.items():
        entries = [session.journal[n] for n in sorted(session.journal)]
        for review in world.cast.reviews:
            device = review.reviewer
            if device.session_id != session_id or review.is_over or review.is_successor:
                continue
            there = [e.payload["kind"] for e in entries if e.event == "event" and e.device_id == device.device_id]
            heard = [said for said in review.heard if said.answer is not None]
            if there != [said.facts["kind"] for said in heard]:
                told = " ".join(f"{said.facts['kind']}" for said in heard)
                yield Broken("heard", f"{device.device_id} was told of {told}, and there are {' '.join(there)}")


def _order(world: World) -> Iterator[Broken]:
    """By the entries that the notes came of; a remark that its device said again later came later."""
    for review in world.cast.reviews:
        if review.is_successor or review.reviewer.kept.hasty:  # who may have to say one again, and not the next
            continue
        ids = [str(r.said.facts["id"]) for r in review.remarks if r.said is not None]
        of_session = [
            note for note in world.database.ledger.notes.values() if note.session_id == review.reviewer.session_id
        ]
        made = [note.provenance["remark"] for note in of_session if note.provenance.get("remark") in ids]
        if made != sorted(made, key=ids.index):
            yield Broken("order", f"the notes of {review.tab} were made in another order than they were said in")


# -- what is seen -------------------------------------------------------------------------------------------------


def _mirrors(world: World) -> Iterator[Broken]:
    for person, panel in world.cast.panels.items():
        for video, notes in panel.videos.items():
            there = {
                str(note.id): as_payload(note)
                for note in world.database.ledger.notes.values()
                if str(note.video_id) == video and note.status is not Status.DELETED
            }
            seen = {id: note for id, note in notes.items() if note["status"] != "deleted"}
            if there.keys() != seen.keys():
                yield Broken("mirror", f"{person} sees {len(seen)} notes of {video}, there are {len(there)}")
            for id in there.keys() & seen.keys():
                if there[id]["version"] != seen[id]["version"]:
                    yield Broken("mirror", f"{person} sees version {seen[id]['version']} of {there[id]['text']!r}")


def _connected(world: World) -> Iterator[Review]:
    return (review for review in world.cast.reviews if not review.is_over and review.reviewer.connections)


def _pictures(world: World, live: list[tuple[str, Session]]) -> Iterator[Broken]:
    sessions = {session.id: session for _, session in live}
    for review in _connected(world):
        session = sessions.get(review.reviewer.session_id)
        if session is None:
            yield Broken("picture", f"the session of {review.tab} is nowhere")
            continue
        shown, status = review.reviewer.session, session.status()
        differs = [name for name in ("active", "agent", "kept", "ignored", "owner") if shown.get(name) != status[name]]
        if differs:
            name = differs[0]
            yield Broken("picture", f"{review.tab} shows {name} {shown.get(name)}, and it is {status[name]}")


def _present(world: World, live: list[tuple[str, Session]]) -> Iterator[Broken]:
    for _, session in live:
        known = {device for device, _ in attached(session.states)}
        there = {
            str(review.reviewer.device_id) for review in _connected(world) if review.reviewer.session_id == session.id
        }
        if known != there:
            yield Broken("present", f"{session.id} believes {len(known)} devices to be there, there are {len(there)}")


def _timers(world: World, live: list[tuple[str, Session]]) -> Iterator[Broken]:
    late = world.now_ms() - LATE_MS
    for _, session in live:
        for chart, state in session.states.items():
            for node, due in state.deadlines.items():
                if due < late:
                    yield Broken("timers", f"{chart} waits in {node} for {late - due} ms longer than it should")


def _owned(world: World) -> Iterator[Broken]:
    """Whoever is the owner by the row has a tab that is there, and a session that says so."""
    for person in world.story.people:
        row = world.database.ownership._rows.get(world.user_id(person))
        owner = None if row is None else row.state["machine"]["data"]["owner"]
        if owner is None:
            continue
        here = {f"{r.reviewer.device_id}/{r.tab}" for r in _connected(world)}
        if owner["tab"] not in here:
            yield Broken("owned", f"{person}'s microphone is of {owner['tab']}, which is not there")


def _one_node(live: list[tuple[str, Session]]) -> Iterator[Broken]:
    where: dict[Any, str] = {}
    for node, session in live:
        if session.id in where:
            yield Broken("one_node", f"{session.id} lives on {where[session.id]} and on {node}")
        where[session.id] = node


async def _replay(world: World, session: Session) -> list[Broken]:
    """Links are told of pushes besides, which no journal has."""
    stored = await world.database.ledger.read(session.id)
    initial = {**{name: state.data for name, state in session.states.items()}, "reconnect": session.fresh_link}
    assert stored is not None, "it lives"
    restored = restore({name: charts()[name] for name in session.kinds}, stored, initial)
    return [
        Broken("replay", f"{name} of {session.id}: {_difference(restored.states[name], session.states[name])}")
        for name in (VOICE, AGENT)
        if restored.states[name] != session.states[name]
    ] + [
        Broken("replay", f"{link} of {session.id} has accepted another number")
        for link in links(session.states)
        if link in restored.states
        and restored.states[link].data["accepted_through"] != session.states[link].data["accepted_through"]
    ]


def _difference(one: Any, other: Any) -> str:
    for name in ("active", "history", "deadlines"):
        if getattr(one, name) != getattr(other, name):
            return f"{name} {getattr(one, name)} is {getattr(other, name)}"
    differing = [name for name in other.data if one.data.get(name) != other.data[name]]
    return ", ".join(f"{name} {one.data.get(name)} is {other.data[name]}" for name in differing)
