"""The drawing of charts: what is measured, worded and stacked without Node, and what Node lays out."""

from __future__ import annotations

import os
import re
from itertools import count, islice
from random import Random
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import orjson
import pytest
from attrs import evolve

from lossy.charts.draw.finish import finished
from lossy.charts.draw.graph import graph
from lossy.charts.draw.lines import Line, Piece, broken
from lossy.charts.draw.places import Box, Places, read
from lossy.charts.draw.scene import ROOT, Scene, initial
from lossy.charts.draw.sizes import ADVANCES, width
from lossy.charts.draw.style import DARK, LIGHT
from lossy.charts.draw.svg import svg
from lossy.charts.draw.wording import duration
from lossy.charts.load import load
from lossy.layout import lay_out
from lossy.resources import folder
from lossy.sessions.catalog import load_all
from lossy.sessions.facts import facts
from tests.charts.overlaps import Drawn, along, crossed, drawn, overlaps, through
from tests.charts.strategies import NAMES, NIGHTLY, document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lossy.charts.draw.marks import Marks
    from lossy.charts.draw.scene import Arrow, Entry
    from lossy.charts.model import Chart

CHARTS = load_all(folder("statecharts"))
TOOL = folder("statecharts").parent / "tools" / "draw"

node = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not (TOOL / "node_modules" / "elkjs").is_dir() and os.environ.get("CI") != "true",
        reason="needs `npm ci` in tools/draw",
    ),
]


def chart(states: dict[str, Any], *events: str) -> Chart:
    doc = {"name": "small", "initial": next(iter(states)), "hears": {"tests": dict.fromkeys(events, "")}}
    return load(orjson.dumps({**doc, "states": states}).decode(), NAMES)


def scene(chart: Chart, **marks: Any) -> Scene:
    return Scene(chart, {"short": 10, "long": 90_000}, marks)


def said(entries: Sequence[Entry]) -> list[str]:
    return [" ".join(piece.text for line in entry.lines for piece in line.pieces) for entry in entries]


def labelled(scene: Scene) -> dict[str, list[str]]:
    arrows: Iterator[Arrow] = scene.arrows()
    return {arrow.id: said(arrow.label.entries) for arrow in arrows if arrow.label.entries}


# -- text -------------------------------------------------------------------------------------------------------------


def test_every_printable_character_has_a_width() -> None:
    assert {weight: len(advances) for weight, advances in ADVANCES.items()} == {400: 95, 500: 95, 600: 95}
    assert width("~", 1_000) == 662
    assert width("aé", 1_000) == 562 + 1_000


def test_bold_text_is_wider() -> None:
    assert width("speech start", 11, 600) > width("speech start", 11)


def test_a_line_is_broken_between_pieces_and_never_within_one() -> None:
    pieces = [Piece("event", word) for word in ("one", "two", "unbreakable" * 9, "three")]
    lines = broken(pieces, 60)
    assert [[piece.text for piece in line.pieces] for line in lines] == [
        ["one", "two"],
        ["unbreakable" * 9],
        ["three"],
    ]
    assert [line.indent > 0 for line in lines] == [False, True, True]


def test_a_timer_has_room_for_its_clock() -> None:
    assert Line((Piece("timer", "after 1 s"),)).width > Line((Piece("event", "after 1 s"),)).width + 20


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 ms"),
        (250, "250 ms"),
        (1_000, "1 s"),
        (1_500, "1.5 s"),
        (90_000, "90 s"),
        (60_000, "1 min"),
        (1_050, "1050 ms"),
    ],
)
def test_a_duration_has_a_unit_that_a_person_would_choose(ms: int, words: str) -> None:
    assert duration(ms) == words


# -- what is drawn ----------------------------------------------------------------------------------------------------


def test_what_leads_from_one_state_to_another_is_one_arrow_with_a_label_for_each_way() -> None:
    small = chart(
        {
            "on": {
                "after": {"delay": "long", "to": "off"},
                "events": {"red": {"to": "off", "if": "full"}, "green": {"to": "off", "do": ["count"]}, "blue": "off"},
            },
            "off": {"events": {"red": [{"if": "even", "to": "on"}, {"to": "on", "do": [{"put": {"n": 3}}]}]}},
        },
        *("red", "green", "blue"),
    )
    assert labelled(scene(small)) == {
        "on → off": ["red [full]", "green / count", "blue", "after long 90 s"],
        "off → on": ["red [even]", "red [else] / put 3"],
    }


def test_events_that_do_the_same_share_a_label_unless_their_marks_differ() -> None:
    small = chart({"on": {"events": {"red": "off", "green": "off", "blue": "off"}}, "off": {}}, "red", "green", "blue")
    assert labelled(scene(small))["on → off"] == ["red, green, blue"]
    marked = Scene(small, {}, {"on/green/0": "added"})
    assert labelled(marked)["on → off"] == ["red, blue", "green"]


