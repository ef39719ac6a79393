"""The exported SCXML, loaded and run by python-statemachine. Nothing of the chart reaches it but the document.

What a processor brings for the platform's own part is brought here: guards, updates and delays as attributes of the
model, effects for who is sent to, a clock that does not wait and work that is not done. The library's engine is mended
as tests/charts/library.py says, and in one more place: it reads the children of a state by their kind, states before
final ones before parallel ones, so the document's order has to be given back to it.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import fromstring

from attrs import define
from statemachine.io import load
from statemachine.model import Model

from lossy.charts.export.scxml import scxml, scxml_event
from lossy.charts.model import AFTER, Chart, Data, Event, Update
from lossy.charts.step import MICROSTEPS, Effects, Unsettled
from tests.charts.library import LibraryMachine, _Engine


class LoadedMachine(LibraryMachine):
    """As LibraryMachine, but without the effects that start and stop work: SCXML invokes when all else is done."""

    def __init__(self, chart: Chart, text: str = "") -> None:
        self.chart, self.without = chart, None
        self._class = _machine_class(self, text or scxml(chart))

    def start(self, data: Data, at: int) -> Effects:
        self._microsteps = 0
        self._event, self._data, self._deadlines, self._effects = Event("", at), data, {}, []
        self._machine = self._class(_Bindings(self))
        return tuple(self._effects)

    def send(self, event: Event) -> Effects:
        self._microsteps = 0
        self._event, self._effects = event, []
        if event.name.startswith(AFTER) and self._deadlines.pop(event.name.removeprefix(AFTER), None) is None:
            return ()
        self._machine.send(scxml_event(self.chart, event.name))
        return tuple(self._effects)

    def count(self) -> None:
        """The library would go on for ever."""
        self._microsteps += 1
        if self._microsteps > 2 * MICROSTEPS:
            raise Unsettled("the document never comes to rest")

    # -- what the document asks for ---------------------------------------------------------------------------------

    def update(self, rule: Update, args: Data) -> Data:
        return rule(self._data, self._event, **args)

    def perform(self, target: str, event: str, args: Data) -> None:
        if target == "effects":
            self._emit(event, args)
        else:
            self._emit("send", {"to": target, "event": event})

    def start_timer(self, id: str, delay_ms: int) -> None:
        due = self._deadlines[id] = self._event.at + delay_ms
        self._emit("start_timer", {"timer": id, "due": due})

    def stop_timer(self, id: str) -> None:
        self._deadlines.pop(id, None)
        self._emit("stop_timer", {"timer": id})


class _Bindings(Model):  # type: ignore[misc]
    """What the names of the document stand for."""

    def __init__(self, owner: LoadedMachine) -> None:
        super().__init__()
        self._owner = owner

    @property
    def data(self) -> Data:
        return self._owner._data

    @data.setter
    def data(self, data: Data) -> None:
        self._owner._data = data

    @property
    def delays(self) -> Any:
        return _Delays(self.data["delays"])

    def __getattr__(self, name: str) -> Any:
        names = self._owner.chart.names
        if name in names.guards:
            return self._owner.holds(name)
        if name in names.updates:
            return _Update(self._owner, names.updates[name])
        raise AttributeError(name)


@define
class _Delays:
    _ms: Data

    def __getattr__(self, name: str) -> str:
        return f"{self._ms[name]}ms"


@define
class _Update:
    """`put[{'n': 3}]`: the library's restricted expressions know no calls."""

    _owner: LoadedMachine
    _rule: Update

    def __getitem__(self, args: Data) -> Data:
        return self._owner.update(self._rule, args)


class _LoadedEngine(_Engine):
    def __init__(self, machine: Any) -> None:
        super().__init__(machine)
        self._invoke_manager = _Neighbours(machine)

    def microstep(self, transitions: Any, trigger_data: Any) -> Any:
        self.sm.owner.count()
        return super().microstep(transitions, trigger_data)

    def put(self, trigger_data: Any, internal: bool = False) -> None:
        if trigger_data.send_id is None:
            super().put(trigger_data, internal)
        else:
            timer = str(trigger_data.send_id).removeprefix(AFTER)
            self.sm.owner.start_timer(timer, int(trigger_data.event.delay))

    def cancel_event(self, send_id: str) -> None:
        self.sm.owner.stop_timer(send_id.removeprefix(AFTER))


@define
class _Neighbours:
    """Whom a `<send>` reaches. Work is never done: it would be a thread each."""

    _machine: Any

    def send_to_child(self, invokeid: str, event: str, /, **data: Any) -> bool:
        self._machine.owner.perform(invokeid, event, data)
        return True

    def nothing(self, *_: object) -> None:
        pass

    mark_for_invoke = cancel_for_state = cancel_all = spawn_pending_sync = handle_external_event = nothing


def _machine_class(owner: LoadedMachine, text: str) -> Any:
    machine = load(text, format="scxml")
    ids = [element.get("id") for element in fromstring(text).iter()]
    for id, state in machine.states_map.items():
        state.document_order = ids.index(id) + 1
    machine.owner = owner
    machine.catch_errors_as_events = False
    machine._get_engine = lambda machine: _LoadedEngine(machine)
    return machine
