"""What the channels count, for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field, frozen
from prometheus_client import CollectorRegistry, Counter, Gauge

from lossy.channels.errors import Code

if TYPE_CHECKING:
    from lossy.channels.events import ClientEvent, TopicTable

NAMES = ("topic", "event", "outcome")


@frozen(eq=False)
class Asked:
    """One kind of event on one kind of topic, by what came of it."""

    counter: Counter
    topic: str
    event: str
    _ok: Counter = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_ok", self.counter.labels(self.topic, self.event, "ok"))

    def ok(self) -> None:
        self._ok.inc()

    def refused(self, code: Code) -> None:
        self.counter.labels(self.topic, self.event, code.value).inc()


@define(eq=False)
class Metrics:
    """Of one node. The labels are the table's and the codes', so there are some hundreds of series at the most."""

    registry: CollectorRegistry = field(factory=CollectorRegistry)
    sockets: Gauge = field(init=False)
    connects: Counter = field(init=False)
    _events: Counter = field(init=False)
    _broken: Counter = field(init=False)
    _asked: dict[tuple[str, str], Asked] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.sockets = Gauge("lossy_sockets", "WebSockets that are open", registry=self.registry)
        self.connects = Counter("lossy_connects_total", "WebSockets asked for", ("outcome",), registry=self.registry)
        self._broken = Counter(
            "lossy_broken_frames_total", "Frames that are no message", ("close_code",), registry=self.registry
        )
        self._events = Counter("lossy_channel_events_total", "Joins and events", NAMES, registry=self.registry)

    def broken_frame(self, close_code: int) -> None:
        self._broken.labels(str(close_code)).inc()

    def unmatched_join(self) -> None:
        """Of a topic that there is not, whatever its name."""
        self._events.labels("?", "phx_join", Code.NOT_FOUND.value).inc()

    def asked(self, table: TopicTable, event: ClientEvent) -> Asked:
        key = table.shape, event.name
        if key not in self._asked:
            self._asked[key] = Asked(self._events, table.shape.partition("<")[0].rstrip(":"), event.name)
        return self._asked[key]
