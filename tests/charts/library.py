"""A compiled chart run by python-statemachine 3.2.2, which knows nothing of `plan.py` and `step.py`.

Version 3.2.2 leaves SCXML's algorithm (W3C Recommendation, appendix D) in places that random charts soon find. Each
is a member of `Repair` and mended here, so that what differs is a fault of one of the two engines. A machine with one
of them left out departs from ours; test_library.py shows how, and fails on the day the library no longer does.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any

from statemachine.engines.sync import SyncEngine
from statemachine.io import create_machine_class_from_definition
from statemachine.orderedset import OrderedSet

from lossy.charts.model import AFTER, HISTORIES, Action, Chart, Data, Effect, Event, Kind, Node, State, Transition

if TYPE_CHECKING:
    from lossy.charts.step import Effects

FINISHED = "done.state."


class Repair(Enum):
    """Where the library departs from SCXML, and how."""

    DOCUMENT_ORDER = "a nested state and its uncle share a place in document order, so regions are entered mixed up"
    CONFLICTS = "of transitions in conflict it takes that of the region entered first, not the first in the file"
    HISTORY_ACTIONS = "a transition into a history state without memory runs its own actions twice"
    ENDING = "a parallel state at the top whose regions are all final stops the machine; only a final state there may"
    DEEP_HISTORY = "deep history remembers compound states too, so that a transition back from inside leaves too much"


class LibraryMachine:
    """Holds a live machine of the chart. Its effects, data and deadlines are those that `step` would give."""

    def __init__(self, chart: Chart, *, without: Repair | None = None) -> None:
        self.chart, self.without = chart, without
        self._class = _machine_class(self)
        self._machine: Any = None
        self._event = Event("", 0)
        self._data: Data = {}
        self._effects: list[Effect] = []
        self._deadlines: dict[str, int] = {}

    def start(self, data: Data, at: int) -> Effects:
        self._event, self._data, self._deadlines, self._effects = Event("", at), data, {}, []
        self._machine = self._class()
        return tuple(self._effects)

    def send(self, event: Event) -> Effects:
        self._event, self._effects = event, []
        if event.name.startswith(AFTER) and self._deadlines.pop(event.name.removeprefix(AFTER), None) is None:
            return ()
        self._machine.send(event.name)
        return tuple(self._effects)

    def state(self) -> State:
        history = {id: self._ids(states) for id, states in self._machine.history_values.items()}
        return State(frozenset(self._machine.configuration_values), history, self._data, dict(self._deadlines))

    def restore(self, state: State) -> None:
        """Puts a state into the machine that `start` made."""
        machine = self._machine
        machine.current_state_value = OrderedSet(self.chart.in_order(state.active))
        machine.history_values.clear()
        machine.history_values.update({id: [machine.states_map[s] for s in ids] for id, ids in state.history.items()})
        machine._engine.running = not self.chart.ended(state.active)
        self._data, self._deadlines = state.data, dict(state.deadlines)

    def _ids(self, states: list[Any]) -> tuple[str, ...]:
        return tuple(self.chart.in_order({state.id for state in states}))

    # -- what the library calls back ----------------------------------------------------------------------------

    def hear(self, name: str) -> None:
        """What the library calls done.state.x is the internal event done.x, unless nobody hears it."""
        finished = f"done.{name.removeprefix(FINISHED)}"
        if name.startswith(FINISHED) and finished in self.chart.alphabet:
            self._event = Event(finished, self._event.at)

    def holds(self, guard: str) -> bool:
        return self.chart.names.guards[guard](self._data, self._event)

    def act(self, actions: tuple[Action, ...]) -> None:
        for action in actions:
            update = self.chart.names.updates.get(action.name)
            if update is None:
                self._emit(action.name, action.args)
            else:
                self._data = update(self._data, self._event, **action.args)

    def enter(self, node: Node) -> None:
        self.act(node.entry)
        if node.during is not None:
            self._emit("start_work", {"work": node.during.name, "state": node.id})
        if node.timer is not None:
            due = self._deadlines[node.id] = self._event.at + self._data["delays"][node.timer.delay]
            self._emit("start_timer", {"timer": node.id, "due": due})

    def leave(self, node: Node) -> None:
        if node.timer is not None:
            self._deadlines.pop(node.id, None)
            self._emit("stop_timer", {"timer": node.id})
        if node.during is not None:
            self._emit("stop_work", {"state": node.id})
        self.act(node.exit)

    def _emit(self, name: str, args: Data) -> None:
        self._effects.append(Effect(name, args, self._event, self._data))


class _Engine(SyncEngine):  # type: ignore[misc]
    def mends(self, repair: Repair) -> bool:
        return self.sm.owner.without is not repair

    def _select_transitions(self, trigger_data: Any, predicate: Any) -> Any:
        if trigger_data.event is not None:
            self.sm.owner.hear(str(trigger_data.event))
        if not self.mends(Repair.CONFLICTS):
            return super()._select_transitions(trigger_data, predicate)
        atomic = [state for state in self.sm.configuration if state.is_atomic]
        atomic.sort(key=lambda state: state.document_order)
        found = (self._first_transition_that_matches(state, trigger_data, predicate) for state in atomic)
        return self._filter_conflicting_transitions(OrderedSet(t for t in found if t is not None))

    def _add_history_states_to_enter(self, info: Any, state: Any, entering: Any, defaults: Any, content: Any) -> None:
        super()._add_history_states_to_enter(info, state, entering, defaults, content)
        if self.mends(Repair.HISTORY_ACTIONS):
            kept = content.get(state.parent.id, [])
            content[state.parent.id] = [other for other in kept if other.transition is not info.transition]

    def _check_root_final_state(self) -> None:
        if not self.mends(Repair.ENDING):
            super()._check_root_final_state()

    def _prepare_exit_states(self, enabled_transitions: Any) -> Any:
        prepared = super()._prepare_exit_states(enabled_transitions)
        if self.mends(Repair.DEEP_HISTORY):
            self._forget_compound_states(prepared[0])
        return prepared

    def _forget_compound_states(self, leaving: Any) -> None:
        for history in (history for info in leaving for history in info.state.history if history.type.is_deep):
            states = self.sm.history_values[history.id]
            self.sm.history_values[history.id] = [state for state in states if state.is_atomic]


def _machine_class(owner: LibraryMachine) -> Any:
    chart = owner.chart
    tops = {node.id: _definition(owner, node) for node in chart.nodes.values() if node.parent is None}
    tops[chart.initial]["initial"] = True
    machine = create_machine_class_from_definition(
        chart.name,
        states=tops,
        validate_disconnected_states=False,
        validate_trap_states=False,
        validate_final_reachability=False,
        catch_errors_as_events=False,
    )
    if owner.without is not Repair.DOCUMENT_ORDER:
        for id, state in machine.states_map.items():
            state.document_order = chart.nodes[id].order + 1
    machine.owner = owner
    machine._get_engine = lambda machine: _Engine(machine)
    return machine


def _definition(owner: LibraryMachine, node: Node) -> dict[str, Any]:
    children = [owner.chart.nodes[id] for id in node.children]
    states = {child.id: _definition(owner, child) for child in children if child.kind not in HISTORIES}
    for id, definition in states.items():
        definition["initial"] = id == node.initial
    history = {child.id: _history(child) for child in children if child.kind in HISTORIES}
    return {
        "parallel": node.kind is Kind.PARALLEL,
        "final": node.kind is Kind.FINAL,
        "enter": [partial(owner.enter, node)] if node.entry or node.during or node.timer else [],
        "exit": [partial(owner.leave, node)] if node.exit or node.during or node.timer else [],
        "transitions": [_transition(owner, transition) for transition in node.transitions],
        **({"states": states} if states else {}),
        **({"history": history} if history else {}),
    }


def _history(node: Node) -> dict[str, Any]:
    return {"type": node.kind.value, "transitions": [{"target": " ".join(node.default)}]}


def _transition(owner: LibraryMachine, transition: Transition) -> dict[str, Any]:
    return {
        "event": transition.event and _both_names(transition.event),
        "target": " ".join(transition.targets) or None,
        "internal": transition.internal,
        "cond": [partial(owner.holds, transition.guard)] if transition.guard else [],
        "on": [partial(owner.act, transition.do)] if transition.do else [],
    }


def _both_names(event: str) -> str:
    """`done.x` is the answer of work under that name, and the end of a state under the library's."""
    kind, _, id = event.partition(".")
    return f"{event} {FINISHED}{id}" if kind == "done" else event
