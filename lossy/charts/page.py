"""A chart as a page of Markdown: all that its file says, beside its picture, for who has never seen the format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

from lossy.charts.draw.wording import title
from lossy.charts.markdown import code, grid, section
from lossy.charts.page_data import data
from lossy.charts.page_names import effects, events, fates, rules
from lossy.charts.page_states import states, timers, transitions

if TYPE_CHECKING:
    from lossy.charts.model import Chart, Migration

COMMAND = "lossy charts docs"
READING = """\
A box is a state, and a box in a box is active only together with the one around it. Dashes part regions, which go on
side by side. On an arrow stand the **event**, the [guard] under which it is taken and, after a slash, what is done;
a clock is a time that has passed. A line inside a box leaves the state as it is, unless it says where it leads.
[How to read a picture](README.md#how-to-read-a-picture) says the rest, and [the format](../reference/charts.md) what it
means exactly."""


@frozen
class Setting:
    """A setting that the chart's rules or timers follow. `default` is worded with its unit.

    `delay` is the name by which the chart knows it; none for what is no duration.
    """

    variable: str
    default: str
    help: str
    delay: str = ""


@frozen
class Facts:
    """What a page says beyond its chart's file."""

    delays: Mapping[str, int] = field(factory=dict)  # name -> default in ms
    settings: tuple[Setting, ...] = ()
    rules: Mapping[str, str] = field(factory=dict)  # guard, update or migration -> what it is, in Markdown
    data: str = ""  # the docstring of the module with the rules, which has a table of the data


def page(chart: Chart, facts: Facts, digest: str) -> str:
    """`digest` tells what page and picture were made of."""
    parts = [
        f"<!-- {COMMAND}: {digest} -->\n# {title(chart.name)}",
        f"*`{COMMAND}` wrote this page and its picture from [`statecharts/{chart.name}.yaml`]"
        f"(../../statecharts/{chart.name}.yaml). Change that file, not these.*",
        chart.why,
        f"![The states of {chart.name} and what leads from one to another]({chart.name}.svg)",
        READING,
        section("States", f"It begins in {code(chart.initial)}. This is version {chart.version}.", states(chart)),
        section("Timers", timers(chart, facts.delays)),
        section("Settings", grid(["setting", "in the chart", "default", "meaning"], map(_setting, facts.settings))),
        section("Events", events(chart)),
        section("What becomes of each event", *fates(chart)),
        section("Transitions", *transitions(chart)),
        section("Data", data(facts.data)),
        section("Rules", *rules(chart, facts.rules)),
        section("Effects", effects(chart)),
        section("What holds after every step", grid(["invariant", "in words"], _invariants(chart))),
        section("Stored sessions of earlier versions", *_migrations(chart, facts.rules)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _setting(setting: Setting) -> list[str]:
    return [code(setting.variable), code(setting.delay) if setting.delay else "", setting.default, setting.help]


def _invariants(chart: Chart) -> list[list[str]]:
    return [[code(name), words] for name, words in chart.invariants.items()]


def _migrations(chart: Chart, rules: Mapping[str, str]) -> list[str]:
    return [_migration(version, migration, rules) for version, migration in chart.migrations.items()]


def _migration(version: int, migration: Migration, rules: Mapping[str, str]) -> str:
    said = [_fate(old, new) for old, new in migration.states.items()]
    if migration.data is not None:
        said.append(f"the data goes through {code(migration.data)}")
    about = rules.get(migration.data or "", "")
    return f"Version {version}: {'; '.join(said) or 'loads as it is'}. {about}".rstrip()


def _fate(old: str, new: str | None) -> str:
    return f"{code(old)} is refused" if new is None else f"{code(old)} becomes {code(new)}"