def test_what_no_arrow_can_show_is_a_line_in_its_state() -> None:
    small = chart(
        {
            "both": {
                "type": "parallel",
                "events": {"green": "left"},
                "states": {"left": {"events": {"red": "right", "blue": "both"}}, "right": {"events": {"red": "right"}}},
            }
        },
        *("red", "green", "blue"),
    )
    drawn_ = scene(small)
    assert labelled(drawn_) == {}
    assert said(drawn_.text(small.nodes["left"]).entries) == ["red → Right", "blue → Both"]
    assert said(drawn_.text(small.nodes["right"]).entries) == ["red → itself"]
    assert said(drawn_.text(small.nodes["both"]).entries) == ["green → Left"]


def test_what_holds_in_every_state_inside_starts_from_a_pseudostate() -> None:
    inner = {"one": {"events": {"red": "two"}}, "two": {}}
    small = chart({"all": {"initial": "one", "states": inner, "events": {"blue": "two"}}}, "red", "blue")
    assert labelled(scene(small)) == {"one → two": ["red"], "all:any → two": ["blue"]}


def test_a_history_that_begins_in_a_region_points_at_the_state_around_it() -> None:
    inner = {"one": {"initial": "three", "states": {"three": {}}}, "two": {}}
    outer = {"both": {"type": "parallel", "states": inner}, "before": {"type": "deep", "default": "one"}}
    states = {"all": {"initial": "both", "states": outer, "events": {"blue": "before"}}}
    ends = [(arrow.source, arrow.target) for arrow in scene(chart(states, "blue")).arrows()]
    assert ("before", "both") in ends


def test_what_a_state_does_stands_in_its_box() -> None:
    small = chart(
        {"on": {"entry": ["count", "beep"], "exit": ["stamp"], "during": "dig", "events": {"red": {}}}}, "red"
    )
    assert said(scene(small).text(small.nodes["on"]).entries) == [
        "entry count, beep",
        "during dig",
        "exit stamp",
        "red / nothing",
    ]


@pytest.mark.parametrize("name", CHARTS)
def test_every_transition_is_somewhere_in_the_drawing(name: str) -> None:
    shown = Scene(CHARTS[name], {}, {})
    entries = [entry for arrow in shown.arrows() for entry in arrow.label.entries]
    entries += [entry for state in CHARTS[name].nodes.values() for entry in shown.text(state).entries]
    ids = {transition.id for entry in entries for transition in entry.transitions}
    assert ids == {transition.id for transition in CHARTS[name].transitions()}


# -- what Node is given -----------------------------------------------------------------------------------------------


def test_an_arrow_that_leaves_a_region_goes_by_an_exit_and_a_port_at_the_same_border() -> None:
    inner = {"type": "parallel", "states": {"left": {"initial": "one", "states": {"one": {"events": {"red": "end"}}}}}}
    whole = graph(scene(chart({"all": inner, "end": {"type": "final"}}, "red")))
    (state,) = (child for child in whole["children"] if child["id"] == "all")
    (region,) = state["regions"]
    (exit,) = region["exits"]
    assert (exit["up"], exit["inward"], exit["part"]) == (False, False, 0)
    inside = [edge for edge in region["edges"] if edge["arrow"] == "one → end"]
    outside = [edge for edge in whole["edges"] if edge["arrow"] == "one → end"]
    assert [(edge["sources"], edge["targets"], len(edge["labels"])) for edge in inside] == [(["one"], [exit["id"]], 1)]
    (port,) = (port for port in state["ports"] if port["exit"] == exit["id"])
    assert [(edge["sources"], edge["targets"], len(edge["labels"])) for edge in outside] == [([port["id"]], ["end"], 0)]


def test_an_arrow_to_what_stands_before_it_is_given_turned_round() -> None:
    whole = graph(scene(chart({"on": {"events": {"red": "off"}}, "off": {"events": {"red": "on"}}}, "red")))
    edges = {edge["arrow"]: (edge["sources"], edge["targets"], edge["back"]) for edge in whole["edges"]}
    assert edges["on → off"] == (["on"], ["off"], False)
    assert edges["off → on"] == (["on"], ["off"], True)


# -- what is mended afterwards ----------------------------------------------------------------------------------------


def line(arrow: str, part: float, *points: tuple[int, int]) -> dict[str, Any]:
    return {"arrow": arrow, "part": part, "points": [{"x": x, "y": y} for x, y in points]}


