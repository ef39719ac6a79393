"""What holds for the voice chart whatever a client and a server send, and however late it arrives."""

import json
from random import Random

import attrs
from hypothesis import given
from hypothesis import strategies as st

from lossy.charts.model import Event, Move, dump, read
from lossy.charts.step import next_timer, resume, step
from tests.charts.strategies import examples, repeatable
from tests.domain.voice_session import HOUR, Session, T, listening

SPEECH = ["speech_start", "speech_end"] * 4
# A person's acts, and the detector giving up. They come no sooner than this after anything else the client sends.
DELIBERATE, DELIBERATE_MS = ["silence_timeout", "pause", "resume", "start", "stop", "seek"], 1_000
TALK = [*SPEECH, *DELIBERATE, "cancel"]
SERVER = ["context_gained", "context_lost", "inference_failed", "attach", "caught_up", "drop", "heartbeat", "metrics"]
GAPS = [0, 1, 100, 249, 250, 499, 500, 3_000, 5_000, 20_000, 59_999, 60_000, 300_000, 899_999, 900_000]
_sound = st.sampled_from([1.0, 1.0, 0.1])


@st.composite
def _histories(draw: st.DrawFn) -> list[Event]:
    """Whatever a client and a server may send, in the order of their own times."""
    at, events = T, list[Event]()
    for name in draw(st.lists(st.sampled_from([*TALK, "error", *SERVER]), max_size=30)):
        at += draw(st.sampled_from(GAPS))
        facts = {"seq": len(events), "probability": draw(_sound), "regained": draw(st.booleans())}
        events.append(Event(name, at, facts))
    return events


_sessions = st.builds(
    lambda pause, resume: listening(auto_pause=pause, auto_resume=resume), st.booleans(), st.booleans()
)


@repeatable
@given(_sessions, _histories())
def test_every_segment_is_counted_exactly_once(session: Session, events: list[Event]) -> None:
    """Kept, ignored and the one that is open are together the starts and the ends that had no start."""
    starts = stray_ends = 0
    for event in events:
        session.wait(event.at)
        if not session.ended:
            starts += event.name == "speech_start"
            stray_ends += event.name == "speech_end" and session.state.data["segment"] is None
        session.step(event)
        kept, ignored = session.counts
        assert kept + sum(ignored.values()) + (session.state.data["segment"] is not None) == starts + stray_ends
        assert ignored.get("unstarted", 0) == stray_ends


@repeatable
@given(_sessions, _histories())
def test_only_the_owners_speech_begins_a_recording(session: Session, events: list[Event]) -> None:
    """A start comes over a link, or was kept by the client while there was none; nothing else opens a recording."""
    for event in events:
        was = session.wait(event.at).state
        session.step(event)
        if "recording" in session.state.active:
            assert session.state.data["owner"]
            assert "recording" in was.active or event.name == "speech_start"
            assert session.state.data["segment"] is not None


@repeatable
@given(_sessions, _histories())
def test_every_state_has_a_way_out_without_the_client(session: Session, events: list[Event]) -> None:
    for event in events:
        session.wait(event.at).step(event)
    if session.link == "reconnecting":
        session.step(Event("caught_up", session.state.deadlines.get("idle", T)))  # of the link, which waits so long
    for _ in range(10):
        if (timer := next_timer(session.state)) is not None:
            session.step(Event(timer[1], timer[0]))
    assert session.ended
    assert session.state.deadlines == {}
    assert session.state.data["segment"] is None


@repeatable
@given(_sessions, _histories())
def test_the_back_off_never_shrinks_while_no_segment_is_kept(session: Session, events: list[Event]) -> None:
    longest = kept = 0
    for event in events:
        session.wait(event.at).step(event)
        data = session.state.data
        if data["kept"] != kept:
            kept, longest = data["kept"], 0
        back_off = data["delays"]["breaker_backoff"]
        assert longest <= back_off <= data["delays"]["breaker_max"]
        longest = back_off


