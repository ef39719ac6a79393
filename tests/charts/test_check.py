"""Each check finds what it is for, says so in words, and leaves alone what looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given

from lossy.charts.check import findings, findings_together
from lossy.charts.document import parse
from lossy.charts.load import load
from lossy.charts.mentioned import mentioned
from lossy.charts.model import Chart, Names
from lossy.charts.origins import is_client, later
from lossy.charts.reach import is_misplaced, reached, takeable
from tests.charts.strategies import NAMES, Command, charts, commands, repeatable, walk

SERVER = "{sessions.session: {push: it is pushed}}"
CLIENT = "{web.voice: {push: it is pushed}}"
BOTH = "{web.voice: {push: it is pushed}, sessions.session: {call: somebody calls}}"
ADVICE = "give it, or a state around it, a timer, work, or an event of the server's own that leads out."


def door(states: str, hears: str = SERVER, more: str = "") -> Chart:
    return load(f"name: door\ninitial: shut\nhears: {hears}\n{more}\nstates: {states}", NAMES)


def found(kind: str, chart: Chart) -> list[str]:
    """The findings of one check, each as its path and its words."""
    return [f"{each.path}: {each.words}" for each in findings(chart) if each.kind == kind]


# -- what never rests -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("always", "endless"),
    [("open", True), ("{to: [room]}", True), ("{if: even, to: open}", False), ("shut", False)],
)
def test_an_eventless_transition_back_to_its_own_state_never_rests(always: str, endless: bool) -> None:
    states = f"{{shut: {{events: {{push: room}}}}, room: {{initial: open, states: {{open: {{always: {always}}}}}}}}}"
    lines = found("endless always", door(states))
    assert [line.partition(":")[0] for line in lines] == ["$.states['room'].states['open'].always[0]"] * endless


# -- what can be reached --------------------------------------------------------------------------------------------


def test_a_state_behind_a_transition_that_is_never_taken_is_unreachable() -> None:
    states = "{{shut: {{events: {{push: [{{if: even, to: shut}}, {{if: {guard}, to: open}}]}}}}, open: {{}}}}"
    assert found("unreachable state", door(states.format(guard="even"))) == [
        "$.states['open']: only transitions that are never taken lead here. Mend one of them, or take the state out."
    ]
    assert found("unreachable state", door(states.format(guard="full"))) == []


def test_an_initial_state_is_not_reached_by_a_transition_past_it() -> None:
    """`load` sees that somebody leads into the room; nobody leads to its hall."""
    states = "{shut: {events: {push: bath}}, room: {initial: hall, states: {hall: {}, bath: {}}}}"
    assert [line.partition(":")[0] for line in found("unreachable state", door(states))] == [
        "$.states['room'].states['hall']"
    ]


def test_an_answer_that_never_comes_leads_nowhere() -> None:
    states = "{shut: {during: dig, events: {push: ajar}}, ajar: {events: {done.shut: open, push: shut}}, open: {}}"
    assert [line.partition(":")[0] for line in found("unreachable state", door(states))] == ["$.states['open']"]


def test_a_history_state_is_reached_as_a_target() -> None:
    states = "{shut: {initial: a, events: {push: was}, states: {a: {}, was: {type: deep, default: a}}}}"
    assert found("unreachable state", door(states)) == []


@repeatable
@given(charts(), commands)
def test_what_is_called_unreachable_or_never_taken_never_is(chart: Chart, commands: list[Command]) -> None:
    states, taken = reached(chart), {transition.id for transition in takeable(chart, reached(chart))}
    misplaced = {transition.id for transition in chart.transitions() if is_misplaced(chart, transition)}
    for moment in walk(chart, commands):
        if misplaced & {*moment.taken.transitions}:
            return  # random events come when they could not
        assert moment.after.active <= states
        assert {*moment.taken.transitions} <= taken


# -- shadows --------------------------------------------------------------------------------------------------------


def test_a_guard_that_is_asked_twice_shadows_the_second_transition() -> None:
    states = "{{shut: {{events: {{push: [{{if: even, to: shut}}, {{if: {guard}, do: [beep]}}]}}}}}}"
    assert found("shadowed transition", door(states.format(guard="even"))) == [
        "$.states['shut'].events['push'][1]: never taken: 'even' has declined before, in the same list. "
        "Take one of the two out."
    ]
    assert found("shadowed transition", door(states.format(guard="full"))) == []


def test_children_that_all_answer_shadow_their_parent() -> None:
    states = """
    {{shut: {{initial: a, events: {{push: {{if: full, to: shut}}}}, states: {{
      a: {{events: {{push: b}}}},
      b: {{events: {{push: {go}}}}}}}}}}}
    """
    assert found("shadowed transition", door(states.format(go="a"))) == [
        "$.states['shut'].events['push'][0]: never taken: every state inside 'shut' has a transition of its own on "
        "'push' that comes first. Take this one out, or let one of those decline."
    ]
    assert found("shadowed transition", door(states.format(go="{if: even, to: a}"))) == []


def test_a_final_child_still_hears_its_parent() -> None:
    states = "{shut: {initial: a, events: {push: shut}, states: {a: {events: {push: b}}, b: {type: final}}}}"
    assert found("shadowed transition", door(states)) == []


def test_an_eventless_transition_may_be_shadowed_too() -> None:
    states = """
    {shut: {initial: a, always: [{if: even, to: shut}], events: {push: shut}, states: {
      a: {always: [{if: even, to: b}]}, b: {always: [{if: even, to: a}]}}}}
    """
    assert "on `always` that comes first" in found("shadowed transition", door(states))[0]


# -- events ---------------------------------------------------------------------------------------------------------


def test_an_event_that_only_a_dead_transition_hears_is_dead() -> None:
    states = """
    {{shut: {{events: {{push: [{{if: even, to: shut}}, {{if: {guard}, to: open}}]}}}},
      open: {{events: {{call: shut}}}}}}
    """
    assert found("dead event", door(states.format(guard="even"), BOTH)) == [
        "$.hears['sessions.session']: 'call' is heard only where nothing is ever taken. Hear it elsewhere, or take it "
        "out."
    ]
    assert found("dead event", door(states.format(guard="full"), BOTH)) == []


def test_an_answer_is_heard_where_its_state_is_active() -> None:
    states = "{{shut: {{during: dig, events: {{push: open{own}}}}}, open: {{events: {{{other}push: shut}}}}}}"
    assert found("misplaced answer", door(states.format(own="", other="done.shut: shut, "))) == [
        "$.states['open'].events['done.shut'][0]: never taken, or too late: 'done.shut' comes while 'shut' is active, "
        "and 'open' is not active then. Hear it in that state or around it."
    ]
    assert found("misplaced answer", door(states.format(own=", done.shut: open", other=""))) == []


def test_a_sister_region_may_wait_for_an_answer() -> None:
    states = """
    {shut: {type: parallel, states: {
      worker: {during: dig}, waiter: {initial: a, states: {a: {events: {push: b, done.worker: b}}, b: {}}}}}}
    """
    assert found("misplaced answer", door(states)) == []


# -- conflicts ------------------------------------------------------------------------------------------------------

TWO_REGIONS = """
  {{shut: {{type: parallel, after: {{delay: long, to: open}}, states: {{
     left: {{initial: a, events: {{call: {{to: b, internal: true}}}}, states: {{a: {{{a}}}, b: {{}}}}}},
     right: {{initial: c, events: {{call: {{to: d, internal: true}}}}, states: {{c: {{{c}}}, d: {{}}}}}}}}}},
   open: {{events: {{push: shut}}}}}}
