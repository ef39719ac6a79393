"""The pages of charts: what they say, and that none is older than its chart."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from lossy.charts.load import load
from lossy.charts.model import LATER
from lossy.charts.page import Facts, Setting, page
from lossy.charts.page_planned import CAPABILITIES
from lossy.charts.page_seal import is_sealed, sealed
from lossy.cli.pages import docs, outdated
from lossy.resources import folder
from lossy.sessions.catalog import initial_data, load_all
from lossy.sessions.facts import facts
from lossy.settings import Settings
from tests.charts.strategies import NAMES

if TYPE_CHECKING:
    from pathlib import Path

ROOT = folder("statecharts").parent
PAGES = ROOT / "docs" / "statecharts"
CHARTS = load_all(ROOT / "statecharts")


def test_no_page_and_no_picture_is_older_than_its_chart() -> None:
    """Run `make docs`, or `lossy charts docs` where tools/draw is set up."""
    assert [str(path.relative_to(ROOT)) for path in outdated(ROOT)] == []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for part in ("statecharts", "docs/statecharts", "lossy/charts/draw", "tools/draw"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def names(checkout: Path) -> list[str]:
    return [path.name for path in outdated(checkout)]


def test_a_changed_word_in_a_chart_makes_its_page_and_its_picture_old(checkout: Path) -> None:
    before = names(checkout)
    change(checkout / "statecharts" / "note.yaml", "Heard, and not confirmed", "Heard, and never confirmed")
    assert {*names(checkout)} - {*before} == {"note.md", "note.svg"} - {*before}
    assert {"note.md", "note.svg"} <= {*names(checkout)}


def test_a_changed_word_in_a_page_is_noticed(checkout: Path) -> None:
    change(checkout / "docs" / "statecharts" / "note.md", "Heard, and not confirmed", "Heard, and never confirmed")
    assert "note.md" in names(checkout)


@pytest.mark.parametrize("digit", ["1", "2"])
def test_a_picture_edited_by_hand_is_noticed(checkout: Path, digit: str) -> None:
    path = checkout / "docs" / "statecharts" / "note.svg"
    (doc,) = (doc for doc in docs(checkout) if doc.svg_path == path)
    drawn = f'<svg data-digest="{doc.digest}" width="10">\n</svg>\n'
    path.write_text(sealed(drawn).replace('"10"', f'"{digit}0"'), encoding="utf-8")
    assert ("note.svg" in names(checkout)) == (digit != "1")


@pytest.mark.parametrize("text", ["", "\n", "<svg/>\n", sealed("<svg/>\n") + "\n", sealed("<svg/>\n").rstrip("\n")])
def test_only_what_was_sealed_is_sealed(text: str) -> None:
    assert is_sealed(sealed("<svg/>\n"))
    assert not is_sealed(text)


@pytest.mark.parametrize("source", ["lossy/charts/draw/style.py", "tools/draw/cost.mjs"])
def test_a_change_of_what_draws_makes_every_picture_old(checkout: Path, source: str) -> None:
    with (checkout / source).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert {f"{name}.svg" for name in CHARTS} <= {*names(checkout)}


def test_a_page_of_no_chart_is_noticed(checkout: Path) -> None:
    (checkout / "docs" / "statecharts" / "door.md").write_text("# Door\n", encoding="utf-8")
    assert "door.md" in names(checkout)


# -- what a page says -------------------------------------------------------------------------------------------------

DOOR = """
name: door
version: 2
why: Lets one person in.
initial: shut
hears:
  web.voice: {red: whoever | pushes}
  later G3: {blue: the owner}
  chart bell: {green: it rang}
effects:
  sessions.effects: {beep: a sound}
  later J1: {tell: the others}
  sessions.work: {dig: work}
migrations:
  1: {states: {ajar: open, broken: null}}
states:
  shut:
    why: Nobody comes in.
    entry: [beep]
    events:
      red: [{if: even, to: open, do: [count]}, {why: It is locked.}]
      green: open
    ignores: {blue: It is shut.}
  open:
    why: Long enough.
    during: dig
    after: {delay: short, to: shut, restore: restart}
    events: {blue: shut, done.open: shut}
    ignores: {red: It is open., green: It is open.}
"""


RULES_MODULE = """The rules of `statecharts/door.yaml`.

The data of a door (JSON values):

| key | meaning |
|---|---|
| n, m | how often it opened; `2|3` |
| by | who did: person or wind |

