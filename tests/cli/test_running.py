"""Faults in words for whoever typed the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lossy.channels.errors import unavailable
from lossy.cli.running import tell
from lossy.domain.capabilities import CATALOGUE, Capability
from lossy.sim.client import Refused

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_named_without_the_number_of_the_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as fault:
        (tmp_path / "none" / "a.edl").write_text("")
    tell([fault.value, OSError("no port is free")])
    assert capsys.readouterr().err == (
        f"lossy: {tmp_path}/none/a.edl: No such file or directory\nlossy: no port is free\n"
    )


def test_what_a_server_does_not_offer_is_told_with_its_flag(capsys: pytest.CaptureFixture[str]) -> None:
    tell([Refused(unavailable(CATALOGUE[Capability.VOICE_SESSION].letter).as_response())])
    assert "It goes by voice_session; `lossy flags list` says for whom that is on." in capsys.readouterr().err
