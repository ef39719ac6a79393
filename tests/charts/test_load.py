"""What is refused when a chart is loaded, and the path that the message names."""

from pathlib import Path

import pytest
from attrs import evolve

from lossy.charts.load import check_together, load, load_file
from lossy.charts.model import Action, ChartError, Event, Kind, Migration, Move, Names, Restore, State, Taken
from tests.charts.strategies import NAMES

HEAD = "name: door\ninitial: shut\nhears: {a hand: {push: it is shut}}\n"

FORM = {
    "extra key": (
        "{shut: {entri: [beep]}}",
        "extra fields found (entri) @ $.states['shut']",
    ),
    "extra key of a transition": (
        "{shut: {events: {push: {to: shut, unless: even}}}}",
        "extra fields found (unless) @ $.states['shut'].events['push']",
    ),
    "extra key of a timer": (
        "{shut: {after: {delay: short, too: shut}}}",
        "extra fields found (too) @ $.states['shut'].after",
    ),
    "required key missing": (
        "{shut: {after: {to: shut}}}",
        "required field missing @ $.states['shut'].after.delay",
    ),
    "number for a name": (
        "{shut: {initial: 3}}",
        "expected a name, not 3 @ $.states['shut'].initial",
    ),
    "number for an id": (
        "{1: {}}",
        "expected a name, not 1 @ $.states[1]",
    ),
    "number for a state": (
        "{shut: 3}",
        "expected a mapping, not 3 @ $.states['shut']",
    ),
    "number for an action": (
        "{shut: {entry: [7]}}",
        "expected a name, or one name with its arguments, not 7 @ $.states['shut'].entry[0]",
    ),
    "two names in one action": (
        "{shut: {during: {dig: {}, tell: {}}}}",
        "expected a name, or one name with its arguments, not {'dig': {}, 'tell': {}} @ $.states['shut'].during",
    ),
    "name for a list of actions": (
        "{shut: {exit: beep}}",
        "expected a list, not 'beep' @ $.states['shut'].exit",
    ),
    "action for a list of actions": (
        "{shut: {events: {push: {do: {tell: {whom: all}}}}}}",
        "expected a list, not {'tell': {'whom': 'all'}} @ $.states['shut'].events['push'].do",
    ),
    "boolean for a guard": (
        "{shut: {events: {push: {if: true}}}}",
        "expected a name, not True @ $.states['shut'].events['push'].if",
    ),
    "boolean for a target": (
        "{shut: {events: {push: [{to: [false]}]}}}",
        "expected a name, not False @ $.states['shut'].events['push'][0].to[0]",
    ),
    "nothing for a transition": (
        "{shut: {events: {push: }}}",
        "expected a mapping, not None @ $.states['shut'].events['push']",
    ),
    "unknown type of state": (
        "{shut: {type: sometimes}}",
        "expected one of parallel, final, shallow, deep, not 'sometimes' @ $.states['shut'].type",
    ),
    "unknown kind of restore": (
        "{shut: {after: {delay: short, to: shut, restore: never}}}",
        "expected one of absolute, remaining, restart, not 'never' @ $.states['shut'].after.restore",
    ),
    "word for what is ignored": (
        "{shut: {ignores: push}}",
        "expected a mapping, not 'push' @ $.states['shut'].ignores",
    ),
    "number for what is ignored": (
        "{shut: {ignores: [3]}}",
        "expected a name, not 3 @ $.states['shut'].ignores[0]",
    ),
    "number for why it is ignored": (
        "{shut: {ignores: {push: 3}}}",
        "expected a name, not 3 @ $.states['shut'].ignores['push']",
    ),
    "no word for why it is ignored": (
        "{shut: {ignores: {push: ' '}}}",
        "no reason is given why 'push' is ignored: say it, or list the event: `[push]` @ $.states['shut'].ignores",
    ),
    "nothing for why it is ignored": (
        "{shut: {ignores: {push: }}}",
        "no reason is given why 'push' is ignored: say it, or list the event: `[push]` @ $.states['shut'].ignores",
    ),
    "list for a mapping": (
        "[shut]",
        "expected a mapping @ $.states",
    ),
}