PLACED = {
    "width": 200,
    "height": 200,
    "boxes": {
        "on": {"x": 0, "y": 0, "width": 90, "height": 40},
        "off": {"x": 0, "y": 100, "width": 90, "height": 40},
        initial(ROOT): {"x": 60, "y": -30, "width": 10, "height": 10},
    },
    "labels": {},
    "lines": [
        line("on → off", 0, (30, 40), (30, 50), (36, 50), (36, 100)),
        line(f"{initial(ROOT)} → on", 0, (65, -20), (65, 0)),
    ],
}
ON_OFF = {"on": {"events": {"red": "off"}}, "off": {}}


def test_a_small_jog_is_taken_out() -> None:
    lines = finished(scene(chart(ON_OFF, "red")), read(PLACED)).lines
    assert lines["on → off"] == ((36, 40), (36, 100))


def test_a_jog_stays_where_a_label_is_in_the_way() -> None:
    places = evolve(read(PLACED), labels={"on → off": Box(26, 42, 20, 50)})
    assert len(finished(scene(chart(ON_OFF, "red")), places).lines["on → off"]) == 4


def test_parts_of_a_line_are_joined_and_only_its_corners_kept() -> None:
    parts = [
        line("a", 1, (5, 9), (5, 20)),
        line("a", 0, (0, 0), (0, 9), (5, 9)),
        line("a", 1.5, (5, 20), (5, 30)),
    ]
    assert read({**PLACED, "lines": parts}).lines["a"] == ((0, 0), (0, 9), (5, 9), (5, 30))


# -- the file ---------------------------------------------------------------------------------------------------------


def test_a_drawing_is_the_same_bytes_each_time_and_well_formed() -> None:
    small = scene(chart(ON_OFF, "red"))
    places = evolve(read(PLACED), labels={"on → off": Box(40, 60, 60, 16)})
    drawing = svg(small, places, "digest")
    assert drawing == svg(small, places, "digest")
    root = ElementTree.fromstring(drawing)
    assert root.get("data-digest") == "digest"
    assert {group.get("data-state") for group in root.iter() if group.get("data-state")} == {"on", "off"}
    assert [group.get("data-transition") for group in root.iter() if group.get("data-transition")] == ["on/red/0"] * 2


def test_marks_are_classes_of_states_lines_and_labels() -> None:
    places = evolve(read(PLACED), labels={"on → off": Box(40, 60, 60, 16)})
    marks: Marks = {"on": "active", "on/red/0": "removed"}
    root = ElementTree.fromstring(svg(Scene(chart(ON_OFF, "red"), {}, marks), places))
    classes = [group.get("class") for group in root.iter() if group.get("data-state") or group.get("data-transition")]
    assert classes == ["atomic is-active", "atomic", "is-removed", "is-removed"]


@pytest.mark.parametrize("name", CHARTS)
def test_the_picture_in_the_docs_has_every_state_and_transition(name: str) -> None:
    root = ElementTree.parse(folder("statecharts").parent / "docs" / "statecharts" / f"{name}.svg").getroot()
    states = {group.get("data-state") for group in root.iter()} - {None}
    transitions = {id for group in root.iter() for id in (group.get("data-transition") or "").split()}
    assert states == set(CHARTS[name].nodes)
    assert transitions == {transition.id for transition in CHARTS[name].transitions()}


