"""What a drawing shows, before anything has a place: boxes with their lines, arrows with their labels.

A transition is an arrow where that can be drawn, and otherwise a line in the box of its state: without a target, to
the state itself, to a state around it, and from one region of a parallel state to another.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from attrs import frozen

from lossy.charts.draw import wording
from lossy.charts.draw.lines import LINE, Line, Piece, broken, phrase
from lossy.charts.draw.marks import Mark, Marks
from lossy.charts.draw.wording import Delays
from lossy.charts.model import HISTORIES, Chart, Kind, Node, Transition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ON_ARROW = 160  # the widest text of a label, px
IN_STATE = 210  # of a line in an atomic state
IN_COMPOUND = 330  # of a line in the head of one with states inside, which is wide anyway
BETWEEN = 3  # two entries of a label, px
ROOT = "$"  # stands for the chart itself


@frozen
class Entry:
    """One or several transitions that differ in nothing but their event; or what a state does, with none."""

    transitions: tuple[Transition, ...]
    lines: tuple[Line, ...]
    mark: Mark | None = None


@frozen
class Label:
    """Entries above each other."""

    entries: tuple[Entry, ...]

    @property
    def width(self) -> float:
        return max((line.width for entry in self.entries for line in entry.lines), default=0)

    @property
    def height(self) -> int:
        lines = sum(len(entry.lines) for entry in self.entries)
        return LINE * lines + BETWEEN * (len(self.entries) - 1) if lines else 0


@frozen
class Arrow:
    """All transitions from one end to another. An end is a state or a pseudostate."""

    source: str
    target: str
    label: Label = Label(())

    @property
    def id(self) -> str:
        return f"{self.source} → {self.target}"


def initial(id: str) -> str:
    """The dot from which a state, or the chart, is begun."""
    return f"{id}:initial"


def head(id: str) -> str:
    """The place of the title, and what stands below it, of a state with others inside."""
    return f"{id}:head"


def any_of(id: str) -> str:
    """The pseudostate that stands for whichever state inside is active."""
    return f"{id}:any"


@frozen
class Scene:
    chart: Chart
    delays: Delays
    marks: Marks

    # -- boxes --------------------------------------------------------------------------------------------------

    def is_region(self, node: Node) -> bool:
        """Whether it is drawn without a box, as one part of a parallel state. Only a compound state is."""
        return node.kind is Kind.COMPOUND and self._in_parallel(node)

    def title(self, node: Node) -> Piece:
        return Piece("region" if self.is_region(node) else "title", wording.title(node.id))

    def text(self, node: Node) -> Label:
        """What stands below the title."""
        most = IN_COMPOUND if node.children else IN_STATE
        rows = [Entry((), broken(row, most)) for row in self._own(node) if row]
        held = [transition for transition in node.transitions if not self.ends(transition)]
        return Label((*rows, *self.entries(held, most)))

    def _own(self, node: Node) -> Iterator[tuple[Piece, ...]]:
        yield wording.keyed("entry", [wording.action(action) for action in node.entry])
        yield wording.keyed("during", [wording.action(node.during)] if node.during else [])
        yield wording.keyed("exit", [wording.action(action) for action in node.exit])
        for child in (self.chart.nodes[id] for id in node.children):
            if child.kind in HISTORIES and node.kind is Kind.PARALLEL:
                yield wording.keyed("history", [f"at first {wording.title(id)}" for id in child.default])

    def _in_parallel(self, node: Node) -> bool:
        return node.parent is not None and self.chart.nodes[node.parent].kind is Kind.PARALLEL

    # -- arrows -------------------------------------------------------------------------------------------------

    def arrows(self) -> Iterator[Arrow]:
        """Also those without a label: from the dots to where a state begins, from a history to its default."""
        yield Arrow(initial(ROOT), self.chart.initial)
        for node in self.chart.nodes.values():
            if node.initial is not None:
                yield Arrow(initial(node.id), node.initial)
            if node.kind in HISTORIES and not self._in_parallel(node):
                heads = (self._head(self.chart.nodes[id]) for id in node.default)
                yield from (Arrow(node.id, head) for head in dict.fromkeys(heads))
        between: dict[tuple[str, str], list[Transition]] = defaultdict(list)
        for transition in self.chart.transitions():
            for ends in self.ends(transition):
                between[ends].append(transition)
        for (source, target), transitions in between.items():
            yield Arrow(source, target, Label(tuple(self.entries(transitions, ON_ARROW))))

    def ends(self, transition: Transition) -> tuple[tuple[str, str], ...]:
        """From where to where its arrows go; none for one that is a line in its state's box."""
        source = self.chart.nodes[transition.source]
        targets = [self.chart.nodes[id] for id in transition.targets]
        if not all(self._drawable(source, target) for target in targets):
            return ()
        return tuple((self._tail(source, target), self._head(target)) for target in targets)

    def _drawable(self, source: Node, target: Node) -> bool:
        if source is target or self.chart.inside(source.id, target.id):
            return False
        around = [source.id, *self.chart.ancestors[source.id]]
        common = next((id for id in self.chart.ancestors[target.id] if id in around), None)
        return common is None or self.chart.nodes[common].kind is not Kind.PARALLEL

    def _tail(self, source: Node, target: Node) -> str:
        inward = self.chart.inside(target.id, source.id)
        return any_of(source.id) if inward or self.is_region(source) else source.id

    def _head(self, target: Node) -> str:
        """A region, and the history of a parallel state, have no box to point at: the state around them has."""
        lifted = self.is_region(target) or (target.kind in HISTORIES and self._in_parallel(target))
        return str(target.parent) if lifted else target.id

    # -- what is written on both --------------------------------------------------------------------------------

    def entries(self, transitions: Iterable[Transition], most: float) -> Iterator[Entry]:
        alike: dict[tuple[object, ...], list[Transition]] = defaultdict(list)
        for transition in transitions:
            event = self._event(transition)
            alike[self.marks.get(transition.id), event and event.role, self._rest(transition)].append(transition)
        for same in alike.values():
            events = wording.events([event for event in map(self._event, same) if event])
            lines = broken([*events, *self._rest(same[0])], most)
            yield Entry(tuple(same), lines, self.marks.get(same[0].id))

    def _event(self, transition: Transition) -> Piece | None:
        return wording.event(transition, self.chart, self.delays)

    def _rest(self, transition: Transition) -> tuple[Piece, ...]:
        siblings = self.chart.nodes[transition.source].transitions
        tried = (one for one in siblings[: siblings.index(transition)] if one.event == transition.event)
        guard, actions = wording.condition(transition, tried), wording.actions(transition.do)
        whither = self._whither(transition)
        nothing = transition.event is not None and not actions and not transition.targets
        return (*guard, *actions, *whither, *((Piece("action", "/ nothing"),) if nothing else ()))

    def _whither(self, transition: Transition) -> tuple[Piece, ...]:
        """The targets in words, where no arrow shows them."""
        shown = {head for _, head in self.ends(transition)}
        unseen = [id for id in transition.targets if id not in shown or len(transition.targets) > 1]
        names = ["itself" if id == transition.source else wording.title(id) for id in unseen]
        return phrase("guard", f"→ {', '.join(names)}") if names else ()