MEANING = {
    "unknown initial": (
        "{open: {events: {push: open}}}",
        "no such state: 'shut' @ $.initial",
    ),
    "initial that is not at the top": (
        "{open: {initial: shut, states: {shut: {events: {push: open}}}}}",
        "no such state: 'shut' @ $.initial",
    ),
    "unknown target": (
        "{shut: {events: {push: opne}}}",
        "unknown target 'opne' @ $.states['shut'].events['push'][0].to",
    ),
    "target that is nearly one": (
        "{shut: {events: {push: {if: even, to: shutt}}}}",
        "unknown target 'shutt': did you mean 'shut'? @ $.states['shut'].events['push'][0].to",
    ),
    "unknown second target": (
        "{shut: {events: {push: {to: [shut, ajar]}}}}",
        "unknown target 'ajar' @ $.states['shut'].events['push'][0].to",
    ),
    "unreachable state": (
        "{shut: {events: {push: shut}}, open: {states: {wide: {}}, initial: wide}}",
        "unreachable state 'open' @ $.states['open']; unreachable state 'wide' @ $.states['open'].states['wide']",
    ),
    "unreachable history": (
        "{shut: {initial: a, states: {a: {events: {push: a}}, back: {type: deep, default: a}}}}",
        "unreachable state 'back' @ $.states['shut'].states['back']",
    ),
    "history without default": (
        "{shut: {initial: a, states: {a: {events: {push: back}}, back: {type: shallow}}}}",
        "a history state stands inside a state and needs a default @ $.states['shut'].states['back'].default",
    ),
    "history at the top": (
        "{shut: {events: {push: back}}, back: {type: deep, default: shut}}",
        "a history state stands inside a state and needs a default @ $.states['back'].default",
    ),
    "history with transitions": (
        "{shut: {initial: a, states: {a: {}, back: {type: deep, default: a, events: {push: a}}}}}",
        "a deep state has no transitions, work, timer or states of its own @ $.states['shut'].states['back']",
    ),
    "default of a plain state": (
        "{shut: {default: shut, events: {push: shut}}}",
        "only a history state has a default @ $.states['shut'].default",
    ),
    "default outside": (
        "{shut: {initial: a, states: {a: {events: {push: back}}, back: {type: shallow, default: open}}}, open: {}}",
        "'open' is no state inside 'shut', as the default of a history state has to be @ "
        "$.states['shut'].states['back'].default",
    ),
    "default that is a history": (
        "{shut: {initial: a, states: {a: {events: {push: back}}, back: {type: shallow, default: back}}}}",
        "'back' is no state inside 'shut', as the default of a history state has to be @ "
        "$.states['shut'].states['back'].default",
    ),
    "default that is nowhere": (
        "{shut: {initial: a, states: {a: {events: {push: back}}, back: {type: shallow, default: aa}}}}",
        "'aa' is no state inside 'shut', as the default of a history state has to be @ "
        "$.states['shut'].states['back'].default",
    ),
    "two targets in one region": (
        "{shut: {initial: a, events: {push: {to: [a, b]}}, states: {a: {}, b: {}}}}",
        "'a' and 'b' are not in two regions of a parallel state @ $.states['shut'].events['push'][0].to",
    ),
    "a target inside another": (
        "{shut: {type: parallel, events: {push: {to: [shut, a]}}, states: {a: {}, b: {}}}}",
        "'shut' and 'a' are not in two regions of a parallel state @ $.states['shut'].events['push'][0].to",
    ),
    "a target that history may stand for": (
        "{shut: {type: parallel, events: {push: {to: [a, back]}}, states: {a: {}, back: {type: deep, default: a}}}}",
        "'a' and 'back' are not in two regions of a parallel state @ $.states['shut'].events['push'][0].to",
    ),
    "same id in two branches": (
        "{shut: {events: {push: open}}, open: {initial: shut, states: {shut: {}}}}",
        "state 'shut' stands twice @ $.states['open'].states['shut']",
    ),
    "compound without initial": (
        "{shut: {events: {push: shut}, states: {a: {}}}}",
        "a compound state needs an initial among its states @ $.states['shut'].initial",
    ),
    "initial elsewhere": (
        "{shut: {events: {push: a}, initial: open, states: {a: {}}}, open: {}}",
        "a compound state needs an initial among its states @ $.states['shut'].initial",
    ),
    "initial of a plain state": (
        "{shut: {initial: shut, events: {push: shut}}}",
        "only a compound state has an initial @ $.states['shut'].initial",
    ),
    "parallel without regions": (
        "{shut: {type: parallel, events: {push: shut}}}",
        "a parallel state needs regions @ $.states['shut'].states",
    ),
    "final region": (
        "{shut: {type: parallel, events: {push: shut}, states: {a: {type: final}, b: {}}}}",
        "a final state is no region @ $.states['shut'].states['a']",
    ),
    "final state with a timer": (
        "{shut: {events: {push: open}}, open: {type: final, after: {delay: short, to: shut}}}",
        "a final state has no transitions, work, timer or states of its own @ $.states['open']",
    ),
    "event nobody hears": (
        "{shut: {}}",
        "no state hears 'push' @ $.hears['a hand']",
    ),
    "event nobody sends": (
        "{shut: {events: {push: shut, pull: shut}}}",
        "nobody sends 'pull': not in $.hears and no state answers it @ $.states['shut'].events['pull'][0]",
    ),
    "end of a state without an end": (
        "{shut: {initial: a, events: {push: shut, done.shut: shut}, states: {a: {initial: b, states: {b: {}}}}}}",
        "nobody sends 'done.shut': not in $.hears and no state answers it @ $.states['shut'].events['done.shut'][0]",
    ),
    "failure of no work": (
        "{shut: {events: {push: shut, failed.shut: shut}}}",
        "nobody sends 'failed.shut': not in $.hears and no state answers it "
        "@ $.states['shut'].events['failed.shut'][0]",
    ),
    "work and an end under one name": (
        "{shut: {during: dig, initial: a, events: {push: b}, states: {a: {}, b: {type: final}}}}",
        "done.shut could mean its work or its final state @ $.states['shut'].during",
    ),
    "unguarded before another": (
        "{shut: {events: {push: [shut, {if: even, to: shut}]}}}",
        "only the last transition may be without a guard @ $.states['shut'].events['push'][0]",
    ),
    "unguarded eventless before another": (
        "{shut: {events: {push: shut}, always: [{do: [beep]}, {if: even, to: shut}]}}",
        "only the last transition may be without a guard @ $.states['shut'].always[0]; "
        "an eventless transition needs a guard or a target @ $.states['shut'].always[0]",
    ),
    "unknown guard": (
        "{shut: {events: {push: {if: evne, to: shut}}}}",
        "unknown guard 'evne': did you mean 'even'? @ $.states['shut'].events['push'][0].if",
    ),
    "negated guard": (
        "{shut: {events: {push: {if: not even, to: shut}}}}",
        "unknown guard 'not even': a guard is one name, so give the opposite a rule of its own "
        "@ $.states['shut'].events['push'][0].if",
    ),
    "unknown update or effect": (
        "{shut: {entry: [boop], events: {push: {to: shut, do: [cuont]}}}}",
        "unknown update or effect 'boop' @ $.states['shut'].entry; "
        "unknown update or effect 'cuont': did you mean 'count'? @ $.states['shut'].events['push'][0].do",
    ),
    "unknown work": (
        "{shut: {during: sleep, events: {push: shut}}}",
        "unknown work 'sleep' @ $.states['shut'].during",
    ),
    "ignored by a state that hears it": (
        "{shut: {events: {push: shut}, ignores: [push]}}",
        "'push' is heard by 'shut': it cannot be ignored too @ $.states['shut'].ignores['push']",
    ),
    "ignored within a state that hears it": (
        "{shut: {initial: a, events: {push: shut}, states: {a: {ignores: {push: no hand is there}}}}}",
        "'push' is heard by 'shut': it cannot be ignored too @ $.states['shut'].states['a'].ignores['push']",
    ),
    "ignored and heard by nobody": (
        "{shut: {events: {push: shut}, ignores: {pull: nobody pulls}}}",
        "no state hears 'pull' @ $.states['shut'].ignores['pull']",
    ),
    "unknown delay": (
        "{shut: {events: {push: shut}, after: {delay: ages, to: shut}}}",
        "there is no setting for the delay 'ages'; there are long, short @ $.states['shut'].after.delay",
    ),
}

