"""From a chart file to a compiled chart. Whatever is wrong is refused here, with the path of where it stands."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from attrs import frozen

from lossy.charts.document import After, ChartDoc, Go, StateDoc, parse
from lossy.charts.model import (
    HISTORIES,
    LATER,
    Action,
    Chart,
    ChartError,
    Kind,
    Migration,
    Names,
    Node,
    Restore,
    Timer,
    Transition,
)
from lossy.charts.near import near
from lossy.charts.reach import path as path_to
from lossy.charts.reach import path_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SEND = "send"  # the one effect every session knows: an event for another chart of the same session


def load_file(path: Path, names: Names) -> Chart:
    """As `load`; each fault begins with the name of the file. Raises ChartError too when there is no such text."""
    try:
        return load(path.read_text(encoding="utf-8"), names)
    except FileNotFoundError:
        raise ChartError(f"there is no {path.parent.name}/{path.name}") from None
    except OSError as error:
        raise ChartError(f"{path.name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ChartError(f"{path.name}: not UTF-8: {error.reason} at byte {error.start}") from None
    except ChartError as error:
        raise ChartError(*(f"{path.name}: {fault}" for fault in error.args)) from None


def load(text: str, names: Names) -> Chart:
    """Compiles one document. Raises ChartError, naming every fault found with its path."""
    doc = parse(text)
    placed = [*_walk(doc.states, "$", None)]
    faults = [*_faults(doc, placed, names)]
    if not faults:
        nodes = {place.id: _node(place, order) for order, place in enumerate(placed)}
        migrations = {version: Migration(old.states, old.data) for version, old in doc.migrations.items()}
        chart = Chart(
            name=doc.name,
            version=doc.version,
            why=doc.why,
            initial=doc.initial,
            nodes=nodes,
            hears=doc.hears,
            effects=doc.effects,
            invariants=doc.invariants,
            migrations=migrations,
            names=names,
        )
        reached = reachable(chart)
        faults = [f"unreachable state {place.id!r} @ {place.path}" for place in placed if place.id not in reached]
    if faults:
        raise ChartError(*faults)
    return chart


def check_together(charts: Iterable[Chart]) -> None:
    """Raises ChartError when a `send` of one chart names a chart that is not there or an event it does not hear."""
    by_name = {chart.name: chart for chart in charts}
    if faults := [fault for chart in by_name.values() for fault in _faults_of_sending(chart, by_name)]:
        raise ChartError(*faults)


def _faults_of_sending(chart: Chart, by_name: Mapping[str, Chart]) -> Iterator[str]:
    for action, where in actions(chart):
        to, event = str(action.args.get("to")), str(action.args.get("event"))
        if action.name != SEND:
            continue
        if to not in by_name:
            yield f"{chart.name}.yaml: there is no chart {to!r} to send {event!r} to{near(to, by_name)} @ {where}"
        elif event not in (heard := by_name[to].alphabet):
            yield f"{chart.name}.yaml: sends {event!r} to {to!r}, where no state hears it{near(event, heard)} @ {where}"


def actions(chart: Chart) -> Iterator[tuple[Action, str]]:
    """Every action that is not work, with its place in the file."""
    for node in chart.nodes.values():
        yield from ((action, f"{path_to(chart, node.id)}.entry") for action in node.entry)
        yield from ((action, f"{path_to(chart, node.id)}.exit") for action in node.exit)
    for transition in chart.transitions():
        yield from ((action, f"{path_of(chart, transition)}.do") for action in transition.do)


# -- walking the document -----------------------------------------------------------------------------------------


@frozen
class _Place:
    id: str
    doc: StateDoc
    path: str
    parent: str | None
    kind: Kind

    def go(self) -> Iterator[tuple[str | None, int, Go, str]]:
        """Every transition of the state: its event, its place among those on that event, itself and its path."""
        for i, go in enumerate(self.doc.always):
            yield None, i, go, f"{self.path}.always[{i}]"
        for event, gos in self.doc.events.items():
            yield from ((event, i, go, f"{self.path}.events[{event!r}][{i}]") for i, go in enumerate(gos))
        if self.doc.after is not None:
            yield f"after.{self.id}", 0, self.doc.after, f"{self.path}.after"

    def actions(self) -> Iterator[tuple[Action, str]]:
        yield from ((action, f"{self.path}.entry") for action in self.doc.entry)
        yield from ((action, f"{self.path}.exit") for action in self.doc.exit)
        for _, _, go, path in self.go():
            yield from ((action, f"{path}.do") for action in go.do)


def _walk(states: Mapping[str, StateDoc], path: str, parent: str | None) -> Iterator[_Place]:
    for id, doc in states.items():
        place = _Place(id, doc, f"{path}.states[{id!r}]", parent, _kind(doc))
        yield place
        yield from _walk(doc.states, place.path, id)


def _kind(doc: StateDoc) -> Kind:
    if doc.type is not None:
        return Kind(doc.type)
    return Kind.COMPOUND if doc.states else Kind.ATOMIC


def _node(place: _Place, order: int) -> Node:
    doc, after = place.doc, place.doc.after
    return Node(
        id=place.id,
        kind=place.kind,
        parent=place.parent,
        order=order,
        children=tuple(doc.states),
        initial=doc.initial,
        default=(doc.default,) if doc.default else (),
        entry=doc.entry,
        exit=doc.exit,
        during=doc.during,
        timer=Timer(after.delay, Restore(after.restore)) if after else None,
        transitions=tuple(
            Transition(
                f"{place.id}/{event or 'always'}/{i}", place.id, event, go.to, go.guard, go.do, go.internal, go.why
            )
            for event, i, go, _ in place.go()
        ),
        ignores=doc.ignores,
        why=doc.why,
    )


# -- what is refused ----------------------------------------------------------------------------------------------


def _faults(doc: ChartDoc, placed: list[_Place], names: Names) -> Iterator[str]:
    ids = {place.id: place for place in placed}
    if len(ids) < len(placed):
        seen: set[str] = set()
        for place in placed:
            if place.id in seen:
                yield f"state {place.id!r} stands twice @ {place.path}"
            seen.add(place.id)
    if doc.initial not in doc.states:
        yield f"no such state: {doc.initial!r} @ $.initial"
    heard = {event for place in placed for event, _, _, _ in place.go()}
    for sender, events in doc.hears.items():
        yield from (f"no state hears {event!r} @ $.hears[{sender!r}]" for event in events if event not in heard)
    yield from _faults_of_migrations(doc, ids, names)
    yield from (f"unknown invariant {name!r} @ $.invariants" for name in doc.invariants if name not in names.invariants)
    performed = names.effects | names.work | _later(doc)
    for place in placed:
        yield from _faults_of_form(place, ids)
        yield from _faults_of_history(place, ids)
        yield from _faults_of_transitions(doc, place, ids)
        yield from _faults_of_ignoring(place, ids, heard)
        yield from _faults_of_names(doc, place, names, performed)


def _later(doc: ChartDoc) -> frozenset[str]:
    """Effects and work that nobody performs yet, and the file says so."""
    return frozenset(name for who, names in doc.effects.items() if who.startswith(LATER) for name in names)


def _faults_of_migrations(doc: ChartDoc, ids: Mapping[str, _Place], names: Names) -> Iterator[str]:
    for version, migration in doc.migrations.items():
        path = f"$.migrations[{version}]"
        if version >= doc.version:
            yield f"version {version} is not before version {doc.version} @ {path}"
        if migration.data is not None and migration.data not in names.migrations:
            yield f"unknown migration {migration.data!r} @ {path}.data"
        for old, new in migration.states.items():
            if new is not None and (new not in ids or ids[new].kind in HISTORIES):
                yield f"unknown state {new!r} @ {path}.states[{old!r}]"


def _faults_of_form(place: _Place, ids: Mapping[str, _Place]) -> Iterator[str]:
    doc, path = place.doc, place.path
    regions = [id for id in doc.states if ids[id].kind not in HISTORIES]
    if place.kind is Kind.COMPOUND and doc.initial not in regions:
        yield f"a compound state needs an initial among its states @ {path}.initial"
    if place.kind is not Kind.COMPOUND and doc.initial is not None:
        yield f"only a compound state has an initial @ {path}.initial"
    if place.kind is Kind.PARALLEL and not regions:
        yield f"a parallel state needs regions @ {path}.states"
    if place.kind in HISTORIES | {Kind.FINAL} and (doc.events or doc.always or doc.after or doc.during or doc.states):
        yield f"a {place.kind.value} state has no transitions, work, timer or states of its own @ {path}"
    if place.kind is Kind.FINAL and place.parent is not None and ids[place.parent].kind is Kind.PARALLEL:
        yield f"a final state is no region @ {path}"
    if doc.during and _finishes(doc):
        yield f"done.{place.id} could mean its work or its final state @ {path}.during"


def _faults_of_history(place: _Place, ids: Mapping[str, _Place]) -> Iterator[str]:
    default, path = place.doc.default, f"{place.path}.default"
    if place.kind not in HISTORIES:
        if default is not None:
            yield f"only a history state has a default @ {path}"
    elif place.parent is None or default is None:
        yield f"a history state stands inside a state and needs a default @ {path}"
    elif default not in ids or ids[default].kind in HISTORIES or not _inside(default, place.parent, ids):
        yield f"{default!r} is no state inside {place.parent!r}, as the default of a history state has to be @ {path}"


def _faults_of_transitions(doc: ChartDoc, place: _Place, ids: Mapping[str, _Place]) -> Iterator[str]:
    for event, i, go, path in place.go():
        tried = place.doc.always if event is None else place.doc.events.get(event, ())
        if go.guard is None and i + 1 < len(tried):
            yield f"only the last transition may be without a guard @ {path}"
        yield from (f"unknown target {id!r}{near(id, ids)} @ {path}.to" for id in go.to if id not in ids)
        for one, other in combinations((target for target in go.to if target in ids), 2):
            if not _apart(one, other, ids):
                yield f"{one!r} and {other!r} are not in two regions of a parallel state @ {path}.to"
        if go.internal and not (place.kind is Kind.COMPOUND and all(_inside(id, place.id, ids) for id in go.to)):
            yield f"only a compound state has internal transitions, to states inside it @ {path}.internal"
        if event is None and go.guard is None and not go.to:
            yield f"an eventless transition needs a guard or a target @ {path}"
        if event is not None and not isinstance(go, After) and not _sent(event, doc, ids):
            yield f"nobody sends {event!r}: not in $.hears and no state answers it @ {path}"


def _faults_of_ignoring(place: _Place, ids: Mapping[str, _Place], heard: set[str | None]) -> Iterator[str]:
    around = [place]
    while (parent := around[-1].parent) is not None and parent in ids:
        around.append(ids[parent])
    for event in place.doc.ignores:
        path = f"{place.path}.ignores[{event!r}]"
        if event not in heard:
            yield f"no state hears {event!r} @ {path}"
        for state in around:
            if event in state.doc.events:
                yield f"{event!r} is heard by {state.id!r}: it cannot be ignored too @ {path}"


def _inside(id: str | None, ancestor: str, ids: Mapping[str, _Place]) -> bool:
    parent = ids[id].parent if id is not None and id in ids else None
    return parent is not None and (parent == ancestor or _inside(parent, ancestor, ids))


def _apart(one: str, other: str, ids: Mapping[str, _Place]) -> bool:
    """Whether both targets can be active at once. A history state may stand for anything in the state around it."""
    first, second = (ids[id].parent if ids[id].kind in HISTORIES else id for id in (one, other))
    common = first
    while common is not None and common != second and not _inside(second, common, ids):
        common = ids[common].parent
    return common is not None and common not in (first, second) and ids[common].kind is Kind.PARALLEL


def _sent(event: str, doc: ChartDoc, ids: Mapping[str, _Place]) -> bool:
    kind, _, id = event.partition(".")
    if not id:
        return any(event in events for events in doc.hears.values())
    if id not in ids:
        return False
    state = ids[id].doc
    works = state.during is not None
    return (kind == "done" and (works or _finishes(state))) or (kind == "failed" and works)


def _finishes(doc: StateDoc) -> bool:
    """Whether its final states can complete it: one of a compound state, one in each region of a parallel one."""
    children = [child for child in doc.states.values() if _kind(child) not in HISTORIES]
    if _kind(doc) is Kind.PARALLEL:
        return all(_finishes(child) for child in children)
    return any(_kind(child) is Kind.FINAL for child in children)


def _faults_of_names(doc: ChartDoc, place: _Place, names: Names, performed: frozenset[str]) -> Iterator[str]:
    for _, _, go, path in place.go():
        if go.guard is not None and go.guard not in names.guards:
            yield f"unknown guard {go.guard!r}{_on_guard(go.guard, names)} @ {path}.if"
    for action, path in place.actions():
        if action.name not in names.updates and action.name not in performed:
            rows = names.updates.keys() | performed
            yield f"unknown update or effect {action.name!r}{_on_performer(action.name, doc, rows)} @ {path}"
    work, after = place.doc.during, place.doc.after
    if work is not None and work.name not in performed:
        hint = _on_performer(work.name, doc, performed - names.effects)
        yield f"unknown work {work.name!r}{hint} @ {place.path}.during"
    if after is not None and after.delay not in names.delays:
        known = ", ".join(sorted(names.delays)) or "none"
        yield f"there is no setting for the delay {after.delay!r}; there are {known} @ {place.path}.after.delay"


def _on_guard(guard: str, names: Names) -> str:
    if guard.startswith(("not ", "!")):
        return ": a guard is one name, so give the opposite a rule of its own"
    return near(guard, names.guards)


def _on_performer(name: str, doc: ChartDoc, known: Iterable[str]) -> str:
    """What may be meant by an effect or work that has no row."""
    who = next((who for who, performed in doc.effects.items() if name in performed), None)
    if who is None:
        return near(name, known)
    return f": it is said to be performed by {who}, which has no row for it: give it one, or say `later J1`"


def reachable(chart: Chart) -> set[str]:
    """States that some path of transitions enters, guards aside."""
    reached: set[str] = set()
    todo = [chart.initial]
    while todo:
        id = todo.pop()
        if id in reached:
            continue
        node = chart.nodes[id]
        reached.add(id)
        todo += chart.ancestors[id]
        todo += node.default
        todo += chart.regions(id) if node.kind is Kind.PARALLEL else ()
        todo += (node.initial,) if node.initial else ()
        todo += (target for transition in node.transitions for target in transition.targets)
    return reached
