"""Bugs on purpose: what a campaign made of each still fails with the bug, and the product without it does not.

`python -m tests.sim.find_planted` has found them; the first line of each file says after how many runs.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lossy.sim.campaign.kept import load_plan
from lossy.sim.virtual.run import run
from tests.sim.find_planted import FOUND, WITHIN, is_small
from tests.sim.planted import PLANTED

REGRESSIONS = sorted((Path(__file__).parent / "regressions").glob("*.yaml"))


@pytest.mark.parametrize("name", PLANTED)
def test_it_is_found_and_made_small(name: str) -> None:
    kept = FOUND / f"{name}.yaml"
    plan = load_plan(kept)
    assert is_small(plan)
    assert int(kept.read_text(encoding="utf-8").split()[3]) <= WITHIN
    with PLANTED[name]():
        assert run(plan).failure is not None
    assert run(plan).failure is None


@pytest.mark.parametrize("kept", REGRESSIONS, ids=lambda kept: kept.stem)
def test_what_was_found_in_the_product_stays_mended(kept: Path) -> None:
    assert run(load_plan(kept)).failure is None