# What stands beside the states of a door that can be pushed.
BESIDE = {
    "events without their sender": (
        "hears: {push: it is shut}",
        "events are grouped by who sends them: `hears: {web.voice: {push: …}}` @ $.hears['push']",
    ),
    "effects without their performer": (
        "effects: {beep: a sound}",
        "effects are grouped by who performs them: `effects: {sessions.effects: {beep: …}}` @ $.effects['beep']",
    ),
    "a sender of what nobody hears": (
        "hears: {a hand: {push: it is shut}, a foot: {kick: it is shut}}",
        "no state hears 'kick' @ $.hears['a foot']",
    ),
    "an unknown invariant": (
        "invariants: {closed: It is shut whatever comes.}",
        "unknown invariant 'closed' @ $.invariants",
    ),
    "a migration from the present": (
        "migrations: {2: {states: {ajar: shut}}}",
        "version 2 is not before version 2 @ $.migrations[2]",
    ),
    "a migration from no version": (
        "migrations: {first: {}}",
        "expected a whole number, not 'first' @ $.migrations['first']",
    ),
    "a migration to an unknown state": (
        "migrations: {1: {states: {ajar: opne}}}",
        "unknown state 'opne' @ $.migrations[1].states['ajar']",
    ),
    "a migration to a history state": (
        "migrations: {1: {states: {ajar: was}}}",
        "unknown state 'was' @ $.migrations[1].states['ajar']",
    ),
    "a migration by an unknown rule": (
        "migrations: {1: {states: {ajar: null}, data: widen}}",
        "unknown migration 'widen' @ $.migrations[1].data",
    ),
}