def test_a_drawing_has_the_colours_of_the_pages() -> None:
    """It writes them out, as not every renderer of SVG knows variables."""
    static = folder("lossy") / "web" / "static"
    light, dark = dict[str, str](), dict[str, str]()
    for name in ("tokens", "charts"):
        first, _, second = (static / f"{name}.css").read_text(encoding="utf-8").partition("prefers-color-scheme: dark")
        light |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", first))
        dark |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", second))
    for palette, tokens in ((LIGHT, light), (DARK, {**light, **dark})):
        assert palette == {name: tokens["ink-2" if name == "quiet" else name] for name in palette}


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_read_and_lines_are_seen_on_their_ground(palette: dict[str, str]) -> None:
    """WCAG 2: a contrast of 4.5 for text, of 3 for what has to be seen."""
    grounds = [palette["paper"], palette["raised"]]
    texts = ["ink", "quiet", "guard", "accent", "added", "changed", "removed"]
    assert [name for name in texts for ground in grounds if contrast(palette[name], ground) < 4.5] == []
    assert contrast(palette["ink"], palette["chip"]) >= 4.5
    assert min(contrast(palette["arrow"], ground) for ground in grounds) >= 3


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(part, 16) / 255 for part in re.findall("[0-9a-f]{2}", colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# -- what Node lays out -----------------------------------------------------------------------------------------------


def test_the_measure_notices_what_overlaps() -> None:
    ground, inside, beside = Box(0, 0, 100, 100), Box(10, 10, 20, 20), Box(25, 25, 20, 20)
    boxes = {"outer": ground, "inner": inside, "other": beside}
    around = {"outer": frozenset[str](), "inner": frozenset({"outer"}), "other": frozenset({"outer"})}
    texts = {"clear": Box(60, 60, 10, 10), "over": Box(40, 40, 25, 25), "out": Box(95, 5, 10, 2)}
    parts = Drawn(texts, boxes, around, {"line": ((64, 0), (64, 200))})
    assert set(overlaps(parts)) == {("inner", "other"), ("over", "clear"), ("over", "other"), ("out", "outer")}
    assert set(crossed(parts)) == {("line", "clear"), ("line", "over")}
    assert set(through(parts)) == set()
    lines = {"a → b": ((34, 0), (34, 99)), "c → d": ((34, 90), (34, 200)), "e → f": ((0, 20), (99, 20))}
    lined = Drawn({}, boxes, around, lines)
    assert set(along(lined)) == {("a → b", "c → d")}
    assert set(through(lined)) == {("a → b", "other"), ("e → f", "inner")}


# Of each size twenty random charts: states, how deep they nest, how many of them a quick run takes, and how many go in
# one test. The largest take seconds each.
SIZES = ((10, 1, 20, 20), (40, 3, 20, 5), (150, 6, 8, 2))
BATCHES = [
    (states, depth, first, first + batch)
    for states, depth, quick, batch in SIZES
    for first in range(0, 20 if NIGHTLY else quick, batch)
]


def random(states: int, depth: int, first: int, end: int) -> Iterator[Chart]:
    """With about so many states. Those that are not asked for are not loaded, which is what takes time."""
    documents = (document(Random(seed), depth) for seed in count())
    fitting = (each for each in documents if 0.9 * states <= size(each["states"]) <= 1.1 * states)
    return (load(orjson.dumps(each).decode(), NAMES) for each in islice(fitting, first, end))


def size(states: Mapping[str, Any]) -> int:
    return sum(1 + size(each.get("states", {})) for each in states.values())


def faults(scene: Scene, raw: Places) -> dict[str, list[tuple[str, str]]]:
    """What is wrong with a layout, by the name of the rule."""
    places = finished(scene, raw)
    parts = drawn(scene, places)
    found = {rule.__name__: [*rule(parts)] for rule in (overlaps, crossed, through, along)}
    found |= {rule.__name__: [*rule(scene, places)] for rule in (ending_nowhere, upside_down)}
    return {rule: pairs for rule, pairs in found.items() if pairs}


def ending_nowhere(scene: Scene, places: Places) -> Iterator[tuple[str, str]]:
    """Lines that do not join the border of what they lead from or to."""
    for arrow in scene.arrows():
        first, *_, last = places.lines[arrow.id]
        for point, end in ((first, arrow.source), (last, arrow.target)):
            if not on_border(point, places.boxes[end]):
                yield arrow.id, end


def on_border(point: tuple[float, float], box: Box) -> bool:
    x, y = point
    return box.x <= x <= box.right and min(abs(y - box.y), abs(y - box.bottom)) < 1


def upside_down(scene: Scene, places: Places) -> Iterator[tuple[str, str]]:
    """States that an arrow joins and of which the one that comes first in the file does not stand above."""
    nodes = scene.chart.nodes
    for arrow in (arrow for arrow in scene.arrows() if {arrow.source, arrow.target} <= nodes.keys()):
        first, second = sorted((nodes[arrow.source], nodes[arrow.target]), key=lambda node: node.order)
        if first.parent == second.parent and places.boxes[first.id].bottom >= places.boxes[second.id].y:
            yield first.id, second.id


class TestLaidOut:
    """By the first layout that comes of each."""

    pytestmark = node

    def test_nothing_overlaps_in_the_charts_of_the_product(self) -> None:
        scenes = [Scene(chart, facts(chart).delays, {}) for chart in CHARTS.values()]
        found = map(faults, scenes, lay_out(scenes, quick=True))
        assert [*zip(CHARTS, found, strict=True)] == [(name, {}) for name in CHARTS]

    @pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: f"{batch[0]} states, {batch[2]} to {batch[3]}")
    def test_nothing_overlaps_in_random_charts(self, batch: tuple[int, int, int, int]) -> None:
        """A few in each test, so that two processes share them."""
        scenes = [scene(chart) for chart in random(*batch)]
        found = [*map(faults, scenes, lay_out(scenes, quick=True))]
        assert found == [{}] * (batch[3] - batch[2])

    def test_a_layout_is_the_same_each_time(self) -> None:
        shown = Scene(CHARTS["ownership"], {}, {})
        assert lay_out([shown]) == lay_out([shown])
