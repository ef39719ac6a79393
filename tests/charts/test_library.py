"""Our step against an engine written by others: the same configurations, and the same effects in the same order."""

from hypothesis import given
from hypothesis import strategies as st

from lossy.charts.load import load
from lossy.charts.model import Chart, Event
from lossy.charts.step import next_timer, start, step
from tests.charts.library import LibraryMachine
from tests.charts.strategies import DATA, NAMES, Command, charts, commands, examples, walk
from tests.charts.voice_chart import voice_chart, voice_data

VOICE = voice_chart()
# None is the timer that is due next.
_voice_events = st.tuples(
    st.none() | st.sampled_from(sorted(VOICE.alphabet)) | st.sampled_from(["speech_start", "speech_end"]),
    st.sampled_from([0, 100, 250, 500, 5_000, 60_000]),
    st.fixed_dictionaries({"replays": st.booleans(), "probability": st.sampled_from([0.1, 0.9])}),
)


@examples(150, 10_000)
@given(charts(depth=2), commands)
def test_the_library_agrees_on_random_charts(chart: Chart, commands: list[Command]) -> None:
    _compare(chart, commands)


@examples(30, 2_000)
@given(charts(depth=3), commands)
def test_the_library_agrees_on_deeper_ones(chart: Chart, commands: list[Command]) -> None:
    _compare(chart, commands)


def test_the_library_agrees_on_what_ends_a_chart() -> None:
    """A final state at the top does; a parallel one there, all of whose regions are final, goes on."""
    chart = load(
        """{name: ends, initial: p, hears: {tests: {red: first, green: then}}, states: {
            p: {type: parallel, events: {green: {do: [beep]}, done.p: {do: [beep], to: end, if: full}}, states: {
                q: {initial: q1, states: {q1: {events: {red: q2}}, q2: {type: final}}},
                r: {initial: r1, states: {r1: {events: {red: r2}}, r2: {type: final}}}}},
            end: {type: final}}}""",
        NAMES,
    )
    library = LibraryMachine(chart)
    state, _ = start(chart, DATA, 0)
    library.start(DATA, 0)
    for event in (Event("red", 1), Event("green", 2)):
        state, effects, _ = step(chart, state, event)
        assert library.send(event) == effects
        assert library.state() == state
    assert effects != ()


def _compare(chart: Chart, commands: list[Command]) -> None:
    moments = walk(chart, commands)
    if not moments:
        return  # it never comes to rest, and the library would not stop
    library = LibraryMachine(chart)
    assert library.start(DATA, 0) == moments[0].effects
    for moment in moments[1:]:
        assert library.send(moment.event) == moment.effects
        assert library.state() == moment.after


@examples(75, 5_000)
@given(st.lists(_voice_events, min_size=10, max_size=60))
def test_the_library_agrees_on_the_voice_chart(events: list[tuple[str | None, int, dict[str, object]]]) -> None:
    library = LibraryMachine(VOICE)
    state, effects = start(VOICE, voice_data(), 0)
    assert library.start(voice_data(), 0) == effects
    at = 0
    for name, later_ms, payload in [("context_gained", 0, {}), ("start", 0, {}), *events]:
        timer = next_timer(state)
        event = Event(timer[1], timer[0]) if name is None and timer else Event(name or "seek", at + later_ms, payload)
        at = max(at, event.at)
        state, effects, _ = step(VOICE, state, event)
        assert library.send(event) == effects
        assert library.state() == state