NOT_A_CHART = {
    "nothing": ("", "expected a mapping, not None @ $"),
    "a list": ("[door]", "expected a mapping, not ['door'] @ $"),
    "an extra key": (HEAD + "stats: {}\nstates: {shut: {events: {push: shut}}}", "extra fields found (stats) @ $"),
    "half a version": (HEAD + "version: 1.5\nstates: {shut: {}}", "expected a whole number, not 1.5 @ $.version"),
    "no YAML": ("name: [door", "not YAML: while parsing a flow sequence"),
    "a key twice": (HEAD + "states:\n  shut: {}\n  shut: {}", "not YAML: 'shut' stands twice"),
    "an unknown anchor": (HEAD + "states: *door", "not YAML: found undefined alias"),
    "an object": ("!!python/object:os.system {}", "not YAML: could not determine a constructor"),
}


@pytest.mark.parametrize(("states", "message"), [*FORM.values(), *MEANING.values()], ids=[*FORM, *MEANING])
def test_a_fault_is_refused_with_its_path(states: str, message: str) -> None:
    with pytest.raises(ChartError) as refused:
        load(f"{HEAD}states: {states}", NAMES)
    assert str(refused.value) == message


@pytest.mark.parametrize(("line", "message"), BESIDE.values(), ids=BESIDE)
def test_a_fault_beside_the_states_is_refused_with_its_path(line: str, message: str) -> None:
    hears = "" if line.startswith("hears") else "hears: {a hand: {push: it is shut}}\n"
    states = "{shut: {initial: a, events: {push: was}, states: {a: {}, was: {type: deep, default: a}}}}"
    with pytest.raises(ChartError) as refused:
        load(f"name: door\nversion: 2\ninitial: shut\n{hears}{line}\nstates: {states}", NAMES)
    assert message in str(refused.value).split("; ")


def test_what_a_file_says_beside_its_states_is_kept() -> None:
    names = evolve(NAMES, invariants={"closed": lambda move: False}, migrations={"widen": lambda stored: stored})
    chart = load(
        """
        name: door
        version: 3
        initial: shut
        hears: {a hand: {push: it is shut}, a foot: {push: it jams}}
        effects: {the bell: {beep: a sound}}
        invariants: {closed: It is shut whatever comes.}
        migrations: {1: {states: {ajar: shut, gone: null}, data: widen}, 2: {}}
        states: {shut: {initial: a, states: {a: {events: {push: b}}, b: {ignores: {push: It is open.}}}}}
        """,
        names,
    )
    assert chart.hears == {"a hand": {"push": "it is shut"}, "a foot": {"push": "it jams"}}
    assert chart.effects == {"the bell": {"beep": "a sound"}}
    assert chart.migrations == {1: Migration({"ajar": "shut", "gone": None}, "widen"), 2: Migration({}, None)}
    assert chart.nodes["b"].ignores == {"push": "It is open."}
    state = State(frozenset({"shut", "a"}))
    assert chart.broken(Move(state, Event("push", 0), state, (), Taken((), True))) == ("closed",)


