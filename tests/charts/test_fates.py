"""Which stored snapshots of one version another would take, told for each configuration."""

from __future__ import annotations

from contextlib import suppress

import attrs
from hypothesis import given

from lossy.charts import diff_words
from lossy.charts.diff_words import told
from lossy.charts.fates import fates
from lossy.charts.mentioned import as_written
from lossy.charts.migrate import migrated
from lossy.charts.model import Chart, ChartError, Migration, dump, read
from tests.charts.strategies import DATA, Command, charts, commands, examples, walk

LIGHT = """
name: light
version: 1
initial: p
hears: {tests: {go: it}}
states:
  p:
    type: parallel
    events: {go: off}
    states:
      colour: {initial: red, states: {red: {always: green}, green: {always: blue}, blue: {}}}
      power: {initial: low, states: {low: {always: high}, high: {}}}
  off: {type: final}
"""


def light(migrations: str = "{}", *swaps: tuple[str, str], version: int = 2) -> Chart:
    text = LIGHT
    for old, new in swaps:
        text = text.replace(old, new)
    return as_written(text.replace("version: 1", f"version: {version}\nmigrations: {migrations}"))


CYAN = ("blue", "cyan")


def test_snapshots_of_the_same_states_all_load() -> None:
    found = fates(light(version=1), light("{}", ("off: {type: final}", "off: {type: final, entry: [ring]}"), version=1))
    assert (found.configurations, found.differences, found.unsaid) == (7, (), False)
    assert [*told(found)] == [
        "Stored snapshots of version 1, in 7 configurations: all load as they are, for the states are the same."
    ]


def test_each_configuration_loads_is_migrated_or_is_refused() -> None:
    found = fates(light(version=1), light("{1: {states: {green: null}}}", CYAN))
    assert found.as_they_are == ("red + low", "red + high", "off")
    assert [*told(found)] == [
        "Stored snapshots of version 1, in 7 configurations: 3 load as they are, 4 are refused.",
        "  refused: light: a snapshot of version 1 in 'green' is refused on purpose @ $.migrations[1].states['green']",
        "    green + low",
        "    green + high",
        "  refused: light: the state 'blue' of version 1 is not in version 2: say where it went "
        "@ $.migrations[1].states['blue']",
        "    blue + low",
        "    blue + high",
    ]
    found = fates(light(version=1), light("{1: {states: {blue: cyan}}}", CYAN))
    assert found.migrated == (("blue + low", "cyan + low"), ("blue + high", "cyan + high"))
    assert [*told(found)] == [
        "Stored snapshots of version 1, in 7 configurations: 5 load as they are, 2 are migrated.",
        "  blue + low → cyan + low",
        "  blue + high → cyan + high",
    ]


def test_states_that_change_under_one_version_are_told() -> None:
    found = fates(light(version=1), light("{}", CYAN, version=1))
    assert found.unsaid
    assert [*told(found)][:3] == [
        "Stored snapshots of version 1, in 7 configurations: 5 load as they are, 2 are refused.",
        "  The states changed and the version is still 1: raise it.",
        "  refused: light: it is no configuration any more, and the version is still 1",
    ]


def test_a_version_that_the_file_does_not_know_is_refused_whole() -> None:
    found = fates(light(version=1), light("{}", CYAN))
    assert (len(found.as_they_are), len(found.refused)) == (0, 7)
    found = fates(light(version=3), light("{}", CYAN))
    assert {why for _, why in found.refused} == {"light: a snapshot of version 3 is of the future; this is 2"}


def test_of_many_with_one_fate_the_first_are_told() -> None:
    every = [*told(attrs.evolve(fates(light(version=1), light("{}", CYAN)), refused=(("red", "why"),) * 30))]
    assert len(every) == 2 + diff_words.TOLD + 1
    assert every[-1] == f"  and {30 - diff_words.TOLD} more"


@examples(30, 1_000)
@given(charts(), charts(), commands)
def test_what_is_told_of_a_configuration_is_what_its_snapshots_meet(
    old: Chart, new: Chart, commands: list[Command]
) -> None:
    new = attrs.evolve(new, version=2, migrations={1: Migration({id: next(iter(new.nodes)) for id in old.nodes}, None)})
    found = fates(old, new)
    for move in walk(old, commands):
        loads = False
        with suppress(ChartError):
            read(new, migrated(new, dump(old, move.after), DATA, 0))
            loads = True
        words = " + ".join(id for id in old.in_order(move.after.active) if old.is_atomic(id))
        assert loads == (words not in {was for was, _ in found.refused})
