"""The catalogue says what is true: what is built is asked for somewhere, and what is not is asked for nowhere."""

from __future__ import annotations

import re
from pathlib import Path

from lossy.domain.capabilities import BUILT, CATALOGUE, Capability

ROOT = Path(__file__).parents[2] / "lossy"
CATALOGUE_FILE = ROOT / "domain" / "capabilities.py"


def asked_for() -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py") if path != CATALOGUE_FILE)
    return {name for text in texts for name in re.findall(r"\bCapability\.([A-Z0-9_]+)", text)}


def test_every_capability_is_declared() -> None:
    assert {*CATALOGUE} == {*Capability}


def test_what_is_built_is_asked_for_and_nothing_else() -> None:
    assert asked_for() == {capability.name for capability in BUILT}


def test_a_key_has_no_slash_because_buckets_are_made_of_keys_and_ids() -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", key) for key in Capability)
