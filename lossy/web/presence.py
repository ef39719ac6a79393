"""Who is on the topics of this node. Each node tells its own clients of those that are on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from attrs import define, field

from lossy.bus.memory import Deliver, Published
from lossy.channels.presence import Meta, Presence, Present, difference
from lossy.channels.wire import Broadcast

STATE, DIFF = "presence_state", "presence_diff"


@define(eq=False)
class Lobby:
    """`run` tells the refs of this process from those of the one before it, which clients may still remember."""

    run: str = field(factory=lambda: uuid4().hex[:8])
    _present: dict[str, Present] = field(factory=dict, init=False)
    _listening: dict[str, list[Deliver]] = field(factory=dict, init=False)
    _refs: Iterator[int] = field(factory=count, init=False)

    def on(self, topic: str) -> Present:
        return self._present.get(topic, Present())

    def new_ref(self) -> str:
        return f"{self.run}-{next(self._refs)}"

    def change(self, topic: str, after: Present) -> None:
        """Tells the difference to everybody on the topic, encoded once."""
        told = Published(Broadcast(topic, DIFF, difference(self.on(topic), after)))
        self._present[topic] = after
        if not after.by_ref:
            del self._present[topic]
        for deliver in tuple(self._listening.get(topic, ())):
            deliver(told)

    def listen(self, topic: str, deliver: Deliver) -> None:
        self._listening.setdefault(topic, []).append(deliver)

    def stop_listening(self, topic: str, deliver: Deliver) -> None:
        self._listening[topic].remove(deliver)
        if not self._listening[topic]:
            del self._listening[topic]


@define(eq=False)
class Place:
    """A channel's own among those present on its topic. It has none until it enters, and none once it has left."""

    _lobby: Lobby
    _topic: str
    _push: Callable[[str, Mapping[str, Any]], None]
    _deliver: Deliver
    _presence: Presence | None = field(default=None, init=False)
    _entered: bool = field(default=False, init=False)

    def enter(self, key: UUID, **facts: Any) -> None:
        """Shows the channel who is there, and then to all of them itself."""
        self._push(STATE, self._lobby.on(self._topic).as_payload())
        self._lobby.listen(self._topic, self._deliver)
        self._entered = True
        if not self._lobby.on(self._topic).is_full:
            self._show(Presence(str(key), Meta(self._lobby.new_ref(), facts)))

    def update(self, **facts: Any) -> None:
        """These facts from now on, and the others as they were."""
        if self._presence is not None:
            before = self._presence.meta
            meta = Meta(self._lobby.new_ref(), {**before.facts, **facts}, before.ref)
            self._show(Presence(self._presence.key, meta))

    def leave(self) -> None:
        if not self._entered:
            return
        self._entered = False
        self._lobby.stop_listening(self._topic, self._deliver)
        if self._presence is not None:
            self._lobby.change(self._topic, self._lobby.on(self._topic).without(self._presence.meta.ref))
            self._presence = None

    def _show(self, presence: Presence) -> None:
        self._presence = presence
        self._lobby.change(self._topic, self._lobby.on(self._topic).with_one(presence))
