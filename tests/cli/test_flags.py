"""`lossy flags`, as a person reads it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psycopg
import pytest
from click.testing import CliRunner, Result

from lossy.cli import main
from tests.logs import plain_logs

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

ANN, BEN = "ann@example.com", "ben@example.com"


@pytest.fixture(autouse=True)
def beside(monkeypatch: pytest.MonkeyPatch, database: str) -> Iterator[None]:
    """A database on which Ann and Ben are."""
    for name in [name for name in os.environ if name.startswith("LOSSY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", database)
    assert CliRunner().invoke(main, ["migrate"]).exit_code == 0
    with psycopg.connect(database) as connection:
        for n, email in enumerate((ANN, BEN), 1):
            connection.execute(
                "INSERT INTO users (id, email, role) VALUES (lpad(%s::text, 32, '0')::uuid, %s, 'user')", (n, email)
            )
    yield
    plain_logs()


def flags(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["flags", *arguments])


def told(*arguments: str) -> list[str]:
    """The lines that it prints."""
    result = flags(*arguments)
    assert result.exit_code == 0, result.output
    return [line.strip() for line in result.output.splitlines()]


def gates(*arguments: str) -> list[str]:
    """What is set of the flag after it, without the line that says what the flag is."""
    return told(*arguments)[1:]


def fault(*arguments: str) -> str:
    result = flags(*arguments)
    assert result.exit_code != 0
    return result.stderr.splitlines()[-1]


def test_flags_are_listed_with_what_is_set_and_those_that_are_not_there_yet() -> None:
    flags("set", "voice_session", "2.5%")
    flags("set", "voice_session", "on", "--user", ANN)
    flags("set", "voice_session", "on", "--user", BEN)
    lines = told("list")
    assert "voice_session      on for 2 users; on for 2.5 % of everybody" in lines
    assert "notes_channel      on for everybody" in lines
    assert "posting            not there yet (J2)" in lines


def test_a_flag_is_set_for_a_user_a_group_everybody_or_some_and_cleared() -> None:
    told("groups", "add", "crew", ANN, BEN)
    assert gates("set", "voice_session", "off", "--user", BEN) == [f"off for {BEN}", "on for everybody"]
    assert gates("set", "voice_session", "on", "--group", "crew") == [
        f"off for {BEN}",
        "on for crew",
        "on for everybody",
    ]
    assert gates("set", "voice_session", "10%")[-1] == "on for 10 % of everybody"
    assert gates("clear", "voice_session", "--user", BEN) == ["on for crew", "on for 10 % of everybody"]
    assert gates("clear", "voice_session", "--everybody") == ["on for crew", "off by default"]
    assert gates("set", "voice_session", "off")[-1] == "off for everybody"
    assert gates("clear", "voice_session") == ["off by default"]


def test_kill_is_over_everything_and_is_taken_back() -> None:
    assert gates("kill", "voice_session") == ["killed: off for everybody, whatever follows", "on for everybody"]
    assert told("show", "voice_session", "--user", ANN)[-1] == f"For {ANN} it is off, DISABLED: it is killed."
    assert gates("revive", "voice_session") == ["on for everybody"]


def test_why_a_flag_is_on_or_off_for_somebody_is_said() -> None:
    told("groups", "add", "crew", ANN)
    flags("set", "voice_session", "on", "--group", "crew")
    flags("set", "voice_session", "0%")
    assert told("show", "voice_session", "--user", ANN)[-1] == (
        f"For {ANN} it is on, TARGETING_MATCH: it is set for the group crew."
    )
    assert told("show", "voice_session", "--user", BEN)[-1] == f"For {BEN} it is off, SPLIT: their bucket is 6058."


def test_a_group_has_members_and_defaults_and_goes() -> None:
    assert told("groups") == ["There is no group yet; `lossy flags groups add NAME USER` makes one."]
    told("groups", "add", "crew", ANN, BEN)
    assert told("groups", "remove", "crew", BEN) == ["crew: 1 member"]
    line = 'crew: 1 member, a cohort with auto_post=true, self_firming=["audio"]'
    assert told("groups", "defaults", "crew", "auto_post=true", 'self_firming=["audio"]') == [line]
    assert told("groups", "show", "crew") == [line, ANN]
    assert told("groups", "defaults", "crew", "auto_post=null", "self_firming=null") == ["crew: 1 member"]
    assert told("groups", "drop", "crew") == ["There is no group crew any more."]


def test_the_history_says_who_did_what() -> None:
    told("groups", "add", "crew", ANN)
    told("groups", "defaults", "crew", "cooldown_ms=900")
    flags("set", "voice_session", "10%")
    flags("set", "voice_session", "off", "--user", BEN)
    flags("set", "voice_session", "on", "--group", "crew")
    flags("kill", "voice_session")
    flags("revive", "voice_session")
    done = [line.partition("cli:")[2].partition(" ")[2].strip() for line in told("history") if "cli:" in line]
    assert done == [
        "voice_session: revived",
        "voice_session: killed",
        "voice_session: for crew unset → on",
        f"voice_session: for {BEN} unset → off",
        "voice_session: for everybody on → unset; percentage unset → 10 %",
        "crew: cooldown_ms unset → 900",
        f"crew: made; with {ANN}",
    ]
    assert len(told("history", "crew")) == 2
    assert "installation  voice_session: for everybody unset → on" in told("history")[-1]


FAULTS = (
    (("set", "voice_session", "maybe"), "'maybe' is not on, off, or a percentage"),
    (("set", "voice_session", "100.01%"), "'100.01%' is not on, off, or a percentage"),
    (("set", "voice_session", "0.001%"), "'0.001%' is not on, off, or a percentage"),
    (("set", "voice_session", "nan%"), "'nan%' is not on, off, or a percentage"),
    (("set", "voice_session", "inf%"), "'inf%' is not on, off, or a percentage"),
    (("set", "voice_session", "10%", "--user", ANN), "a percentage is of everybody"),
    (("set", "voice_session", "on", "--user", ANN, "--group", "crew"), "--user and --group are two changes"),
    (("clear", "voice_session", "--everybody", "--user", ANN), "--everybody goes without"),
    (("set", "posting", "on"), "'posting' is not one of"),
    (("set", "voice_session", "on", "--user", "nobody"), "lossy: there is no user nobody"),
    (("set", "voice_session", "on", "--group", "nobody"), "lossy: groups.nobody: There is no such group."),
    (("groups", "show", "nobody"), "lossy: there is no group nobody"),
    (("groups", "add", "The Crew", ANN), "lossy: group: It must be the name of a group"),
    (("groups", "defaults", "crew", "volume=11"), "lossy: defaults.volume: It must be one of"),
    (("groups", "defaults", "crew", "auto_post=yes"), "'auto_post=yes' is not SETTING=VALUE"),
)


def test_what_cannot_be_done_is_told_in_one_line() -> None:
    for arguments, words in FAULTS:
        assert words in fault(*arguments), arguments
