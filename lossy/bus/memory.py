"""Publish and subscribe within one node."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import define, field

from lossy.channels.frames import Shared
from lossy.channels.wire import Broadcast, Serializer


@define(eq=False)
class Published:
    """A broadcast, encoded once for each version of the protocol however many subscribe."""

    broadcast: Broadcast
    _frames: dict[type[Serializer], Shared] = field(factory=dict, init=False)

    def frame(self, serializer: Serializer) -> Shared:
        version = type(serializer)
        if version not in self._frames:
            self._frames[version] = Shared(serializer.encode(self.broadcast))
        return self._frames[version]


Deliver = Callable[[Published], None]


@define(eq=False)
class Bus:
    """`deliver` is called within `publish`, in the order of publishing, and must not block."""

    _subscribers: dict[str, list[Deliver]] = field(factory=dict, init=False)

    def publish(self, topic: str, event: str, payload: Mapping[str, Any]) -> None:
        subscribers = tuple(self._subscribers.get(topic, ()))
        if subscribers:  # of an author's own notes there are mostly none
            published = Published(Broadcast(topic, event, payload))
            for deliver in subscribers:
                deliver(published)

    @contextmanager
    def subscribe(self, topic: str, deliver: Deliver) -> Iterator[None]:
        self._subscribers.setdefault(topic, []).append(deliver)
        try:
            yield
        finally:
            self._subscribers[topic].remove(deliver)
            if not self._subscribers[topic]:
                del self._subscribers[topic]
