"""Which stored snapshots of one version of a chart another one would take: told for each configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from lossy.charts.migrate import moved
from lossy.charts.model import Chart, ChartError
from lossy.charts.shape import configurations, differences, how_many, shape

if TYPE_CHECKING:
    from collections.abc import Iterator

Words = str  # a configuration by its innermost states: "idle + connected"


@frozen
class Fates:
    """What becomes of the snapshots in each configuration: it loads as it is, is migrated, or is refused, and why."""

    version: int
    into: int
    configurations: int  # of which CONFIGURATIONS at most are told
    differences: tuple[str, ...]  # of the shapes, in words
    as_they_are: tuple[Words, ...]
    migrated: tuple[tuple[Words, Words], ...]
    refused: tuple[tuple[Words, str], ...]

    @property
    def unsaid(self) -> bool:
        """Whether the tree of states changed under one and the same version."""
        return self.version == self.into and bool(self.differences)


def fates(old: Chart, new: Chart) -> Fates:
    """Of stored snapshots of `old` under `new`. What a migration does to their data is not looked at."""
    then, now = shape(old), shape(new)
    told = [*_told(old, new)]
    return Fates(
        version=old.version,
        into=new.version,
        configurations=how_many(then),
        differences=tuple(differences(then, now)),
        as_they_are=tuple(was for was, there, _ in told if there == was),
        migrated=tuple((was, there) for was, there, _ in told if there and there != was),
        refused=tuple((was, why) for was, there, why in told if not there),
    )


def _told(old: Chart, new: Chart) -> Iterator[tuple[Words, Words, str]]:
    """Each configuration, where it is afterwards, and why it is nowhere."""
    for active in configurations(shape(old)):
        was = in_words(old, active)
        try:
            yield was, in_words(new, _landed(old, new, active)), ""
        except ChartError as error:
            yield was, "", str(error)


def _landed(old: Chart, new: Chart, active: frozenset[str]) -> frozenset[str]:
    if old.version != new.version:
        return moved(new, old.version, old.in_order(active))
    if not new.legal(active):
        raise ChartError(f"{new.name}: it is no configuration any more, and the version is still {new.version}")
    return active


def in_words(chart: Chart, active: frozenset[str]) -> Words:
    return " + ".join(id for id in chart.in_order(active) if chart.is_atomic(id))
