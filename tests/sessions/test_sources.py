"""What charts say of the code is held against its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from lossy.charts.mentioned import as_written
from lossy.resources import folder
from lossy.sessions.catalog import SETTINGS, load_all
from lossy.sessions.sources import source_findings

if TYPE_CHECKING:
    from pathlib import Path

DOOR = """
name: door
initial: shut
hears:
  web.porch: {push: it is pushed, knock: somebody knocks}
  chart bell: {ring: it rings}
  later E2: {pull: it is pulled}
effects:
  sessions.effects: {beep: a sound}
  later J1: {paint: a colour}
states:
  shut:
    entry: [beep, paint]
    after: {delay: wait, to: shut}
    events: {push: shut, knock: shut, ring: shut, pull: shut}
"""


@frozen
class Door:
    wait_ms: int = 1
    patience_ms: int = 2
    strength: int = 3


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A package whose source does what the chart says of it."""
    sources = {
        "web/porch.py": 'from lossy.web.hands import PUSH\nfrom lossy.domain import door\nheard = {"knock": PUSH}\n',
        "web/hands.py": 'from typing import Literal\nPUSH: Literal["push"]\n',
        "sessions/effects.py": 'EFFECTS = {"beep": print}\n',
        "domain/door.py": 'def initial(strength):\n    return {"strong": strength}\n\nDELAY = "patience"\n',
    }
    for name, source in sources.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return tmp_path


def found(code: Path) -> list[str]:
    findings = source_findings([as_written(DOOR)], {"door": Door}, code)
    return [f"{each.kind} @ {each.path}: {each.words}" for each in findings]


def test_code_that_does_what_the_chart_says_is_good(code: Path) -> None:
    assert found(code) == []


def test_an_event_that_its_sender_never_mentions(code: Path) -> None:
    (code / "web" / "hands.py").write_text('"""About push, and nothing more."""\n', encoding="utf-8")
    line = "lossy.web.porch never mentions 'push'. Name the module that sends it."
    assert found(code) == [f"origin @ $.hears['web.porch']: {line}"]


def test_what_a_module_imports_from_elsewhere_is_not_its_own(code: Path) -> None:
    (code / "web" / "porch.py").write_text("from lossy.domain import door\n", encoding="utf-8")
    (code / "domain" / "door.py").write_text('PUSH, KNOCK, A, B = "push", "knock", "patience", "strength"\n')
    assert [line.split("'")[3] for line in sorted(found(code))] == ["knock", "push"]


def test_an_effect_that_its_performer_never_mentions(code: Path) -> None:
    (code / "sessions" / "effects.py").write_text("beep = print\n", encoding="utf-8")
    line = "lossy.sessions.effects never mentions 'beep'. Name the module that performs it."
    assert found(code) == [f"origin @ $.effects['sessions.effects']: {line}"]


def test_a_module_that_is_not_there(code: Path) -> None:
    (code / "sessions" / "effects.py").unlink()
    line = "there is no module lossy.sessions.effects. Name the one that performs this, or say `later E2`."
    assert found(code) == [f"origin @ $.effects['sessions.effects']: {line}"]


@pytest.mark.parametrize(
    ("rules", "idle"),
    [
        ('DELAY, strength = "patience", 1; print(strength)', "STRENGTH"),
        ('def initial(strength): return "patience"', "STRENGTH"),
        ("def initial(strength): return strength", "PATIENCE_MS"),
    ],
)
def test_a_setting_that_decides_nothing(code: Path, rules: str, idle: str) -> None:
    (code / "domain" / "door.py").write_text(rules, encoding="utf-8")
    line = f"LOSSY_DOOR_{idle} decides nothing: no timer names it and no rule in lossy/domain/door.py reads it. "
    assert found(code) == [f"idle setting @ $: {line}Use it, or take it out of lossy/settings.py."]


def test_the_code_does_what_the_charts_that_ship_say() -> None:
    assert source_findings(load_all(folder("statecharts")).values(), SETTINGS) == ()