def test_an_effect_that_comes_later_needs_no_row() -> None:
    text = HEAD + "effects: {%s: {ring: a bell, sleep: a nap}}\n"
    text += "states: {shut: {entry: [ring], during: sleep, events: {push: shut}}}"
    assert load(text % "later J1", NAMES).nodes["shut"].during == Action("sleep")
    with pytest.raises(ChartError) as refused:
        load(text % "sessions.x", NAMES)
    why = "it is said to be performed by sessions.x, which has no row for it: give it one, or say `later J1`"
    assert refused.value.args == (
        f"unknown update or effect 'ring': {why} @ $.states['shut'].entry",
        f"unknown work 'sleep': {why} @ $.states['shut'].during",
    )


def test_what_is_ignored_may_come_as_a_list() -> None:
    states = "{shut: {initial: a, states: {a: {events: {push: b}}, b: {ignores: [push]}}}}"
    assert load(f"{HEAD}states: {states}", NAMES).nodes["b"].ignores == {"push": ""}


@pytest.mark.parametrize(("text", "message"), NOT_A_CHART.values(), ids=NOT_A_CHART)
def test_a_text_that_is_no_chart_is_refused(text: str, message: str) -> None:
    with pytest.raises(ChartError) as refused:
        load(text, NAMES)
    assert str(refused.value).startswith(message)


def test_on_yes_and_dates_are_names() -> None:
    chart = load(
        "name: no\ninitial: yes\nhears: {off: {on: off}}\nstates: {yes: {events: {on: 2020-01-01}}, 2020-01-01: }",
        NAMES,
    )
    assert (chart.name, chart.initial, chart.hears) == ("no", "yes", {"off": {"on": "off"}})
    assert chart.nodes["yes"].transitions[0].targets == ("2020-01-01",)


def test_the_short_forms_mean_the_long_ones() -> None:
    short = "{shut: {entry: [beep], during: dig, events: {push: shut}, after: {delay: short, to: shut}}}"
    long = """{shut: {entry: [{beep: {}}], during: {dig: {}}, events: {push: [{to: [shut]}]},
              after: {delay: short, to: [shut], restore: absolute}}}"""
    for states in (short, long):
        shut = load(f"{HEAD}states: {states}", NAMES).nodes["shut"]
        assert (shut.kind, shut.entry, shut.during) == (Kind.ATOMIC, (Action("beep"),), Action("dig"))
        assert shut.timer is not None
        assert (shut.timer.delay, shut.timer.restore) == ("short", Restore.ABSOLUTE)
        assert [(t.id, t.targets) for t in shut.transitions] == [
            ("shut/push/0", ("shut",)),
            ("shut/after.shut/0", ("shut",)),
        ]


def test_a_file_is_named_in_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "door.yaml"
    path.write_text(HEAD + "states: {shut: {}}", encoding="utf-8")
    with pytest.raises(ChartError, match=r"^door\.yaml: no state hears 'push' @ \$\.hears\['a hand'\]$"):
        load_file(path, NAMES)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ChartError, match=rf"^there is no {tmp_path.name}/door\.yaml$"):
        load_file(tmp_path / "door.yaml", NAMES)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "door.yaml").write_bytes(b"name: \xff")
    with pytest.raises(ChartError, match=r"^door\.yaml: not UTF-8: "):
        load_file(tmp_path / "door.yaml", NAMES)


def test_charts_hear_what_they_send_each_other() -> None:
    names = Names(effects=frozenset({"send"}))
    door = load(HEAD + "states: {shut: {events: {push: {do: [{send: {to: bell, event: ring}}]}}}}", names)
    bell = load(
        "name: bell\ninitial: still\nhears: {a door: {ring: pushed}}\nstates: {still: {events: {ring: still}}}", names
    )
    check_together([door, bell])
    with pytest.raises(ChartError) as refused:
        check_together([door])
    place = "@ $.states['shut'].events['push'][0].do"
    assert str(refused.value) == f"door.yaml: there is no chart 'bell' to send 'ring' to {place}"
    deaf = load("name: bell\ninitial: still\nstates: {still: {}}", names)
    with pytest.raises(ChartError) as refused:
        check_together([door, deaf])
    assert str(refused.value) == f"door.yaml: sends 'ring' to 'bell', where no state hears it {place}"