@repeatable
@given(_sessions, _histories(), st.integers(0, 30), st.sampled_from([0, 250, 60_000, 900_000]))
def test_a_restore_in_the_middle_keeps_all_but_the_timers_that_say_otherwise(
    session: Session, events: list[Event], at: int, away_ms: int
) -> None:
    """Stored as JSON, read and taken up after a while: the same state, the timers as their `restore` says."""
    for event in events[:at]:
        session.wait(event.at).step(event)
    stopped_at = events[:at][-1].at if events[:at] else T
    stored = read(session.chart, json.loads(json.dumps(dump(session.chart, session.state))))
    assert stored == session.state
    resumed, _ = resume(session.chart, stored, stopped_at=stopped_at, at=stopped_at + away_ms)
    assert attrs.evolve(resumed, deadlines=stored.deadlines) == stored
    delays = stored.data["delays"]
    whole = {"cooldown": delays["cooldown"], "connected": delays["heartbeat_lost"]}
    for id, due in stored.deadlines.items():
        left = max(0, due - stopped_at)
        expected = {"observing": stopped_at + away_ms + left, **{w: stopped_at + away_ms + whole[w] for w in whole}}
        assert resumed.deadlines[id] == expected.get(id, due)


@repeatable
@given(_sessions, _histories())
def test_the_invariants_of_the_chart_hold_after_every_step(session: Session, events: list[Event]) -> None:
    for event in events:
        before = session.wait(event.at).state
        after, effects, taken = step(session.chart, before, event)
        assert session.chart.broken(Move(before, event, after, effects, taken)) == ()
        session.step(event)


@repeatable
@given(_sessions, _histories(), st.sampled_from(["metrics", "heartbeat"]), st.sampled_from(TALK))
def test_what_the_link_hears_does_not_touch_the_microphone(
    session: Session, events: list[Event], of_link: str, of_talk: str
) -> None:
    """Two events of one instant, in either order."""
    for event in events:
        session.wait(event.at).step(event)
    at = events[-1].at if events else T
    pair = [Event(of_link, at, {"fps": 30}), Event(of_talk, at, {"seq": 99, "probability": 1.0})]
    ends = []
    for first, second in (pair, pair[::-1]):
        state, _, _ = step(session.chart, session.state, first)
        ends.append(step(session.chart, state, second)[0])
    assert ends[0] == ends[1]


LATENESS = [0, 0, 700, 10_000, 70_000, HOUR, HOUR]
often = examples(600, 20_000)

Deliveries = list[tuple[Event, int]]


def _deliveries(random: Random, names: list[str], gaps: list[int]) -> Deliveries:
    """A client's events with the instants at which they arrive: in order, each late by its own measure, often at once.

    All arrive within the hours after which a session that nobody is heard of ends.
    """
    at, arrival, deliveries = T, T, Deliveries()
    for seq, name in enumerate(random.choices(names, k=random.randint(2, 20))):
        at += random.choice(gaps) + (DELIBERATE_MS if name in DELIBERATE else 0)
        if at > T + 2 * HOUR:
            break
        arrival = max(arrival, at + random.choice(LATENESS))
        deliveries.append((Event(name, at, {"seq": seq, "probability": random.choice([1.0, 1.0, 0.1])}), arrival))
    return deliveries


def _deliver(session: Session, deliveries: Deliveries) -> tuple[int, dict[str, int]]:
    """What arrives together goes before the timers of the wall clock, but after those due by its own time."""
    clock = T
    for event, arrival in deliveries:
        if arrival > clock:
            session.wait(arrival)
            clock = arrival
        session.wait(event.at).step(event)
    return session.counts


@often
@given(st.randoms(use_true_random=True), st.booleans(), st.booleans())
def test_delays_change_no_segment(random: Random, auto_pause: bool, auto_resume: bool) -> None:
    deliveries = _deliveries(random, TALK, GAPS)
    at_once = [(event, event.at) for event, _ in deliveries]
    sessions = [listening(auto_pause=auto_pause, auto_resume=auto_resume) for _ in range(2)]
    assert _deliver(sessions[0], deliveries) == _deliver(sessions[1], at_once)


@often
@given(st.randoms(use_true_random=True), st.booleans())
def test_delays_change_no_segment_around_a_break(random: Random, auto_resume: bool) -> None:
    """Without auto-pause: an error that comes after a pause by silence, which it would have prevented, only counts."""
    deliveries = _deliveries(random, [*TALK, *["error"] * 8], [1, 250, 500, 3_000, 5_000])
    at_once = [(event, event.at) for event, _ in deliveries]
    sessions = [listening(auto_pause=False, auto_resume=auto_resume) for _ in range(2)]
    assert _deliver(sessions[0], deliveries) == _deliver(sessions[1], at_once)
