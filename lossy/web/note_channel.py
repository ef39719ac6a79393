"""A channel of notes: what it opens with, then each change as it comes, and answers of whoever knows the topic."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from attrs import define, field

from lossy.bus.memory import Published
from lossy.domain.access import Role
from lossy.web.early import Early
from lossy.web.held import Held
from lossy.web.note_events import told_when_away
from lossy.web.sockets import Answering, Join

Opening = Mapping[str, Any]


@define(eq=False)
class NoteChannel:
    """Whoever joins it sets `opening`, and `subscription` once there is nothing left that may fail.

    Who is `present` is shown to the others on the topic.
    """

    join: Join
    role: Role
    find: Callable[[Any], Awaitable[Mapping[str, Any]]]  # the answer to a payload; raises Refusal
    present: bool
    subscription: Held = field(factory=Held, init=False)
    opening: Opening = field(factory=dict, init=False)
    _early: Early[Published] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._early = Early(self.join.deliver, partial(self.join.end, True))

    def response(self) -> Opening:
        return self.opening

    def begin(self) -> None:
        self.opening = {}  # it has been sent, and the channel may live for hours
        if self.present:
            self.join.place.enter(self.join.identity.user_id, online_at=self.join.node.clock.now_ms())
        self._early.begin()

    def deliver(self, published: Published) -> None:
        self._early(published)

    async def handle(self, event: str, payload: Any, answer: Answering) -> None:
        with told_when_away():
            answer(await self.find(payload))

    def leave(self) -> None:
        self.subscription.close()
