"""The record of shapes: what each version of each chart was, so that nobody changes one and forgets its snapshots.

A chart whose shape is not the recorded one of its version would meet snapshots that do not fit it, so it needs a new
version, and `migrations:` that say what becomes of the snapshots of each recorded one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import cattrs
from cattrs.gen import make_dict_unstructure_fn

from lossy.charts.migrate import moved
from lossy.charts.model import Chart, ChartError
from lossy.charts.shape import Outline, Shape, children, configurations, differences, shape

if TYPE_CHECKING:
    from collections.abc import Iterable

Record = Mapping[str, Mapping[int, Shape]]  # chart -> version -> its shape

_converter = cattrs.Converter(forbid_extra_keys=True)
_converter.register_unstructure_hook(
    Outline, make_dict_unstructure_fn(Outline, _converter, _cattrs_omit_if_default=True)
)


def read_record(text: str) -> Record:
    """Raises ChartError when the text is no record."""
    try:
        record: Record = _converter.structure(json.loads(text), dict[str, dict[int, dict[str, Outline]]])
    except cattrs.BaseValidationError as error:
        raise ChartError(f"versions.json is no record of shapes: {'; '.join(cattrs.transform_error(error))}") from None
    except (ValueError, AttributeError) as error:  # no JSON, and no mapping
        raise ChartError(f"versions.json is no record of shapes: {error}") from None
    return record


def write_record(record: Record) -> str:
    """JSON with a line for each state, so that a change of one is a line of a diff."""
    charts = {
        name: {str(version): _one_a_line(versions[version]) for version in sorted(versions)}
        for name, versions in sorted(record.items())
    }
    return _nested({name: _nested(versions, 2) for name, versions in charts.items()}, 0) + "\n"


def _one_a_line(shape: Shape) -> str:
    return _nested({id: json.dumps(_converter.unstructure(outline)) for id, outline in shape.items()}, 4)


def _nested(members: Mapping[str, str], indent: int) -> str:
    lines = (f"{' ' * (indent + 2)}{json.dumps(key)}: {value}" for key, value in members.items())
    return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"


def recorded(record: Record, charts: Iterable[Chart], *, force: bool) -> Record:
    """The record with the present versions. Raises ChartError when that would change one, unless forced."""
    new = {name: dict(versions) for name, versions in record.items()}
    for chart in charts:
        versions = new.setdefault(chart.name, {})
        if not force and versions.get(chart.version, shape(chart)) != shape(chart):
            raise ChartError(f"{_changed(chart, versions[chart.version])}; --force changes the record all the same")
        versions[chart.version] = shape(chart)
    return new


# -- what is amiss ------------------------------------------------------------------------------------------------


def version_findings(chart: Chart, record: Record) -> list[str]:
    """What of the chart's versions is not said or not recorded, each as a sentence; none when all is well."""
    versions = record.get(chart.name, {})
    present = versions.get(chart.version)
    if present is None:
        return [f"{chart.name}: version {chart.version} is not recorded: run `lossy charts record`"]
    if present != shape(chart):
        return [_changed(chart, present)]
    findings = [
        f"{chart.name}: version {version} is recorded, and the file is of version {chart.version}: raise `version:`"
        for version in versions
        if version > chart.version
    ]
    findings += [
        f"{chart.name}: version {version} is not recorded, so nobody can tell what its snapshots are "
        f"@ $.migrations[{version}]"
        for version in chart.migrations.keys() - versions.keys()
    ]
    for version in sorted(version for version in versions if version < chart.version):
        findings += _unsaid(chart, version, versions[version])
    return findings


def _changed(chart: Chart, present: Shape) -> str:
    words = ", ".join(differences(present, shape(chart)))
    return (
        f"{chart.name}: its states are not those recorded of version {chart.version} ({words}): "
        f"raise `version:` to {chart.version + 1}, say in migrations[{chart.version}] what becomes of stored "
        f"snapshots, and run `lossy charts record`"
    )


def _unsaid(chart: Chart, version: int, then: Shape) -> list[str]:
    """What snapshots of a recorded version would meet with no word of the file about it."""
    if version not in chart.migrations:
        return [
            f"{chart.name}: nothing says what becomes of snapshots of version {version}: add {version} @ $.migrations"
        ]
    states, path = chart.migrations[version].states, f"@ $.migrations[{version}].states"
    findings = [f"{chart.name}: version {version} has no state {id!r} {path}" for id in states if id not in then]
    findings += [
        f"{chart.name}: {id!r} has a timer that it had not in version {version}, so no snapshot has it running: "
        f"name it ({id}: {id}) to have it started {path}"
        for id in then
        if id in chart.nodes and id not in states and chart.nodes[id].timer is not None and not then[id].timer
    ]
    lost = dict.fromkeys(loss for active in configurations(then) for loss in _losses(chart, version, then, active))
    return [*findings, *lost]


def _losses(chart: Chart, version: int, then: Shape, active: frozenset[str]) -> Iterator[str]:
    states = chart.migrations[version].states
    if any(states.get(id, id) is None for id in active):
        return  # refused on purpose
    try:
        now = moved(chart, version, [id for id in then if id in active])
    except ChartError as error:
        yield str(error)
        return
    for id in active:
        if states.get(id, id) not in now and not children(then, id):
            yield (
                f"{chart.name}: {id!r} of version {version} is forgotten where {' + '.join(chart.in_order(now))} "
                f"takes its place: say where it went @ $.migrations[{version}].states[{id!r}]"
            )
