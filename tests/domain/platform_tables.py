"""The tables of addresses, near misses and titles that `platform_*.yaml` are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from attrs import frozen

from lossy.domain.platforms.model import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent


@frozen
class Row:
    """An address, and what it shows."""

    platform: str
    kind: str
    url: str
    canonical_id: str
    normalised: str


@frozen
class NearMiss:
    """An address like one of a platform's; `really` is what it is, None for no address of the web."""

    like: Platform
    url: str
    really: Platform | None


def _read(name: str) -> Any:
    return yaml.safe_load((HERE / f"platform_{name}.yaml").read_text(encoding="utf-8"))


ADDRESSES: Mapping[Platform, list[Row]] = {
    Platform(platform): [Row(platform, *row) for row in rows] for platform, rows in _read("addresses").items()
}
NEAR_MISSES = [
    NearMiss(Platform(like), url, None if really is None else Platform(really))
    for like, url, really in _read("near_misses")
]
TITLES = [(Platform(platform), title, cleaned) for platform, title, cleaned in _read("titles")]
