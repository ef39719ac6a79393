"""The charts that ship fit the tables of names, and no row of a table is idle."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import attrs
import pytest

from lossy.charts.model import ChartError
from lossy.charts.together import start_all
from lossy.domain import agent, rules
from lossy.resources import folder
from lossy.sessions import catalog
from lossy.sessions.catalog import delays, initial_data, load_charts, load_each
from lossy.sessions.effects import EFFECTS, Row
from lossy.sessions.work import WORK, structure_remark
from lossy.settings import Settings, Voice

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def charts(tmp_path: Path) -> Path:
    """A copy of the charts that ship, to be spoilt."""
    copy = tmp_path / "statecharts"
    shutil.copytree(folder("statecharts"), copy)
    return copy


def spoil(charts: Path, name: str, old: str, new: str) -> None:
    path = charts / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} has no {old!r} to spoil any more"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_charts_that_ship_are_accepted(charts: Path) -> None:
    assert [*load_charts(charts)] == ["voice", "agent", "reconnect"], "in the order in which they receive"


def test_the_settings_give_every_delay_the_charts_name(charts: Path) -> None:
    started = start_all(load_charts(charts), initial_data(Settings()), 0)
    assert started.states["voice"].active >= {"idle", "disconnected"}
    assert started.states["agent"].active >= {"idle", "none_awaited", "ready"}


def test_a_delay_is_its_setting_without_the_unit() -> None:
    assert delays(Voice(cooldown_ms=700))["cooldown"] == 700
    assert "cooldown_ms" not in delays(Voice())


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("if: good_enough", "if: good_enuff", "unknown guard 'good_enuff'"),
        ("do: [defer]", "do: [differ]", "unknown update or effect 'differ'"),
        ("do: [note_close]", "do: [heed_close]", "unknown update or effect 'heed_close'"),
        ("during: structure", "during: destructure", "unknown work 'destructure'"),
        ("delay: structuring", "delay: constructing", "no setting for the delay 'constructing'"),
        ("if: somebody_waits", "if: owner", "unknown guard 'owner'"),  # the other chart's
        ("event: inference_failed", "event: inference_faltered", "where no state hears it"),
        ("to: voice", "to: choice", "there is no chart 'choice' to send 'inference_failed' to: did you mean 'voice'"),
        (
            "do: [queue_remark]",
            "do: [defer]",
            "agent.yaml: nothing uses the update 'queue_remark' of lossy/domain/agent.py: name it",
        ),
        (
            "do: [save_note, note_saved]",
            "do: [defer, note_saved]",
            "nothing uses the effect 'save_note' of lossy/sessions/effects.py: name it",
        ),
    ],
)
def test_a_name_that_does_not_fit_is_refused(charts: Path, old: str, new: str, fault: str) -> None:
    spoil(charts, "agent", old, new)
    with pytest.raises(ChartError, match=fault):
        load_charts(charts)


@pytest.mark.parametrize(
    ("table", "rows", "words"),
    [
        (
            "GUARDS",
            {**rules.GUARDS, "agent": {**rules.GUARDS["agent"], "idle_row": agent.good_enough}},
            "agent.yaml: nothing uses the guard 'idle_row' of lossy/domain/agent.py: name it in an `if:`, or delete it",
        ),
        (
            "UPDATES",
            {**rules.UPDATES, "voice": {**rules.UPDATES["voice"], "idle_row": agent.put_down}},
            "voice.yaml: nothing uses the update 'idle_row' of lossy/domain/voice.py: name it in a `do:`, or delete it",
        ),
        (
            "EFFECTS",
            {**EFFECTS, "idle_row": Row()},
            "nothing uses the effect 'idle_row' of lossy/sessions/effects.py: name it in a `do:`, or delete it",
        ),
        (
            "WORK",
            {**WORK, "idle_row": structure_remark},
            "nothing uses the work 'idle_row' of lossy/sessions/work.py: name it in a `during:`, or delete it",
        ),
    ],
)
def test_a_row_that_no_chart_names_is_an_error(
    charts: Path, table: str, rows: object, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, table, rows)
    with pytest.raises(ChartError) as refused:
        load_charts(charts)
    assert refused.value.args == (words,)


def test_a_file_that_is_not_there_is_told_with_the_faults_of_others(charts: Path) -> None:
    (charts / "note.yaml").unlink()
    spoil(charts, "agent", "if: good_enough", "if: good_enuff")
    good, faults = load_each(charts)
    assert {*good} == {"voice", "reconnect", "ownership", "rollout"}
    assert "unknown guard 'good_enuff': did you mean 'good_enough'?" in faults[0]
    assert faults[-1] == "there is no statecharts/note.yaml"


def test_all_faults_of_a_file_are_told_at_once_with_their_places(charts: Path) -> None:
    spoil(charts, "agent", "if: good_enough", "if: good_enuff")
    spoil(charts, "agent", "delay: structuring", "delay: constructing")
    with pytest.raises(ChartError) as refused:
        load_charts(charts)
    assert str(refused.value).startswith("agent.yaml: ")
    assert "states['structuring'].after" in str(refused.value)
    assert "good_enuff" in str(refused.value)


def test_the_users_threshold_is_the_agents() -> None:
    settings = attrs.evolve(Settings(), agent=attrs.evolve(Settings().agent, min_confidence=0.6))
    assert initial_data(settings)["agent"]["min_confidence"] == 0.6
