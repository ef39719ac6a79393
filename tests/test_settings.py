"""Settings come from LOSSY_* variables, each of them read and none unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from lossy.settings import Listed, Settings, SettingsError, listed, read

NOTHING: dict[str, str] = {}
# An address that is checked, and what it cannot be without.
MODEL_URL = "http://127.0.0.1:11434/v1"
MODEL = {"LOSSY_LLM_MODEL": "small-model"}


def rows(environ: dict[str, str] = NOTHING) -> dict[str, Listed]:
    return {row.variable: row for row in listed(environ)}


def other_than(default: Any) -> str:
    """A value of the same kind that is not the default."""
    if isinstance(default, str | Path):
        return f"{default}/other"
    return str(default + 1) if isinstance(default, int) else str(default / 2)


def of(settings: Settings, variable: str) -> Any:
    concern, _, name = variable.removeprefix("LOSSY_").lower().partition("_")
    return getattr(getattr(settings, concern), name)


def test_without_variables_everything_has_its_default() -> None:
    assert read(NOTHING) == Settings()
    assert {row.source for row in rows().values()} == {"default"}


def test_every_field_of_every_concern_has_a_variable_and_a_meaning() -> None:
    fields = {
        f"LOSSY_{concern.name}_{attribute.name}".upper()
        for concern in attrs.fields(Settings)
        for attribute in attrs.fields(type(getattr(Settings(), concern.name)))
    }
    assert rows().keys() == fields
    assert all(row.help for row in rows().values())


@pytest.mark.parametrize("variable", rows())
def test_each_variable_is_read(variable: str) -> None:
    default = rows()[variable].default
    given = MODEL_URL if variable == "LOSSY_LLM_URL" else other_than(default)
    value = of(read({**MODEL, variable: given}), variable)
    assert type(value) is type(default)
    assert str(value) == given
    assert value != default


@pytest.mark.parametrize("variable", rows())
def test_an_empty_variable_is_as_none(variable: str) -> None:
    assert read({variable: ""}) == Settings()


@pytest.mark.parametrize(
    "variable", [variable for variable, row in rows().items() if isinstance(row.default, int | float)]
)
def test_a_value_of_another_kind_is_refused_with_what_it_should_be(variable: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read({variable: "soon"})
    assert str(refused.value) == f"{variable}='soon' does not fit: {rows()[variable].help}"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LOSSY_VOICE_COOLDOWN_MS", "-1"),
        ("LOSSY_SERVER_PORT", "65536"),
        ("LOSSY_AGENT_MIN_CONFIDENCE", "1.01"),
        ("LOSSY_AGENT_MIN_CONFIDENCE", "nan"),
    ],
)
def test_a_value_out_of_bounds_is_refused(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match="must be"):
        read({variable: value})


def test_a_variable_that_nobody_reads_is_refused() -> None:
    with pytest.raises(SettingsError, match="no such setting: LOSSY_VIOCE_COOLDOWN_MS"):
        read({"LOSSY_VIOCE_COOLDOWN_MS": "500", "LOSSY_VOICE_GUARD_MS": "200"})


def test_other_programs_have_variables_too() -> None:
    assert read({"PATH": "/bin", "LOSS": "1", "lossy_x": "1"}) == Settings()


def test_the_database_has_the_name_that_hosts_give_it_as_well() -> None:
    theirs, ours = "postgresql://theirs", "postgresql://ours"
    assert read({"DATABASE_URL": theirs}).database.url == theirs
    assert read({"DATABASE_URL": theirs, "LOSSY_DATABASE_URL": ours}).database.url == ours


def test_the_list_tells_where_a_value_is_from() -> None:
    environ = {"DATABASE_URL": "postgresql://theirs", "LOSSY_SERVER_PORT": "80"}
    told = rows(environ)
    assert (told["LOSSY_DATABASE_URL"].source, told["LOSSY_DATABASE_URL"].secret) == ("DATABASE_URL", True)
    port = told["LOSSY_SERVER_PORT"]
    assert (port.value, port.default, port.source, port.secret) == (80, 4000, "LOSSY_SERVER_PORT", False)
    assert told["LOSSY_SERVER_HOST"].source == "default"


def test_what_signs_or_opens_is_secret() -> None:
    secrets = {"LOSSY_SERVER_SECRET", "LOSSY_SERVER_METRICS_TOKEN", "LOSSY_DATABASE_URL", "LOSSY_LLM_KEY"}
    assert {variable for variable, row in rows().items() if row.secret} == secrets


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:11434/v1",
        "/v1",
        "ftp://example.com/v1",
        "http://",
        "http://:8000/v1",
        "http://example.com:port/v1",
        "http://example.com:70000/v1",
        "http://exa mple.com/v1",
        "http://[::1/v1",
        "https://user:hidden@example.com/v1",
        "https://example.com/v1?key=hidden",
        "https://example.com/v1#hidden",
    ],
)
def test_an_address_of_a_model_that_can_be_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^LOSSY_LLM_URL must ") as refused:
        read({"LOSSY_LLM_URL": url, **MODEL})
    assert "hidden" not in str(refused.value)


def test_a_model_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^LOSSY_LLM_MODEL must name the model to ask at LOSSY_LLM_URL$"):
        read({"LOSSY_LLM_URL": MODEL_URL})


@pytest.mark.parametrize("key", ["sk hidden", "sk-hidden\n", "sk-hidd\u00e9n"])
def test_a_key_that_no_header_can_hold_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(SettingsError, match=r"^LOSSY_LLM_KEY must be ") as refused:
        read({"LOSSY_LLM_KEY": key})
    assert "hidd" not in str(refused.value)


def test_settings_are_shown_without_their_secrets() -> None:
    shown = repr(read({"LOSSY_LLM_KEY": "hidden", "LOSSY_SERVER_SECRET": "hidden", "DATABASE_URL": "hidden"}))
    assert "hidden" not in shown


def test_a_server_alone_meets_no_other() -> None:
    alone = read({"LOSSY_SERVER_PORT": "80", "LOSSY_VOICE_COOLDOWN_MS": "700"}).alone(Path("/somewhere"))
    assert (alone.server.port, alone.server.public_url, alone.database.data) == (0, "", Path("/somewhere"))
    assert alone.voice.cooldown_ms == 700, "the rest is as it was set"
