"""The SCXML document: what is in it, and that python-statemachine loads it and does as we do."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from statemachine.io import load as load_in_library

from lossy.charts.export.scxml import NAMESPACE, scxml, scxml_event
from lossy.charts.mentioned import as_written
from lossy.charts.step import Unsettled
from tests.charts.loaded import LoadedMachine
from tests.charts.strategies import NIGHTLY
from tests.charts.tossed import Walk, tossed, tossed_random, walk

FILES = sorted((Path(__file__).parents[2] / "statecharts").glob("*.yaml"))
WALKS, STEPS = (100, 100) if NIGHTLY else (3, 30)
RANDOM_CHARTS = 2_000 if NIGHTLY else 15

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)

DOOR = """
name: door
why: Nobody -- nobody at all -- is locked in.
initial: shut
hears: {a hand: {push: ""}}
effects: {sessions.effects: {ring: ""}, sessions.work: {greet: ""}}
states:
  shut:
    exit: [{ring: {tone: low}}]
    after: {delay: night, do: [{count: {by: 2}}]}
    events:
      push: {if: unlocked, to: open, do: [count, {send: {to: house, event: draught}}], why: It gives way.}
  open:
    initial: wide
    events: {push: {to: was, internal: true}, failed.wide: was, done.wide: shut}
    states:
      wide: {during: {greet: {whom: all}}}
      was: {type: deep, default: wide}
"""

DOOR_SCXML = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<scxml xmlns="{NAMESPACE}" version="1.0" datamodel="python" name="door" initial="shut">
  <!-- Nobody - - nobody at all - - is locked in. -->
  <state id="shut">
    <onentry>
      <send event="after.shut" id="after.shut" delayexpr="delays.night" />
    </onentry>
    <onexit>
      <cancel sendid="after.shut" />
      <send event="ring" target="#_effects">
        <param name="tone" expr="'low'" />
      </send>
    </onexit>
    <transition event="push" cond="unlocked" target="open">
      <!-- It gives way. -->
      <assign location="data" expr="count[{{}}]" />
      <send event="draught" target="#_house" />
    </transition>
    <transition event="after.shut">
      <assign location="data" expr="count[{{'by': 2}}]" />
    </transition>
  </state>
  <state id="open" initial="wide">
    <transition event="push" target="was" type="internal" />
    <transition event="failed.wide" target="was" />
    <transition event="done.invoke.work.wide" target="shut" />
    <state id="wide">
      <invoke id="work.wide" type="work" srcexpr="'greet'">
        <param name="whom" expr="'all'" />
      </invoke>
    </state>
    <history id="was" type="deep">
      <transition target="wide" />
    </history>
  </state>
</scxml>
"""


def test_a_chart_in_scxml() -> None:
    assert scxml(as_written(DOOR)) == DOOR_SCXML


@each_file
def test_each_id_stands_once_and_each_target_is_one(file: Path) -> None:
    elements = [*fromstring(scxml(as_written(file.read_text(encoding="utf-8")))).iter()]
    ids = [element.get("id") for element in elements if element.get("id")]
    assert len(ids) == len(set(ids))
    targets = {
        target
        for element in elements
        for target in f"{element.get('initial', '')} {element.get('target', '')}".split()
        if element.tag in (f"{{{NAMESPACE}}}{tag}" for tag in ("scxml", "state", "transition"))
    }
    assert targets <= set(ids)


@each_file
def test_the_library_loads_it_as_it_is(file: Path) -> None:
    chart = as_written(file.read_text(encoding="utf-8"))
    machine = load_in_library(scxml(chart), format="scxml")
    assert {event.id for event in machine.events} >= {scxml_event(chart, event) for event in chart.alphabet}


@each_file
def test_the_library_does_as_we_do_on(file: Path) -> None:
    chart = tossed(as_written(file.read_text(encoding="utf-8")))
    for seed in range(WALKS):
        assert first_difference(walk(chart, seed, STEPS)) is None, f"seed {seed}"


@pytest.mark.parametrize("depth", [2, 3])
def test_the_library_does_as_we_do_on_random_charts(depth: int) -> None:
    walks = [walk(tossed_random(seed, depth), seed, 25) for seed in range(RANDOM_CHARTS)]
    assert sum(len(walk.moves) for walk in walks) > 15 * RANDOM_CHARTS
    assert [walk.seed for walk in walks if first_difference(walk) is not None] == []


def first_difference(walk: Walk, text: str = "") -> int | None:
    """The number of the first step with another configuration, other data, deadlines, updates or effects."""
    library = LoadedMachine(walk.chart, text)
    for i, move in enumerate(walk.moves):
        try:
            effects = library.send(move.event) if i else library.start(move.before.data, 0)
        except Unsettled:
            return i
        ours = tuple(effect for effect in move.effects if effect.name not in ("start_work", "stop_work"))
        if (effects, library.state()) != (ours, move.after):
            return i
    return None


SPOILT = {
    "no guard": (' cond="', ' lossy="'),
    "no history": (' type="deep"', ' type="shallow"'),
    "no internal transition": (' type="internal"', ""),
    "no timer stopped": ("<cancel ", "<log "),
    "no parallel state": ("parallel", "state"),
    "an argument less": ("{'n': 3}", "{'n': 4}"),
    "another event": ('event="red"', 'event="green"'),
}


@pytest.fixture(scope="module")
def walks() -> list[Walk]:
    walks = [walk(tossed_random(seed, 2), seed, 15) for seed in range(30)]
    return [walk for walk in walks if walk.moves]


@pytest.mark.parametrize("fault", SPOILT)
def test_a_fault_in_the_export_is_noticed(fault: str, walks: list[Walk]) -> None:
    texts = [scxml(walk.chart) for walk in walks]
    spoilt = [(walk, text.replace(*SPOILT[fault])) for walk, text in zip(walks, texts, strict=True)]
    assert any(first_difference(walk, text) is not None for walk, text in spoilt)