More words.
"""


def sections(text: str) -> dict[str, str]:
    first, *others = re.split(r"^## ", text, flags=re.MULTILINE)
    return {"": first} | {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in others}


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    settings = Setting("LOSSY_DOOR_SHORT_MS", "1500 ms (1.5 s)", "how long", "short"), Setting("N", "3", "how many")
    about = Facts({"short": 1_500}, settings, {"even": "The number is even."}, RULES_MODULE)
    return sections(page(load(DOOR, NAMES), about, "1234"))


def test_it_says_what_wrote_it_and_shows_the_picture(said: dict[str, str]) -> None:
    assert said[""].startswith("<!-- lossy charts docs: 1234 -->\n# Door\n")
    assert "(../../statecharts/door.yaml)" in said[""]
    assert "Lets one person in." in said[""]
    assert "](door.svg)" in said[""]


def test_states_and_timers_are_in_words(said: dict[str, str]) -> None:
    assert "It begins in `shut`. This is version 2." in said["States"]
    assert "| `shut` | Nobody comes in. | on entry `beep` |" in said["States"]
    assert "| `open` | Long enough. | while in it `dig` |" in said["States"]
    assert "| `open` | `short` | 1.5 s | `shut` | `restart`: it begins anew |" in said["Timers"]
    assert "| in | after | default | to | after a restart |" in said["Timers"]
    assert "| `LOSSY_DOOR_SHORT_MS` | `short` | 1500 ms (1.5 s) | how long |" in said["Settings"]
    assert "| `N` |  | 3 | how many |" in said["Settings"]


def test_the_data_are_those_of_the_table_beside_the_rules(said: dict[str, str]) -> None:
    assert said["Data"].startswith("\nThe data of a door (JSON values):\n\n| key | meaning |\n")
    assert "\n| `n`, `m` | how often it opened; `2\\|3` |\n" in said["Data"]
    assert said["Data"].rstrip().endswith("| `by` | who did: person or wind |")


def test_without_such_a_table_a_page_says_nothing_of_data() -> None:
    assert "## Data" not in page(load(DOOR, NAMES), Facts(data="The rules of a door."), "")


def test_every_event_names_its_sender_and_its_hearers(said: dict[str, str]) -> None:
    assert "| `red` | [web.voice](../../lossy/web/voice.py) | whoever \\| pushes | `shut` |" in said["Events"]
    assert "| `blue` | *planned: G3, the ramp of a flag* | the owner | `open` |" in said["Events"]
    assert "| `green` | the chart [bell](bell.md) | it rang | `shut` |" in said["Events"]
    assert "| `done.open` | the chart itself |" in said["Events"]


def test_what_becomes_of_each_event_is_a_table_with_the_reasons(said: dict[str, str]) -> None:
    fates = said["What becomes of each event"]
    assert "| event | `shut` | `open` |" in fates
    assert "| `red` | ● | - |" in fates
    assert "| `open` | `red`, `green` | It is open. |" in fates
    assert "◐ only under a guard (otherwise nothing happens)" in fates


def test_transitions_effects_and_migrations_are_listed(said: dict[str, str]) -> None:
    assert "| `red` | `even` | `open` | `count` |  |" in said["Transitions"]
    assert "| `red` | otherwise | stays |  | It is locked. |" in said["Transitions"]
    assert "| `even` | The number is even. |" in said["Rules"]
    assert "| `tell` | *planned: J1, the durable queue of jobs* | the others |" in said["Effects"]
    assert "| `beep` | [sessions.effects](../../lossy/sessions/effects.py) | a sound | `shut` |" in said["Effects"]
    assert "Version 1: `ajar` becomes `open`; `broken` is refused." in said["Stored sessions of earlier versions"]


@pytest.mark.parametrize("name", CHARTS)
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page(CHARTS[name], facts(CHARTS[name]), ""))
    assert [link for link in links if not (PAGES / link).exists()] == []


@pytest.mark.parametrize("name", CHARTS)
def test_the_index_has_every_chart(name: str) -> None:
    assert f"]({name}.md)" in (PAGES / "README.md").read_text(encoding="utf-8")


def test_the_defaults_on_a_page_are_those_of_the_settings() -> None:
    about = facts(CHARTS["voice"])
    assert about.delays["cooldown"] == 500
    (cooldown,) = (each for each in about.settings if each.variable == "LOSSY_VOICE_COOLDOWN_MS")
    assert (cooldown.default, cooldown.delay) == ("500 ms", "cooldown")
    (end,) = (each for each in about.settings if each.variable == "LOSSY_VOICE_SESSION_END_MS")
    assert (end.default, end.delay) == ("14400000 ms (4 h)", "session_end")
    assert {each.delay for each in about.settings} - {""} == about.delays.keys()
    assert about.rules["owner"] == '`data["owner"] is not None`'


@pytest.mark.parametrize("name", CHARTS)
def test_every_rule_on_a_page_has_words(name: str) -> None:
    rules = sections(page(CHARTS[name], facts(CHARTS[name]), ""))["Rules"]
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", rules, flags=re.MULTILINE)
    assert rows
    assert [rule for rule, words in rows if not words.strip()] == []


@pytest.mark.parametrize("name", initial_data(Settings()))
def test_a_page_lists_all_data_of_its_chart(name: str) -> None:
    rows = sections(page(CHARTS[name], facts(CHARTS[name]), ""))["Data"].splitlines()
    keys = [key for row in rows if row.startswith("| `") for key in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert {*keys} == initial_data(Settings())[name].keys()


def test_the_planned_capabilities_are_those_that_charts_name() -> None:
    origins = {origin for chart in CHARTS.values() for origin in (*chart.hears, *chart.effects)}
    assert {origin.removeprefix(LATER) for origin in origins if origin.startswith(LATER)} == CAPABILITIES.keys()