"""


def two_regions(a: str, c: str) -> Chart:
    return door(TWO_REGIONS.format(a=a, c=c), BOTH)


def test_two_regions_that_answer_one_event_must_both_stay() -> None:
    leaving = two_regions("events: {push: b}", "events: {push: open}")
    assert found("conflicting transitions", leaving) == [
        "$.states['shut'].states['right'].states['c'].events['push'][0]: may be taken on 'push' together with "
        "a/push/0, in another region of 'shut', and one of the two leaves both regions: this one would be dropped "
        "without a word. Hear the event once, around both, or keep each transition inside its region."
    ]
    assert found("conflicting transitions", two_regions("events: {push: open}", "events: {push: d}")) != []
    assert found("conflicting transitions", two_regions("events: {push: b}", "events: {push: d}")) == []
    assert found("conflicting transitions", two_regions("events: {push: open}", "events: {push: {do: [beep]}}")) == []


def test_an_eventless_transition_is_dropped_only_with_its_state() -> None:
    """What stays active has its turn in the next microstep."""
    turn = two_regions("always: [{if: even, to: b}]", "always: [{if: even, to: open}]")
    assert found("conflicting transitions", turn) == []
    gone = two_regions("always: [{if: even, to: open}]", "always: [{if: even, to: d}]")
    assert "may be taken at once together with a/always/0" in found("conflicting transitions", gone)[0]


# -- without the client ---------------------------------------------------------------------------------------------

ENDING = "{{shut: {{{way}events: {{push: over}}}}, over: {{type: final}}}}"


@pytest.mark.parametrize(
    "shut",
    [
        "{after: {delay: short, to: over}, events: {push: over}}",
        "{during: dig, events: {push: over, done.shut: over, failed.shut: over}}",
    ],
)
def test_a_timer_or_work_leads_out_without_the_client(shut: str) -> None:
    assert found("way out", door(f"{{shut: {shut}, over: {{type: final}}}}", CLIENT)) == []


def test_a_state_that_only_the_client_leaves_is_no_place_to_wait() -> None:
    assert found("way out", door(ENDING.format(way=""), CLIENT)) == [
        f"$.states['shut']: only the client leads out of it; without one the chart stays here for ever: {ADVICE}"
    ]


@pytest.mark.parametrize("sender", ["sessions.session", "chart room", "later E2", "later J1"])
def test_an_event_of_the_servers_own_leads_out(sender: str) -> None:
    assert not is_client(sender)
    assert found("way out", door(ENDING.format(way=""), f"{{{sender}: {{push: ''}}}}")) == []


@pytest.mark.parametrize("sender", ["web.voice", "sim.speak", "later B3", "later D1"])
def test_an_event_of_the_client_does_not(sender: str) -> None:
    assert is_client(sender)
    assert found("way out", door(ENDING.format(way=""), f"{{{sender}: {{push: ''}}}}")) != []


def test_an_event_with_two_senders_comes_from_either() -> None:
    assert found("way out", door(ENDING.format(way=""), "{web.voice: {push: ''}, chart room: {push: ''}}")) == []


@pytest.mark.parametrize("go", ["{do: [beep]}", "shut"])
def test_what_stays_is_no_way_out(go: str) -> None:
    states = f"{{shut: {{events: {{push: over, call: {go}}}}}, over: {{type: final}}}}"
    assert found("way out", door(states, BOTH)) != []


@pytest.mark.parametrize("events", ["done.shut: over", "failed.shut: over", "done.shut: over, failed.shut: shut"])
def test_work_leads_out_whichever_way_it_ends(events: str) -> None:
    states = f"{{shut: {{during: dig, events: {{push: over, {events}}}}}, over: {{type: final}}}}"
    assert found("way out", door(states, CLIENT)) != []


def test_a_state_around_leads_out_too() -> None:
    states = """
    {shut: {initial: a, after: {delay: long, to: over}, states: {a: {events: {push: b}}, b: {}}}, over: {type: final}}
    """
    assert found("way out", door(states, CLIENT)) == []


def test_an_eventless_transition_that_declined_is_no_way_out() -> None:
    assert found("way out", door(ENDING.format(way="always: [{if: even, to: over}], "), CLIENT)) != []


def test_an_answer_that_never_comes_is_no_way_out() -> None:
    states = """
    {shut: {during: dig, events: {push: open, done.shut: open, failed.shut: open}},
      open: {events: {push: over, done.shut: over, failed.shut: over}}, over: {type: final}}
    """
    assert [line.partition(":")[0] for line in found("way out", door(states, CLIENT))] == ["$.states['open']"]


@pytest.mark.parametrize("open", ["{}", "{initial: a, states: {a: {events: {call: b}}, b: {type: final}}}"])
def test_a_chart_without_an_end_may_wait_for_ever(open: str) -> None:
    states = f"{{shut: {{events: {{push: open, call: shut}}}}, open: {open}}}"
    assert found("way out", door(states, "{web.voice: {push: '', call: ''}}")) == []


@pytest.mark.parametrize(
    ("timer", "fails"),
    [
        ("if: even, to: over", "'even' declines"),
        ("do: [beep]", "it has fired, which leads nowhere else"),
        ("to: shut", "it has fired, which leads nowhere else"),
    ],
)
def test_a_timer_that_may_fire_in_vain_is_no_way_out(timer: str, fails: str) -> None:
    chart = door(ENDING.format(way=f"after: {{delay: short, {timer}}}, "), CLIENT)
    assert found("spent timer", chart) == [
        f"$.states['shut'].after: once {fails}, its timer is spent, and in 'shut' only the client leads on: {ADVICE}"
    ]
    assert found("way out", chart) == []
    way = f"after: {{delay: short, {timer}}}"
    states = f"{{shut: {{events: {{push: over, call: over}}, {way}}}, over: {{type: final}}}}"
    assert found("spent timer", door(states, BOTH)) == []


# -- holes ----------------------------------------------------------------------------------------------------------

HOLE = "{{shut: {{events: {{push: open}}{shut}}}, open: {{events: {{call: shut}}{open}}}}}"


def test_every_event_is_handled_or_ignored_in_every_state() -> None:
    advice = "Hear what matters, here or around it, and list the rest under `ignores:`, with the reason."
    assert found("forgotten event", door(HOLE.format(shut="", open=""), BOTH)) == [
        f"$.states['shut']: nothing is said of 'call' here. {advice}",
        f"$.states['open']: nothing is said of 'push' here. {advice}",
    ]
    assert found("forgotten event", door(HOLE.format(shut=", ignores: [call]", open=", ignores: [push]"), BOTH)) == []


def test_what_ignores_nothing_is_taken_out() -> None:
    idle = """
    {{shut: {{initial: a, ignores: {{push: nobody is there}}, states: {{
      a: {{events: {{push: b}}}},
      b: {{{b}}}}}}}}}
    """
    assert found("idle ignores", door(idle.format(b="events: {push: a}"))) == [
        "$.states['shut'].ignores['push']: nobody would look for 'push' here: it is heard or ignored further in, or is "
        "no concern of this region. Take it out."
    ]
    assert found("idle ignores", door(idle.format(b="ignores: [push]"))) != []
    assert found("idle ignores", door(idle.format(b=""))) == []


# -- words and origins ----------------------------------------------------------------------------------------------


def test_every_state_says_what_it_is_for() -> None:
    states = """
    {{shut: {{why: {why}, initial: a, events: {{push: [{{if: even, to: was}}, over]}}, states: {{
      a: {{why: here}}, was: {{type: deep, default: a}}}}}}, over: {{type: final}}}}
    """
    assert found("no why", door(states.format(why='""'))) == [
        "$.states['shut']: says no `why:`. One line: what it is for, or what goes on in it."
    ]
    assert found("no why", door(states.format(why="closed"))) == []


@pytest.mark.parametrize("origin", ["the reviewer", "later E", "later Z1", "later sometime", "Web.Voice"])
def test_an_origin_has_a_form(origin: str) -> None:
    line = f"{origin!r} is no origin. Name a module such as web.voice, a chart such as `chart agent`, or what it comes "
    line += "with, such as `later E2`."
    states = "{shut: {entry: [beep], events: {push: shut}}}"
    for chart, path in (
        (door(states, f"{{{origin}: {{push: ''}}}}"), f"$.hears[{origin!r}]"),
        (door(states, more=f"effects: {{{origin}: {{beep: ''}}}}"), f"$.effects[{origin!r}]"),
    ):
        assert found("origin", chart) == [f"{path}: {line}"]


@pytest.mark.parametrize("origin", ["web.voice", "sessions", "chart room", "later E2", "later A1", "later O3"])
def test_a_module_a_chart_or_a_capability_is_an_origin(origin: str) -> None:
    assert found("origin", door("{shut: {events: {push: shut}}}", f"{{{origin}: {{push: ''}}}}")) == []


def test_what_is_used_is_declared_and_what_is_declared_is_used() -> None:
    states = "{shut: {entry: [beep, count], during: dig, events: {push: {to: shut, do: [{tell: {whom: all}}]}}}}"
    good = "effects: {sessions.effects: {beep: a sound, tell: words}, sessions.work: {dig: a hole}}"
    assert found("effect", door(states, more=good)) == []
    effects = "effects: {sessions.effects: {beep: a sound, shout: a call}}"
    nobody = "is performed by nobody. Put it under `effects:`, in the group of the module that performs it."
    assert sorted(found("effect", door(states, more=effects))) == [
        "$.effects['sessions.effects']: no state and no transition names 'shout'. Take it out, or name it where it is "
        "to happen.",
        f"$.states['shut'].during: 'dig' {nobody}",
        f"$.states['shut'].events['push'][0].do: 'tell' {nobody}",
    ]


def test_promises_name_what_they_come_with() -> None:
    chart = door(
        "{shut: {entry: [ring], events: {push: shut}}}",
        "{later E2: {push: another tab}}",
        "effects: {later J1: {ring: a job}}",
    )
    assert [(each.capability, each.verb, each.name, each.words) for each in later(chart)] == [
        ("E2", "hears", "push", "another tab"),
        ("J1", "performs", "ring", "a job"),
    ]


def test_the_door_of_the_reference_is_good() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "charts.md").read_text(encoding="utf-8")
    text = page.partition("```yaml\n")[2].partition("```")[0]
    written = mentioned(parse(text))
    names = evolve(written, effects=frozenset({"bolt"}), updates={"count": lambda data, event: data})
    assert findings(load(text, names)) == ()


# -- together -------------------------------------------------------------------------------------------------------


def pair(hears: str, sends: str = "{to: bell, event: ring}", guard: str = "even") -> list[str]:
    """What is found of a door that sends and a bell that hears."""
    names = Names(guards=NAMES.guards, effects=frozenset({"send"}))
    push = f"[{{if: even, to: shut}}, {{if: {guard}, do: [{{send: {sends}}}]}}]"
    shut = load(f"name: door\ninitial: shut\nhears: {SERVER}\nstates: {{shut: {{events: {{push: {push}}}}}}}", names)
    assert found("effect", shut) == [], "`send` goes without saying"
    bell = load(f"name: bell\ninitial: still\nhears: {hears}\nstates: {{still: {{events: {{ring: still}}}}}}", names)
    return [f"{each.chart} {each.path}: {each.words}" for each in findings_together([shut, bell])]


def test_charts_agree_on_what_one_sends_the_other() -> None:
    assert pair("{chart door: {ring: pushed}}", guard="full") == []
    assert pair("{web.voice: {ring: pushed}}", guard="full") == [
        "door $.states['shut'].events['push'][1].do: sends 'ring' to 'bell', which does not say so. Put it there, "
        "under `hears: chart door`."
    ]


def test_a_chart_that_never_sends_it_is_no_sender() -> None:
    line = "chart door never sends 'ring' to bell. Send it there, or take it out here."
    assert pair("{chart door: {ring: pushed}}", guard="even") == [f"bell $.hears['chart door']: {line}"]
    assert pair("{chart window: {ring: pushed}}", guard="even") == [
        "bell $.hears['chart window']: chart window never sends 'ring' to bell. Send it there, or take it out here."
    ]


def test_nothing_is_sent_to_a_chart_that_is_not_there() -> None:
    assert pair("{web.voice: {ring: pushed}}", sends="{to: gong, event: ring}", guard="full") == [
        "door $.states['shut'].events['push'][1].do: 'ring' is sent to 'gong', and there is no such chart."
    ]
