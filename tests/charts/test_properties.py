"""What holds for every chart and every row of events."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from lossy.charts.model import AFTER, Chart, Effect, Event, Move, Restore, State, dump, read
from lossy.charts.step import resume, step
from tests.charts.strategies import DELAYS, Command, charts, commands, repeatable, walk


@repeatable
@given(charts(), commands)
def test_only_configurations_are_reached(chart: Chart, commands: list[Command]) -> None:
    assert all(chart.legal(moment.after.active) for moment in walk(chart, commands))


@repeatable
@given(charts(), commands)
def test_what_runs_is_what_is_active(chart: Chart, commands: list[Command]) -> None:
    timers: dict[str, int] = {}
    spent: set[str] = set()
    work: set[str] = set()
    for moment in walk(chart, commands):
        expired = moment.event.name.removeprefix(AFTER)
        if expired in moment.before.deadlines and moment.event.name.startswith(AFTER):
            del timers[expired]
            spent.add(expired)
        for effect in moment.effects:
            _follow(effect, timers, spent, work)
        wanted = [chart.nodes[id] for id in moment.after.active]
        assert timers == moment.after.deadlines
        assert timers.keys() | spent == {node.id for node in wanted if node.timer}
        assert work == {node.id for node in wanted if node.during}


def _follow(effect: Effect, timers: dict[str, int], spent: set[str], work: set[str]) -> None:
    """Performs a start or a stop, and fails on a start of what runs or a stop of what does not."""
    match effect:
        case Effect("start_timer", {"timer": id, "due": due}):
            assert id not in timers.keys() | spent
            timers[id] = due
        case Effect("stop_timer", {"timer": id}):
            assert (timers.pop(id, None) is not None) != (id in spent)
            spent.discard(id)
        case Effect("start_work", {"state": id, "work": "dig"}):
            assert id not in work
            work.add(id)
        case Effect("stop_work", {"state": id}):
            work.remove(id)


@repeatable
@given(charts(), commands)
def test_a_state_passes_through_json_between_any_two_steps(chart: Chart, commands: list[Command]) -> None:
    for moment in walk(chart, commands)[1:]:
        before = orjson.dumps(dump(chart, moment.before))
        restored = read(chart, orjson.loads(before))
        assert restored == moment.before
        assert step(chart, restored, moment.event) == (moment.after, moment.effects, moment.taken)
        assert orjson.dumps(dump(chart, restored)) == before, "the step changed the state it was given"


@repeatable
@given(charts(), commands)
def test_an_event_that_moves_nothing_gives_the_very_same_state(chart: Chart, commands: list[Command]) -> None:
    for moment in walk(chart, commands)[1:]:
        assert moment.taken.known == (moment.event.name in chart.alphabet)
        spent = moment.event.name.removeprefix(AFTER) in moment.before.deadlines
        if not moment.taken.transitions and not spent:
            assert moment.after is moment.before
            assert moment.effects == ()
        unheard = step(chart, moment.after, Event("never_heard_of", moment.event.at))
        assert unheard[0] is moment.after
        assert unheard[1:] == ((), ((), False))


@repeatable
@given(charts(), commands, st.integers(0, 25))
def test_a_journal_replayed_from_any_snapshot_gives_the_live_state(
    chart: Chart, commands: list[Command], snapshot_at: int
) -> None:
    moments = walk(chart, commands)
    for at in {0, min(snapshot_at, len(moments) - 1)} if moments else ():
        state = read(chart, dump(chart, moments[at].after))
        for moment in moments[at + 1 :]:
            state = step(chart, state, moment.event)[0]
        assert state == moments[-1].after


@repeatable
@given(charts(), commands)
def test_a_remembered_plan_is_the_plan_that_would_be_made_anew(chart: Chart, commands: list[Command]) -> None:
    for moment in walk(chart, commands)[1:]:
        chart.plans.clear()
        chart.candidates.clear()
        assert step(chart, moment.before, moment.event) == (moment.after, moment.effects, moment.taken)


@repeatable
@given(charts(), commands, st.integers(0, 2_000), st.integers(0, 2_000))
def test_resume_starts_again_what_ran(chart: Chart, commands: list[Command], lived_ms: int, away_ms: int) -> None:
    for moment in walk(chart, commands):
        stopped_at = moment.event.at + lived_ms
        at = stopped_at + away_ms
        state, effects = resume(chart, moment.after, stopped_at=stopped_at, at=at)
        due = {id: _due(chart, id, moment, stopped_at, at) for id in moment.after.deadlines}
        assert state == State(moment.after.active, moment.after.history, moment.after.data, due)
        working = {id for id in moment.after.active if chart.nodes[id].during}
        assert [effect for effect in effects if effect.name == "start_work"] == [
            Effect("start_work", {"work": "dig", "state": id}, Event("", at), moment.after.data)
            for id in chart.in_order(working)
        ]
        timers = [effect.args for effect in effects if effect.name == "start_timer"]
        assert timers == [{"timer": id, "due": due[id]} for id in chart.in_order(set(due))]
        assert len(effects) == len(working) + len(timers)


def _due(chart: Chart, id: str, moment: Move, stopped_at: int, at: int) -> int:
    timer = chart.nodes[id].timer
    assert timer is not None
    match timer.restore:
        case Restore.ABSOLUTE:
            return moment.after.deadlines[id]
        case Restore.REMAINING:
            return at + max(moment.after.deadlines[id] - stopped_at, 0)
        case Restore.RESTART:
            return at + DELAYS[timer.delay]
